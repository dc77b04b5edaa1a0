// Package ecdsasd has the cryptosuite ecdsa-sd-2023: a signature for each
// statement of a document, so that the holder can show some and withhold
// others.
//
// The issuer makes a base proof, which says by JSON pointers what is always
// disclosed. It is for the holder alone, who derives a proof of those and other
// statements from it, without a key; that one is shown and verified. Both hold
// a signature of the issuer over the hashes of the proof options and of the
// mandatory statements and over a public key that was made for this proof, and
// signatures by that key over each other statement, a line of canonical N-Quads
// whose blank nodes are labelled by HMAC. All keys are of P-256, all hashes
// SHA-256; signatures are r and s, 64 bytes.
//
// Verifiers can link two derived proofs of one base proof; where that matters,
// bbs-2023 is the suite to take.
//
// Source: Data Integrity ECDSA Cryptosuites 1.0, sections 3.4 to 3.6.
package ecdsasd

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"io"
	"math/big"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/chancery-vc/chancery/internal/multikey"
	"github.com/chancery-vc/chancery/verifier/proof"
	ecdsasuite "github.com/chancery-vc/chancery/verifier/proof/ecdsa"
	"github.com/chancery-vc/chancery/verifier/proof/hashdata"
)

// SD2023 is ecdsa-sd-2023. The zero value makes base proofs without mandatory
// statements.
type SD2023 struct {
	// Mandatory are JSON pointers to what each derived proof is to disclose.
	Mandatory []string
	// Random is what the keys of a base proof are made of: 32 bytes for the
	// private key of the statements, then 32 for the HMAC. Nil is crypto/rand.
	Random io.Reader
}

var _ proof.SelectiveSuite = SD2023{}

// Type returns "DataIntegrityProof".
func (SD2023) Type() string { return proof.TypeDataIntegrity }

// Cryptosuite returns "ecdsa-sd-2023".
func (SD2023) Cryptosuite() string { return "ecdsa-sd-2023" }

// ContextInProof tells that proofs carry no @context.
func (SD2023) ContextInProof() bool { return false }

// WithMandatory returns the suite with other mandatory pointers.
func (s SD2023) WithMandatory(pointers []string) proof.SelectiveSuite {
	s.Mandatory = pointers
	return s
}

func (s SD2023) random() io.Reader {
	if s.Random == nil {
		return rand.Reader
	}
	return s.Random
}

// newKey: a random number is no private key of P-256 once in 2^32 times.
func newKey(random io.Reader) (*ecdsa.PrivateKey, error) {
	const tries = 4
	scalar := make([]byte, 32)
	var err error
	for range tries {
		if _, err = io.ReadFull(random, scalar); err != nil {
			return nil, err
		}
		var key *ecdsa.PrivateKey
		if key, err = ecdsa.ParseRawPrivateKey(elliptic.P256(), scalar); err == nil {
			return key, nil
		}
	}
	return nil, fmt.Errorf("the source of randomness gives no key: %w", err)
}

// publicKey wants key to be of P-256.
func publicKey(key crypto.PublicKey) (*ecdsa.PublicKey, error) {
	public, ok := key.(*ecdsa.PublicKey)
	if !ok {
		return nil, fmt.Errorf("%w: %T", proof.ErrKey, key)
	}
	if public.Curve != elliptic.P256() {
		return nil, fmt.Errorf("%w: curve %s", proof.ErrKey, public.Curve.Params().Name)
	}
	return public, nil
}

// multikeyP256 is the multicodec number of a P-256 key, as a varint.
var multikeyP256 = []byte{0x80, 0x24}

func encodeKey(key *ecdsa.PublicKey) ([]byte, error) {
	_, raw, err := multikey.Raw(key)
	return slices.Concat(multikeyP256, raw), err
}

// decodeKey reads the public key of the statements.
func decodeKey(data []byte) (*ecdsa.PublicKey, error) {
	raw, ok := strings.CutPrefix(string(data), string(multikeyP256))
	if !ok {
		return nil, fmt.Errorf("%w: proofValue: its public key is not of P-256", proof.ErrMalformed)
	}
	key, err := multikey.FromRaw(multikey.CodeP256, []byte(raw))
	if err != nil {
		return nil, fmt.Errorf("%w: proofValue: its public key: %w", proof.ErrMalformed, err)
	}
	return publicKey(key)
}

// signatureSize is the length of r and s.
const signatureSize = 64

// sign returns r and s. No randomness means that the signature is
// deterministic (RFC 6979).
func sign(signer crypto.Signer, random io.Reader, data []byte) ([]byte, error) {
	digest := sha256.Sum256(data)
	der, err := signer.Sign(random, digest[:], crypto.SHA256)
	if err != nil {
		return nil, err
	}
	return ecdsasuite.FromDER(der, signatureSize/2)
}

func verify(key *ecdsa.PublicKey, data, signature []byte) bool {
	digest := sha256.Sum256(data)
	r := new(big.Int).SetBytes(signature[:signatureSize/2])
	s := new(big.Int).SetBytes(signature[signatureSize/2:])
	return ecdsa.Verify(key, digest[:], r, s)
}

// signData is what the issuer signs (section 3.5.1).
func signData(ctx context.Context, in proof.Input, publicKey []byte, mandatory []string) ([]byte, error) {
	options, err := hashdata.OptionsRDFC(ctx, in, crypto.SHA256)
	if err != nil {
		return nil, err
	}
	hash := sha256.Sum256([]byte(strings.Join(mandatory, "")))
	return slices.Concat(options, publicKey, hash[:]), nil
}

// signed is what the two kinds of proof value have in common, decoded.
type signed struct {
	signature  []byte // of the issuer
	publicKey  []byte // of the statements
	signatures [][]byte
}

// verify checks the issuer's signature, and a signature for each statement
// that is not mandatory.
func (s signed) verify(ctx context.Context, in proof.Input, key crypto.PublicKey, mandatory, rest []string) error {
	issuer, err := publicKey(key)
	if err != nil {
		return err
	}
	own, err := decodeKey(s.publicKey)
	if err != nil {
		return err
	}
	if len(s.signatures) != len(rest) {
		return fmt.Errorf("%w (%d signatures for %d statements)", proof.ErrSignature, len(s.signatures), len(rest))
	}
	data, err := signData(ctx, in, s.publicKey, mandatory)
	if err != nil {
		return err
	}
	if !verify(issuer, data, s.signature) {
		return proof.ErrSignature
	}
	return verifyEach(ctx, own, rest, s.signatures)
}

// verifyEach checks a signature for each statement, on all processors: of a
// verifier's work it is the most.
func verifyEach(ctx context.Context, key *ecdsa.PublicKey, statements []string, signatures [][]byte) error {
	workers := min(runtime.GOMAXPROCS(0), len(statements))
	var bad atomic.Bool
	var all sync.WaitGroup
	for first := range workers {
		all.Go(func() {
			for i := first; i < len(statements) && !bad.Load() && ctx.Err() == nil; i += workers {
				if !verify(key, []byte(statements[i]), signatures[i]) {
					bad.Store(true)
				}
			}
		})
	}
	all.Wait()
	if bad.Load() {
		return proof.ErrSignature
	}
	return ctx.Err()
}
