package sdjwt_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chancery-vc/chancery/verifier/proof/sdjwt"
)

// resolved verifies a payload with disclosures, in which D0, D1 and so on
// stand for their digests.
func resolved(t testing.TB, payload string, disclosures ...string) (*sdjwt.Verified, error) {
	t.Helper()
	key := newKey(t)
	var texts []string
	for i, d := range disclosures {
		disclosures[i] = fill(d, disclosures[:i]...)
		texts = append(texts, base64url(disclosures[i]))
	}
	token := signed(t, key, `{"alg":"ES256"}`, fill(payload, disclosures...), texts...)
	return sdjwt.Verify(token, plainPolicy(key))
}

func TestDisclosures(t *testing.T) {
	for name, c := range map[string]struct {
		payload     string
		disclosures []string
		want        map[string]any
	}{
		"a member":            {`{"_sd":["D0"]}`, []string{`["s","a",1]`}, map[string]any{"a": 1.0}},
		"null":                {`{"_sd":["D0"]}`, []string{`["s","a",null]`}, map[string]any{"a": nil}},
		"an element":          {`{"a":[1,{"...":"D0"},3]}`, []string{`["s",2]`}, map[string]any{"a": []any{1.0, 2.0, 3.0}}},
		"an element withheld": {`{"a":[1,{"...":"x"},3]}`, nil, map[string]any{"a": []any{1.0, 3.0}}},
		"nothing is left":     {`{"a":{"_sd":["x"]},"b":[{"...":"y"}]}`, nil, map[string]any{"a": map[string]any{}, "b": []any{}}},
		"an empty _sd":        {`{"_sd":[],"a":1}`, nil, map[string]any{"a": 1.0}},
		"recursive":           {`{"_sd":["D1"]}`, []string{`["s",7]`, `["s","a",[{"...":"D0"},{"...":"x"}]]`}, map[string]any{"a": []any{7.0}}},
		"the hash by name":    {`{"_sd":["D0"],"_sd_alg":"sha-256"}`, []string{`["s","a",1]`}, map[string]any{"a": 1.0}},
		"white space":         {`{"_sd":["D0"]}`, []string{" [\n\"s\" , \"a\",1 ]"}, map[string]any{"a": 1.0}},
	} {
		t.Run(name, func(t *testing.T) {
			verified, err := resolved(t, c.payload, c.disclosures...)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, verified.Claims()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestDisclosuresRefused goes through section 7.1, steps 2.e to 5, and the
// rules of section 4.
func TestDisclosuresRefused(t *testing.T) {
	const member, element = `["s","a",1]`, `["s",1]`
	for name, c := range map[string]struct {
		payload     string
		disclosures []string
		kind        error
	}{
		"without a digest":                    {`{}`, []string{member}, sdjwt.ErrDisclosure},
		"twice":                               {`{"_sd":["D0"]}`, []string{member, member}, sdjwt.ErrDisclosure},
		"below what is withheld":              {`{"_sd":["x"]}`, []string{element}, sdjwt.ErrDisclosure},
		"a digest twice":                      {`{"_sd":["D0","D0"]}`, []string{member}, sdjwt.ErrDisclosure},
		"a digest in two places":              {`{"_sd":["D0"],"b":{"_sd":["D0"]}}`, []string{member}, sdjwt.ErrDisclosure},
		"a digest as member and element":      {`{"_sd":["D0"],"b":[{"...":"D0"}]}`, []string{member}, sdjwt.ErrDisclosure},
		"a decoy twice":                       {`{"_sd":["x","x"]}`, nil, sdjwt.ErrDisclosure},
		"a digest again in a disclosure":      {`{"_sd":["D1","x"]}`, []string{member, `["s","b",{"_sd":["x"]}]`}, sdjwt.ErrDisclosure},
		"an element for a member":             {`{"_sd":["D0"]}`, []string{element}, sdjwt.ErrDisclosure},
		"a member for an element":             {`{"a":[{"...":"D0"}]}`, []string{member}, sdjwt.ErrDisclosure},
		"named _sd":                           {`{"_sd":["D0"]}`, []string{`["s","_sd",["x"]]`}, sdjwt.ErrDisclosure},
		"named ...":                           {`{"_sd":["D0"]}`, []string{`["s","...","x"]`}, sdjwt.ErrDisclosure},
		"named _sd_alg":                       {`{"_sd":["D0"]}`, []string{`["s","_sd_alg","sha-256"]`}, sdjwt.ErrDisclosure},
		"named by a number":                   {`{"_sd":["D0"]}`, []string{`["s",1,1]`}, sdjwt.ErrDisclosure},
		"over a claim that is shown":          {`{"a":0,"_sd":["D0"]}`, []string{member}, sdjwt.ErrDisclosure},
		"over another disclosure":             {`{"_sd":["D0","D1"]}`, []string{member, `["t","a",2]`}, sdjwt.ErrDisclosure},
		"salted by a number":                  {`{"_sd":["D0"]}`, []string{`[1,"a",1]`}, sdjwt.ErrDisclosure},
		"of one element":                      {`{"_sd":["D0"]}`, []string{`["s"]`}, sdjwt.ErrDisclosure},
		"of four elements":                    {`{"_sd":["D0"]}`, []string{`["s","a",1,1]`}, sdjwt.ErrDisclosure},
		"an object":                           {`{"_sd":["D0"]}`, []string{`{}`}, sdjwt.ErrDisclosure},
		"not JSON":                            {`{"_sd":["D0"]}`, []string{`["s","a"`}, sdjwt.ErrDisclosure},
		"with a member twice":                 {`{"_sd":["D0"]}`, []string{`["s","a",{"b":1,"b":2}]`}, sdjwt.ErrDisclosure},
		"_sd is a text":                       {`{"_sd":"D0"}`, []string{member}, sdjwt.ErrDisclosure},
		"_sd is null":                         {`{"_sd":null}`, nil, sdjwt.ErrDisclosure},
		"_sd has a number":                    {`{"_sd":["D0",1]}`, []string{member}, sdjwt.ErrDisclosure},
		"... is an object":                    {`{"a":[{"...":{}}]}`, nil, sdjwt.ErrDisclosure},
		"... beside another":                  {`{"a":[{"...":"x","b":1}]}`, nil, sdjwt.ErrDisclosure},
		"... outside of an array":             {`{"a":{"...":"x"}}`, nil, sdjwt.ErrDisclosure},
		"... at the top":                      {`{"...":"x"}`, nil, sdjwt.ErrDisclosure},
		"_sd_alg below the top":               {`{"a":{"_sd_alg":"sha-256"}}`, nil, sdjwt.ErrDisclosure},
		"_sd_alg in a disclosure":             {`{"_sd":["D0"]}`, []string{`["s","a",{"_sd_alg":"sha-256"}]`}, sdjwt.ErrDisclosure},
		"a hash that is not known":            {`{"_sd_alg":"sha3-256","_sd":["D0"]}`, []string{member}, sdjwt.ErrHash},
		"a hash that is cut short":            {`{"_sd_alg":"sha-256-64"}`, nil, sdjwt.ErrHash},
		"a hash in capitals":                  {`{"_sd_alg":"SHA-256"}`, nil, sdjwt.ErrHash},
		"a hash that is a number":             {`{"_sd_alg":256}`, nil, sdjwt.ErrHash},
		"another hash than the digest's":      {`{"_sd_alg":"sha-512","_sd":["D0"]}`, []string{member}, sdjwt.ErrDisclosure},
		"deep":                                {deep(sdjwt.MaxDepth + 1), nil, sdjwt.ErrMalformed},
		"deep by a disclosure":                {`{"a":{"b":{"_sd":["D0"]}}}`, []string{`["s","c",` + deep(sdjwt.MaxDepth-1) + `]`}, sdjwt.ErrLimit},
		"with many digests below a long name": {`{"` + strings.Repeat("x", 100<<10) + `":[` + manyElements(1000) + `]}`, nil, sdjwt.ErrLimit},
		"with many digests":                   {`{"_sd":[` + manyDigests() + `]}`, nil, sdjwt.ErrLimit},
	} {
		t.Run(name, func(t *testing.T) {
			if got, err := resolved(t, c.payload, c.disclosures...); !errors.Is(err, c.kind) || got != nil {
				t.Errorf("got %v, %v", got, err)
			}
		})
	}
}

func deep(n int) string { return strings.Repeat(`{"a":`, n) + "1" + strings.Repeat("}", n) }

func manyDigests() string {
	var all []string
	for i := range sdjwt.MaxDigests + 1 {
		all = append(all, fmt.Sprintf("%q", fmt.Sprint(i)))
	}
	return strings.Join(all, ",")
}

func manyElements(n int) string {
	var all []string
	for i := range n {
		all = append(all, fmt.Sprintf(`{"...":"%d"}`, i))
	}
	return strings.Join(all, ",")
}

// TestSwappedDisclosure: a disclosure of one token is nothing to another, also
// of the same claims and the same issuer.
func TestSwappedDisclosure(t *testing.T) {
	in := example(t)
	one, two := issue(t, in), issue(t, in)
	for i := range one.Disclosures {
		swapped := with(one, one.Disclosures...)
		swapped.Disclosures[i] = two.Disclosures[i]
		if got, err := sdjwt.Verify(swapped, policy(in)); !errors.Is(err, sdjwt.ErrDisclosure) {
			t.Errorf("disclosure %d: got %v, %v", i, got, err)
		}
	}
}

// TestNotConnected: a disclosure without the one that it is within.
func TestNotConnected(t *testing.T) {
	in := example(t)
	token := issue(t, in)
	whole := present(t, token, "/address/street")
	if len(whole.Disclosures) != 2 {
		t.Fatalf("%d disclosures", len(whole.Disclosures))
	}
	alone := 0
	for _, d := range whole.Disclosures {
		if _, err := sdjwt.Verify(with(token, d), policy(in)); err == nil {
			alone++
		} else if !errors.Is(err, sdjwt.ErrDisclosure) {
			t.Error(err)
		}
	}
	if alone != 1 {
		t.Errorf("%d of the two disclosures stand alone; address should", alone)
	}
}
