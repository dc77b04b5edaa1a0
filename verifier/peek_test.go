package verifier_test

import (
	"crypto/rand"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/internal/credtest"
	"github.com/chancery-vc/chancery/verifier"
	"github.com/chancery-vc/chancery/verifier/proof/sdjwt"
)

// TestPeekSDJWT: what a holder reads is what the token discloses, for the two
// types of credentials alone.
func TestPeekSDJWT(t *testing.T) {
	token := func(typ, claims string) *sdjwt.Token {
		issued, err := sdjwt.Issue(sdjwt.Issuance{
			Claims: []byte(claims), Selective: []string{"/name"}, Type: typ, Algorithm: sdjwt.EdDSA, Signer: credtest.Key("land"), Random: rand.Reader,
		})
		if err != nil {
			t.Fatal(err)
		}
		return issued
	}
	const title = `{"vct":"urn:title","iss":"https://registry.example","exp":1782907200,"sub":"urn:example:ana","jti":"urn:example:1","name":"Ana"}`
	const model = `{"@context":["https://www.w3.org/ns/credentials/v2"],"type":["VerifiableCredential"],"issuer":"https://registry.example","credentialSubject":{"id":"urn:example:ana"},"name":"Ana"}`
	u, mediaType, err := verifier.PeekSDJWT(token("application/dc+sd-jwt", title))
	if err != nil || mediaType != "dc+sd-jwt" {
		t.Fatalf("%s, %v", mediaType, err)
	}
	if u.ID != "urn:example:1" || u.Types[0] != "urn:title" || u.Issuer != "https://registry.example" || !u.ValidUntil.Equal(time.Unix(1782907200, 0)) {
		t.Errorf("got %+v", u)
	}
	if subject := u.Subjects[0]; subject["id"] != "urn:example:ana" || subject["name"] != "Ana" || len(subject) != 2 {
		t.Errorf("got %v", subject)
	}
	withheld, err := sdjwt.Present(token("vc+sd-jwt", model), nil)
	if err != nil {
		t.Fatal(err)
	}
	if u, mediaType, err := verifier.PeekSDJWT(withheld); err != nil || mediaType != "vc+sd-jwt" || u.Name != "" || u.Subjects[0]["id"] != "urn:example:ana" {
		t.Errorf("%s, %v, %v", mediaType, u, err)
	}
	for name, bad := range map[string]*sdjwt.Token{
		"no vct":           token("dc+sd-jwt", `{"name":"Ana"}`),
		"a vct of numbers": token("dc+sd-jwt", `{"vct":1,"name":"Ana"}`),
		"not of the model": token("vc+sd-jwt", title),
		"a presentation":   token("vp+sd-jwt", model),
		"of no type":       token("", title),
		"another's digest": {JWT: token("dc+sd-jwt", title).JWT, Disclosures: token("dc+sd-jwt", title).Disclosures},
		"nothing":          {},
	} {
		if u, _, err := verifier.PeekSDJWT(bad); err == nil || u != nil {
			t.Errorf("%s: %v, %v", name, u, err)
		}
	}
}
