package main

import (
	"crypto/ed25519"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/internal/credtest"
	"github.com/chancery-vc/chancery/verifier/bundle"
	"github.com/chancery-vc/chancery/verifier/credential"
	"github.com/chancery-vc/chancery/verifier/did"
)

const exchanging = "did:web:registry.example"

// bundleFile writes a bundle that signer signed, and that lists some keys.
func bundleFile(t *testing.T, id string, signer ed25519.PrivateKey, keys ...did.Listed) string {
	t.Helper()
	document, err := did.NewDocumentOf(id, keys...)
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(document)
	if err != nil {
		t.Fatal(err)
	}
	data, err := bundle.Sign(bundle.Content{Issuer: id, Created: credential.FormatTime(credtest.Now), Controllers: []jsontext.Value{text}}, signer)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "bundle")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestBundlesOfAnExchangedKey: who pinned one key follows the bundles that lead
// from it to the next, and no others.
func TestBundlesOfAnExchangedKey(t *testing.T) {
	first, next, stranger := credtest.Key("first"), credtest.Key("next"), credtest.Key("stranger")
	listed := func(key ed25519.PrivateKey) did.Listed { return did.Listed{Key: key.Public()} }
	ended, revoked := listed(next), listed(next)
	ended.Expires, revoked.Revoked = credtest.Now, credtest.Now.Add(-time.Hour)
	announced := bundleFile(t, exchanging, first, listed(first), listed(next))
	exchanged := bundleFile(t, exchanging, next, listed(next), listed(first))
	pinned, _, err := did.FromKey(first.Public())
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		paths []string
		good  bool
	}{
		"the one that announces it":    {[]string{announced}, true},
		"it and the next":              {[]string{announced, exchanged}, true},
		"the next alone":               {[]string{exchanged}, false},
		"in the wrong order":           {[]string{exchanged, announced}, false},
		"one that announces nothing":   {[]string{bundleFile(t, exchanging, first, listed(first)), exchanged}, false},
		"after the announced one ends": {[]string{bundleFile(t, exchanging, first, listed(first), ended), exchanged}, false},
		"after it was revoked":         {[]string{bundleFile(t, exchanging, first, listed(first), revoked), exchanged}, false},
		"by a stranger":                {[]string{announced, bundleFile(t, exchanging, stranger, listed(next))}, false},
		"of another issuer":            {[]string{announced, bundleFile(t, "did:web:other.example", next, listed(next))}, false},
	} {
		issuers := []string{exchanging, "did:web:other.example"}
		bundles, err := openBundles(c.paths, issuers, bundleKeys{BundleKey: []string{pinned}}, credtest.Now)
		if c.good && (err != nil || len(bundles) != len(c.paths)) || !c.good && (err == nil || !strings.Contains(err.Error(), "name a bundle from before that first")) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
