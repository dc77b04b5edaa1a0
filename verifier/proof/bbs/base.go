package bbs

import (
	"context"
	"crypto"
	"fmt"
	"io"

	"github.com/chancery-vc/chancery/verifier/proof"
	"github.com/chancery-vc/chancery/verifier/proof/selective"
)

// baseValue is a base proof value, decoded.
type baseValue struct {
	feature    Feature
	signature  []byte
	header     []byte
	publicKey  []byte
	hmacKey    []byte
	mandatory  []string // pointers
	nymEntropy []byte   // nil without pseudonyms
}

// Sign returns a base proof value (section 3.4.1); signer must hold a key of
// BLS12-381 G2, and take [Options].
func (s BBS2023) Sign(ctx context.Context, in proof.Input, signer crypto.Signer) (string, error) {
	public, err := publicKey(signer.Public())
	if err != nil {
		return "", err
	}
	v := baseValue{feature: Baseline, publicKey: public.Bytes(), hmacKey: make([]byte, hmacKeySize), mandatory: s.Mandatory}
	if _, err := io.ReadFull(s.random(), v.hmacKey); err != nil {
		return "", err
	}
	options, err := v.bind(s.Binding, s.random())
	if err != nil {
		return "", err
	}
	mandatory, messages, err := v.statements(ctx, in)
	if err != nil {
		return "", err
	}
	if v.header, err = bbsHeader(ctx, in, mandatory); err != nil {
		return "", err
	}
	options.Messages = messages
	if v.signature, err = signer.Sign(s.random(), v.header, options); err != nil {
		return "", err
	}
	if len(v.signature) != signatureSize {
		return "", fmt.Errorf("%w: its signature has %d bytes, not the %d of BBS", proof.ErrKey, len(v.signature), signatureSize)
	}
	return v.encode()
}

// bind returns the options of a signature that is bound to a holder, or not.
func (v *baseValue) bind(b *Binding, random io.Reader) (*Options, error) {
	if b == nil {
		return &Options{}, nil
	}
	if err := b.check(); err != nil {
		return nil, err
	}
	v.feature = b.Feature
	var err error
	v.nymEntropy, err = b.entropy(random)
	return &Options{Commitment: b.Commitment, NymEntropy: v.nymEntropy}, err
}

// statements returns those of the document that are mandatory, and the rest
// (section 3.4.2).
func (v baseValue) statements(ctx context.Context, in proof.Input) ([]string, [][]byte, error) {
	document, err := selective.Canonicalize(ctx, in.Document, in.Contexts, selective.Shuffled(v.hmacKey))
	if err != nil {
		return nil, nil, err
	}
	if len(document.Statements) > maxStatements {
		return nil, nil, fmt.Errorf("%w: %d statements, at most %d", ErrTooLarge, len(document.Statements), maxStatements)
	}
	selection, err := document.Select(v.mandatory)
	if err != nil {
		return nil, nil, fmt.Errorf("mandatory pointers: %w", err)
	}
	mandatory, rest := selection.Split()
	return mandatory, messages(rest), nil
}
