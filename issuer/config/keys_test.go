package config_test

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/issuer/config"
	"github.com/chancery-vc/chancery/issuer/key"
	"github.com/chancery-vc/chancery/verifier/did"
)

// publicKeys returns a did:key of each kind.
func publicKeys(t *testing.T) (signing, selective string) {
	t.Helper()
	public, _, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if signing, _, err = did.FromKey(public); err != nil {
		t.Fatal(err)
	}
	if selective, _, err = did.FromKey(private.Public()); err != nil {
		t.Fatal(err)
	}
	return signing, selective
}

// withKeys parses the template with these keys beside those that sign.
func withKeys(t *testing.T, more string, keys ...string) (*config.Config, error) {
	t.Helper()
	text, err := config.Template(config.Start{URL: "https://registry.example", Listen: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	return config.Parse([]byte(text+more+"\nkeys:\n  - "+strings.Join(keys, "\n  - ")+"\n"), t.TempDir())
}

func TestKeys(t *testing.T) {
	signing, selective := publicKeys(t)
	c, err := withKeys(t, "", "{key: next.key}", "{key: "+signing+", until: 2028-01-01}", "{key: "+selective+", selective: true, until: \"2028-01-01T12:00:00+01:00\"}")
	if err != nil {
		t.Fatal(err)
	}
	day := time.Date(2028, 1, 1, 0, 0, 0, 0, time.UTC)
	for n, want := range []struct {
		public bool
		kind   key.Kind
		until  time.Time
	}{{false, key.Ed25519, time.Time{}}, {true, key.Ed25519, day}, {true, key.P256, day.Add(11 * time.Hour)}} {
		if k := c.Keys[n]; k.Public() != want.public || k.Kind() != want.kind || !k.Until.Equal(want.until) {
			t.Errorf("keys[%d]: %+v, want %+v", n, k, want)
		}
	}
}

func TestKeysRefused(t *testing.T) {
	signing, selective := publicKeys(t)
	for name, c := range map[string]struct {
		more string
		keys []string
		says string
	}{
		"no key":                  {"", []string{"{until: 2028-01-01}"}, "key is missing"},
		"no reference":            {"", []string{"{key: \"vault:nowhere\"}"}, "keys[0]"},
		"no did:key":              {"", []string{"{key: \"did:key:zzz\"}"}, "is not a did:key"},
		"the other kind":          {"", []string{"{key: " + selective + "}"}, "is not of Ed25519"},
		"the other kind as well":  {"", []string{"{key: " + signing + ", selective: true}"}, "is not of P-256"},
		"the key that signs":      {"", []string{"{key: signing.key}"}, "what signs now is not under keys"},
		"one twice":               {"", []string{"{key: next.key}", "{key: next.key, until: 2028-01-01}"}, "named twice"},
		"no time":                 {"", []string{"{key: next.key, until: soon}"}, "is not a time"},
		"no such day":             {"", []string{"{key: next.key, until: 2028-02-30}"}, "is not a time"},
		"an issuer of one key":    {"\nissuer: did:key\n", []string{"{key: next.key}"}, "cannot rotate"},
		"more than documents fit": {"", []string{"{key: a}", "{key: b}", "{key: c}", "{key: d}", "{key: e}", "{key: f}", "{key: g}", "{key: h}", "{key: i}"}, "there are 9"},
	} {
		if _, err := withKeys(t, c.more, c.keys...); !errors.Is(err, config.ErrInvalid) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
