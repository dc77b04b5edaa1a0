package sdjwtvc

import (
	"fmt"

	"github.com/chancery-vc/chancery/verifier/proof/sdjwt"
)

// Issue returns a credential with all its disclosures, for the holder alone.
// The claims must have a vct; the type of the issuance is left empty. Without
// an x5c in the header, iss should say who issued.
func Issue(in sdjwt.Issuance) (*sdjwt.Token, error) {
	if in.Type != "" && in.Type != Type {
		return nil, fmt.Errorf("%w: typ is %.40q, not %s", sdjwt.ErrType, in.Type, Type)
	}
	in.Type = Type
	token, err := sdjwt.Issue(in)
	if err != nil {
		return nil, err
	}
	u, err := sdjwt.Inspect(token)
	if err != nil {
		return nil, err
	}
	if _, err := readModel(&u.Contents); err != nil {
		return nil, err
	}
	return token, nil
}
