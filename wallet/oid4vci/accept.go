package oid4vci

import (
	"context"
	"encoding/base64"
	"fmt"
	"net/http"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/verifier/logproof"
	"github.com/chancery-vc/chancery/wallet"
)

// Accept redeems the offer, asks for the credential bound to key, and verifies
// it. The offer is used up by that, whatever comes of it. What is received is
// accepted, of the types that were offered, and the very bytes that the issuer
// sent. Whom it is about is not looked at.
func (p *Proposal) Accept(ctx context.Context, key Key, txCode string) (*wallet.Received, error) {
	if err := p.TxCode.Check(txCode); err != nil {
		return nil, err
	}
	granted, err := p.redeem(ctx, txCode)
	if err != nil {
		return nil, err
	}
	got, err := p.request(ctx, key, granted)
	if err != nil {
		return nil, fmt.Errorf("ask for the credential: %w", err)
	}
	return p.verify(ctx, got)
}

// nonce asks for a challenge, or returns "" if the issuer wants none (section
// 7).
func (p *Proposal) nonce(ctx context.Context) (string, error) {
	if p.metadata.NonceEndpoint == "" {
		return "", nil
	}
	got, err := p.client.send(ctx, call{method: http.MethodPost, address: p.metadata.NonceEndpoint, most: maxNonce})
	if err != nil {
		return "", err
	}
	if got.refused() {
		return "", got.denial(nil)
	}
	var wire struct {
		Nonce string `json:"c_nonce"`
	}
	if err := got.decode(&wire); err != nil {
		return "", err
	}
	if wire.Nonce == "" {
		return "", fmt.Errorf("%w: it has no c_nonce", ErrAnswer)
	}
	return wire.Nonce, nil
}

// credentialRequest is section 8.2: one of the first two, and one key proof.
type credentialRequest struct {
	Configuration string `json:"credential_configuration_id,omitzero"`
	Identifier    string `json:"credential_identifier,omitzero"`
	Proofs        struct {
		JWT []string `json:"jwt"`
	} `json:"proofs"`
}

// issued is a credential as it came.
type issued struct {
	Credential jsontext.Value `json:"credential"`
	// Receipt is that of the issuer's log, in base64, or whatever another
	// issuer means by it; empty for none.
	Receipt string `json:"log_receipt"`
}

// receipts returns the receipt if it is one.
func (i issued) receipts() []logproof.Receipt {
	data, err := base64.StdEncoding.DecodeString(i.Receipt)
	if err != nil || len(data) == 0 {
		return nil
	}
	r, err := logproof.ParseReceipt(data)
	if err != nil {
		return nil
	}
	return []logproof.Receipt{r}
}

// request returns the credential. A nonce that ran out is replaced once.
func (p *Proposal) request(ctx context.Context, key Key, granted *token) (issued, error) {
	body := credentialRequest{Configuration: p.configuration}
	var err error
	if body.Identifier, err = granted.identifier(p.configuration); err != nil {
		return issued{}, err
	}
	if body.Identifier != "" {
		body.Configuration = ""
	}
	got, err := p.attempt(ctx, key, granted, body)
	if err == nil && got.refused() && got.protocolError().Code == codeInvalidNonce {
		got, err = p.attempt(ctx, key, granted, body)
	}
	if err != nil {
		return issued{}, err
	}
	return got.credential()
}

// attempt sends the request once, with a proof over a new nonce.
func (p *Proposal) attempt(ctx context.Context, key Key, granted *token, body credentialRequest) (answer, error) {
	nonce, err := p.nonce(ctx)
	if err != nil {
		return answer{}, fmt.Errorf("get a nonce: %w", err)
	}
	proof, err := key.prove(p.Issuer, nonce, p.client.now())
	if err != nil {
		return answer{}, err
	}
	body.Proofs.JWT = []string{proof}
	data, err := json.Marshal(body)
	if err != nil {
		return answer{}, err
	}
	return p.client.send(ctx, call{
		method: http.MethodPost, address: p.metadata.CredentialEndpoint,
		mediaType: mediaJSON, bearer: granted.Access, body: data, most: maxCredential,
	})
}

// credential reads a credential response (section 8.3). The credential stays
// the text that it is: it must not be encoded again (appendix A.1.2.4).
func (a answer) credential() (issued, error) {
	if a.status == http.StatusUnauthorized { // RFC 6750, section 3: the reason is in a header
		return issued{}, fmt.Errorf("%w: its permission ran out; ask for a new offer", ErrDenied)
	}
	if a.refused() {
		return issued{}, a.denial(credentialDenials())
	}
	var wire struct {
		Credentials []issued `json:"credentials"`
	}
	if err := a.decode(&wire); err != nil {
		return issued{}, err
	}
	switch {
	case a.status == http.StatusAccepted:
		return issued{}, fmt.Errorf("%w: the issuer will have the credential later; this wallet cannot come back for it", ErrUnsupported)
	case len(wire.Credentials) != 1:
		return issued{}, fmt.Errorf("%w: it has %d credentials instead of one", ErrAnswer, len(wire.Credentials))
	case wire.Credentials[0].Credential.Kind() != '{':
		return issued{}, fmt.Errorf("%w: the credential is not a JSON object", ErrAnswer)
	}
	return wire.Credentials[0], nil
}
