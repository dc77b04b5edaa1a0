package statement

import (
	"crypto"
	"fmt"
	"io"

	"github.com/go-json-experiment/json"

	"github.com/chancery-vc/chancery/internal/jwa"
	"github.com/chancery-vc/chancery/verifier/proof/jose"
)

// profile has the algorithms that statements can be signed with.
var profile = jwa.Profile{
	Known:     jose.Recommended(),
	ErrChoice: ErrAlgorithm, ErrAlgorithm: ErrAlgorithm, ErrKey: ErrKey, ErrMalformed: ErrMalformed, ErrSignature: ErrSignature,
}

// Signer is who signs: a key, and the verification method that it is.
type Signer struct {
	Key    crypto.Signer
	KeyID  string
	Random io.Reader
}

// Sign returns s as a compact JWS. A statement that [Verify] would refuse is
// refused.
func Sign(s *Statement, by Signer) ([]byte, error) {
	if by.KeyID == "" {
		return nil, malformed("it is not said which verification method signs")
	}
	typ := s.Type()
	if err := s.check(typ); err != nil {
		return nil, err
	}
	names := jwa.Fitting(by.Key.Public(), profile.Known)
	if len(names) == 0 {
		return nil, fmt.Errorf("%w: a %T", ErrKey, by.Key.Public())
	}
	payload, err := json.Marshal(s)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	header := map[string]any{"typ": string(typ), "kid": by.KeyID}
	token, err := profile.SignToken(jwa.Signer{Algorithm: names[0], Key: by.Key, Random: by.Random}, header, payload)
	if err != nil {
		return nil, err
	}
	if len(token) > MaxBytes {
		return nil, malformed("%d bytes, more than %d", len(token), MaxBytes)
	}
	return []byte(token), nil
}
