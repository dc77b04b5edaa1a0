package did_test

import (
	"crypto"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/internal/credtest"
	"github.com/chancery-vc/chancery/verifier/did"
)

// ending returns the document of an issuer with a key that stays, one that ends,
// and one that was revoked, as a verifier reads it.
func ending(t *testing.T, expires, revoked time.Time) (d *did.Document, urls [3]string, keys [3]crypto.PublicKey) {
	t.Helper()
	const id = "did:web:registry.example"
	for n, name := range []string{"stays", "ends", "revoked"} {
		keys[n] = credtest.Key(name).Public()
		var err error
		if urls[n], err = did.MethodURL(id, keys[n]); err != nil {
			t.Fatal(err)
		}
	}
	made, err := did.NewDocumentOf(id, did.Listed{Key: keys[0]}, did.Listed{Key: keys[1], Expires: expires}, did.Listed{Key: keys[2], Revoked: revoked})
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(made)
	if err != nil {
		t.Fatal(err)
	}
	if d, err = did.Parse(text); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return d, urls, keys
}

func TestListedKeysEnd(t *testing.T) {
	expires := time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)
	revoked := expires.Add(-time.Hour)
	d, urls, keys := ending(t, expires, revoked)
	for _, at := range []time.Time{revoked, expires.Add(-time.Second), expires, expires.Add(time.Hour)} {
		good := []bool{true, at.Before(expires), false}
		var want []crypto.PublicKey
		for n, url := range urls {
			key, err := d.KeyAt(url, "assertionMethod", at)
			if good[n] {
				want = append(want, keys[n])
				if public, ok := key.(ed25519.PublicKey); err != nil || !ok || !public.Equal(keys[n]) {
					t.Errorf("%s at %s: %v", url, at, err)
				}
			} else if !errors.Is(err, did.ErrEnded) || !errors.Is(err, did.ErrMethod) {
				t.Errorf("%s at %s: %v", url, at, err)
			}
		}
		got := d.KeysAt("assertionMethod", at)
		if !slices.EqualFunc(got, want, func(a, b crypto.PublicKey) bool { return a.(ed25519.PublicKey).Equal(b) }) {
			t.Errorf("at %s: %d keys, want %d", at, len(got), len(want))
		}
	}
}

// TestRevokedKeyIsListedForNothing: a verifier that does not look at revoked does
// not take the key either.
func TestRevokedKeyIsListedForNothing(t *testing.T) {
	now := time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)
	d, urls, _ := ending(t, now.Add(time.Hour), now)
	text, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	var document struct{ AssertionMethod, Authentication []string }
	if err := json.Unmarshal(text, &document); err != nil {
		t.Fatal(err)
	}
	for _, listed := range [][]string{document.AssertionMethod, document.Authentication} {
		if !slices.Equal(listed, urls[:2]) {
			t.Errorf("listed: %q", listed)
		}
	}
	if method, err := d.Method(urls[2]); err != nil || !json.Valid(method) {
		t.Errorf("it is not in the document: %v", err)
	}
}

func TestListedTwice(t *testing.T) {
	key := did.Listed{Key: credtest.Key("twice").Public()}
	gone := key
	gone.Revoked = time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, keys := range [][]did.Listed{{key, key}, {key, gone}, {gone, gone}} {
		if _, err := did.NewDocumentOf("did:web:registry.example", keys...); !errors.Is(err, did.ErrInvalid) {
			t.Errorf("%v", err)
		}
	}
}
