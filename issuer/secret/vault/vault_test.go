package vault_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/sha256"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/issuer/secret/vault"
	"github.com/chancery-vc/chancery/issuer/secret/vaulttest"
)

// world is a Vault and a client of it, at a time that the test moves.
type world struct {
	*vaulttest.Server
	client *vault.Client
	now    time.Time
	token  string
}

func newWorld(t *testing.T, login func(*world) vault.Login) *world {
	t.Helper()
	w := &world{now: time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)}
	w.Server = vaulttest.Start(t, func() time.Time { return w.now })
	w.Put("civil/db", map[string]any{"password": "canary-password", "port": 5432})
	w.AddKey("issuer", "ed25519")
	w.AddKey("selective", "ecdsa-p256")
	client, err := vault.New(vault.Options{Address: w.URL, Roots: w.Roots(), Login: login(w), Now: func() time.Time { return w.now }})
	if err != nil {
		t.Fatal(err)
	}
	w.client = client
	t.Cleanup(client.Close)
	return w
}

func secret(text string) vault.Read {
	return func(context.Context) (string, error) { return text, nil }
}

func byAppRole(*world) vault.Login {
	return vault.AppRole("approle", vaulttest.RoleID, secret(vaulttest.SecretID))
}

// password reads the secret, and wants the error to be of this kind.
func (w *world) password(t *testing.T, want error) {
	t.Helper()
	got, err := w.client.KV(t.Context(), "secret", "civil/db", "password")
	if !errors.Is(err, want) || (err == nil) != (got == "canary-password") {
		t.Errorf("got %q, %v, want %v", got, err, want)
	}
	if err != nil && strings.Contains(err.Error(), "canary") {
		t.Errorf("the error tells a secret: %v", err)
	}
}

func TestLogins(t *testing.T) {
	for name, login := range map[string]func(*world) vault.Login{
		"AppRole":    byAppRole,
		"Kubernetes": func(*world) vault.Login { return vault.Kubernetes("kubernetes", vaulttest.Role, secret(vaulttest.JWT)) },
		"token":      func(w *world) vault.Login { return vault.Token(secret(w.Token(time.Hour))) },
		"root token": func(w *world) vault.Login { return vault.Token(secret(w.Token(0))) },
	} {
		t.Run(name, func(t *testing.T) { newWorld(t, login).password(t, nil) })
	}
	for name, login := range map[string]vault.Login{
		"AppRole":           vault.AppRole("approle", vaulttest.RoleID, secret("canary")),
		"Kubernetes":        vault.Kubernetes("kubernetes", "other", secret(vaulttest.JWT)),
		"token":             vault.Token(secret("hvs.canary")),
		"token with blanks": vault.Token(secret("hvs.canary\r\nX-Other: 1")),
	} {
		t.Run("wrong "+name, func(t *testing.T) {
			newWorld(t, func(*world) vault.Login { return login }).password(t, vault.ErrDenied)
		})
	}
}

// TestRenewed: a token is renewed at half of its time, and there is no other
// login; one that is over, or was taken away, is replaced.
func TestRenewed(t *testing.T) {
	w := newWorld(t, byAppRole)
	const login, renew = "auth/approle/login", "auth/token/renew-self"
	for range 5 {
		w.password(t, nil)
		w.now = w.now.Add(vaulttest.Lease*2/3 + time.Second)
	}
	if logins, renewals := w.Asked(http.MethodPost, login), w.Asked(http.MethodPost, renew); logins != 1 || renewals != 4 {
		t.Errorf("%d logins and %d renewals", logins, renewals)
	}
	w.now = w.now.Add(2 * vaulttest.Lease)
	w.password(t, nil)
	w.TakeTokens()
	w.password(t, nil)
	if logins := w.Asked(http.MethodPost, login); logins != 3 {
		t.Errorf("%d logins", logins)
	}
}

// TestAgentToken: a token that an agent replaced in its file is taken without a
// restart; one that is still the same is not tried for ever.
func TestAgentToken(t *testing.T) {
	w := newWorld(t, func(w *world) vault.Login {
		w.token = w.Token(time.Hour)
		return vault.Token(func(context.Context) (string, error) { return w.token, nil })
	})
	w.password(t, nil)
	w.TakeTokens()
	w.password(t, vault.ErrDenied)
	w.token = w.Token(time.Hour)
	w.password(t, nil)
}

// TestAway: sealed or gone, it is unavailable, and found again.
func TestAway(t *testing.T) {
	w := newWorld(t, byAppRole)
	w.password(t, nil)
	w.Seal(true)
	w.password(t, vault.ErrUnavailable)
	w.now = w.now.Add(vaulttest.Lease) // the token is over meanwhile
	w.password(t, vault.ErrUnavailable)
	w.Seal(false)
	w.password(t, nil)
	away := newWorld(t, byAppRole)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := away.client.KV(ctx, "secret", "civil/db", "password"); !errors.Is(err, vault.ErrUnavailable) {
		t.Error(err)
	}
}

func TestKVNone(t *testing.T) {
	w := newWorld(t, byAppRole)
	for _, place := range [][2]string{{"civil/none", "password"}, {"civil/db", "none"}, {"civil/db", "port"}} {
		if _, err := w.client.KV(t.Context(), "secret", place[0], place[1]); !errors.Is(err, vault.ErrNone) {
			t.Errorf("%v: %v", place, err)
		}
	}
}

// TestTransit: a key signs as the version that it was opened as, also after it
// was rotated there.
func TestTransit(t *testing.T) {
	w := newWorld(t, byAppRole)
	ed, err := w.client.TransitKey(t.Context(), "transit", "issuer", 0)
	if err != nil {
		t.Fatal(err)
	}
	w.AddKey("issuer", "ed25519")
	signature, err := ed.Sign(t.Context(), []byte("message"))
	if err != nil || !ed25519.Verify(ed.Public.(ed25519.PublicKey), []byte("message"), signature) {
		t.Errorf("%x, %v", signature, err)
	}
	second, err := w.client.TransitKey(t.Context(), "transit", "issuer", 0)
	if err != nil || second.Public.(ed25519.PublicKey).Equal(ed.Public) {
		t.Errorf("the newest version is the first: %v", err)
	}
	p256, err := w.client.TransitKey(t.Context(), "transit", "selective", 1)
	if err != nil {
		t.Fatal(err)
	}
	digest := sha256.Sum256([]byte("message"))
	if signature, err = p256.Sign(t.Context(), digest[:]); err != nil || !ecdsa.VerifyASN1(p256.Public.(*ecdsa.PublicKey), digest[:], signature) {
		t.Errorf("%x, %v", signature, err)
	}
	for name, version := range map[string]int{"none": 0, "issuer": 3} {
		if _, err := w.client.TransitKey(t.Context(), "transit", name, version); !errors.Is(err, vault.ErrNone) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestHostileServer: whatever answers, an error ends it, in bounded memory.
func TestHostileServer(t *testing.T) {
	for name, c := range map[string]struct {
		want error
		http.HandlerFunc
	}{
		"no JSON":      {vault.ErrAnswer, func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("canary")) }},
		"no token":     {vault.ErrAnswer, func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("{}")) }},
		"another type": {vault.ErrAnswer, func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte(`{"auth":"canary"}`)) }},
		"without end":  {vault.ErrAnswer, func(w http.ResponseWriter, _ *http.Request) { w.Write(make([]byte, 4<<20)) }},
		"a redirect": {vault.ErrAnswer, func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
		}},
		"a teapot":        {vault.ErrAnswer, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) }},
		"too busy":        {vault.ErrUnavailable, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTooManyRequests) }},
		"a large header":  {vault.ErrUnavailable, func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("X", strings.Repeat("x", 1<<20)) }},
		"it hangs up":     {vault.ErrUnavailable, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }},
		"a standby node":  {vault.ErrUnavailable, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(473) }},
		"no such address": {vault.ErrNone, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotFound) }},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(c.HandlerFunc)
			defer server.Close()
			client, err := vault.New(vault.Options{Address: server.URL, Login: byAppRole(nil), Now: time.Now})
			if err != nil {
				t.Fatal(err)
			}
			got, err := client.KV(t.Context(), "secret", "civil/db", "password")
			if got != "" || !errors.Is(err, c.want) || strings.Contains(err.Error(), "canary") {
				t.Errorf("got %q, %v", got, err)
			}
		})
	}
}

// TestAddresses: nothing goes in the clear but to this machine, and a server
// that the authority did not certify is not asked.
func TestAddresses(t *testing.T) {
	for _, address := range []string{"", "vault.example", "http://vault.example:8200", "https://user@vault.example", "https://vault.example?x=1", "ftp://vault.example"} {
		if _, err := vault.New(vault.Options{Address: address}); err == nil {
			t.Errorf("%q is taken", address)
		}
	}
	w := newWorld(t, byAppRole)
	strange, err := vault.New(vault.Options{Address: w.URL, Login: byAppRole(nil), Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := strange.KV(t.Context(), "secret", "civil/db", "password"); !errors.Is(err, vault.ErrUnavailable) || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("got %v", err)
	}
	if w.Asked(http.MethodPost, "auth/approle/login") != 0 {
		t.Error("a server that is not known got the secret")
	}
}
