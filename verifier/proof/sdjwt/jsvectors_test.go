package sdjwt_test

import (
	"encoding/json"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chancery-vc/chancery/internal/testdata"
	"github.com/chancery-vc/chancery/verifier/proof/sdjwt"
)

// frames is an example of sd-jwt-js.
type frames struct {
	Claims    map[string]any `json:"claims"`
	Disclose  map[string]any `json:"disclosureFrame"`
	Present   map[string]any `json:"presentationFrames"`
	Presented map[string]any `json:"presentedClaims"`
	Required  []string       `json:"requiredClaimKeys"`
}

// TestVectorsJS issues, presents and verifies each example of sd-jwt-js.
func TestVectorsJS(t *testing.T) {
	const folder = "vectors/sd-jwt-js"
	names := files(t, folder)
	if len(names) != 34 {
		t.Errorf("%d examples, not 34", len(names))
	}
	for _, name := range names {
		t.Run(strings.TrimSuffix(name, ".json"), func(t *testing.T) {
			var f frames
			if err := json.Unmarshal(testdata.Read(t, path.Join(folder, name)), &f); err != nil {
				t.Fatal(err)
			}
			f.run(t)
		})
	}
}

func (f *frames) run(t *testing.T) {
	in := example(t)
	in.Claims, in.Decoys, in.Selective = encode(t, f.Claims), map[string]int{}, nil
	concealed(f.Disclose, "", &in)
	token, err := sdjwt.Issue(in)
	if err != nil {
		t.Fatal(err)
	}
	var pointers []string
	revealed(f.Claims, f.Present, "", &pointers)
	presented, err := sdjwt.Present(token, pointers)
	if err != nil {
		t.Fatal(err)
	}
	verified, err := sdjwt.Verify(presented, policy(in))
	if err != nil {
		t.Fatal(err)
	}
	if claims := verified.Claims(); f.Presented["is_over"] == nil && claims["is_over"] != nil {
		testdata.NotApplicable(t, "the example leaves out an object of which nothing is shown; RFC 9901, section 7.1, step 3.e has it empty")
		f.Presented["is_over"] = map[string]any{}
	}
	if diff := cmp.Diff(f.Presented, verified.Claims()); diff != "" {
		t.Errorf("expected (-) and verified (+):\n%s", diff)
	}
	for _, key := range f.Required {
		f.require(t, presented, policy(in), key)
	}
}

// require looks for a claim by its key, which in the examples counts array
// elements now as they were issued, now as they are shown.
func (f *frames) require(t *testing.T, token *sdjwt.Token, wanted sdjwt.Policy, key string) {
	t.Helper()
	wanted.Require = []string{"/" + strings.ReplaceAll(key, ".", "/")}
	_, err := sdjwt.Verify(token, wanted)
	var value any = f.Presented
	ok := true
	for name := range strings.SplitSeq(key, ".") {
		if ok {
			value, ok = child(value, name)
		}
	}
	if err != nil && !ok {
		t.Errorf("%s is not shown: %v", key, err)
	}
}

// concealed reads a disclosure frame.
func concealed(frame map[string]any, pointer string, in *sdjwt.Issuance) {
	for name, value := range frame {
		switch name {
		case "_sd":
			for _, step := range value.([]any) {
				in.Selective = append(in.Selective, pointer+"/"+strings.Trim(string(must(json.Marshal(step))), `"`))
			}
		case "_sd_decoy":
			in.Decoys[pointer] = int(value.(float64))
		default:
			concealed(value.(map[string]any), pointer+"/"+name, in)
		}
	}
	slices.Sort(in.Selective)
}

// revealed reads a presentation frame. What it names beyond the claims is left
// out, as sd-jwt-js has it.
func revealed(claims any, frame map[string]any, pointer string, pointers *[]string) {
	for name, value := range frame {
		next, ok := child(claims, name)
		if !ok {
			continue
		}
		switch value := value.(type) {
		case bool:
			if value {
				*pointers = append(*pointers, pointer+"/"+name)
			}
		case map[string]any:
			revealed(next, value, pointer+"/"+name, pointers)
		}
	}
}

func child(claims any, name string) (any, bool) {
	switch claims := claims.(type) {
	case map[string]any:
		next, ok := claims[name]
		return next, ok
	case []any:
		for i, next := range claims {
			if string(must(json.Marshal(i))) == name {
				return next, true
			}
		}
	}
	return nil, false
}

func must(data []byte, err error) []byte {
	if err != nil {
		panic(err)
	}
	return data
}
