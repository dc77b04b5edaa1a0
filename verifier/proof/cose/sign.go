package cose

import (
	"fmt"
	"io"
	"math"

	gocose "github.com/veraison/go-cose"

	"github.com/chancery-vc/chancery/verifier/proof/jose"
)

// Sign secures a credential or presentation of the data model 2.0 as vc+cose
// or vp+cose. The claims go into the protected header.
func Sign(document []byte, s jose.Signing) ([]byte, error) {
	if err := s.Check(document); err != nil {
		return nil, err
	}
	name, sign, err := s.Choose()
	if err != nil {
		return nil, err
	}
	number, err := numberOf(name)
	if err != nil {
		return nil, err
	}
	header, err := protected(s, number)
	if err != nil {
		return nil, err
	}
	data, err := gocose.Sign1(s.Random, signer{number, sign}, gocose.Headers{Protected: header}, document, nil)
	if err != nil {
		return nil, fmt.Errorf("sign with %s: %w", name, err)
	}
	return data, nil
}

// signer lets the library sign with a key that it need not know.
type signer struct {
	number gocose.Algorithm
	sign   func(message []byte) ([]byte, error)
}

var _ gocose.Signer = signer{}

// Algorithm returns the one algorithm of this signer.
func (s signer) Algorithm() gocose.Algorithm { return s.number }

// Sign signs with the one algorithm of this signer.
func (s signer) Sign(_ io.Reader, message []byte) ([]byte, error) { return s.sign(message) }

// protected: section 3.3.
func protected(s jose.Signing, number gocose.Algorithm) (gocose.ProtectedHeader, error) {
	contentType := s.ContentType
	if contentType == "" {
		contentType = "application/" + string(s.Kind)
	}
	header := gocose.ProtectedHeader{
		gocose.HeaderLabelAlgorithm:   number,
		gocose.HeaderLabelContentType: contentType,
		gocose.HeaderLabelType:        "application/" + string(s.Kind) + "+" + suffix,
	}
	if s.KeyID != "" {
		header[gocose.HeaderLabelKeyID] = []byte(s.KeyID)
	}
	labelled, err := label(s.Claims)
	if len(labelled) > 0 {
		header[gocose.HeaderLabelCWTClaims] = labelled
	}
	return header, err
}

// label returns claims under their numbers. One without a number here is
// refused, as it would be lost.
func label(claims map[string]any) (map[any]any, error) {
	numbers := map[string]int64{}
	for number, name := range claimNames() {
		numbers[name] = number
	}
	labelled := map[any]any{}
	for name, value := range claims {
		number, ok := numbers[name]
		if !ok {
			return nil, fmt.Errorf("%w: %.40q has no number in COSE here", jose.ErrClaim, name)
		}
		if seconds, ok := value.(float64); ok && seconds == math.Trunc(seconds) {
			value = int64(seconds)
		}
		if nonce, ok := value.(string); ok && number == claimNonce {
			value = []byte(nonce)
		}
		labelled[number] = value
	}
	return labelled, nil
}
