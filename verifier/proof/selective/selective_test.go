package selective

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/chancery-vc/chancery/internal/jsonld"
	"github.com/chancery-vc/chancery/schemas"
	"github.com/chancery-vc/chancery/verifier/proof"
)

const (
	testURL     = "https://a.example/context"
	testContext = `{"@context":{
		"id": "@id", "type": "@type", "T": "https://a.example/T",
		"text": "https://a.example/text",
		"@vocab": "https://a.example/", "a/b": "https://a.example/a/b", "c~d": "https://a.example/tilde", "0": "https://a.example/zero",
		"node": "https://a.example/node",
		"list": {"@id": "https://a.example/list", "@container": "@list"},
		"json": {"@id": "https://a.example/json", "@type": "@json"},
		"words": {"@id": "https://a.example/words", "@container": "@language"}
	}}`
	whole = `{"@context":"` + testURL + `","id":"urn:a:b","type":["T"],"text":["x","y"],"a/b":"slash","c~d":"tilde","0":"zero",` +
		`"node":[{"type":"T","text":"first","node":{"text":"inner","words":{"en":"a","de":["b","c"]}}},{"id":"urn:c:d","text":"second"},{"text":{"@value":"hej","@language":"sv"}}],` +
		`"list":["one",{"text":"two"},"three"],"json":{"type":"J","id":7,"deep":[1,{"x":null}]}}`
)

var key = []byte("0123456789abcdef0123456789abcdef")

func contexts(t testing.TB) *schemas.Contexts {
	t.Helper()
	embedded, err := schemas.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	all, err := embedded.With(testURL, []byte(testContext), schemas.Digest([]byte(testContext)))
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func canonicalize(t testing.TB, document string) *Document {
	t.Helper()
	d, err := Canonicalize(t.Context(), []byte(document), contexts(t), HMAC(key))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestSelect(t *testing.T) {
	const root = `"id":"urn:a:b","type":["T"]`
	const first = `"node":[{"type":"T","text":"first","node":{"text":"inner","words":{"en":"a","de":["b","c"]}}}]`
	d := canonicalize(t, whole)
	for name, c := range map[string]struct {
		pointers []string
		want     string // the part, but for @context
	}{
		"the whole":                  {[]string{""}, ""},
		"the whole and a part":       {[]string{"/text", "", "/node/0"}, ""},
		"a text of two":              {[]string{"/text/1"}, root + `,"text":["y"]`},
		"both texts":                 {[]string{"/text/1", "/text/0"}, root + `,"text":["x","y"]`},
		"the array":                  {[]string{"/text"}, root + `,"text":["x","y"]`},
		"an array and an item":       {[]string{"/text", "/text/0"}, root + `,"text":["x","y"]`},
		"an item and the array":      {[]string{"/text/0", "/text"}, root + `,"text":["x","y"]`},
		"the same twice":             {[]string{"/text/0", "/text/0"}, root + `,"text":["x"]`},
		"an escaped slash":           {[]string{"/a~1b"}, root + `,"a/b":"slash"`},
		"an escaped tilde":           {[]string{"/c~0d"}, root + `,"c~d":"tilde"`},
		"a member that is a number":  {[]string{"/0"}, root + `,"0":"zero"`},
		"the id":                     {[]string{"/id"}, root},
		"a type":                     {[]string{"/type/0"}, root},
		"the context":                {[]string{"/@context"}, root},
		"a node":                     {[]string{"/node/0"}, root + "," + first},
		"a node by its members":      {[]string{"/node/0/text", "/node/0/node"}, root + "," + first},
		"a node and a member":        {[]string{"/node/0", "/node/0/node/text"}, root + "," + first},
		"a member and its node":      {[]string{"/node/0/node/text", "/node/0"}, root + "," + first},
		"types on the way":           {[]string{"/node/0/node/text"}, root + `,"node":[{"type":"T","node":{"text":"inner"}}]`},
		"ids on the way":             {[]string{"/node/1/text"}, root + `,"node":[{"id":"urn:c:d","text":"second"}]`},
		"the first and last node":    {[]string{"/node/2", "/node/0/text"}, root + `,"node":[{"type":"T","text":"first"},{"text":{"@value":"hej","@language":"sv"}}]`},
		"a language":                 {[]string{"/node/0/node/words/de"}, root + `,"node":[{"type":"T","node":{"words":{"de":["b","c"]}}}]`},
		"a text of a language":       {[]string{"/node/0/node/words/de/1"}, root + `,"node":[{"type":"T","node":{"words":{"de":["c"]}}}]`},
		"a list":                     {[]string{"/list"}, root + `,"list":["one",{"text":"two"},"three"]`},
		"a list by all of its items": {[]string{"/list/2", "/list/0", "/list/1"}, root + `,"list":["one",{"text":"two"},"three"]`},
		"JSON":                       {[]string{"/json"}, root + `,"json":{"type":"J","id":7,"deep":[1,{"x":null}]}`},
		"JSON by all of its members": {[]string{"/json/deep", "/json/id", "/json/type"}, root + `,"json":{"type":"J","id":7,"deep":[1,{"x":null}]}`},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := d.Select(c.pointers)
			if err != nil {
				t.Fatal(err)
			}
			wantText := whole
			if c.want != "" {
				wantText = `{"@context":"` + testURL + `",` + c.want + `}`
			}
			var want any
			if err := json.Unmarshal([]byte(wantText), &want); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, any(s.part)); diff != "" {
				t.Error(diff)
			}
			wantRevealed(t, d, s)
		})
	}
}

// wantRevealed wants who gets the part and the labels to have the statements of
// the selection, and no other.
func wantRevealed(t testing.TB, d *Document, s *Selection) {
	t.Helper()
	document, labels, err := s.Reveal(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	statements, err := Relabel(t.Context(), document, contexts(t), labels)
	if err != nil {
		t.Fatal(err)
	}
	var selected []string
	for _, i := range s.Matching {
		selected = append(selected, d.Statements[i])
	}
	if diff := cmp.Diff(selected, statements); diff != "" || len(selected) == 0 || !slices.IsSorted(s.Matching) {
		t.Errorf("%v: %s", s.Matching, diff)
	}
}

func TestSelectNothing(t *testing.T) {
	s, err := canonicalize(t, whole).Select(nil)
	if err != nil || len(s.Matching) != 0 {
		t.Errorf("got %v, %v", s, err)
	}
	if document, _, err := s.Reveal(t.Context()); !errors.Is(err, proof.ErrPointer) {
		t.Errorf("got %s, %v", document, err)
	}
}

func TestSelectRefuses(t *testing.T) {
	d := canonicalize(t, whole)
	for name, pointers := range map[string][]string{
		"no such member":            {"/absent"},
		"a good one and a bad one":  {"/text", "/absent"},
		"beneath a text":            {"/0/x"},
		"beneath a text, an index":  {"/0/0"},
		"an index too high":         {"/text/2"},
		"the end of an array":       {"/text/-"},
		"a negative index":          {"/text/-1"},
		"an index with a zero":      {"/text/01"},
		"an index with a sign":      {"/text/+1"},
		"an index with a space":     {"/text/ 1"},
		"an index of another kind":  {"/text/1e0"},
		"an index too large":        {"/text/99999999999999999999"},
		"a name for an index":       {"/text/length"},
		"an empty name":             {"/"},
		"an empty name at the end":  {"/text/"},
		"no slash":                  {"text"},
		"a fragment":                {"#/text"},
		"an escape that is none":    {"/c~2d"},
		"half an escape":            {"/c~"},
		"an escape that is missing": {"/c~d"},
		"escaped twice":             {"/c~01d"},
		"an id of a blank node":     {"/node/0/id"},
		"part of a list":            {"/list/0"},
		"part of a list, a node":    {"/list/1/text"},
		"part of JSON":              {"/json/type"},
		"part of JSON, deep":        {"/json/deep/1/x"},
		"the value of a text":       {"/node/2/text/@value"},
		"too many":                  slices.Repeat([]string{"/text"}, MaxPointers+1),
	} {
		t.Run(name, func(t *testing.T) {
			if s, err := d.Select(pointers); !errors.Is(err, proof.ErrPointer) && !errors.Is(err, jsonld.ErrInvalid) {
				t.Errorf("got %v, %v", s, err)
			}
		})
	}
}

// TestEqualNodes: of nodes that look the same a pointer selects its own.
func TestEqualNodes(t *testing.T) {
	d := canonicalize(t, `{"@context":"`+testURL+`","node":[{"text":"same","0":"a"},{"text":"same","0":"b"},{"text":"same","0":"c"}]}`)
	taken := map[int]bool{}
	for i := range 3 {
		s, err := d.Select([]string{fmt.Sprintf("/node/%d/text", i)})
		if err != nil {
			t.Fatal(err)
		}
		wantRevealed(t, d, s)
		for _, index := range s.Matching {
			taken[index] = true
		}
	}
	if len(taken) != 6 {
		t.Errorf("%d statements, want two for each of three nodes", len(taken))
	}
}

func TestRelabelRefuses(t *testing.T) {
	d := canonicalize(t, whole)
	s, err := d.Select([]string{"/node"})
	if err != nil {
		t.Fatal(err)
	}
	document, labels, err := s.Reveal(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		edit func(map[string]string)
		want error
	}{
		"as they were":          {func(map[string]string) {}, nil},
		"one less":              {func(m map[string]string) { delete(m, "c14n0") }, proof.ErrSignature},
		"one more":              {func(m map[string]string) { m["c14n99"] = "u0" }, proof.ErrSignature},
		"none":                  {func(m map[string]string) { clear(m) }, proof.ErrSignature},
		"another's place":       {func(m map[string]string) { m["c14n99"] = m["c14n0"]; delete(m, "c14n0") }, proof.ErrMalformed},
		"one for two":           {func(m map[string]string) { m["c14n0"] = m["c14n1"] }, proof.ErrMalformed},
		"what is none":          {func(m map[string]string) { m["c14n0"] = "" }, nil},
		"what ends a statement": {func(m map[string]string) { m["c14n0"] = "a> <urn:x:y" }, nil},
	} {
		t.Run(name, func(t *testing.T) {
			changed := maps.Clone(labels)
			c.edit(changed)
			statements, err := Relabel(t.Context(), document, contexts(t), changed)
			if good := name == "as they were"; good != (err == nil) || c.want != nil && !errors.Is(err, c.want) {
				t.Errorf("got %v, %v, want %v", statements, err, c.want)
			}
		})
	}
}

// TestLabels: the labels hang on the key alone, and tell all nodes apart.
func TestLabels(t *testing.T) {
	issued := map[string]string{}
	for i := range 20 {
		issued[fmt.Sprintf("x%d", i)] = fmt.Sprintf("c14n%d", i)
	}
	for name, labels := range map[string]func([]byte) LabelMap{"HMAC": HMAC, "shuffled": Shuffled} {
		t.Run(name, func(t *testing.T) {
			one, again, other := labels(key)(issued), labels(key)(issued), labels(key[:31])(issued)
			if diff := cmp.Diff(one, again); diff != "" {
				t.Error(diff)
			}
			if cmp.Equal(one, other) {
				t.Error("another key gives the same labels")
			}
			distinct := map[string]bool{}
			for _, label := range one {
				distinct[label] = true
			}
			if len(distinct) != len(issued) {
				t.Errorf("%d labels for %d nodes", len(distinct), len(issued))
			}
		})
	}
}

// genNode draws a node of random nodes and texts, not all of which differ.
func genNode(t *rapid.T, depth int) map[string]any {
	node := map[string]any{}
	if rapid.Bool().Draw(t, "typed") {
		node["type"] = "T"
	}
	if rapid.IntRange(0, 3).Draw(t, "named") == 0 {
		node["id"] = fmt.Sprintf("urn:n:%d", rapid.IntRange(0, 1000).Draw(t, "id"))
	}
	texts := rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"a", "b", "c", "d"}), 1, 3, rapid.ID).Draw(t, "texts")
	node["text"] = texts
	if rapid.Bool().Draw(t, "listed") {
		node["list"] = rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b"}), 1, 3).Draw(t, "list")
	}
	if depth > 0 {
		var inner []any
		for range rapid.IntRange(1, 3).Draw(t, "nodes") {
			inner = append(inner, genNode(t, depth-1))
		}
		node["node"] = inner
	}
	return node
}

// allPointers returns pointers to all values below value, but to those of lists.
func allPointers(value any, prefix string) (pointers []string) {
	switch value := value.(type) {
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(value)) {
			pointers = append(pointers, prefix+"/"+name)
			if name != "list" {
				pointers = append(pointers, allPointers(value[name], prefix+"/"+name)...)
			}
		}
	case []any:
		for i, item := range value {
			inner := fmt.Sprintf("%s/%d", prefix, i)
			pointers = append(append(pointers, inner), allPointers(item, inner)...)
		}
	}
	return pointers
}

// TestAnySelection: of any document any selection can be revealed, and the
// selection of several pointers is all that each of them selects.
func TestAnySelection(t *testing.T) {
	known := contexts(t)
	rapid.Check(t, func(r *rapid.T) {
		node := genNode(r, 2)
		node["@context"], node["type"] = testURL, "T" // as every credential has
		text, err := json.Marshal(node)
		if err != nil {
			r.Fatal(err)
		}
		d, err := Canonicalize(t.Context(), text, known, HMAC(key))
		if errors.Is(err, jsonld.ErrInvalid) {
			r.SkipNow() // the same id twice, with two lists or equal texts
		}
		if err != nil {
			r.Fatal(err)
		}
		var plain map[string]any
		if err := json.Unmarshal(text, &plain); err != nil {
			r.Fatal(err)
		}
		pointers := rapid.SliceOfN(rapid.SampledFrom(allPointers(plain, "")), 1, 4).Draw(r, "pointers")
		s, err := d.Select(pointers)
		if err != nil {
			r.Fatal(err)
		}
		wantRevealed(t, d, s)
		union := map[int]bool{}
		for _, pointer := range pointers {
			one, err := d.Select([]string{pointer})
			if err != nil {
				r.Fatal(err)
			}
			for _, i := range one.Matching {
				union[i] = true
			}
		}
		if diff := cmp.Diff(slices.Sorted(maps.Keys(union)), s.Matching); diff != "" {
			r.Fatal(diff)
		}
	})
}

// FuzzPointers wants any pointers to be refused, or to select what can be
// revealed.
func FuzzPointers(f *testing.F) {
	for _, pointers := range []string{"", "/text/0", "/node/0/node/words/de/1\n/list", "/a~1b\n/c~0d\n/0", "/json/deep/1/x", "/@context/0", "/~", "text"} {
		f.Add(pointers)
	}
	d := canonicalize(f, whole)
	f.Fuzz(func(t *testing.T, text string) {
		s, err := d.Select(strings.Split(text, "\n"))
		if err != nil {
			if !errors.Is(err, proof.ErrPointer) && !errors.Is(err, jsonld.ErrInvalid) {
				t.Fatal(err)
			}
			return
		}
		wantRevealed(t, d, s)
	})
}
