package jose

import (
	"crypto"
	"fmt"

	"github.com/go-json-experiment/json"

	"github.com/chancery-vc/chancery/verifier/proof/sdjwt"
)

// VerifyDisclosed verifies a vc+sd-jwt or a vp+sd-jwt: section 3.2. The
// document that is returned is what the token shows. A key binding is not
// looked at; sdjwt.Verify judges one.
func VerifyDisclosed(token *sdjwt.Token, key crypto.PublicKey, e Expectation) (*Verified, error) {
	shown, err := sdjwt.Inspect(token)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	u, err := Peek([]byte(token.JWT))
	if err != nil {
		return nil, err
	}
	signed := u.Claims
	u.Claims = shown.Claims()
	if err := u.replicate(signed); err != nil {
		return nil, err
	}
	if err := refuseV1(u.Claims); err != nil {
		return nil, err
	}
	if u.Document, err = json.Marshal(shown.Claims(), json.Deterministic(true)); err != nil {
		return nil, fmt.Errorf("write the document: %w", err)
	}
	return Judge(u, "sd-jwt", key, e, func() error { return profile.Verify(token.JWT, u.Algorithm, key) })
}

// SignDisclosable secures a credential or presentation of the data model 2.0
// as vc+sd-jwt or vp+sd-jwt, with the claims at the JSON Pointers of selective
// to be shown or withheld.
func SignDisclosable(document []byte, selective []string, s Signing) (*sdjwt.Token, error) {
	claims, err := s.payload(document)
	if err != nil {
		return nil, err
	}
	signer, err := s.signer()
	if err != nil {
		return nil, err
	}
	return sdjwt.Issue(sdjwt.Issuance{
		Claims: claims, Selective: selective, Type: string(s.Kind) + "+sd-jwt", Header: s.header(),
		Algorithm: signer.Algorithm, Signer: s.Signer, Random: s.Random,
	})
}
