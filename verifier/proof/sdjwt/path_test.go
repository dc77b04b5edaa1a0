package sdjwt_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chancery-vc/chancery/verifier/proof/sdjwt"
)

func TestSelect(t *testing.T) {
	in := example(t)
	in.Claims = []byte(`{"degrees":[{"type":"BSc","year":1},{"type":"MSc","year":2},{"type":"PhD","year":3}],"name":{"given":"A"}}`)
	in.Selective = []string{"/degrees/0", "/degrees/1", "/degrees/2", "/degrees/2/year", "/name/given"}
	in.Decoys = nil
	u, err := sdjwt.Inspect(present(t, issue(t, in), "/degrees/0", "/degrees/2"))
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		path []any
		want sdjwt.Selection
	}{
		"a member":    {[]any{"name"}, sdjwt.Selection{Places: []sdjwt.Place{{Pointer: "/name", Value: map[string]any{}, Shown: true}}, Complete: true}},
		"withheld":    {[]any{"name", "given"}, sdjwt.Selection{}},
		"not there":   {[]any{"nickname"}, sdjwt.Selection{Complete: true}},
		"an element":  {[]any{"degrees", 2.0, "type"}, sdjwt.Selection{Places: []sdjwt.Place{{Pointer: "/degrees/2/type", Value: "PhD", Shown: true}}, Complete: true}},
		"beyond":      {[]any{"degrees", 3.0}, sdjwt.Selection{Complete: true}},
		"not shown":   {[]any{"degrees", 1.0}, sdjwt.Selection{Places: []sdjwt.Place{{Pointer: "/degrees/1", Selective: true}}, Complete: true}},
		"in that one": {[]any{"degrees", 1.0, "type"}, sdjwt.Selection{}},
		"all": {[]any{"degrees", nil}, sdjwt.Selection{Places: []sdjwt.Place{
			{Pointer: "/degrees/0", Value: map[string]any{"type": "BSc", "year": 1.0}, Shown: true, Selective: true},
			{Pointer: "/degrees/1", Selective: true},
			{Pointer: "/degrees/2", Value: map[string]any{"type": "PhD"}, Shown: true, Selective: true},
		}, Complete: true}},
		"in all": {[]any{"degrees", nil, "year"}, sdjwt.Selection{Places: []sdjwt.Place{{Pointer: "/degrees/0/year", Value: 1.0, Shown: true}}}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := u.Select(c.path)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(&c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
	for name, path := range map[string][]any{
		"no step": {}, "a name in an array": {"degrees", "type"}, "a name in a text": {"degrees", 0.0, "type", "x"},
		"a number in an object": {"name", 0.0}, "null in an object": {"name", nil}, "below zero": {"degrees", -1.0},
		"a fraction": {"degrees", 0.5}, "another type": {"degrees", true}, "many steps": make([]any, sdjwt.MaxDepth+1),
	} {
		if got, err := u.Select(path); !errors.Is(err, sdjwt.ErrPointer) || got != nil {
			t.Errorf("%s: got %v, %v", name, got, err)
		}
	}
}

// TestSelectIsCapped: a path through arrays of arrays multiplies.
func TestSelectIsCapped(t *testing.T) {
	in := example(t)
	row := make([]any, 110)
	table := make([]any, 110)
	for i := range table {
		table[i] = row
	}
	in.Claims, in.Selective, in.Decoys = encode(t, map[string]any{"t": table}), nil, nil
	u, err := sdjwt.Inspect(issue(t, in))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := u.Select([]any{"t", nil, nil}); !errors.Is(err, sdjwt.ErrLimit) || got != nil {
		t.Errorf("got %v", err)
	}
	if got, err := u.Select([]any{strings.Repeat("x", 5000)}); !errors.Is(err, sdjwt.ErrLimit) || got != nil {
		t.Errorf("a long name: got %v, %v", got, err)
	}
}
