package sdjwt_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chancery-vc/chancery/verifier/proof/sdjwt"
)

// jwt is of the right form, and nothing more.
const jwt = "e30.e30.AAAA"

func TestParse(t *testing.T) {
	for text, want := range map[string]sdjwt.Token{
		jwt + "~":             {JWT: jwt, Disclosures: []string{}},
		jwt + "~WyJh~":        {JWT: jwt, Disclosures: []string{"WyJh"}},
		jwt + "~" + jwt:       {JWT: jwt, Disclosures: []string{}, KeyBinding: jwt},
		jwt + "~AA~BB~" + jwt: {JWT: jwt, Disclosures: []string{"AA", "BB"}, KeyBinding: jwt},
	} {
		got, err := sdjwt.Parse(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if diff := cmp.Diff(&want, got); diff != "" || got.String() != text {
			t.Errorf("%s: %s", text, diff)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		kind error
	}{
		"nothing":                 {"", sdjwt.ErrMalformed},
		"a JWT alone":             {jwt, sdjwt.ErrMalformed},
		"no JWT":                  {"~", sdjwt.ErrMalformed},
		"a JWT of two parts":      {"e30.e30~", sdjwt.ErrMalformed},
		"a JWT of four parts":     {"e30.e30.AA.AA~", sdjwt.ErrMalformed},
		"no signature":            {"e30.e30.~", sdjwt.ErrMalformed},
		"an empty disclosure":     {jwt + "~~", sdjwt.ErrMalformed},
		"a disclosure with space": {jwt + "~WyJh ~", sdjwt.ErrMalformed},
		"a disclosure padded":     {jwt + "~WyJhIl0=~", sdjwt.ErrMalformed},
		"base64, not base64url":   {jwt + "~ab+/~", sdjwt.ErrMalformed},
		"a second form of bytes":  {"e30.e30.AAAB.~", sdjwt.ErrMalformed},
		"loose bits at the end":   {"e31.e30.AAAA~", sdjwt.ErrMalformed},
		"a line break":            {"e30.e30.AAAA\n~", sdjwt.ErrMalformed},
		"no key binding JWT":      {jwt + "~AA~AA", sdjwt.ErrMalformed},
		"many disclosures":        {jwt + strings.Repeat("~A", sdjwt.MaxDisclosures+1) + "~", sdjwt.ErrLimit},
		"long":                    {jwt + "~" + strings.Repeat("A", sdjwt.MaxLength) + "~", sdjwt.ErrLimit},
	} {
		t.Run(name, func(t *testing.T) {
			if got, err := sdjwt.Parse(c.text); !errors.Is(err, c.kind) || got != nil {
				t.Errorf("got %v, %v", got, err)
			}
		})
	}
}

func TestParseJSONRefuses(t *testing.T) {
	const first = `{"protected":"e30","signature":"AAAA","header":{"disclosures":["AA"],"kid":"1"}}`
	if _, err := sdjwt.ParseJSON([]byte(`{"payload":"e30","signatures":[` + first + `,{"protected":"e30","signature":"AAAA"}]}`)); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		text string
		kind error
	}{
		"not JSON":                {`{`, sdjwt.ErrMalformed},
		"an array":                {`[]`, sdjwt.ErrMalformed},
		"no payload":              {`{"protected":"e30","signature":"AAAA"}`, sdjwt.ErrMalformed},
		"a member twice":          {`{"payload":"e30","payload":"e30","protected":"e30","signature":"AAAA"}`, sdjwt.ErrMalformed},
		"an unknown member":       {`{"payload":"e30","protected":"e30","signature":"AAAA","x":1}`, sdjwt.ErrMalformed},
		"an unsigned alg":         {`{"payload":"e30","protected":"e30","signature":"AAAA","header":{"alg":"none"}}`, sdjwt.ErrMalformed},
		"an unsigned crit":        {`{"payload":"e30","protected":"e30","signature":"AAAA","header":{"crit":["b64"]}}`, sdjwt.ErrMalformed},
		"disclosures of numbers":  {`{"payload":"e30","protected":"e30","signature":"AAAA","header":{"disclosures":[1]}}`, sdjwt.ErrMalformed},
		"both serializations":     {`{"payload":"e30","protected":"e30","signature":"AAAA","signatures":[` + first + `]}`, sdjwt.ErrMalformed},
		"no signatures":           {`{"payload":"e30","signatures":[]}`, sdjwt.ErrMalformed},
		"disclosures twice":       {`{"payload":"e30","signatures":[` + first + `,` + first + `]}`, sdjwt.ErrMalformed},
		"a tilde in a disclosure": {`{"payload":"e30","protected":"e30","signature":"AAAA","header":{"disclosures":["AA~AA"]}}`, sdjwt.ErrMalformed},
		"many signatures":         {`{"payload":"e30","signatures":[` + first + strings.Repeat(`,{"protected":"e30","signature":"AAAA"}`, sdjwt.MaxSignatures) + `]}`, sdjwt.ErrLimit},
		"long":                    {`{"payload":"` + strings.Repeat("A", sdjwt.MaxLength) + `"}`, sdjwt.ErrLimit},
	} {
		t.Run(name, func(t *testing.T) {
			if got, err := sdjwt.ParseJSON([]byte(c.text)); !errors.Is(err, c.kind) || got != nil {
				t.Errorf("got %v, %v", got, err)
			}
		})
	}
}

// TestFlattenedJSON: a token with key binding verifies after it was written in
// JSON, over whose text sd_hash is not.
func TestFlattenedJSON(t *testing.T) {
	in, holder := example(t), newKey(t)
	in.Holder = holder.Public()
	token := bind(t, present(t, issue(t, in), "/address/street"), binding(holder))
	text, err := token.FlattenedJSON()
	if err != nil {
		t.Fatal(err)
	}
	read, err := sdjwt.ParseJSON(text)
	if err != nil {
		t.Fatal(err)
	}
	wanted := policy(in)
	wanted.KeyBinding = sdjwt.ExpectKeyBinding(wantBinding())
	if _, err := sdjwt.Verify(read, wanted); err != nil {
		t.Fatal(err)
	}
	var members struct{ Header map[string]any }
	if err := json.Unmarshal(text, &members); err != nil || len(members.Header) != 2 {
		t.Errorf("the unprotected header is %v, %v", members.Header, err)
	}
}

func TestFlattenedJSONOfNothing(t *testing.T) {
	if text, err := (&sdjwt.Token{JWT: "a.b"}).FlattenedJSON(); !errors.Is(err, sdjwt.ErrMalformed) {
		t.Errorf("got %s, %v", text, err)
	}
}
