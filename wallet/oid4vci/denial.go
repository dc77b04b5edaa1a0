package oid4vci

import (
	"fmt"

	"github.com/go-json-experiment/json"
)

// Error codes that need more than words.
const codeInvalidNonce = "invalid_nonce"

// protocolError is an error response (RFC 6749, section 5.2; section 8.3.1).
type protocolError struct {
	Code        string `json:"error"`
	Description string `json:"error_description"`
}

func (a answer) protocolError() protocolError {
	var e protocolError
	if a.mediaType != mediaJSON || json.Unmarshal(a.body, &e) != nil {
		return protocolError{}
	}
	return e
}

// denial says why the issuer refused, in the words that explain its code.
func (a answer) denial(words map[string]string) error {
	e := a.protocolError()
	text, known := words[e.Code]
	switch {
	case e.Code == "":
		text = fmt.Sprintf("it gave no reason (status %d)", a.status)
	case !known:
		text = fmt.Sprintf("its reason is %.60q", e.Code)
	}
	if e.Description != "" {
		text += fmt.Sprintf("; it adds %.200q", e.Description)
	}
	return fmt.Errorf("%w: %s", ErrDenied, text)
}

// tokenDenials explains the codes of section 6.3. The same code stands for a
// wrong transaction code and for an offer that is over.
func (p *Proposal) tokenDenials() map[string]string {
	words := map[string]string{
		"invalid_grant":          "the offer is used up or too old; ask for a new one",
		"invalid_request":        "it wants a transaction code that the offer does not mention; ask for a new offer",
		"invalid_client":         "it gives credentials only to wallets that are registered with it",
		"unauthorized_client":    "it gives credentials only to wallets that are registered with it",
		"unsupported_grant_type": "it takes no pre-authorized codes",
		"access_denied":          "it does not let this holder have the credential",
	}
	if p.TxCode != nil {
		words["invalid_grant"] = "the transaction code is wrong, or the offer is used up or too old; check the code; if it is right, ask for a new offer"
		words["invalid_request"] = "it did not understand the transaction code; check it; if it is right, ask for a new offer"
	}
	return words
}

// credentialDenials explains the codes of section 8.3.1.2.
func credentialDenials() map[string]string {
	return map[string]string{
		"invalid_proof":                    "it does not take this wallet's proof of its key; check the clock of this computer",
		codeInvalidNonce:                   "it does not take the nonce that it gave, twice; try again later with a new offer",
		"invalid_credential_request":       "it does not understand the request; ask for a new offer",
		"unknown_credential_configuration": "it does not have the credential any more; ask for a new offer",
		"unknown_credential_identifier":    "it does not have the credential any more; ask for a new offer",
		"credential_request_denied":        "it does not issue the credential, and asking again will not help",
		"invalid_encryption_parameters":    "it wants encryption on top of TLS, which this wallet does not have",
	}
}
