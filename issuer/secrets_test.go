package issuer_test

import (
	"crypto/rand"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"filippo.io/age"
	"github.com/google/go-cmp/cmp"

	"github.com/chancery-vc/chancery/internal/issuertest"
	"github.com/chancery-vc/chancery/issuer"
	"github.com/chancery-vc/chancery/issuer/key"
	"github.com/chancery-vc/chancery/issuer/oid4vci"
	"github.com/chancery-vc/chancery/issuer/secret/vaulttest"
	"github.com/chancery-vc/chancery/issuer/source"
	"github.com/chancery-vc/chancery/verifier/logproof"
)

// inVault has an issuer sign by keys of a Vault, which a test plays, to which it
// logs in with a secret in a file.
func inVault(t *testing.T, clock *issuertest.Clock) (*vaulttest.Server, issuertest.Edit) {
	t.Helper()
	server := vaulttest.Start(t, clock.Now)
	server.AddKey("issuer", "ed25519")
	secretID := filepath.Join(t.TempDir(), "secret-id")
	must(t, os.WriteFile(secretID, []byte(vaulttest.SecretID), 0o600))
	return server, func(text string) string {
		text = strings.Replace(text, "signing_key: signing.key", "signing_key: vault:transit/transit/issuer", 1)
		return text + fmt.Sprintf("\nvault:\n  address: %s\n  ca: %s\n  app_role:\n    role_id: %s\n    secret_id: %s\n", server.URL, server.CA, vaulttest.RoleID, secretID)
	}
}

// TestKeyStoreAway: while the key store is away a question is refused with that
// reason, before the source is read once that is known; no place and no token is
// used up, and it is found again without a restart.
func TestKeyStoreAway(t *testing.T) {
	clock := issuertest.NewClock()
	vault, signsThere := inVault(t, clock)
	dir := issuertest.Folder(t, 3, signsThere)
	i := issuertest.Open(t, dir, clock)
	s, err := oid4vci.New(i)
	must(t, err)
	offer, err := s.Offer(t.Context(), birth, known().Key)
	must(t, err)
	before := len(issuertest.Log(t, i.Store()))
	vault.Seal(true)
	for range 2 {
		if _, err := i.Answer(t.Context(), known()); !errors.Is(err, issuer.ErrRefused) || !errors.Is(err, key.ErrUnavailable) {
			t.Fatal(err)
		}
	}
	if err := i.SelfTest(t.Context()); !errors.Is(err, key.ErrUnavailable) || i.KeyHealth().Err == nil {
		t.Errorf("self-test: %v, health %+v", err, i.KeyHealth())
	}
	if _, err := i.Answer(t.Context(), issuer.Question{Caller: issuer.Operator, Profile: birth, Key: "nobody"}); !errors.Is(err, key.ErrUnavailable) {
		t.Errorf("whether there is a record can be told: %v", err)
	}
	var said []string
	for _, r := range issuertest.Log(t, i.Store())[before:] {
		if r.Kind == logproof.Asked || r.Kind == logproof.Refused {
			said = append(said, strings.TrimSpace(string(r.Kind)+" "+r.Reason))
		}
	}
	away := "refused " + key.ErrUnavailable.Error()
	if diff := cmp.Diff([]string{"asked", away, away, away}, said); diff != "" {
		t.Error(diff)
	}
	vault.Seal(false)
	take(t, i, s, offer, needles{})
	if err := i.SelfTest(t.Context()); err != nil || i.KeyHealth().Err != nil {
		t.Errorf("self-test: %v, health %+v", err, i.KeyHealth())
	}
	entries, err := i.Entries(birth, known().Key)
	if err != nil || len(entries) != 1 {
		t.Errorf("%d places are taken: %v", len(entries), err)
	}
}

// TestTokenOutlivesKeyStore: a holder whose credential could not be signed asks
// again with the same token.
func TestTokenOutlivesKeyStore(t *testing.T) {
	clock := issuertest.NewClock()
	vault, signsThere := inVault(t, clock)
	i := issuertest.Open(t, issuertest.Folder(t, 3, signsThere), clock)
	s, err := oid4vci.New(i)
	must(t, err)
	offer, err := s.Offer(t.Context(), birth, known().Key)
	must(t, err)
	_, code, _ := strings.Cut(offer.URI, url.QueryEscape("/offers/"))
	granted, err := s.Token(t.Context(), url.Values{"grant_type": {oid4vci.GrantType}, "pre-authorized_code": {code}, "tx_code": {offer.TransactionCode}})
	must(t, err)
	ask := func() error {
		nonce, err := s.Nonce(t.Context())
		must(t, err)
		proof := issuertest.NewHolder(t, "holder").Prove(t, issuertest.URL, nonce, i.Now())
		_, err = s.Credential(t.Context(), granted.AccessToken, []byte(`{"credential_configuration_id":"birth","proofs":{"jwt":["`+proof+`"]}}`))
		return err
	}
	vault.Seal(true)
	if err := ask(); !errors.Is(err, key.ErrUnavailable) {
		t.Errorf("sealed: %v", err)
	}
	vault.Seal(false)
	if err := ask(); err != nil {
		t.Errorf("open again: %v", err)
	}
	if known, ok := errors.AsType[*oid4vci.Error](ask()); !ok || known.Code != oid4vci.InvalidToken {
		t.Errorf("a second credential: %v", known)
	}
}

// TestRotatedPassword: the password of a real PostgreSQL account is changed
// while the issuer answers, first there and then in its file.
func TestRotatedPassword(t *testing.T) {
	dir := onPostgres(t, "rotated")
	i := issuertest.Open(t, dir, issuertest.NewClock())
	ask := func() error {
		_, err := i.Answer(t.Context(), issuer.Question{Caller: issuer.Operator, Profile: birth, Key: "2019-000042"})
		return err
	}
	must(t, ask())
	server.Exec(t, "rotated", "ALTER ROLE rotated_reader PASSWORD 'canary-2'", "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'rotated_reader'")
	var err error
	waitFor(t, "the end of the connections", func() bool { err = ask(); return err != nil })
	if !errors.Is(err, source.ErrUnavailable) || strings.Contains(err.Error(), "canary") {
		t.Errorf("the former password: %v", err)
	}
	must(t, os.WriteFile(filepath.Join(dir, "password"), []byte("canary-2\n"), 0o600))
	waitFor(t, "the password that changed", func() bool { return ask() == nil })
}

// sealedKey moves the signing key into an age file.
func sealedKey(t *testing.T, dir, passphrase string) {
	t.Helper()
	path := filepath.Join(dir, issuertest.KeyFile)
	text, err := os.ReadFile(path)
	must(t, err)
	recipient, err := age.NewScryptRecipient(passphrase)
	must(t, err)
	recipient.SetWorkFactor(10)
	file, err := os.OpenFile(path+".age", os.O_CREATE|os.O_WRONLY|os.O_EXCL, 0o600)
	must(t, err)
	w, err := age.Encrypt(file, recipient)
	must(t, err)
	_, err = w.Write(text)
	must(t, errors.Join(err, w.Close(), file.Close(), os.Remove(path)))
}

// canaries is an issuer on PostgreSQL whose secrets a test puts where it wants.
type canaries struct {
	*testing.T
	dir       string
	clock     *issuertest.Clock
	vault     *vaulttest.Server
	variables map[string]string
	text      string          // of the configuration
	told      strings.Builder // warnings and errors
}

// plantCanaries sets up the issuer: its signing key is in an age file, and the secret
// that opens Vault is a credential of systemd's.
func plantCanaries(t *testing.T) *canaries {
	p := &canaries{T: t, dir: onPostgres(t, "planted_secrets"), clock: issuertest.NewClock()}
	p.vault = vaulttest.Start(t, p.clock.Now)
	p.variables = map[string]string{"PASSPHRASE": "canary-passphrase", "CREDENTIALS_DIRECTORY": p.dir}
	sealedKey(t, p.dir, p.variables["PASSPHRASE"])
	p.write("secret-id", vaulttest.SecretID)
	text, err := os.ReadFile(filepath.Join(p.dir, issuertest.ConfigFile))
	must(t, err)
	p.text = strings.Replace(string(text), "signing_key: signing.key", "signing_key: age:signing.key.age?passphrase=env:PASSPHRASE", 1) +
		fmt.Sprintf("\nvault:\n  address: %s\n  ca: %s\n  app_role:\n    role_id: %s\n    secret_id: systemd:secret-id\n", p.vault.URL, p.vault.CA, vaulttest.RoleID)
	return p
}

func (p *canaries) write(name, text string) {
	p.Helper()
	must(p.T, os.WriteFile(filepath.Join(p.dir, name), []byte(text), 0o600))
}

// open opens the issuer, and keeps what it tells.
func (p *canaries) open() (*issuer.Issuer, error) {
	p.Helper()
	i, err := issuer.Open(p.Context(), issuertest.Load(p, p.dir), issuer.Environment{
		Now: p.clock.Now, Random: rand.Reader, Warn: func(text string) { fmt.Fprintln(&p.told, text) },
		Lookup: func(name string) (string, bool) { value, ok := p.variables[name]; return value, ok },
	})
	fmt.Fprintln(&p.told, err)
	return i, err
}

// put puts a password where a reference leads.
func (p *canaries) put(reference, password string) {
	p.variables["PASSWORD"] = password
	p.vault.Put("db", map[string]any{"password": password})
	p.write("password", password)
	p.write(issuertest.ConfigFile, strings.Replace(p.text, "password_file: password", "password_file: "+reference, 1))
}

// TestCanariesOfReferences plants a secret behind each kind of reference, has
// each used and go wrong, and looks for them in all that is written or told.
func TestCanariesOfReferences(t *testing.T) {
	p, n := plantCanaries(t), needles{}
	n.add("a passphrase", p.variables["PASSPHRASE"])
	n.add("what opens Vault", vaulttest.SecretID, "hvs.canary")
	for number, reference := range []string{"file:password", "systemd:password", "env:PASSWORD", "vault:kv/secret/db#password"} {
		password := fmt.Sprintf("canary-right-%d", number)
		n.add("a password", password, "canary-wrong")
		server.Exec(t, "planted_secrets", "ALTER ROLE planted_secrets_reader PASSWORD '"+password+"'")
		p.put(reference, "canary-wrong\n")
		if i, err := p.open(); err == nil {
			t.Fatalf("%s: a wrong password is taken: %v", reference, i.Close())
		}
		p.put(reference, password)
		i, err := p.open()
		must(t, err)
		answer(t, i, issuer.Question{Caller: issuer.Operator, Profile: birth, Key: "2019-000042"})
		p.vault.Seal(true)
		must(t, i.SelfTest(t.Context())) // the key is not there
		for name, data := range publication(t, i) {
			n.in(t, name, data)
		}
		for _, r := range issuertest.Log(t, i.Store()) {
			n.in(t, "the log", fmt.Appendf(nil, "%+v", r))
		}
		must(t, i.Close())
		p.vault.Seal(false)
	}
	p.variables["PASSPHRASE"] = "canary-passphrase-wrong"
	if _, err := p.open(); !errors.Is(err, key.ErrInvalid) {
		t.Errorf("a wrong passphrase: %v", err)
	}
	n.in(t, "what is told", []byte(p.told.String()))
	if !strings.Contains(p.told.String(), "PASSWORD") || !strings.Contains(p.told.String(), "PASSPHRASE") {
		t.Errorf("variables are not warned about: %s", &p.told)
	}
	arguments, err := os.ReadFile("/proc/self/cmdline")
	must(t, err)
	n.in(t, "the list of processes", arguments)
	must(t, filepath.WalkDir(filepath.Join(p.dir, "state"), func(path string, entry os.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		data, err := os.ReadFile(path)
		n.in(t, path, data)
		return err
	}))
}
