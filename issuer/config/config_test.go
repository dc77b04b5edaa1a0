package config_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chancery-vc/chancery/issuer/config"
	"github.com/chancery-vc/chancery/schemas"
)

// least is a configuration with nothing in it that has a default.
const least = `url: https://registry.example
signing_key: signing.key
sources:
  births:
    driver: sqlite
    path: births.db
profiles:
  birth:
    type: BirthRegistration
    name: Birth registration
    source: births
    table: births
    key: number
    validity: 365d
    claims:
      - claim: givenNames
        column: given_names
callers:
  holder: [birth]
`

// with returns least with from, which must be there once, replaced by to.
func with(t testing.TB, from, to string) string {
	t.Helper()
	if strings.Count(least, from) != 1 {
		t.Fatalf("%q is there %d times", from, strings.Count(least, from))
	}
	return strings.Replace(least, from, to, 1)
}

func TestDefaults(t *testing.T) {
	c, err := config.Parse([]byte(least), "/etc/chancery")
	if err != nil {
		t.Fatal(err)
	}
	got := *c
	want := config.Config{
		URL: "https://registry.example", Listen: "127.0.0.1:8443", Issuer: "did:web:registry.example",
		SigningKey: "signing.key", State: "state", SelfTest: config.Duration(5 * time.Minute),
		Sources: map[string]config.Source{"births": {Driver: "sqlite", Path: "births.db"}},
		Profiles: map[string]config.Profile{"birth": {
			Type: "BirthRegistration", Name: "Birth registration", Context: config.Context{URL: schemas.CivilV1},
			Source: "births", Table: "births", Key: "number", Validity: config.Duration(365 * 24 * time.Hour),
			Claims:     []config.Claim{{Claim: "givenNames", Column: "given_names", As: "text", Separator: "; "}},
			Disclosure: config.DisclosureWhole,
		}},
		Callers: config.Callers{Holder: []string{"birth"}},
		Budget:  config.Budget{Subjects: config.Allowance{Most: 10_000, In: 24 * time.Hour}, QuestionsPerSubject: config.Allowance{Most: 20, In: 30 * 24 * time.Hour}},
		Offers:  config.Offers{Lifetime: config.Duration(10 * time.Minute), Digits: 6, Attempts: 3},
		Status:  config.Status{Lifetime: config.Duration(24 * time.Hour)},
		Consult: config.Consult{Batch: 20, RefusalStep: config.Duration(250 * time.Millisecond)}, Retention: config.Retention{Folder: "sealed"}, Operations: config.Operations{DiskFloor: 512 << 20},
		Scope: config.ScopeTerms{
			Recheck: config.Duration(15 * time.Minute), WhenWidened: config.WidenedStop, Lifetime: config.Duration(24 * time.Hour),
		},
	}
	if diff := cmp.Diff(want, got, cmp.FilterPath(unexported, cmp.Ignore())); diff != "" {
		t.Error(diff)
	}
}

// unexported tells of the fields that are not part of a file.
func unexported(p cmp.Path) bool {
	field, ok := p.Last().(cmp.StructField)
	return ok && slices.Contains([]string{"digest", "folder", "text", "approval", "files"}, field.Name())
}

func TestPathsAreRelativeToTheFile(t *testing.T) {
	c, err := config.Parse([]byte(least), "/etc/chancery")
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		"births.db": "/etc/chancery/births.db", "../state": "/etc/state", "/var/births.db": "/var/births.db",
	} {
		if got := c.Path(path); got != want {
			t.Errorf("%s: got %s, want %s", path, got, want)
		}
	}
}

func TestDigestIsOfTheBytes(t *testing.T) {
	first, err := config.Parse([]byte(least), "")
	if err != nil {
		t.Fatal(err)
	}
	second, err := config.Parse([]byte(least+"# a comment\n"), "")
	if err != nil {
		t.Fatal(err)
	}
	if len(first.Digest()) != 64 || first.Digest() == second.Digest() {
		t.Errorf("%s and %s", first.Digest(), second.Digest())
	}
}

func TestURLs(t *testing.T) {
	for url, issuer := range map[string]string{
		"https://registry.example":              "did:web:registry.example",
		"https://registry.example:8443":         "did:web:registry.example%3A8443",
		"https://registry.example/civil/births": "did:web:registry.example:civil:births",
		"https://127.0.0.1:8443":                "did:web:127.0.0.1%3A8443",
	} {
		c, err := config.Parse([]byte(with(t, "url: https://registry.example", "url: "+url)), "")
		if err != nil || c.Issuer != issuer {
			t.Errorf("%s: %v, %v", url, c, err)
		}
	}
}

func TestIssuerIsOneOfTwo(t *testing.T) {
	for issuer, ok := range map[string]bool{
		"did:key": true, "did:web:registry.example": true,
		"did:web:another.example": false, "https://registry.example": false, "did:key:z6Mk": false,
	} {
		c, err := config.Parse([]byte(least+"issuer: "+issuer+"\n"), "")
		if ok != (err == nil) || ok && c.Issuer != issuer {
			t.Errorf("%s: %v", issuer, err)
		}
	}
}

func TestLoad(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "chancery.yaml")
	if _, err := config.Load(path); !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), "chancery init") {
		t.Errorf("no file: %v", err)
	}
	if err := os.WriteFile(path, []byte(least), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := config.Load(path)
	if err != nil || c.Path("x") != filepath.Join(dir, "x") {
		t.Errorf("got %v, %v", c, err)
	}
	t.Chdir(dir)
	if c, err = config.Load("chancery.yaml"); err != nil || c.Path("x") != filepath.Join(dir, "x") {
		t.Errorf("by a relative path: %v, %v", c, err)
	}
	if err := os.WriteFile(path, []byte(least+"x: y\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := config.Load(path); !errors.Is(err, config.ErrInvalid) || !strings.Contains(err.Error(), path) {
		t.Errorf("a bad file: %v", err)
	}
}

func TestTemplate(t *testing.T) {
	for _, didKey := range []bool{false, true} {
		for _, selfSigned := range []bool{false, true} {
			text, err := config.Template(config.Start{URL: "https://registry.example/vc", Listen: "[::1]:9443", DIDKey: didKey, SelfSigned: selfSigned})
			if err != nil {
				t.Fatal(err)
			}
			c, err := config.Parse([]byte(text), "")
			if err != nil {
				t.Fatalf("did:key %v, self-signed %v: %v\n%s", didKey, selfSigned, err, text)
			}
			want := "did:web:registry.example:vc"
			if didKey {
				want = config.IssuerDIDKey
			}
			if c.URL != "https://registry.example/vc" || c.Listen != "[::1]:9443" || c.Issuer != want || (c.TLS.Key != "") != selfSigned {
				t.Errorf("did:key %v, self-signed %v: %+v", didKey, selfSigned, c)
			}
		}
	}
}

func TestTemplateNamesTheDefaults(t *testing.T) {
	text, err := config.Template(config.Start{URL: "https://registry.example", Listen: "127.0.0.1:8443"})
	if err != nil {
		t.Fatal(err)
	}
	written, err := config.Parse([]byte(text), "")
	if err != nil {
		t.Fatal(err)
	}
	defaults, err := config.Parse([]byte(least), "")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(defaults.Offers, written.Offers); diff != "" {
		t.Error(diff)
	}
	if written.Status != defaults.Status || written.Listen != defaults.Listen || written.State != defaults.State {
		t.Errorf("%+v", written)
	}
}

func TestDurations(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"365d": 365 * 24 * time.Hour, "1d": 24 * time.Hour, "10m": 10 * time.Minute, "1h30m": 90 * time.Minute,
		"24h": 24 * time.Hour, "90s": 90 * time.Second, "0d": 0, "-5m": -5 * time.Minute,
	} {
		var d config.Duration
		if err := d.UnmarshalText([]byte(text)); err != nil || d.Std() != want {
			t.Errorf("%s: %v, %v", text, d.Std(), err)
		}
	}
	for _, text := range []string{"", "d", "365", "1.5d", "-1d", "1d12h", "65536d", "1 d", "1y", "ten days", "99999999999h"} {
		var d config.Duration
		if err := d.UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q is read as %v", text, d.Std())
		}
	}
}
