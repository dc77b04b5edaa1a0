package vault

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/issuer/secret/vault"
)

// asker is a client of a server, with a clock that the test moves.
type asker struct {
	*server
	*vault.Client
	later time.Duration
}

func (s *server) as(login vault.Login) *asker {
	s.Helper()
	a := &asker{server: s}
	var err error
	a.Client, err = vault.New(vault.Options{Address: s.URL, Roots: s.Roots, Login: login, Now: func() time.Time { return time.Now().Add(a.later) }})
	must(s, err)
	s.Cleanup(a.Client.Close)
	return a
}

func reads(text string) vault.Read {
	return func(context.Context) (string, error) { return text, nil }
}

// issuer is a client with a role that may do what an issuer does.
func (s *server) issuer(more object) *asker {
	s.Helper()
	id, secret := s.role(issuerMay, more)
	return s.as(vault.AppRole("approle", id, reads(secret)))
}

// password reads the password, and wants it or an error of this kind, which
// does not say what the server answered.
func (a *asker) password(want string, kind error) {
	a.Helper()
	got, err := a.KV(a.Context(), "secret", "civil/db", "password")
	if got != want || !errors.Is(err, kind) {
		a.Errorf("got %q, %v; want %q, %v", got, err, want, kind)
	}
	if err != nil && strings.Contains(err.Error(), "canary") {
		a.Errorf("the error tells a secret: %v", err)
	}
}

// TestLogins: a token and a role open the server; what is wrong, taken back or
// used up does not.
func TestLogins(t *testing.T) {
	s := start(t)
	s.put("civil/db", object{"password": "canary"})
	id, secret := s.role(issuerMay, nil)
	token := func(more object) string {
		in := object{"policies": []string{"issuer"}}
		for name, value := range more {
			in[name] = value
		}
		return s.do(http.MethodPost, "auth/token/create", in)["auth"].(object)["client_token"].(string)
	}
	good, periodic, revoked := token(object{"ttl": "1h"}), token(object{"period": "1h"}), token(nil)
	s.do(http.MethodPost, "auth/token/revoke", object{"token": revoked})
	for name, c := range map[string]struct {
		login vault.Login
		want  error
	}{
		"AppRole":           {vault.AppRole("approle", id, reads(secret)), nil},
		"token":             {vault.Token(reads(good)), nil},
		"periodic token":    {vault.Token(reads(periodic)), nil},
		"token without end": {vault.Token(reads(s.root)), nil},
		"revoked token":     {vault.Token(reads(revoked)), vault.ErrDenied},
		"no such token":     {vault.Token(reads("hvs.canary")), vault.ErrDenied},
		"no such secret":    {vault.AppRole("approle", id, reads("canary")), vault.ErrDenied},
		"no such role":      {vault.AppRole("approle", "canary", reads(secret)), vault.ErrDenied},
		"no such login":     {vault.AppRole("other", id, reads(secret)), vault.ErrDenied},
		"login not there":   {vault.Kubernetes("kubernetes", "issuer", reads("canary")), vault.ErrDenied},
	} {
		t.Run(name, func(t *testing.T) {
			want := "canary"
			if c.want != nil {
				want = ""
			}
			s := *s
			s.TB = t
			s.as(c.login).password(want, c.want)
		})
	}
}

// TestSecretUsedUp: a secret of a role that is good for one login is refused the
// second time, and a new one in its place is taken without a restart.
func TestSecretUsedUp(t *testing.T) {
	s := start(t)
	s.put("civil/db", object{"password": "canary"})
	id, secret := s.role(issuerMay, object{"secret_id_num_uses": 1})
	a := s.as(vault.AppRole("approle", id, func(context.Context) (string, error) { return secret, nil }))
	a.password("canary", nil)
	a.later = 2 * time.Hour // its token is over, as it sees it
	a.password("", vault.ErrDenied)
	_, secret = s.role(issuerMay, object{"secret_id_num_uses": 1})
	a.password("canary", nil)
}

// TestRenewed: at half of its time a token is renewed, and no other is taken.
func TestRenewed(t *testing.T) {
	s := start(t)
	s.put("civil/db", object{"password": "canary"})
	a := s.issuer(nil)
	a.password("canary", nil)
	a.later = 40 * time.Minute
	a.password("canary", nil)
	if tokens := s.tokens(); len(tokens) != 1 || tokens[0]["last_renewal"] == nil {
		t.Errorf("the tokens are %v", tokens)
	}
}

// TestTokenUsedUp: a token that was good for some requests is replaced.
func TestTokenUsedUp(t *testing.T) {
	s := start(t)
	s.put("civil/db", object{"password": "canary"})
	a := s.issuer(object{"token_num_uses": 2})
	for range 5 {
		a.password("canary", nil)
	}
}

// TestTokenEnds: a token that ended there before the client thinks that it did
// is replaced.
func TestTokenEnds(t *testing.T) {
	s := start(t)
	s.put("civil/db", object{"password": "canary"})
	a := s.issuer(object{"token_ttl": "1s", "token_max_ttl": "1s"})
	for range 3 {
		a.password("canary", nil)
		a.later -= time.Hour // by its clock the token is good for an hour more
		for len(s.tokens()) > 0 {
			time.Sleep(50 * time.Millisecond)
		}
	}
}

// TestTokenTakenBack: a token that was taken back is replaced.
func TestTokenTakenBack(t *testing.T) {
	s := start(t)
	s.put("civil/db", object{"password": "canary"})
	a := s.issuer(nil)
	a.password("canary", nil)
	s.takeTokens()
	a.password("canary", nil)
}

// TestNotAllowed: a policy that is too narrow is said to be that, with the path
// that it lacks; a wider one is enough, without another login.
func TestNotAllowed(t *testing.T) {
	s := start(t)
	s.put("civil/db", object{"password": "canary"})
	s.key("issuer", "ed25519")
	id, secret := s.role(`path "transit/keys/issuer" { capabilities = ["read"] }`, nil)
	a := s.as(vault.AppRole("approle", id, reads(secret)))
	key, err := a.TransitKey(t.Context(), "transit", "issuer", 0)
	must(t, err)
	if _, err := key.Sign(t.Context(), []byte("message")); !errors.Is(err, vault.ErrDenied) || !strings.Contains(err.Error(), "transit/sign/issuer") {
		t.Errorf("sign: %v", err)
	}
	a.password("", vault.ErrDenied)
	s.role(issuerMay, nil)
	if _, err := key.Sign(t.Context(), []byte("message")); err != nil {
		t.Errorf("sign: %v", err)
	}
	a.password("canary", nil)
}

// TestSealed: while the server is sealed it is unavailable, and then found
// again; so is one that is gone, which is not one that refuses.
func TestSealed(t *testing.T) {
	s := start(t)
	s.put("civil/db", object{"password": "canary"})
	a := s.issuer(nil)
	a.password("canary", nil)
	s.seal()
	a.password("", vault.ErrUnavailable)
	a.later = 2 * time.Hour
	a.password("", vault.ErrUnavailable)
	s.open()
	a.password("canary", nil)
}

// TestStrangeServer: a server that no authority of the client's certified gets
// no login.
func TestStrangeServer(t *testing.T) {
	s := start(t)
	id, secret := s.role(issuerMay, nil)
	strange, err := vault.New(vault.Options{Address: s.URL, Login: vault.AppRole("approle", id, reads(secret)), Now: time.Now})
	must(t, err)
	if _, err := strange.KV(t.Context(), "secret", "civil/db", "password"); !errors.Is(err, vault.ErrUnavailable) || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("got %v", err)
	}
	if tokens := s.tokens(); len(tokens) != 0 {
		t.Errorf("it gave %v", tokens)
	}
}
