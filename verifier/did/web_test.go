package did_test

import (
	"context"
	"encoding/json"
	"errors"
	"testing"

	"github.com/chancery-vc/chancery/verifier/did"
)

// TestWeb holds identifiers against addresses: did:web, section 3.2.
func TestWeb(t *testing.T) {
	for address, c := range map[string]struct{ id, path string }{
		"https://registry.example":             {"did:web:registry.example", ".well-known/did.json"},
		"https://registry.example/":            {"did:web:registry.example", ".well-known/did.json"},
		"https://registry.example:8443":        {"did:web:registry.example%3A8443", ".well-known/did.json"},
		"https://registry.example/civil":       {"did:web:registry.example:civil", "civil/did.json"},
		"https://registry.example/civil/b/":    {"did:web:registry.example:civil:b", "civil/b/did.json"},
		"https://registry.example:8443/a/b":    {"did:web:registry.example%3A8443:a:b", "a/b/did.json"},
		"https://registry.example/a%20b":       {"did:web:registry.example:a%20b", "a%20b/did.json"},
		"https://registry.example/%C3%BE":      {"did:web:registry.example:%C3%BE", "%C3%BE/did.json"},
		"https://xn--rgister-cya.example/a":    {"did:web:xn--rgister-cya.example:a", "a/did.json"},
		"https://registry.example/user/alice/": {"did:web:registry.example:user:alice", "user/alice/did.json"},
	} {
		t.Run(address, func(t *testing.T) {
			id, err := did.Web(address)
			if err != nil || id != c.id {
				t.Errorf("got %s, %v, want %s", id, err, c.id)
			}
			if path, err := did.WebPath(c.id); err != nil || path != c.path {
				t.Errorf("got %s, %v, want %s", path, err, c.path)
			}
		})
	}
}

func TestWebRefuses(t *testing.T) {
	for _, address := range []string{
		"", "registry.example", "http://registry.example", "ftp://registry.example", "https://", "https:///a", "https://a b/",
		"https://user@registry.example", "https://registry.example?a=b", "https://registry.example/#a", "https://:8443", "did:web:registry.example",
	} {
		if id, err := did.Web(address); !errors.Is(err, did.ErrInvalid) {
			t.Errorf("%q: got %s, %v", address, id, err)
		}
	}
	for _, id := range []string{"", "did:web:", "did:key:z6Mk", "web:registry.example", "DID:web:registry.example"} {
		if path, err := did.WebPath(id); !errors.Is(err, did.ErrInvalid) {
			t.Errorf("%q: got %s, %v", id, path, err)
		}
	}
}

// TestWebResolver asks a web that is only a table.
func TestWebResolver(t *testing.T) {
	public, _ := key(t)
	page := func(id string) []byte {
		d, err := did.NewDocument(id, public)
		if err != nil {
			t.Fatal(err)
		}
		data, err := json.Marshal(d)
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	errDown := errors.New("the line is down")
	web := map[string][]byte{
		"https://registry.example/.well-known/did.json": page("did:web:registry.example"),
		"https://registry.example:8443/a/b/did.json":    page("did:web:registry.example%3A8443:a:b"),
		"https://evil.example/.well-known/did.json":     page("did:web:registry.example"),
		"https://broken.example/.well-known/did.json":   []byte("<html>"),
	}
	resolver := did.WebResolver{Fetch: func(_ context.Context, url string) ([]byte, error) {
		if data, ok := web[url]; ok {
			return data, nil
		}
		return nil, errDown
	}}
	for id, want := range map[string]error{
		"did:web:registry.example":            nil,
		"did:web:registry.example%3A8443:a:b": nil,
		"did:web:evil.example":                did.ErrInvalid, // which has another's document
		"did:web:broken.example":              did.ErrInvalid,
		"did:web:elsewhere.example":           did.ErrUnknown,
		"did:web:registry.example:c":          errDown,
		"did:web:registry.example%2Fa":        did.ErrInvalid,
		"did:web:user%40registry.example":     did.ErrInvalid,
		"did:web:%zz":                         did.ErrInvalid,
		"did:key:z6Mk":                        did.ErrUnknown,
		"did:web:":                            did.ErrInvalid,
		"did:web:registry.example:..":         did.ErrInvalid,
		"did:web:registry.example:%2E%2E:a":   did.ErrInvalid,
		"did:web:registry.example:a::b":       did.ErrInvalid,
		"did:web:registry.example:a%2Fb":      did.ErrInvalid,
		"did:web:registry.example:a?b":        did.ErrInvalid,
		"did:web:registry.example:":           did.ErrInvalid,
	} {
		t.Run(id, func(t *testing.T) {
			d, err := resolver.Resolve(t.Context(), id)
			if !errors.Is(err, want) || (want == nil) != (d != nil) {
				t.Fatalf("got %v, %v, want %v", d, err, want)
			}
			if d != nil && d.ID != id {
				t.Errorf("got the document of %s", d.ID)
			}
		})
	}
}
