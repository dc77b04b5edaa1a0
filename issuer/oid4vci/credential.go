package oid4vci

import (
	"context"
	"errors"
	"slices"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/issuer"
	"github.com/chancery-vc/chancery/issuer/store"
)

// MaxRequestBytes caps a credential request.
const MaxRequestBytes = 64 << 10

// request is a credential request (section 8.2); what it does not name is
// ignored, as the section says.
type request struct {
	Configuration      string                    `json:"credential_configuration_id"`
	Identifier         jsontext.Value            `json:"credential_identifier,omitzero"`
	Proofs             map[string]jsontext.Value `json:"proofs"`
	ResponseEncryption jsontext.Value            `json:"credential_response_encryption,omitzero"`
}

// Credential answers a credential request with the response's body. The
// access token is good for one credential.
func (s *Service) Credential(ctx context.Context, token string, body []byte) ([]byte, error) {
	var o state
	err := s.issuer.Store().View(func(tx *store.Tx) (err error) {
		_, o, err = s.authorized(tx, token)
		return err
	})
	if err != nil {
		return nil, err
	}
	holder, err := s.judge(o, body)
	if err != nil {
		return nil, s.issuer.Refuse(ctx, issuer.Holder, o.Profile, o.Subject, err)
	}
	answer, err := s.issuer.Answer(ctx, issuer.Question{
		Caller: issuer.Holder, Profile: o.Profile, Key: o.Key, Holder: holder,
		Settle: func(tx *store.Tx, _ issuer.Answer) error { return s.spend(tx, token) },
	})
	if err != nil {
		return nil, err
	}
	// The very bytes that are in the log go out: they are JSON and are not
	// encoded again (appendix A.1.2.4).
	return slices.Concat([]byte(`{"credentials":[{"credential":`), answer.Bytes, []byte(`}]}`)), nil
}

// spend ends the offer and its token. Of two requests with one token the
// second finds it gone.
func (s *Service) spend(tx *store.Tx, token string) error {
	code, _, err := s.authorized(tx, token)
	if err != nil {
		return err
	}
	return errors.Join(tx.Delete(bucketTokens, digest(token)), tx.Delete(bucketOffers, code))
}

// judge returns the holder that a request is bound to.
func (s *Service) judge(o state, body []byte) (holder string, err error) {
	if len(body) > MaxRequestBytes {
		return "", refused(InvalidCredentialRequest, "the request is too large")
	}
	var r request
	if err := json.Unmarshal(body, &r); err != nil {
		return "", refused(InvalidCredentialRequest, "the request is not the JSON object that it should be")
	}
	switch {
	case r.ResponseEncryption != nil:
		return "", refused("invalid_encryption_parameters", "encrypted responses are not supported")
	case r.Identifier != nil || r.Configuration == "":
		return "", refused(InvalidCredentialRequest, "name a credential_configuration_id and nothing else")
	case r.Configuration != o.Profile:
		return "", refused(UnknownConfiguration, "the offer was for another configuration")
	}
	jwt, err := onlyProof(r.Proofs)
	if err != nil {
		return "", err
	}
	return s.keyProof(jwt)
}

// onlyProof returns the one jwt of the proofs: an offer is for one credential.
func onlyProof(proofs map[string]jsontext.Value) (string, error) {
	var jwts []string
	value, ok := proofs["jwt"]
	if !ok || len(proofs) != 1 || json.Unmarshal(value, &jwts) != nil || len(jwts) != 1 {
		return "", refused(InvalidProof, "proofs must have one proof, of type jwt")
	}
	return jwts[0], nil
}
