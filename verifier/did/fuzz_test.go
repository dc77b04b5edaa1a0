package did_test

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chancery-vc/chancery/verifier/did"
)

// FuzzParseAgain: what was read and written reads the same, for each purpose
// of each method that the text names.
func FuzzParseAgain(f *testing.F) {
	const id = "https://controller.example"
	method := methodJSON(f, nil)
	jwk := methodJSON(f, fields{"id": "#j", "type": "JsonWebKey", "publicKeyMultibase": nil, "publicKeyJwk": jwkOf(f, "{"+p256+"}"), "expires": "2030-01-01T00:00:00Z"})
	f.Add([]byte(`{"id":"`+id+`","verificationMethod":[`+method+`,`+jwk+`],"assertionMethod":["#k","`+id+`#j"]}`), "#k")
	f.Add([]byte(`{"id":"`+id+`","authentication":[`+jwk+`],"keyAgreement":[`+method+`]}`), id+"#j")
	f.Add([]byte(`{"id":"`+id+`","verificationMethod":[{"id":"#a","type":"Other","controller":"x"}],"capabilityDelegation":["#a"]}`), id+"#a")
	f.Fuzz(func(t *testing.T, data []byte, url string) {
		d, err := did.Parse(data)
		if err != nil {
			return
		}
		written, err := json.Marshal(d)
		if err != nil {
			t.Fatal(err)
		}
		again, err := did.Parse(written)
		if err != nil {
			t.Fatalf("%v: %s", err, written)
		}
		for _, url := range []string{url, d.ID + url} {
			if diff := cmp.Diff(purposesOf(d, url), purposesOf(again, url)); diff != "" {
				t.Error(diff)
			}
			if did.Controller(url) != d.ID && purposesOf(d, url) != nil {
				t.Errorf("the document of %q has a key of %q", d.ID, url)
			}
		}
	})
}

// FuzzJWK: a did:jwk that resolves makes a document that reads the same.
func FuzzJWK(f *testing.F) {
	for _, jwk := range []string{p256, ed, x, koblitz, p384, ed + `,"use":"sig"`, p256 + `,"d":"AA"`} {
		f.Add("{" + jwk + "}")
	}
	f.Fuzz(func(t *testing.T, jwk string) {
		id := didJWK(jwk)
		d, err := did.JWK{}.Resolve(t.Context(), id)
		if err != nil {
			if !errors.Is(err, did.ErrInvalid) || did.CodeOf(err) == did.InternalError {
				t.Fatalf("%v (%s)", err, did.CodeOf(err))
			}
			return
		}
		data, err := json.Marshal(d)
		if err != nil {
			t.Fatal(err)
		}
		again, err := did.Parse(data)
		if err != nil {
			t.Fatalf("%v: %s", err, data)
		}
		listed := purposesOf(d, id+"#0")
		if diff := cmp.Diff(listed, purposesOf(again, id+"#0")); diff != "" || listed == nil {
			t.Errorf("listed for %v: %s", listed, diff)
		}
	})
}
