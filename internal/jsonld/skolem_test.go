package jsonld

import (
	"crypto"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chancery-vc/chancery/internal/rdfc"
)

func skolemize(t testing.TB, members string) (*Skolemized, error) {
	t.Helper()
	return Skolemize(fmt.Appendf(nil, `{"@context":%q,%s}`, testURL, members), contexts(t))
}

// TestSkolemize: each object that is a blank node gets an id, and nothing else
// does.
func TestSkolemize(t *testing.T) {
	for name, c := range map[string]struct{ members, want string }{
		"the document":         {`"text":"a"`, `"text":"a","id":"urn:bnid:0"`},
		"an id already":        {`"id":"urn:x:y","text":"a"`, `"id":"urn:x:y","text":"a"`},
		"a node in it":         {`"ref":{"text":"a"}`, `"ref":{"text":"a","id":"urn:bnid:0"},"id":"urn:bnid:1"`},
		"a node with an id":    {`"ref":{"id":"urn:x:y","text":"a"}`, `"ref":{"id":"urn:x:y","text":"a"},"id":"urn:bnid:0"`},
		"nodes in an array":    {`"ref":[{"text":"a"},{}]`, `"ref":[{"text":"a","id":"urn:bnid:0"},{"id":"urn:bnid:1"}],"id":"urn:bnid:2"`},
		"a list of nodes":      {`"list":[{"text":"a"},"b"]`, `"list":[{"text":"a","id":"urn:bnid:0"},"b"],"id":"urn:bnid:1"`},
		"a text":               {`"text":{"@value":"a","@language":"en"}`, `"text":{"@value":"a","@language":"en"},"id":"urn:bnid:0"`},
		"texts by language":    {`"words":{"en":"a","de":["b"]}`, `"words":{"en":"a","de":["b"]},"id":"urn:bnid:1"`},
		"JSON":                 {`"json":{"a":[{"b":null}]}`, `"json":{"a":[{"b":null}]},"id":"urn:bnid:2"`},
		"JSON and a node":      {`"json":{"a":1},"ref":{"text":"a"}`, `"json":{"a":1},"ref":{"text":"a","id":"urn:bnid:1"},"id":"urn:bnid:2"`},
		"a node in a graph":    {`"graph":{"text":"a"}`, `"graph":{"text":"a","id":"urn:bnid:0"},"id":"urn:bnid:1"`},
		"a text like an id":    {`"text":"urn:bnid:7"`, `"text":"urn:bnid:7","id":"urn:bnid:0"`},
		"JSON like an id":      {`"json":{"id":"urn:bnid:0"}`, `"json":{"id":"urn:bnid:0"},"id":"urn:bnid:0"`},
		"two lists":            {`"list":["a"],"refs":["urn:x:y"]`, `"list":["a"],"refs":["urn:x:y"],"id":"urn:bnid:0"`},
		"a list in a list":     {`"list":[["a"],"b"]`, `"list":[["a"],"b"],"id":"urn:bnid:0"`},
		"lists of equal items": {`"list":["a","b"],"ref":{"list":["c","b"]}`, `"list":["a","b"],"ref":{"list":["c","b"],"id":"urn:bnid:0"},"id":"urn:bnid:1"`},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := skolemize(t, c.members)
			if err != nil {
				t.Fatal(err)
			}
			var want map[string]any
			if err := json.Unmarshal([]byte("{"+c.want+"}"), &want); err != nil {
				t.Fatal(err)
			}
			want["@context"] = testURL
			if diff := cmp.Diff(want, s.Named); diff != "" {
				t.Error(diff)
			}
			same, err := rdfc.Canonicalize(t.Context(), s.Quads, rdfc.Options{Hash: crypto.SHA256})
			if err != nil {
				t.Fatal(err)
			}
			document, err := json.Marshal(s.Document)
			if err != nil {
				t.Fatal(err)
			}
			whole, err := Canonicalize(t.Context(), document, contexts(t), crypto.SHA256)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(whole), string(same)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestSkolemizeRefuses(t *testing.T) {
	for name, members := range map[string]string{
		"an id for blank nodes":         `"id":"urn:bnid:0","text":"a"`,
		"one within":                    `"ref":{"id":"urn:bnid:x","text":"a"}`,
		"one as a value":                `"ref":"urn:bnid:0"`,
		"one as a type":                 `"type":"urn:bnid:0"`,
		"one as a datatype":             `"id":"urn:x:y","byID":{"urn:bnid:0":{"text":"a"}}`,
		"a label":                       `"ref":{"id":"_:b0","text":"a"}`,
		"two graphs of one property":    `"graph":[{"text":"a"},{"text":"b"}]`,
		"an undefined term":             `"text":"a","undefined":"b"`,
		"null":                          `"text":null`,
		"members within another object": `"nest":{"text":"a"}`,
	} {
		t.Run(name, func(t *testing.T) {
			if s, err := skolemize(t, members); !errors.Is(err, ErrInvalid) {
				t.Errorf("got %v, %v", s, err)
			}
		})
	}
}

// TestStatementsOfParts: a part names the nodes as the whole does, and where it
// cuts what has to stay whole it says something else.
func TestStatementsOfParts(t *testing.T) {
	s, err := skolemize(t, `"text":"a","list":["a",["b","c"]],"ref":[{"text":"b"},{"text":"c","list":["b"]}],"json":{"a":1,"b":2}`)
	if err != nil {
		t.Fatal(err)
	}
	refs := s.Named["ref"].([]any)
	for name, c := range map[string]struct {
		part map[string]any
		ok   bool
	}{
		"a text":            {map[string]any{"text": "a"}, true},
		"the list":          {map[string]any{"list": []any{"a", []any{"b", "c"}}}, true},
		"the second node":   {map[string]any{"ref": refs[1]}, true},
		"both":              {map[string]any{"ref": refs}, true},
		"the JSON":          {map[string]any{"json": s.Named["json"]}, true},
		"half of the list":  {map[string]any{"list": []any{"a"}}, false},
		"half of the inner": {map[string]any{"list": []any{"a", []any{"b"}}}, false},
		"half of the JSON":  {map[string]any{"json": map[string]any{"a": 1.0}}, false},
	} {
		t.Run(name, func(t *testing.T) {
			c.part["@context"], c.part["id"] = s.Named["@context"], s.Named["id"]
			quads, err := s.Statements(c.part)
			if err != nil {
				t.Fatal(err)
			}
			within := len(quads) > 0
			for _, q := range quads {
				within = within && slices.Contains(s.Quads, q)
			}
			if within != c.ok {
				t.Errorf("within the whole: %t; %v", within, quads)
			}
		})
	}
}

// TestIsomorphic: neither one node for two, nor two for one.
func TestIsomorphic(t *testing.T) {
	quads := func(objects ...string) (quads []rdfc.Quad) {
		for _, object := range objects {
			quads = append(quads, rdfc.Quad{Predicate: rdfc.Term{Kind: rdfc.IRI, Value: "urn:a:b"}, Object: rdfc.Term{Kind: rdfc.Blank, Value: object}})
		}
		return quads
	}
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"x y", "y x", true},
		{"x x", "y y", true},
		{"x y x", "1 2 1", true},
		{"x y", "x x", false},
		{"x x", "x y", false},
		{"x y x", "1 2 2", false},
		{"x", "x x", false},
	} {
		if got := isomorphic(quads(strings.Fields(c.a)...), quads(strings.Fields(c.b)...)); got != c.want {
			t.Errorf("%s and %s: got %t", c.a, c.b, got)
		}
	}
}
