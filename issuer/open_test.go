package issuer_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chancery-vc/chancery/examples/births/civil"
	"github.com/chancery-vc/chancery/internal/issuertest"
	"github.com/chancery-vc/chancery/internal/secretfile"
	"github.com/chancery-vc/chancery/issuer"
	"github.com/chancery-vc/chancery/issuer/config"
	"github.com/chancery-vc/chancery/issuer/key"
	"github.com/chancery-vc/chancery/issuer/singleuse"
	"github.com/chancery-vc/chancery/issuer/source"
	"github.com/chancery-vc/chancery/issuer/store"
	"github.com/chancery-vc/chancery/schemas"
	"github.com/chancery-vc/chancery/verifier/logproof"
)

func pseudonymFile(dir string) string { return filepath.Join(dir, "state", "pseudonym.key") }

func TestOpenRefuses(t *testing.T) {
	inFolder := func(dir, name string) string { return filepath.Join(dir, name) }
	tests := map[string]struct {
		edits []issuertest.Edit
		spoil func(t *testing.T, dir string)
		kind  error // or nil
		says  []string
	}{
		"a key that others can read": {
			spoil: func(t *testing.T, dir string) { must(t, os.Chmod(inFolder(dir, issuertest.KeyFile), 0o640)) },
			kind:  secretfile.ErrMode, says: []string{"chmod 600"},
		},
		"no key":      {spoil: func(t *testing.T, dir string) { must(t, os.Remove(inFolder(dir, issuertest.KeyFile))) }, kind: os.ErrNotExist},
		"no register": {spoil: func(t *testing.T, dir string) { must(t, os.Remove(inFolder(dir, issuertest.RegisterFile))) }, kind: source.ErrUnavailable, says: []string{"source births"}},
		"no table": {
			edits: []issuertest.Edit{issuertest.Replace("table: births", "table: deaths")},
			kind:  source.ErrShape, says: []string{"profile birth", `"deaths"`, `"births"`},
		},
		"no column": {
			edits: []issuertest.Edit{issuertest.Replace("column: family_name", "column: familyname")},
			kind:  source.ErrShape, says: []string{"profile birth", `"familyname"`, `"family_name"`},
		},
		"a claim that the context does not define": {
			edits: []issuertest.Edit{issuertest.Replace("claim: familyName", "claim: familyNmae")},
			says:  []string{"profile birth", "claim familyNmae", schemas.CivilV1},
		},
		"a type that the context does not define": {
			edits: []issuertest.Edit{issuertest.Replace("type: BirthRegistration", "type: BirthRegistratoin")},
			says:  []string{"profile birth", "BirthRegistratoin"},
		},
		"a context that is not here": {
			edits: []issuertest.Edit{issuertest.Replace(schemas.CivilV1, "https://example.org/context/v1")},
			says:  []string{"profile birth", "https://example.org/context/v1"},
		},
		"a context file that is not there": {
			edits: []issuertest.Edit{issuertest.Replace(schemas.CivilV1, "https://example.org/context/v1\n      file: context.jsonld")},
			kind:  os.ErrNotExist, says: []string{"profile birth"},
		},
		"another content for an embedded context": {
			edits: []issuertest.Edit{issuertest.Replace(schemas.CivilV1, schemas.CivilV1+"\n      file: context.jsonld")},
			spoil: func(t *testing.T, dir string) {
				must(t, os.WriteFile(inFolder(dir, "context.jsonld"), []byte(`{"@context":{"@vocab":"https://example.org/"}}`), 0o600))
			},
			kind: schemas.ErrContextDigest, says: []string{"profile birth"},
		},
		"a short pseudonym key": {
			spoil: func(t *testing.T, dir string) {
				must(t, os.Mkdir(inFolder(dir, "state"), 0o700))
				must(t, os.WriteFile(pseudonymFile(dir), []byte("short"), 0o600))
			},
			says: []string{"pseudonym.key", "5 bytes"},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := issuertest.Folder(t, 3, test.edits...)
			if test.spoil != nil {
				test.spoil(t, dir)
			}
			err := open(issuertest.Load(t, dir), rand.Reader)
			if err == nil || test.kind != nil && !errors.Is(err, test.kind) {
				t.Fatalf("got %v", err)
			}
			for _, want := range test.says {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("the error does not say %s: %v", want, err)
				}
			}
			_, statErr := os.Stat(stateFile(dir))
			if test.kind != nil && statErr == nil {
				t.Error("it began to keep state")
			}
		})
	}
}

func TestOpenTwice(t *testing.T) {
	_, dir, _ := setUp(t, 3)
	if err := open(issuertest.Load(t, dir), rand.Reader); !errors.Is(err, store.ErrLocked) {
		t.Errorf("got %v", err)
	}
}

// TestOwnContext: a context of the operator's own is used, and handed over in
// the bundle.
func TestOwnContext(t *testing.T) {
	const url = "https://example.org/context/v1"
	dir := issuertest.Folder(t, 3,
		issuertest.Replace(schemas.CivilV1, url+"\n      file: context.jsonld"), issuertest.Replace("claim: birthPlace", "claim: hometown"))
	document := []byte(`{"@context":{"BirthRegistration":"https://example.org/ns#B","givenNames":"https://example.org/ns#g","familyName":"https://example.org/ns#f","birthDate":"https://example.org/ns#d","hometown":"https://example.org/ns#h"}}`)
	must(t, os.WriteFile(filepath.Join(dir, "context.jsonld"), document, 0o600))
	clock := issuertest.NewClock()
	i := issuertest.Open(t, dir, clock)
	accepted(t, answer(t, i, known()).Bytes, bundleOf(t, i, dir), clock.Now())
	contexts := i.Contexts(birth)
	if len(contexts) != 1 || contexts[0].URL != url || contexts[0].SHA256 != schemas.Digest(document) || !bytes.Equal(contexts[0].Document, document) {
		t.Errorf("%+v", contexts)
	}
}

// TestConfigurationIsLogged: once for each time that it changes.
func TestConfigurationIsLogged(t *testing.T) {
	dir, clock := issuertest.Folder(t, 3), issuertest.NewClock()
	path := filepath.Join(dir, issuertest.ConfigFile)
	first, err := os.ReadFile(path)
	must(t, err)
	second := append(bytes.Clone(first), "# changed\n"...)
	var want []string
	for _, text := range [][]byte{first, first, second, second, first} {
		must(t, os.WriteFile(path, text, 0o600))
		i := issuertest.Open(t, dir, clock)
		if len(want) == 0 || want[len(want)-1] != i.Config().Digest() {
			want = append(want, i.Config().Digest())
		}
		must(t, i.Close())
	}
	var got []string
	for _, r := range inFile(t, dir) {
		if r.Kind == logproof.Configuration {
			got = append(got, r.Configuration)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" || len(want) != 3 {
		t.Error(want, diff)
	}
}

// TestPseudonyms: the same record has the same name after a restart, and
// another one under another key. A key that is lost is not replaced unseen.
func TestPseudonyms(t *testing.T) {
	dir, clock := issuertest.Folder(t, 3), issuertest.NewClock()
	subject := func() string {
		i := issuertest.Open(t, dir, clock)
		defer i.Close()
		answer(t, i, known())
		records := issuertest.Log(t, i.Store())
		return last(t, records).Subject
	}
	first, again := subject(), subject()
	if first == "" || first != again {
		t.Errorf("%q, then %q", first, again)
	}
	info, err := os.Stat(pseudonymFile(dir))
	if err != nil || info.Mode().Perm() != 0o600 || info.Size() != 32 {
		t.Errorf("the key: %v, %v", info, err)
	}
	must(t, os.WriteFile(pseudonymFile(dir), make([]byte, 32), 0o600))
	if other := subject(); other == first {
		t.Error("a new key gives the same name")
	}
	must(t, os.Remove(pseudonymFile(dir)))
	if err := open(issuertest.Load(t, dir), rand.Reader); !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), "backup") {
		t.Errorf("a lost key: %v", err)
	}
}

// TestIdentity: a state stays with the address, the name and the key that it
// was made with.
func TestIdentity(t *testing.T) {
	for name, c := range map[string]struct {
		change func(dir string)
		says   string
	}{
		"another key": {func(dir string) {
			must(t, os.Remove(filepath.Join(dir, "signing.key")))
			_, err := key.Create(filepath.Join(dir, "signing.key"), rand.Reader)
			must(t, err)
		}, "signing key"},
		"another address": {func(dir string) {
			text, err := os.ReadFile(filepath.Join(dir, "chancery.yaml"))
			must(t, err)
			changed := strings.Replace(string(text), issuertest.URL, "https://other.example", 1)
			must(t, os.WriteFile(filepath.Join(dir, "chancery.yaml"), []byte(changed), 0o600))
		}, "url"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := issuertest.Folder(t, 3)
			must(t, open(issuertest.Load(t, dir), rand.Reader))
			must(t, open(issuertest.Load(t, dir), rand.Reader))
			before := len(inFile(t, dir))
			c.change(dir)
			if err := open(issuertest.Load(t, dir), rand.Reader); !errors.Is(err, issuer.ErrIdentity) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("got %v", err)
			}
			if after := len(inFile(t, dir)); after != before {
				t.Errorf("%d records were added", after-before)
			}
		})
	}
}

// TestPseudonymKeyCutShort: a kill while the key is first written must not
// leave an issuer that cannot start.
func TestPseudonymKeyCutShort(t *testing.T) {
	dir := issuertest.Folder(t, 3)
	must(t, os.Mkdir(filepath.Join(dir, "state"), 0o700))
	must(t, os.WriteFile(filepath.Join(dir, "state", ".partial-1"), []byte("half a k"), 0o600))
	must(t, open(issuertest.Load(t, dir), rand.Reader))
	if info, err := os.Stat(pseudonymFile(dir)); err != nil || info.Size() != 32 {
		t.Errorf("%v, %v", info, err)
	}
}

func TestOrigin(t *testing.T) {
	for url, want := range map[string]string{
		"https://registry.example:8443":    "registry.example:8443/log",
		"https://registry.example/civil/a": "registry.example/civil/a/log",
	} {
		if got := issuer.Origin(&config.Config{URL: url}); got != want {
			t.Errorf("%s: %s", url, got)
		}
	}
}

func TestGrant(t *testing.T) {
	i, dir, _ := setUp(t, 3)
	offer := singleuse.NewStep(nil, func(tx *store.Tx) error { return tx.Put("test", []byte("k"), []byte("v")) })
	must(t, i.Grant(t.Context(), birth, civil.KnownNumber, offer))
	if err := i.Grant(t.Context(), birth, "2019-000043", offer); !errors.Is(err, source.ErrNone) || !errors.Is(err, issuer.ErrRefused) {
		t.Errorf("no record: %v", err)
	}
	if err := i.Grant(t.Context(), "death", civil.KnownNumber, offer); !errors.Is(err, issuer.ErrNotAllowed) {
		t.Errorf("no profile: %v", err)
	}
	failed := singleuse.NewStep(func(context.Context) error { return errTest }, nil)
	if err := i.Grant(t.Context(), birth, civil.KnownNumber, failed); !errors.Is(err, errTest) || !errors.Is(err, issuer.ErrRefused) {
		t.Errorf("the step fails: %v", err)
	}
	want := []string{
		"configuration", "scope-proven", "asked", "grant 2", "asked", "refused 4: no record has that key",
		"refused: " + issuer.ErrNotAllowed.Error(), "asked", "refused 7: internal error",
	}
	records := inFile(t, dir)
	if diff := cmp.Diff(want, short(records)); diff != "" {
		t.Error(diff)
	}
	if granted := records[3]; granted.Subject == "" || granted.Subject != records[2].Subject || granted.Caller != "operator" || granted.Profile != birth {
		t.Errorf("%+v", granted)
	}
	must(t, i.Store().View(func(tx *store.Tx) error {
		if tx.Get("test", []byte("k")) == nil {
			t.Error("the offer is not kept")
		}
		return nil
	}))
}
