package ecdsasd

import (
	"context"
	"crypto"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"

	"github.com/chancery-vc/chancery/verifier/proof"
	"github.com/chancery-vc/chancery/verifier/proof/selective"
)

// derivedValue is a derived proof value, decoded.
type derivedValue struct {
	signed
	labels    map[uint64][]byte // HMACs by the number of the canonical label
	mandatory []int             // indexes among the disclosed statements, ascending
}

// Derive returns the part of the document that the mandatory pointers and
// others select, and its proof value (section 3.6.6).
func (SD2023) Derive(ctx context.Context, in proof.Input, value string, pointers []string) ([]byte, string, error) {
	base, err := decodeBase(value)
	if err != nil {
		return nil, "", err
	}
	document, err := selective.Canonicalize(ctx, in.Document, in.Contexts, selective.HMAC(base.hmacKey))
	if err != nil {
		return nil, "", err
	}
	mandatory, err := document.Select(base.mandatory)
	if err != nil {
		return nil, "", fmt.Errorf("mandatory pointers: %w", err)
	}
	if rest := len(document.Statements) - len(mandatory.Matching); len(base.signatures) != rest {
		return nil, "", fmt.Errorf("%w (%d signatures for %d statements)", proof.ErrSignature, len(base.signatures), rest)
	}
	disclosed, err := document.Select(slices.Concat(base.mandatory, pointers))
	if err != nil {
		return nil, "", err
	}
	derived := base.derive(mandatory.Matching, disclosed.Matching)
	part, labels, err := disclosed.Reveal(ctx)
	if err != nil {
		return nil, "", err
	}
	if derived.labels, err = compress(labels); err != nil {
		return nil, "", err
	}
	value, err = derived.encode()
	return part, value, err
}

// derive keeps the signatures of the disclosed statements, and counts the
// mandatory ones among them (section 3.5.4). Indexes are of all statements, in
// ascending order.
func (v baseValue) derive(mandatory, disclosed []int) derivedValue {
	derived := derivedValue{signed: signed{signature: v.signature, publicKey: v.publicKey}}
	for relative, index := range disclosed {
		before, isMandatory := slices.BinarySearch(mandatory, index)
		if isMandatory {
			derived.mandatory = append(derived.mandatory, relative)
		} else {
			derived.signatures = append(derived.signatures, v.signatures[index-before])
		}
	}
	return derived
}

// Verify checks a derived proof value against key, which must be a P-256 key
// (section 3.6.7). A base proof is refused with [proof.ErrBase].
func (SD2023) Verify(ctx context.Context, in proof.Input, key crypto.PublicKey, value string) error {
	if _, err := publicKey(key); err != nil {
		return err
	}
	v, err := decodeDerived(value)
	if err != nil {
		return err
	}
	statements, err := selective.Relabel(ctx, in.Document, in.Contexts, decompress(v.labels))
	if err != nil {
		return err
	}
	mandatory, rest, err := selective.Split(statements, v.mandatory)
	if err != nil {
		return err
	}
	return v.verify(ctx, in, key, mandatory, rest)
}

// compress is section 3.5.5.
func compress(labels map[string]string) (map[uint64][]byte, error) {
	return selective.Compress(labels, func(label string) ([]byte, error) {
		return base64.RawURLEncoding.DecodeString(strings.TrimPrefix(label, "u"))
	})
}

// decompress is section 3.5.6.
func decompress(compressed map[uint64][]byte) map[string]string {
	return selective.Decompress(compressed, func(label []byte) string {
		return "u" + base64.RawURLEncoding.EncodeToString(label)
	})
}
