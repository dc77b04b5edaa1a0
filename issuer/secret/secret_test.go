package secret_test

import (
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"filippo.io/age"
	"filippo.io/age/armor"
	"github.com/google/go-cmp/cmp"

	"github.com/chancery-vc/chancery/internal/secretfile"
	"github.com/chancery-vc/chancery/issuer/secret"
	"github.com/chancery-vc/chancery/issuer/secret/vault"
	"github.com/chancery-vc/chancery/issuer/secret/vaulttest"
)

func TestParse(t *testing.T) {
	prompt := &secret.Reference{Kind: secret.Prompt}
	for text, want := range map[string]secret.Reference{
		"signing.key":                  {Kind: secret.File, Name: "signing.key"},
		"/etc/a:b":                     {Kind: secret.File, Name: "/etc/a:b"},
		"./env:HOME":                   {Kind: secret.File, Name: "./env:HOME"},
		"file:env:HOME":                {Kind: secret.File, Name: "env:HOME"},
		"file:a?b#c%20":                {Kind: secret.File, Name: "a?b#c%20"},
		"systemd:db.password":          {Kind: secret.Systemd, Name: "db.password"},
		"env:DB_PASSWORD":              {Kind: secret.Env, Name: "DB_PASSWORD"},
		"fd:3":                         {Kind: secret.Descriptor, Name: "3"},
		"prompt:":                      {Kind: secret.Prompt},
		"age:a.age":                    {Kind: secret.Age, Name: "a.age", Passphrase: prompt},
		"age:a.age?passphrase=fd:3":    {Kind: secret.Age, Name: "a.age", Passphrase: &secret.Reference{Kind: secret.Descriptor, Name: "3"}},
		"vault:kv/secret/civil/db#pw":  {Kind: secret.Vault, Name: "kv/secret/civil/db#pw"},
		"vault:transit/transit/issuer": {Kind: secret.Vault, Name: "transit/transit/issuer"},
		"pkcs11:token=a;object=b":      {Kind: secret.PKCS11, Name: "token=a;object=b"},
	} {
		got, err := secret.Parse(text)
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%s: %v %s", text, err, diff)
		}
		if again, err := secret.Parse(got.String()); err != nil || cmp.Diff(got, again) != "" {
			t.Errorf("%s is %s, which is another: %v", text, got, err)
		}
	}
	for _, text := range []string{
		"", "a\nb", "a\x00", "file:", "systemd:", "systemd:../a", "systemd:.a", "systemd:a/b", "env:", "env:A=B", "env:1", "fd:0", "fd:2", "fd:x", "fd:1024",
		"prompt:x", "age:", "age:a?passphrase=", "age:a?passphrase=age:b", "age:a?passphrase=vault:kv/a/b#c", "vault:", "vault:kv/a", "vault:kv/a/b",
		"vault:kv/a/../b#c", "vault:kv/a/b#", "vault:kv/a/b?x#c", "vault:transit/a", "vault:transit/a/b/c", "vault:transit/a/b?version=0", "vault:transit/a/b?version=",
		"vault:ssh/a/b", "pkcs11:", "https://example.org", "aws:secret",
	} {
		if got, err := secret.Parse(text); !errors.Is(err, secret.ErrReference) {
			t.Errorf("%q is %+v, %v", text, got, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, text := range []string{"a", "age:a?passphrase=fd:3", "vault:kv/a/b#c", "vault:transit/a/b?version=2", "systemd:a"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		r, err := secret.Parse(text)
		if err != nil {
			return
		}
		if again, err := secret.Parse(r.String()); err != nil || cmp.Diff(r, again) != "" {
			t.Errorf("%q is %q, which is another: %v", text, r, err)
		}
	})
}

func write(t *testing.T, path, text string, mode os.FileMode) {
	t.Helper()
	if err := errors.Join(os.WriteFile(path, []byte(text), 0o600), os.Chmod(path, mode)); err != nil {
		t.Fatal(err)
	}
}

// sealed writes an age file.
func sealed(t *testing.T, path, text, passphrase string, work int, armored bool) {
	t.Helper()
	recipient, err := age.NewScryptRecipient(passphrase)
	if err != nil {
		t.Fatal(err)
	}
	recipient.SetWorkFactor(work)
	var out strings.Builder
	var lined io.WriteCloser = nopCloser{&out}
	if armored {
		lined = armor.NewWriter(&out)
	}
	w, err := age.Encrypt(lined, recipient)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(w.Close(), lined.Close()); err != nil {
		t.Fatal(err)
	}
	write(t, path, out.String(), 0o600)
}

type nopCloser struct{ *strings.Builder }

func (nopCloser) Close() error { return nil }

// place is a folder with secrets of each kind, and what is told and asked.
type place struct {
	*secret.Store
	dir    string
	env    map[string]string
	typed  []string // what is typed next
	warned []string
}

func newPlace(t *testing.T) *place {
	t.Helper()
	p := &place{dir: t.TempDir(), env: map[string]string{}}
	p.env["CREDENTIALS_DIRECTORY"] = p.dir
	p.Store = secret.New(p.dir, secret.Environment{
		Lookup: func(name string) (string, bool) { value, ok := p.env[name]; return value, ok },
		Prompt: func(string) (string, error) {
			if len(p.typed) == 0 {
				return "", errors.New("nobody types")
			}
			typed := p.typed[0]
			p.typed = p.typed[1:]
			return typed, nil
		},
		Warn: func(text string) { p.warned = append(p.warned, text) },
	})
	return p
}

func (p *place) line(t *testing.T, text string) (string, error) {
	t.Helper()
	r, err := secret.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	got, err := p.Line(t.Context(), r)
	if err != nil && strings.Contains(err.Error(), "canary") {
		t.Errorf("%s: the error tells a secret: %v", text, err)
	}
	return got, err
}

func (p *place) wants(t *testing.T, text, want string) {
	t.Helper()
	if got, err := p.line(t, text); got != want || err != nil {
		t.Errorf("%s: got %q, %v", text, got, err)
	}
}

func (p *place) refuses(t *testing.T, text string, want error) {
	t.Helper()
	if got, err := p.line(t, text); got != "" || !errors.Is(err, want) {
		t.Errorf("%s: got %q, %v, want %v", text, got, err, want)
	}
}

func TestFileAndCredential(t *testing.T) {
	p := newPlace(t)
	write(t, filepath.Join(p.dir, "a"), "canary-1\n", 0o600)
	write(t, filepath.Join(p.dir, "ours"), "canary-2", 0o400)
	write(t, filepath.Join(p.dir, "listed"), "canary-3", 0o440)
	write(t, filepath.Join(p.dir, "open"), "canary-4", 0o644)
	write(t, filepath.Join(p.dir, "two"), "canary\ncanary", 0o600)
	p.wants(t, "a", "canary-1")
	p.wants(t, "file:"+filepath.Join(p.dir, "a"), "canary-1")
	p.wants(t, "systemd:ours", "canary-2")
	p.wants(t, "systemd:listed", "canary-3") // of which an access list shows as the group's bits
	p.refuses(t, "file:listed", secretfile.ErrMode)
	p.refuses(t, "systemd:open", secretfile.ErrMode)
	p.refuses(t, "systemd:none", os.ErrNotExist)
	p.refuses(t, "two", secret.ErrContent)
	delete(p.env, "CREDENTIALS_DIRECTORY")
	p.refuses(t, "systemd:ours", secret.ErrReference)
}

// TestEnvironment: each variable is warned about, once.
func TestEnvironment(t *testing.T) {
	p := newPlace(t)
	p.env["PASSWORD"], p.env["EMPTY"] = "canary", ""
	p.wants(t, "env:PASSWORD", "canary")
	p.wants(t, "env:PASSWORD", "canary")
	p.refuses(t, "env:EMPTY", secret.ErrReference)
	p.refuses(t, "env:NONE", secret.ErrReference)
	if len(p.warned) != 1 || !strings.Contains(p.warned[0], "PASSWORD") || strings.Contains(p.warned[0], "canary") {
		t.Errorf("warned: %q", p.warned)
	}
}

// TestAge: a passphrase is typed once, and typed again if it was wrong; a file
// that was changed is opened anew.
func TestAge(t *testing.T) {
	p := newPlace(t)
	path := filepath.Join(p.dir, "a.age")
	sealed(t, path, "canary-1\n", "open sesame", 10, false)
	p.typed = []string{"canary wrong", "open sesame"}
	p.refuses(t, "age:a.age", secret.ErrContent)
	p.wants(t, "age:a.age", "canary-1")
	p.wants(t, "age:a.age", "canary-1")
	sealed(t, path, "canary-2\n", "open sesame", 10, true)
	p.wants(t, "age:a.age", "canary-2")
	write(t, filepath.Join(p.dir, "passphrase"), "open sesame\n", 0o400)
	sealed(t, filepath.Join(p.dir, "b.age"), "canary-3", "open sesame", 10, true)
	p.wants(t, "age:b.age?passphrase=systemd:passphrase", "canary-3")
}

func TestAgeRefused(t *testing.T) {
	p := newPlace(t)
	p.env["P"] = "open sesame"
	path := filepath.Join(p.dir, "a.age")
	const reference = "age:a.age?passphrase=env:P"
	sealed(t, path, "canary", "open sesame", 10, false)
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"nothing": "", "no age file": "canary", "cut": string(good[:len(good)-1]), "altered": string(good[:len(good)-1]) + "x",
		// scrypt would take 2^30 blocks of 1 KiB
		"too much work": strings.Replace(string(good), " 10\n", " 30\n", 1),
	} {
		write(t, path, text, 0o600)
		if got, err := p.line(t, reference); got != "" || !errors.Is(err, secret.ErrContent) {
			t.Errorf("%s: got %q, %v", name, got, err)
		}
	}
	write(t, path, string(good), 0o644)
	p.refuses(t, reference, secretfile.ErrMode)
	sealed(t, path, strings.Repeat("canary", 2000), "open sesame", 10, false)
	p.refuses(t, reference, secret.ErrContent)
	none := secret.New(p.dir, secret.Environment{})
	r, err := secret.Parse("age:a.age")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := none.Line(t.Context(), r); !errors.Is(err, secret.ErrReference) || !strings.Contains(err.Error(), "terminal") {
		t.Errorf("nobody to type: %v", err)
	}
}

// TestDescriptor runs this test again as a process that gets a file as its
// descriptor 3.
func TestDescriptor(t *testing.T) {
	p := newPlace(t)
	if os.Getenv("CHANCERY_TEST_DESCRIPTOR") != "" {
		p.wants(t, "fd:3", "canary")
		p.wants(t, "fd:3", "canary") // it is read once, and kept
		p.refuses(t, "fd:99", secret.ErrReference)
		return
	}
	write(t, filepath.Join(p.dir, "a"), "canary\n", 0o600)
	file, err := os.Open(filepath.Join(p.dir, "a"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	again := exec.Command(os.Args[0], "-test.run=^TestDescriptor$")
	again.Env = append(os.Environ(), "CHANCERY_TEST_DESCRIPTOR=1")
	again.ExtraFiles = []*os.File{file}
	if out, err := again.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// TestVault: a secret in Vault is read anew; where Vault is away, what was had
// last may do.
func TestVault(t *testing.T) {
	p := newPlace(t)
	const reference = "vault:kv/secret/civil/db#password"
	p.refuses(t, reference, secret.ErrReference)
	server := vaulttest.Start(t, time.Now)
	server.Put("civil/db", map[string]any{"password": "canary-1"})
	token := func() vault.Login { return vault.Token(p.reader(t, "env:TOKEN")) }
	p.env["TOKEN"] = server.Token(time.Hour)
	client, err := vault.New(vault.Options{Address: server.URL, Roots: server.Roots(), Login: token(), Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	p.UseVault(client)
	p.wants(t, reference, "canary-1")
	last := p.lastReader(t, reference)
	if got, err := last(t.Context()); got != "canary-1" || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
	server.Put("civil/db", map[string]any{"password": "canary-2"})
	p.wants(t, reference, "canary-2")
	server.Seal(true)
	p.refuses(t, reference, secret.ErrUnavailable)
	if got, err := last(t.Context()); got != "canary-1" || err != nil {
		t.Errorf("away: got %q, %v", got, err)
	}
	server.Seal(false)
	if got, err := last(t.Context()); got != "canary-2" || err != nil {
		t.Errorf("back: got %q, %v", got, err)
	}
	p.refuses(t, "vault:transit/transit/issuer", secret.ErrReference)
	p.refuses(t, "pkcs11:token=a;object=b", secret.ErrReference)
}

func (p *place) reader(t *testing.T, text string) vault.Read { return p.read(t, text, p.Line) }

func (p *place) lastReader(t *testing.T, text string) vault.Read { return p.read(t, text, p.LastLine) }

func (p *place) read(t *testing.T, text string, read func(context.Context, secret.Reference) (string, error)) vault.Read {
	t.Helper()
	r, err := secret.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return func(ctx context.Context) (string, error) { return read(ctx, r) }
}
