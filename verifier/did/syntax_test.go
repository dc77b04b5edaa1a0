package did_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chancery-vc/chancery/verifier/did"
)

func TestParseURL(t *testing.T) {
	for text, want := range map[string]did.URL{
		"did:key:z6Mk":                    {DID: "did:key:z6Mk"},
		"did:key:z6Mk#z6Mk":               {DID: "did:key:z6Mk", Fragment: "z6Mk"},
		"did:web:example.com%3A3000:u":    {DID: "did:web:example.com%3A3000:u"},
		"did:example:1/a/b;c?d=e&f#g/h?i": {DID: "did:example:1", Path: "/a/b;c", Query: "d=e&f", Fragment: "g/h?i"},
		"did:example:1/":                  {DID: "did:example:1", Path: "/"},
		"did:example:1?a?b":               {DID: "did:example:1", Query: "a?b"},
		"did:example::1":                  {DID: "did:example::1"},
		"did:example:1#%20":               {DID: "did:example:1", Fragment: "%20"},
	} {
		got, err := did.ParseURL(text)
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%s: %v %s", text, err, diff)
		}
	}
}

func TestParseURLRefuses(t *testing.T) {
	for _, text := range []string{
		"", "did:", "did:key", "did:key:", "did:key:a:", "did::a", "did:Key:a", "DID:key:a", "did:ex-ample:a", "key:a",
		"did:key:@", "did:key:a b", "did:key:a%", "did:key:a%zz", "did:key:a#b#c", "did:key:a\n", "\ndid:key:a", "did:key:é",
		"did:key:z6Mk/^bar^/?query=`#z6Mk", "did:key:a?b c", "did:key:a#[b]", "https://example.com/did:key:a",
		"did:key:" + strings.Repeat("a", 10_000), "#a",
	} {
		if got, err := did.ParseURL(text); did.CodeOf(err) != did.InvalidDIDURL || got != (did.URL{}) {
			t.Errorf("%.60q: got %v, %v", text, got, err)
		}
	}
}

// FuzzParseURL: the parts make the text again, and so nothing is lost.
func FuzzParseURL(f *testing.F) {
	f.Add("did:example:1/a/b?d=e#g")
	f.Add("did:key:z6Mk#z6Mk")
	f.Fuzz(func(t *testing.T, text string) {
		u, err := did.ParseURL(text)
		if err != nil {
			return
		}
		again := u.DID + u.Path
		if u.Query != "" {
			again += "?" + u.Query
		}
		if u.Fragment != "" {
			again += "#" + u.Fragment
		}
		if plain := strings.TrimSuffix(strings.Replace(strings.TrimSuffix(text, "#"), "?#", "#", 1), "?"); again != text && again != plain {
			t.Fatalf("%q became %q", text, again)
		}
	})
}
