package ecdsasd

import (
	"context"
	"crypto"
	"errors"
	"fmt"
	"io"

	"github.com/chancery-vc/chancery/verifier/proof"
	"github.com/chancery-vc/chancery/verifier/proof/selective"
)

// ErrTooLarge means that a document has too much to sign one by one.
var ErrTooLarge = errors.New("the document is too large for ecdsa-sd-2023")

// baseValue is a base proof value, decoded.
type baseValue struct {
	signed
	hmacKey   []byte
	mandatory []string // pointers
}

// Sign returns a base proof value (section 3.6.1); signer must hold a P-256
// key.
func (s SD2023) Sign(ctx context.Context, in proof.Input, signer crypto.Signer) (string, error) {
	if _, err := publicKey(signer.Public()); err != nil {
		return "", err
	}
	own, err := newKey(s.random())
	if err != nil {
		return "", err
	}
	v := baseValue{hmacKey: make([]byte, hmacKeySize), mandatory: s.Mandatory}
	if _, err := io.ReadFull(s.random(), v.hmacKey); err != nil {
		return "", err
	}
	if v.publicKey, err = encodeKey(&own.PublicKey); err != nil {
		return "", err
	}
	mandatory, rest, err := v.statements(ctx, in)
	if err != nil {
		return "", err
	}
	data, err := signData(ctx, in, v.publicKey, mandatory)
	if err != nil {
		return "", err
	}
	if v.signature, err = sign(signer, s.random(), data); err != nil {
		return "", err
	}
	if v.signatures, err = signEach(own, rest); err != nil {
		return "", err
	}
	return v.encode()
}

// signEach signs each statement with the key that was made for them.
func signEach(own crypto.Signer, statements []string) ([][]byte, error) {
	signatures := make([][]byte, len(statements))
	for i, statement := range statements {
		var err error
		if signatures[i], err = sign(own, nil, []byte(statement)); err != nil {
			return nil, err
		}
	}
	return signatures, nil
}

// statements returns those of the document that are mandatory, and the rest
// (section 3.6.2).
func (v baseValue) statements(ctx context.Context, in proof.Input) (mandatory, rest []string, err error) {
	document, err := selective.Canonicalize(ctx, in.Document, in.Contexts, selective.HMAC(v.hmacKey))
	if err != nil {
		return nil, nil, err
	}
	if len(document.Statements) > maxStatements {
		return nil, nil, fmt.Errorf("%w: %d statements; at most %d can be signed one by one", ErrTooLarge, len(document.Statements), maxStatements)
	}
	selection, err := document.Select(v.mandatory)
	if err != nil {
		return nil, nil, fmt.Errorf("mandatory pointers: %w", err)
	}
	mandatory, rest = selection.Split()
	return mandatory, rest, nil
}
