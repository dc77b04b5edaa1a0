package sdjwtvc_test

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chancery-vc/chancery/verifier/proof/sdjwt"
	"github.com/chancery-vc/chancery/verifier/proof/sdjwt/sdjwtvc"
)

func sri(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}

// documents makes the type and what it extends.
func documents(claims, base string) map[string][]byte {
	extended := `{"vct":"urn:base","claims":[` + base + `]}`
	return map[string][]byte{
		residence:  fmt.Appendf(nil, `{"vct":%q,"name":"Residence","extends":"urn:base","extends#integrity":%q,"claims":[%s],"x":1}`, residence, sri(extended), claims),
		"urn:base": []byte(extended),
	}
}

// TestExtend is the example of "Extending Claim Metadata", with more.
func TestExtend(t *testing.T) {
	all := documents(
		`{"path":["address","city"],"display":[{"label":"Town","locale":"en"}],"sd":"always","svg_id":"city"},{"path":["nationalities",null,0],"mandatory":true}`,
		`{"path":["name"],"display":[{"label":"Full Name","locale":"en","description":"d"}],"sd":"never"},{"path":["address","city"],"display":[{"label":"City","locale":"en"}],"mandatory":true}`)
	got, err := sdjwtvc.LoadTypeMetadata(all, residence, sri(string(all[residence])))
	if err != nil {
		t.Fatal(err)
	}
	want := &sdjwtvc.TypeMetadata{
		Types: []string{residence, "urn:base"}, Name: "Residence",
		Claims: []sdjwtvc.Claim{
			{Path: []any{"name"}, Display: []sdjwtvc.Label{{Locale: "en", Label: "Full Name", Description: "d"}}, Selective: sdjwtvc.Never},
			{Path: []any{"address", "city"}, Display: []sdjwtvc.Label{{Locale: "en", Label: "Town"}}, Mandatory: true, Selective: sdjwtvc.Always, SVGID: "city"},
			{Path: []any{"nationalities", nil, 0.0}, Mandatory: true, Selective: sdjwtvc.Allowed},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestLoadRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		documents map[string][]byte
		integrity string
	}{
		"another digest":              {documents("", ""), sri("x")},
		"no digest":                   {documents("", ""), "x"},
		"a digest that is broken":     {documents("", ""), "md5-AAAA"},
		"not JSON":                    {map[string][]byte{residence: []byte(`{`)}, ""},
		"an array":                    {map[string][]byte{residence: []byte(`[]`)}, ""},
		"a member twice":              {map[string][]byte{residence: fmt.Appendf(nil, `{"vct":%q,"vct":%q}`, residence, residence)}, ""},
		"of another type":             {map[string][]byte{residence: []byte(`{"vct":"urn:x"}`)}, ""},
		"of no type":                  {map[string][]byte{residence: []byte(`{}`)}, ""},
		"long":                        {map[string][]byte{residence: fmt.Appendf(nil, `{"vct":%q,"x":%q}`, residence, strings.Repeat("x", sdjwtvc.MaxMetadata))}, ""},
		"extends itself":              {map[string][]byte{residence: fmt.Appendf(nil, `{"vct":%q,"extends":%q}`, residence, residence)}, ""},
		"extends what extends it":     {map[string][]byte{residence: fmt.Appendf(nil, `{"vct":%q,"extends":"urn:x"}`, residence), "urn:x": fmt.Appendf(nil, `{"vct":"urn:x","extends":%q}`, residence)}, ""},
		"extends another digest":      {map[string][]byte{residence: fmt.Appendf(nil, `{"vct":%q,"extends":"urn:x","extends#integrity":%q}`, residence, sri("x")), "urn:x": []byte(`{"vct":"urn:x"}`)}, ""},
		"extends a number":            {map[string][]byte{residence: fmt.Appendf(nil, `{"vct":%q,"extends":1}`, residence)}, ""},
		"a long chain":                {tower(sdjwtvc.MaxExtends + 1), ""},
		"claims of an object":         {map[string][]byte{residence: fmt.Appendf(nil, `{"vct":%q,"claims":{}}`, residence)}, ""},
		"no path":                     {documents(`{}`, ""), ""},
		"an empty path":               {documents(`{"path":[]}`, ""), ""},
		"a path of a text":            {documents(`{"path":"name"}`, ""), ""},
		"a path with true":            {documents(`{"path":[true]}`, ""), ""},
		"a path below zero":           {documents(`{"path":[-1]}`, ""), ""},
		"a path with a half":          {documents(`{"path":[0.5]}`, ""), ""},
		"a path twice":                {documents(`{"path":["a"]},{"path":["a"]}`, ""), ""},
		"sd of another word":          {documents(`{"path":["a"],"sd":"Always"}`, ""), ""},
		"mandatory of a text":         {documents(`{"path":["a"],"mandatory":"true"}`, ""), ""},
		"svg_id with a digit first":   {documents(`{"path":["a"],"svg_id":"1a"}`, ""), ""},
		"an empty svg_id":             {documents(`{"path":["a"],"svg_id":""}`, ""), ""},
		"svg_id with markup":          {documents(`{"path":["a"],"svg_id":"a}}"}`, ""), ""},
		"svg_id twice":                {documents(`{"path":["a"],"svg_id":"x"}`, `{"path":["b"],"svg_id":"x"}`), ""},
		"display without a locale":    {documents(`{"path":["a"],"display":[{"label":"A"}]}`, ""), ""},
		"display without a label":     {documents(`{"path":["a"],"display":[{"locale":"en"}]}`, ""), ""},
		"display of a text":           {documents(`{"path":["a"],"display":"A"}`, ""), ""},
		"always becomes never":        {documents(`{"path":["a"],"sd":"never"}`, `{"path":["a"],"sd":"always"}`), ""},
		"never becomes allowed":       {documents(`{"path":["a"],"sd":"allowed"}`, `{"path":["a"],"sd":"never"}`), ""},
		"mandatory becomes voluntary": {documents(`{"path":["a"],"mandatory":false}`, `{"path":["a"],"mandatory":true}`), ""},
		"many claims":                 {documents(manyClaims(), ""), ""},
	} {
		t.Run(name, func(t *testing.T) {
			if got, err := sdjwtvc.LoadTypeMetadata(c.documents, residence, c.integrity); !errors.Is(err, sdjwtvc.ErrTypeMetadata) || got != nil {
				t.Errorf("got %v, %v", got, err)
			}
		})
	}
	if _, err := sdjwtvc.LoadTypeMetadata(tower(sdjwtvc.MaxExtends), residence, ""); err != nil {
		t.Errorf("the longest chain: %v", err)
	}
}

// TestTypeMetadataMissing tells what was not given from what does not allow it.
func TestTypeMetadataMissing(t *testing.T) {
	for name, c := range map[string]struct {
		documents map[string][]byte
		missing   string
	}{
		"of the type":         {nil, residence},
		"of what it extends":  {map[string][]byte{residence: fmt.Appendf(nil, `{"vct":%q,"extends":"urn:x"}`, residence)}, "urn:x"},
		"but another's there": {map[string][]byte{"urn:x": []byte(`{"vct":"urn:x"}`)}, residence},
	} {
		got, err := sdjwtvc.LoadTypeMetadata(c.documents, residence, "")
		if !errors.Is(err, sdjwtvc.ErrNoTypeMetadata) || errors.Is(err, sdjwtvc.ErrTypeMetadata) || got != nil || !strings.Contains(err.Error(), c.missing) {
			t.Errorf("%s: got %v, %v", name, got, err)
		}
	}
}

// TestByType: documents are found by what they say that they are of.
func TestByType(t *testing.T) {
	all := documents(`{"path":["name"]}`, "")
	got, err := sdjwtvc.ByType(all[residence], all["urn:base"])
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(all, got); diff != "" {
		t.Error(diff)
	}
	for name, documents := range map[string][][]byte{
		"no JSON":       {[]byte("x")},
		"of no type":    {[]byte("{}")},
		"a number":      {[]byte(`{"vct":1}`)},
		"twice":         {all[residence], all[residence]},
		"a broken path": {documents(`{"path":[]}`, "")[residence]},
	} {
		if got, err := sdjwtvc.ByType(documents...); !errors.Is(err, sdjwtvc.ErrTypeMetadata) || got != nil {
			t.Errorf("%s: got %v, %v", name, got, err)
		}
	}
}

// tower is a chain of n types.
func tower(n int) map[string][]byte {
	all, name := map[string][]byte{}, residence
	for i := range n - 1 {
		next := fmt.Sprintf("urn:%d", i)
		all[name] = fmt.Appendf(nil, `{"vct":%q,"extends":%q}`, name, next)
		name = next
	}
	all[name] = fmt.Appendf(nil, `{"vct":%q}`, name)
	return all
}

func manyClaims() string {
	var all []string
	for i := range sdjwtvc.MaxClaims + 1 {
		all = append(all, fmt.Sprintf(`{"path":["%d"]}`, i))
	}
	return strings.Join(all, ",")
}

// TestCheck holds a credential with /name and /degrees/0 selective against
// what a type says.
func TestCheck(t *testing.T) {
	key := newKey(t)
	in := issuance(t, key, map[string]any{"degrees": []any{map[string]any{"type": "BSc"}, map[string]any{"type": "MSc"}}})
	in.Selective = []string{"/name", "/degrees/0", "/address/city"}
	whole := issue(t, in)
	nothing, err := sdjwt.Present(whole, nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		claims string
		shown  bool // whether it is good with all shown
		hidden bool // and with nothing
	}{
		"no claims":                         {``, true, true},
		"always, and is":                    {`{"path":["name"],"sd":"always","mandatory":true}`, true, true},
		"never, and is":                     {`{"path":["name"],"sd":"never"}`, false, true},
		"always, and is not":                {`{"path":["address"],"sd":"always"}`, false, false},
		"never, and is not":                 {`{"path":["address"],"sd":"never","mandatory":true}`, true, true},
		"below always":                      {`{"path":["degrees",0,"type"],"sd":"never"}`, true, true},
		"each always, one is not":           {`{"path":["degrees",null],"sd":"always"}`, false, false},
		"each never, one is":                {`{"path":["degrees",null],"sd":"never"}`, false, false},
		"one always":                        {`{"path":["degrees",0],"sd":"always"}`, true, true},
		"one never":                         {`{"path":["degrees",1],"sd":"never"}`, true, true},
		"counted as issued":                 {`{"path":["degrees",1],"sd":"never","mandatory":true},{"path":["degrees",0],"sd":"always"}`, true, true},
		"mandatory at the top":              {`{"path":["nickname"],"mandatory":true}`, false, true},
		"mandatory, nothing could be hid":   {`{"path":["degrees",2],"mandatory":true}`, false, false},
		"mandatory within what is withheld": {`{"path":["degrees",0,"year"],"mandatory":true}`, false, true},
		"a path through a text":             {`{"path":["address","street","x"]}`, false, false},
		"a path that selects nothing":       {`{"path":["nickname","x"]}`, true, true},
	} {
		t.Run(name, func(t *testing.T) {
			p := policy(t, key)
			p.TypeMetadata, p.RequireTypeMetadata = documents(c.claims, ""), true
			for token, good := range map[*sdjwt.Token]bool{whole: c.shown, nothing: c.hidden} {
				got, err := sdjwtvc.Verify(context.Background(), token, p)
				if good != (err == nil) || err != nil && !errors.Is(err, sdjwtvc.ErrTypeMetadata) || good != (got != nil) {
					t.Errorf("%d disclosures: %v", len(token.Disclosures), err)
				}
			}
		})
	}
}

// TestIntegrity: the document is the one that the issuer meant, or it is told
// that this is not known.
func TestIntegrity(t *testing.T) {
	key := newKey(t)
	all := documents("", "")
	p := policy(t, key)
	good := issue(t, issuance(t, key, map[string]any{integrity: sri(string(all[residence]))}))
	c, err := sdjwtvc.Verify(context.Background(), good, p)
	if err != nil || !c.Unchecked {
		t.Errorf("not given: %v", err)
	}
	p.TypeMetadata = all
	if c, err = sdjwtvc.Verify(context.Background(), good, p); err != nil || c.Unchecked || len(c.Metadata.Types) != 2 {
		t.Errorf("given: %v", err)
	}
	bad := issue(t, issuance(t, key, map[string]any{integrity: sri("x")}))
	if c, err := sdjwtvc.Verify(context.Background(), bad, p); !errors.Is(err, sdjwtvc.ErrTypeMetadata) || c != nil {
		t.Errorf("another: got %v, %v", c, err)
	}
}
