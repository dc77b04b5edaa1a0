package sdjwt_test

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/chancery-vc/chancery/verifier/proof/sdjwt"
)

var slash = strings.NewReplacer("~", "~0", "/", "~1")

// TestAnyClaims: whatever the claims, which of them can be withheld, and which
// are shown, the verifier has those that are always shown, those shown, and
// what these are within.
func TestAnyClaims(t *testing.T) {
	key := newKey(t)
	rapid.Check(t, func(rt *rapid.T) {
		claims := rapid.MapOfN(names(), values(3), 0, 5).Draw(rt, "claims")
		selective := some(rt, "selective", pointers(claims, ""))
		in := example(t)
		in.Signer, in.Claims, in.Selective, in.Decoys = key, encode(t, claims), selective, nil
		if rapid.Bool().Draw(rt, "decoys") {
			in.Decoys = map[string]int{"": 2}
		}
		in.Hash = rapid.SampledFrom([]string{"", "sha-256", "sha-384", "sha-512"}).Draw(rt, "hash")
		token, err := sdjwt.Issue(in)
		if err != nil {
			rt.Fatal(err)
		}
		shown := some(rt, "shown", selective)
		presented, err := sdjwt.Present(token, shown)
		if err != nil {
			rt.Fatal(err)
		}
		verified, err := sdjwt.Verify(presented, policy(in))
		if err != nil {
			rt.Fatal(err)
		}
		want := rest(claims, "", selective, shown)
		if diff := cmp.Diff(want, any(verified.Claims())); diff != "" {
			rt.Fatal(diff)
		}
		whole, err := sdjwt.Verify(token, policy(in))
		if err != nil {
			rt.Fatal(err)
		}
		if diff := cmp.Diff(any(claims), any(whole.Claims())); diff != "" {
			rt.Fatal(diff)
		}
	})
}

func names() *rapid.Generator[string] {
	return rapid.SampledFrom([]string{"a", "b", "c", "a/b", "~", "", "0", "é", "_SD"})
}

func values(depth int) *rapid.Generator[any] {
	scalars := []*rapid.Generator[any]{
		rapid.Just[any](nil), rapid.Bool().AsAny(), rapid.String().AsAny(),
		rapid.Map(rapid.Int32(), func(n int32) any { return float64(n) }),
	}
	if depth == 0 {
		return rapid.OneOf(scalars...)
	}
	return rapid.OneOf(append(scalars,
		rapid.Map(rapid.MapOfN(names(), values(depth-1), 0, 3), func(m map[string]any) any { return m }),
		rapid.Map(rapid.SliceOfN(values(depth-1), 0, 3), func(a []any) any { return a }))...)
}

// pointers returns pointers to all that is within value.
func pointers(value any, at string) []string {
	var all []string
	switch value := value.(type) {
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(value)) {
			below := at + "/" + slash.Replace(name)
			all = append(append(all, below), pointers(value[name], below)...)
		}
	case []any:
		for i, element := range value {
			below := at + "/" + strconv.Itoa(i)
			all = append(append(all, below), pointers(element, below)...)
		}
	}
	return all
}

func some(t *rapid.T, label string, of []string) []string {
	return slices.DeleteFunc(slices.Clone(of), func(string) bool { return rapid.Bool().Draw(t, label) })
}

// rest is what is left of value by definition.
func rest(value any, at string, selective, shown []string) any {
	hidden := func(pointer string) bool {
		return slices.Contains(selective, pointer) &&
			!slices.ContainsFunc(shown, func(s string) bool { return strings.HasPrefix(s+"/", pointer+"/") })
	}
	switch value := value.(type) {
	case map[string]any:
		object := map[string]any{}
		for name, member := range value {
			if below := at + "/" + slash.Replace(name); !hidden(below) {
				object[name] = rest(member, below, selective, shown)
			}
		}
		return object
	case []any:
		array := []any{}
		for i, element := range value {
			if below := at + "/" + strconv.Itoa(i); !hidden(below) {
				array = append(array, rest(element, below, selective, shown))
			}
		}
		return array
	}
	return value
}
