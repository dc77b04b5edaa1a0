package did_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chancery-vc/chancery/verifier/did"
)

const (
	multikeyEd  = "z6MkmM42vxfqZQsv4ehtTjFFxQ4sQKS2w6WR7emozFAn5cxu"
	multikeyP   = "zDnaerx9CtbPJ1q36T5Ln5wYt3MQYeGRG5ehnPAmxcf5mDZpv"
	multikeySM2 = "zEPJc1vCfbG2aoZn8f3U8ggYRL4ZFfF63ZA3qFSk81WJxnCQr"
)

// fields are members of a method; a member of no text is left out.
type fields map[string]any

func methodJSON(t testing.TB, f fields) string {
	t.Helper()
	m := fields{"id": "https://controller.example#k", "type": "Multikey", "controller": "https://controller.example", "publicKeyMultibase": multikeyEd}
	for name, value := range f {
		if m[name] = value; value == nil {
			delete(m, name)
		}
	}
	data, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func parseOne(t testing.TB, method string) (*did.Document, error) {
	t.Helper()
	return did.Parse(fmt.Appendf(nil, `{"id":"https://controller.example","verificationMethod":[%s],"assertionMethod":["#k"]}`, method))
}

func jwkOf(t testing.TB, text string) any {
	t.Helper()
	var jwk any
	if err := json.Unmarshal([]byte(text), &jwk); err != nil {
		t.Fatal(err)
	}
	return jwk
}

// TestMethodTypes reads each way in which a method holds a key, and each in
// which it must not.
func TestMethodTypes(t *testing.T) {
	withJWK := func(kind, jwk string) fields {
		return fields{"type": kind, "publicKeyMultibase": nil, "publicKeyJwk": jwkOf(t, jwk)}
	}
	for name, c := range map[string]struct {
		method fields
		key    crypto.PublicKey // nil for none
		parse  error
	}{
		"Multikey":                          {fields{}, ed25519.PublicKey{}, nil},
		"Multikey of P-256":                 {fields{"publicKeyMultibase": multikeyP}, &ecdsa.PublicKey{}, nil},
		"Ed25519VerificationKey2020":        {fields{"type": "Ed25519VerificationKey2020"}, ed25519.PublicKey{}, nil},
		"JsonWebKey":                        {withJWK("JsonWebKey", "{"+ed+"}"), ed25519.PublicKey{}, nil},
		"JsonWebKey of P-256":               {withJWK("JsonWebKey", "{"+p256+`,"kid":"k"}`), &ecdsa.PublicKey{}, nil},
		"JsonWebKey2020":                    {withJWK("JsonWebKey2020", "{"+ed+"}"), ed25519.PublicKey{}, nil},
		"unknown type":                      {fields{"type": "RsaVerificationKey2018", "publicKeyPem": "x"}, nil, nil},
		"no type":                           {fields{"type": nil}, nil, nil},
		"no key":                            {fields{"publicKeyMultibase": nil}, nil, nil},
		"key for another type":              {fields{"type": "JsonWebKey"}, nil, nil},
		"type of key not known":             {fields{"publicKeyMultibase": multikeySM2}, nil, nil},
		"JWK of RSA":                        {withJWK("JsonWebKey", `{"kty":"RSA","n":"AQAB","e":"AQAB"}`), nil, nil},
		"expired, of another type":          {fields{"type": "Other", "expires": "2020-01-01T00:00:00Z"}, nil, nil},
		"Multikey of base64url":             {fields{"publicKeyMultibase": "u7QEFBQU"}, nil, did.ErrInvalid},
		"Multikey, null":                    {fields{"publicKeyMultibase": json.RawMessage("null")}, nil, did.ErrInvalid},
		"Multikey, a number":                {fields{"publicKeyMultibase": 1}, nil, did.ErrInvalid},
		"Ed25519VerificationKey2020, P-256": {fields{"type": "Ed25519VerificationKey2020", "publicKeyMultibase": multikeyP}, nil, did.ErrInvalid},
		"private JWK":                       {withJWK("JsonWebKey", "{"+ed+`,"d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"}`), nil, did.ErrInvalid},
		"JWK off the curve":                 {withJWK("JsonWebKey", `{"kty":"EC","crv":"P-256","x":`+p256X+`,"y":`+p256X+`}`), nil, did.ErrInvalid},
		"JWK, a text":                       {withJWK("JsonWebKey", `"x"`), nil, did.ErrInvalid},
		"JWK, null":                         {fields{"type": "JsonWebKey", "publicKeyMultibase": nil, "publicKeyJwk": json.RawMessage("null")}, nil, did.ErrInvalid},
		"two keys":                          {fields{"publicKeyJwk": jwkOf(t, "{"+ed+"}")}, nil, did.ErrInvalid},
		"two keys, of an unknown type":      {fields{"type": "Other", "publicKeyJwk": jwkOf(t, "{"+ed+"}")}, nil, did.ErrInvalid},
		"secret Multikey":                   {fields{"secretKeyMultibase": "z3u2"}, nil, did.ErrInvalid},
		"secret JWK":                        {fields{"type": "Other", "secretKeyJwk": fields{"d": "x"}}, nil, did.ErrInvalid},
		"secret key as public":              {fields{"publicKeyMultibase": "z3u2en7t5LR2WtQH5PfFqMqwVHgeXouLzo6haApm8XHqvjxq"}, nil, did.ErrInvalid},
		"no id":                             {fields{"id": nil}, nil, did.ErrInvalid},
		"types in an array":                 {fields{"type": []string{"Multikey"}}, nil, did.ErrInvalid},
		"expires is no time":                {fields{"expires": "tomorrow"}, nil, did.ErrInvalid},
		"expires without a zone":            {fields{"expires": "2030-01-01T00:00:00"}, nil, did.ErrInvalid},
		"revoked is a number":               {fields{"revoked": 1}, nil, did.ErrInvalid},
		"revoked is a date":                 {fields{"revoked": "2030-01-01"}, nil, did.ErrInvalid},
	} {
		t.Run(name, func(t *testing.T) {
			d, err := parseOne(t, methodJSON(t, c.method))
			if !errors.Is(err, c.parse) || (err == nil) != (c.parse == nil) {
				t.Fatalf("got %v, %v, want %v", d, err, c.parse)
			}
			if err != nil {
				return
			}
			key, err := d.Key("https://controller.example#k", "assertionMethod")
			if c.key == nil && !errors.Is(err, did.ErrMethod) || c.key != nil && err != nil || fmt.Sprintf("%T", key) != fmt.Sprintf("%T", c.key) {
				t.Errorf("got %T, %v, want %T", key, err, c.key)
			}
		})
	}
}

// TestEnd: a method is good before it expires or is revoked, and not at that
// instant (Controlled Identifiers 1.0, section 2.2).
func TestEnd(t *testing.T) {
	const url, end = "https://controller.example#k", "2026-06-01T12:00:00+02:00"
	at := time.Date(2026, 6, 1, 10, 0, 0, 0, time.UTC)
	for name, method := range map[string]fields{
		"expires":                 {"expires": end},
		"revoked":                 {"revoked": end},
		"revoked before expiring": {"revoked": end, "expires": "2030-01-01T00:00:00Z"},
		"expired before revoked":  {"expires": end, "revoked": "2030-01-01T00:00:00Z"},
	} {
		t.Run(name, func(t *testing.T) {
			d, err := parseOne(t, methodJSON(t, method))
			if err != nil {
				t.Fatal(err)
			}
			if key, err := d.KeyAt(url, "assertionMethod", at.Add(-time.Nanosecond)); err != nil || key == nil {
				t.Errorf("before: got %v, %v", key, err)
			}
			for _, now := range []time.Time{at, at.Add(time.Hour)} {
				if key, err := d.KeyAt(url, "assertionMethod", now); !errors.Is(err, did.ErrMethod) || !errors.Is(err, did.ErrEnded) || key != nil {
					t.Errorf("%s: got %v, %v", now, key, err)
				}
			}
			if key, err := d.Key(url, "assertionMethod"); !errors.Is(err, did.ErrEnded) {
				t.Errorf("without a time: got %v, %v", key, err)
			}
			if key, err := d.KeyAt(url, "authentication", at.Add(-time.Hour)); !errors.Is(err, did.ErrMethod) || errors.Is(err, did.ErrEnded) {
				t.Errorf("not listed: got %v, %v", key, err)
			}
		})
	}
	d, err := parseOne(t, methodJSON(t, nil))
	if err != nil {
		t.Fatal(err)
	}
	if key, err := d.KeyAt(url, "assertionMethod", at); err != nil || key == nil {
		t.Errorf("without an end: got %v, %v", key, err)
	}
}

// TestRelationships reads a document that refers to methods in every way.
func TestRelationships(t *testing.T) {
	const id = "https://controller.example"
	embedded := func(fragment string) string { return methodJSON(t, fields{"id": fragment}) }
	d, err := did.Parse([]byte(`{"@context":"https://www.w3.org/ns/cid/v1","id":"` + id + `",
		"verificationMethod":[` + methodJSON(t, fields{"id": id + "#a"}) + `,` + methodJSON(t, fields{"id": "#b"}) + `],
		"authentication":["#a","` + id + `#b",` + embedded("#c") + `],
		"assertionMethod":["` + id + `#a"],
		"keyAgreement":[` + embedded(id+"#d") + `],
		"capabilityInvocation":["#b","#nowhere","https://elsewhere.example#a"],
		"capabilityDelegation":[]}`))
	if err != nil {
		t.Fatal(err)
	}
	got := map[string][]string{}
	for _, fragment := range []string{"#a", "#b", "#c", "#d", "#nowhere"} {
		got[fragment] = purposesOf(d, id+fragment)
	}
	want := map[string][]string{
		"#a": {"assertionMethod", "authentication"}, "#b": {"authentication", "capabilityInvocation"},
		"#c": {"authentication"}, "#d": {"keyAgreement"}, "#nowhere": nil,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if listed := purposesOf(d, "https://elsewhere.example#a") == nil && purposesOf(d, "#a") == nil; !listed {
		t.Error("a URL of another document, or none, has a key")
	}
}

// TestOthersMethods: a document that holds a method of another's identifier,
// or of another controller, has no key for it.
func TestOthersMethods(t *testing.T) {
	for name, f := range map[string]fields{
		"another's URL":                {"id": "https://victim.example#k"},
		"another's URL and controller": {"id": "https://victim.example#k", "controller": "https://victim.example"},
		"another's controller":         {"controller": "https://victim.example"},
		"the URL of a path below":      {"id": "https://controller.example/101#k"},
		"a controller that is none":    {"controller": "#k"},
	} {
		m := methodJSON(t, f)
		var w struct {
			ID string `json:"id"`
		}
		if err := json.Unmarshal([]byte(m), &w); err != nil {
			t.Fatal(err)
		}
		d, err := did.Parse(fmt.Appendf(nil, `{"id":"https://controller.example","assertionMethod":[%s]}`, m))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if key, err := d.Key(w.ID, "assertionMethod"); !errors.Is(err, did.ErrMethod) {
			t.Errorf("%s: got %v, %v", name, key, err)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	const id = "https://controller.example"
	m := methodJSON(t, nil)
	many := func(n int, form string) string {
		var all []string
		for i := range n {
			all = append(all, fmt.Sprintf(form, i))
		}
		return strings.Join(all, ",")
	}
	other := `{"id":"#%d","type":"Other","controller":""}`
	for name, rest := range map[string]string{
		"embedded and listed":             `"verificationMethod":[` + m + `],"assertionMethod":[` + m + `]`,
		"embedded twice":                  `"assertionMethod":[` + m + `],"authentication":[` + m + `]`,
		"the same, once relative":         `"verificationMethod":[` + m + `,` + methodJSON(t, fields{"id": "#k"}) + `]`,
		"the same, once of unknown type":  `"verificationMethod":[` + methodJSON(t, fields{"type": "Other"}) + `,` + m + `]`,
		"embedded without an id":          `"assertionMethod":[` + methodJSON(t, fields{"id": nil}) + `]`,
		"embedded with a bad key":         `"keyAgreement":[` + methodJSON(t, fields{"publicKeyMultibase": "z"}) + `]`,
		"embedded with a bad id":          `"keyAgreement":[{"id":1}]`,
		"a number as reference":           `"capabilityInvocation":[1]`,
		"null as reference":               `"capabilityInvocation":[null]`,
		"an array as reference":           `"capabilityDelegation":[["#k"]]`,
		"one method, not in an array":     `"verificationMethod":` + m,
		"one reference, not in an array":  `"keyAgreement":"#k"`,
		"too many methods":                `"verificationMethod":[` + many(65, other) + `]`,
		"too many, with the embedded one": `"verificationMethod":[` + many(64, other) + `],"authentication":[` + m + `]`,
		"too many references":             `"authentication":[` + many(65, `"#%d"`) + `]`,
	} {
		if d, err := did.Parse([]byte(`{"id":"` + id + `",` + rest + `}`)); !errors.Is(err, did.ErrInvalid) {
			t.Errorf("%s: got %v, %v", name, d, err)
		}
	}
	if _, err := did.Parse([]byte(`{"id":"` + id + `","verificationMethod":[` + many(64, other) + `],"authentication":[` + many(64, `"#%d"`) + `]}`)); err != nil {
		t.Errorf("as many as there may be: %v", err)
	}
}

// TestReadIsWrittenAgain: a document that was read says all that it said,
// members that mean nothing here included, whatever becomes of the bytes.
func TestReadIsWrittenAgain(t *testing.T) {
	text := `{"id":"https://controller.example","service":[{"id":"#s","x":1}],"assertionMethod":[` + methodJSON(t, fields{"more": "x"}) + `]}`
	data := []byte(text)
	d, err := did.Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	clear(data)
	if diff := cmp.Diff(jwkOf(t, text), any(members(t, d))); diff != "" {
		t.Error(diff)
	}
}
