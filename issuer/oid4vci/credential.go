package oid4vci

import (
	"context"
	"encoding/base64"
	"fmt"
	"slices"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/issuer"
	"github.com/chancery-vc/chancery/issuer/singleuse"
)

// ReceiptMember is the name of the receipt of the log in a credential response,
// in base64.
const ReceiptMember = "log_receipt"

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
	o, err := s.authorized(ctx, token)
	if err != nil {
		return nil, err
	}
	holder, err := s.judge(ctx, o, body)
	if err != nil {
		return nil, s.issuer.Refuse(ctx, issuer.Holder, o.Profile, o.Key, err)
	}
	answer, err := s.issuer.Answer(ctx, issuer.Question{
		Caller: issuer.Holder, Profile: o.Profile, Key: o.Key, Holder: holder, Replaces: o.Replaces,
		Spend: s.uses.With(tokenKey(token), spend),
	})
	if err != nil {
		return nil, err
	}
	// The very bytes that are in the log go out: they are JSON and are not
	// encoded again (appendix A.1.2.4).
	return slices.Concat([]byte(`{"credentials":[{"credential":`), answer.Bytes, receiptMember(answer.Receipt), []byte(`}]}`)), nil
}

// receiptMember returns the member that has the receipt of the log, beside the
// credential: wallets that do not know it ignore it (section 8.3).
func receiptMember(receipt []byte) []byte {
	if receipt == nil {
		return nil
	}
	return fmt.Appendf(nil, `,%q:%q`, ReceiptMember, base64.StdEncoding.EncodeToString(receipt))
}

// spend ends a token. Of two requests with one token the second finds it gone.
func spend(was *singleuse.Entry) (*singleuse.Entry, error) {
	if was == nil {
		return nil, errToken
	}
	return nil, nil
}

// judge returns the holder that a request is bound to.
func (s *Service) judge(ctx context.Context, o state, body []byte) (holder string, err error) {
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
	return s.keyProof(ctx, jwt)
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
