// Package ecdsa has the cryptosuites ecdsa-rdfc-2019 and ecdsa-jcs-2019: ECDSA
// over the canonical form of the proof options and of the document, in RDF or
// in JSON.
//
// The key decides the curve, and the curve the hash everywhere: SHA-256 for
// P-256, SHA-384 for P-384. What is signed is the hash of the canonical proof
// options, then the hash of the canonical document. The proof value is r and
// s, each as long as the curve's order (64 or 96 bytes in all), in multibase
// base58-btc.
//
// Source: Data Integrity ECDSA Cryptosuites 1.0, sections 3.2 and 3.3.
package ecdsa

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/asn1"
	"errors"
	"fmt"
	"math/big"
	"strings"

	"github.com/multiformats/go-multibase"

	"github.com/chancery-vc/chancery/verifier/proof"
)

// maxValue caps the text of a proof value: 96 bytes are at most 133
// characters.
const maxValue = 140

// curve is what a key's curve decides.
type curve struct {
	hash crypto.Hash
	size int // of r, and of s, in bytes
}

func curveOf(key crypto.PublicKey) (*ecdsa.PublicKey, curve, error) {
	public, ok := key.(*ecdsa.PublicKey)
	if !ok {
		return nil, curve{}, fmt.Errorf("%w: %T", proof.ErrKey, key)
	}
	switch public.Curve {
	case elliptic.P256():
		return public, curve{crypto.SHA256, 32}, nil
	case elliptic.P384():
		return public, curve{crypto.SHA384, 48}, nil
	default:
		return nil, curve{}, fmt.Errorf("%w: curve %s", proof.ErrKey, public.Curve.Params().Name)
	}
}

type hashData func(crypto.Hash) ([]byte, error)

// sign returns the proof value over hash data.
func sign(signer crypto.Signer, data hashData) (string, error) {
	_, c, err := curveOf(signer.Public())
	if err != nil {
		return "", err
	}
	digest, err := digest(data, c.hash)
	if err != nil {
		return "", err
	}
	der, err := signer.Sign(rand.Reader, digest, c.hash)
	if err != nil {
		return "", err
	}
	value, err := FromDER(der, c.size)
	if err != nil {
		return "", err
	}
	return multibase.Encode(multibase.Base58BTC, value)
}

// signature is the form that crypto.Signer gives (RFC 3279, section 2.2.3).
type signature struct{ R, S *big.Int }

var errSigner = errors.New("the signer does not give ECDSA signatures in DER")

// FromDER returns r and s of a signature that a crypto.Signer gave, each of
// size bytes. A signer can be a device of others, so that not even a length is
// taken on trust.
func FromDER(der []byte, size int) ([]byte, error) {
	var s signature
	if rest, err := asn1.Unmarshal(der, &s); err != nil || len(rest) > 0 {
		return nil, errSigner
	}
	if again, err := asn1.Marshal(s); err != nil || !bytes.Equal(again, der) {
		return nil, errSigner // members after s, which Unmarshal passes over
	}
	value := make([]byte, 2*size)
	for i, n := range []*big.Int{s.R, s.S} {
		if n.Sign() < 0 || n.BitLen() > 8*size {
			return nil, errSigner
		}
		n.FillBytes(value[i*size : (i+1)*size])
	}
	return value, nil
}

// verify checks the proof value against key.
func verify(key crypto.PublicKey, value string, data hashData) error {
	public, c, err := curveOf(key)
	if err != nil {
		return err
	}
	s, err := decode(value, c.size)
	if err != nil {
		return err
	}
	digest, err := digest(data, c.hash)
	if err != nil {
		return err
	}
	if !ecdsa.Verify(public, digest, s.R, s.S) {
		return proof.ErrSignature
	}
	return nil
}

func decode(value string, size int) (signature, error) {
	if len(value) > maxValue || !strings.HasPrefix(value, "z") {
		return signature{}, fmt.Errorf("%w: proofValue is not base58-btc with the prefix z", proof.ErrMalformed)
	}
	_, data, err := multibase.Decode(value)
	if err != nil || len(data) != 2*size {
		return signature{}, fmt.Errorf("%w: proofValue is not %d bytes of base58-btc", proof.ErrMalformed, 2*size)
	}
	return signature{R: new(big.Int).SetBytes(data[:size]), S: new(big.Int).SetBytes(data[size:])}, nil
}

// digest: the hash data is itself hashed by ECDSA (section 3.2.6).
func digest(data hashData, hash crypto.Hash) ([]byte, error) {
	message, err := data(hash)
	if err != nil {
		return nil, err
	}
	h := hash.New()
	h.Write(message)
	return h.Sum(nil), nil
}
