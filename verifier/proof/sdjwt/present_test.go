package sdjwt_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chancery-vc/chancery/verifier/proof/sdjwt"
)

func TestPresent(t *testing.T) {
	token := issue(t, example(t))
	for name, c := range map[string]struct{ pointers, shown []string }{
		"nothing":                   {nil, nil},
		"what is always shown":      {[]string{"/age", "/address/country"}, []string{"/address"}},
		"a member":                  {[]string{"/given_name"}, []string{"/given_name"}},
		"without what is below":     {[]string{"/address"}, []string{"/address"}},
		"with what it is within":    {[]string{"/address/street"}, []string{"/address", "/address/street"}},
		"an element":                {[]string{"/nationalities/1"}, []string{"/nationalities/1"}},
		"an element always shown":   {[]string{"/nationalities/2"}, nil},
		"twice":                     {[]string{"/given_name", "/given_name"}, []string{"/given_name"}},
		"all that is not selective": {[]string{""}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			u, err := sdjwt.Inspect(present(t, token, c.pointers...))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.shown, u.Disclosed()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestPresentRefuses(t *testing.T) {
	in, holder := example(t), newKey(t)
	in.Holder = holder.Public()
	token := issue(t, in)
	for _, pointer := range []string{
		"/nickname", "given_name", "/given_name/x", "/nationalities/3", "/nationalities/4", "/nationalities/01", "/nationalities/-",
		"/address/zip", "/_sd", "/given_name/", "/~2",
	} {
		if got, err := sdjwt.Present(token, []string{"/given_name", pointer}); !errors.Is(err, sdjwt.ErrPointer) || got != nil {
			t.Errorf("%s: got %v, %v", pointer, got, err)
		}
	}
	if got, err := sdjwt.Present(bind(t, token, binding(holder)), nil); !errors.Is(err, sdjwt.ErrKeyBinding) || got != nil {
		t.Errorf("presented before: got %v, %v", got, err)
	}
	if got, err := sdjwt.Present(with(token, token.Disclosures[0], token.Disclosures[0]), nil); !errors.Is(err, sdjwt.ErrDisclosure) || got != nil {
		t.Errorf("a disclosure twice: got %v, %v", got, err)
	}
}

// TestNamesInPointers: names with slashes and tildes are found by their
// escapes, and by nothing else.
func TestNamesInPointers(t *testing.T) {
	in := example(t)
	in.Claims, in.Decoys = []byte(`{"a/b":{"~":1,"~1":2},"":3}`), nil
	in.Selective = []string{"/a~1b/~0", "/a~1b/~01", "/"}
	token := issue(t, in)
	verified, err := sdjwt.Verify(present(t, token, "/a~1b/~01"), policy(in))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]any{"a/b": map[string]any{"~1": 2.0}}, verified.Claims()); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"/a~1b/~01"}, verified.Disclosed()); diff != "" {
		t.Error(diff)
	}
}
