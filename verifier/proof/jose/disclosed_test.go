package jose

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chancery-vc/chancery/verifier/proof/sdjwt"
)

func disclosable(t *testing.T, kind Kind, selective []string, s Signing) *sdjwt.Token {
	t.Helper()
	document, _ := documentOf(kind)
	token, err := SignDisclosable(marshal(t, document), selective, s)
	return must(t, token, err)
}

func TestDisclosed(t *testing.T) {
	keys := signers(t)
	for _, kind := range []Kind{Credential, Presentation} {
		for _, name := range []string{ES256, ES384, ES512, EdDSA} {
			pointer := "/credentialSubject/birthYear"
			if kind == Presentation {
				pointer = "/verifiableCredential/0"
			}
			token := disclosable(t, kind, []string{pointer}, signing(kind, name, keys[name]))
			v, err := VerifyDisclosed(token, keys[name].Public(), expecting(kind, name))
			must(t, v, err)
			document, _ := documentOf(kind)
			var got object
			if err := json.Unmarshal(v.Document, &got); err != nil {
				t.Fatal(err)
			}
			var want object
			if err := json.Unmarshal(marshal(t, document), &want); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s %s: %s", kind, name, diff)
			}
			token.Disclosures = nil
			less, err := VerifyDisclosed(token, keys[name].Public(), expecting(kind, name))
			must(t, less, err)
			if len(less.Document) >= len(v.Document) {
				t.Errorf("%s %s: without the disclosure it is %s", kind, name, less.Document)
			}
		}
	}
}

func TestDisclosedRefuses(t *testing.T) {
	key := signers(t)[EdDSA]
	s := signing(Credential, "", key)
	token := disclosable(t, Credential, []string{"/credentialSubject/birthYear"}, s)
	for name, edit := range map[string]func(*sdjwt.Token){
		"disclosure twice":   func(t *sdjwt.Token) { t.Disclosures = append(t.Disclosures, t.Disclosures[0]) },
		"disclosure altered": func(t *sdjwt.Token) { t.Disclosures = []string{"WyJzYWx0IiwiYmlydGhZZWFyIiwxOTAwXQ"} },
		"signature of other": func(t *sdjwt.Token) { t.JWT = t.JWT[:len(t.JWT)-86] + t.JWT[len(t.JWT)-85:] + "A" },
	} {
		other := *token
		edit(&other)
		if v, err := VerifyDisclosed(&other, key.Public(), expecting(Credential, EdDSA)); err == nil {
			t.Errorf("%s: %s", name, v.Document)
		}
	}
	_, err := VerifyDisclosed(token, key.Public(), expecting(Presentation, EdDSA))
	wantError(t, err, ErrType)
	_, err = VerifyDisclosed(token, signers(t)[EdDSA].Public(), expecting(Credential, EdDSA))
	wantError(t, err, ErrSignature)
	// A JWT of the credential is none that discloses, and the other way round.
	_, err = Verify([]byte(token.JWT), key.Public(), expecting(Credential, EdDSA))
	wantError(t, err, ErrType)
	plain, err := Sign(marshal(t, credentialObject()), s)
	must(t, plain, err)
	_, err = VerifyDisclosed(&sdjwt.Token{JWT: string(plain)}, key.Public(), expecting(Credential, EdDSA))
	wantError(t, err, ErrType)
}

// TestDisclosedClaims: claims of the token count, also one that was hidden.
func TestDisclosedClaims(t *testing.T) {
	key := signers(t)[EdDSA]
	for name, c := range map[string]struct {
		document, header object
		want             error
	}{
		"vc":             {object{"vc": object{}}, nil, ErrClaim},
		"iss":            {object{"iss": "https://attacker.example"}, nil, ErrClaim},
		"iss in header":  {object{"iss": testIssuer}, object{"iss": "https://attacker.example"}, ErrClaim},
		"exp":            {object{"exp": 1}, nil, ErrTime},
		"iss that fits":  {object{"iss": testIssuer}, object{"iss": testIssuer}, nil},
		"header iss fit": {nil, object{"iss": testIssuer}, nil},
	} {
		selective := []string{}
		if _, ok := c.document["vc"]; ok {
			selective = append(selective, "/vc")
		}
		token, err := sdjwt.Issue(sdjwt.Issuance{
			Claims: marshal(t, edited(credentialObject(), c.document)), Selective: selective, Type: "vc+sd-jwt",
			Header: edited(object{"kid": testKeyID}, c.header), Algorithm: EdDSA, Signer: key, Random: signing(Credential, "", key).Random,
		})
		must(t, token, err)
		_, err = VerifyDisclosed(token, key.Public(), expecting(Credential, EdDSA))
		if c.want == nil && err == nil {
			continue
		}
		if err == nil {
			t.Errorf("%s: accepted", name)
		}
		wantError(t, err, c.want)
	}
}
