package logproof

import (
	"bytes"
	"crypto"
	"crypto/ed25519"
	"fmt"
	"time"

	"github.com/fxamacker/cbor/v2"
	gocose "github.com/veraison/go-cose"
)

// ReceiptType is the media type of a receipt, without "application/", and
// stands in its protected header.
const ReceiptType = "vnd.chancery.receipt+cose"

// Header parameters (RFC 9942, section 2), and two of Chancery's own.
const (
	labelVDS     = int64(395)
	labelVDP     = int64(396)
	labelSize    = "tree-size" // protected: the signature of RFC 9942 is over the root alone
	labelOpening = "opening"   // unprotected: what opens the leaf

	treeRFC9162    = int64(1)  // RFC9162_SHA256
	proofInclusion = int64(-1) // of RFC9162_SHA256
	claimIssuer    = int64(1)  // RFC 8392: the log
	claimIssuedAt  = int64(6)  // RFC 8392: when the root was signed
)

// inclusion is the proof in vdp (RFC 9942, section 5.2).
type inclusion struct {
	_     struct{} `cbor:",toarray"`
	Size  uint64
	Index uint64
	Path  [][]byte
}

func (s SignedRoot) protected() gocose.ProtectedHeader {
	return gocose.ProtectedHeader{
		gocose.HeaderLabelAlgorithm: gocose.AlgorithmEdDSA,
		gocose.HeaderLabelKeyID:     []byte(s.Method),
		gocose.HeaderLabelCWTClaims: map[any]any{claimIssuer: s.Origin, claimIssuedAt: s.Time.Unix()},
		gocose.HeaderLabelType:      "application/" + ReceiptType,
		labelVDS:                    treeRFC9162,
		labelSize:                   s.Size,
	}
}

func (s SignedRoot) sign(root Hash, key crypto.Signer) ([]byte, error) {
	signer, err := gocose.NewSigner(gocose.AlgorithmEdDSA, key)
	if err != nil {
		return nil, fmt.Errorf("%w: receipts are signed with Ed25519: %w", ErrReceipt, err)
	}
	m := gocose.Sign1Message{Headers: gocose.Headers{Protected: s.protected()}, Payload: root[:]}
	if err := m.Sign(nil, nil, signer); err != nil {
		return nil, fmt.Errorf("sign the root of the log: %w", err)
	}
	return m.Signature, nil
}

func (s SignedRoot) verify(root Hash, key crypto.PublicKey) error {
	public, ok := key.(ed25519.PublicKey)
	if !ok {
		return fmt.Errorf("%w: %.200s is no Ed25519 key", ErrReceipt, s.Method)
	}
	verifier, err := gocose.NewVerifier(gocose.AlgorithmEdDSA, public)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrReceipt, err)
	}
	m := gocose.Sign1Message{Headers: gocose.Headers{Protected: s.protected()}, Payload: root[:], Signature: s.Signature}
	if err := m.Verify(nil, verifier); err != nil {
		return fmt.Errorf("%w: it is of another, or was altered, or %.200s did not sign it", ErrReceipt, s.Method)
	}
	return nil
}

// Encode returns the bytes of r, a tagged COSE_Sign1 without its payload.
func (r Receipt) Encode() ([]byte, error) {
	proof := inclusion{Size: r.Size, Index: r.Index, Path: [][]byte{}}
	for _, hash := range r.Path {
		proof.Path = append(proof.Path, hash[:])
	}
	encoded, err := cbor.Marshal(proof)
	if err != nil {
		return nil, err
	}
	return (&gocose.Sign1Message{
		Headers: gocose.Headers{
			Protected: r.protected(),
			Unprotected: gocose.UnprotectedHeader{
				labelVDP:     map[any]any{proofInclusion: []any{encoded}},
				labelOpening: []any{r.Parts.Record[:], r.Parts.Release[:]},
			},
		},
		Signature: r.Signature,
	}).MarshalCBOR()
}

var errForm = fmt.Errorf("%w: it lacks a part of one", ErrReceipt)

// decodeReceipt reads what Encode writes, and more: who uses it has to compare.
func decodeReceipt(data []byte) (r Receipt, err error) {
	var m gocose.Sign1Message
	if err := m.UnmarshalCBOR(data); err != nil {
		return Receipt{}, fmt.Errorf("%w: %w", ErrReceipt, err)
	}
	if r.SignedRoot, err = decodeRoot(m.Headers.Protected); err != nil {
		return Receipt{}, err
	}
	r.Signature = m.Signature
	proofs, _ := m.Headers.Unprotected[labelVDP].(map[any]any)
	proof, ok := pick[[]byte](proofs[proofInclusion], 0)
	if !ok {
		return Receipt{}, errForm
	}
	if r.Index, r.Path, err = decodeInclusion(proof, r.Size); err != nil {
		return Receipt{}, err
	}
	record, ok := pick[[]byte](m.Headers.Unprotected[labelOpening], 0)
	release, also := pick[[]byte](m.Headers.Unprotected[labelOpening], 1)
	if !ok || !also || len(record) != len(Hash{}) || len(release) != len(Salt{}) {
		return Receipt{}, errForm
	}
	r.Parts = Parts{Hash(record), Salt(release)}
	return r, nil
}

// pick returns an element of what must be a list.
func pick[T any](list any, index int) (element T, ok bool) {
	values, _ := list.([]any)
	if index >= len(values) {
		return element, false
	}
	element, ok = values[index].(T)
	return element, ok
}

func decodeRoot(h gocose.ProtectedHeader) (s SignedRoot, err error) {
	claims, _ := h[gocose.HeaderLabelCWTClaims].(map[any]any)
	origin, named := claims[claimIssuer].(string)
	seconds, timed := claims[claimIssuedAt].(int64)
	method, signed := h[gocose.HeaderLabelKeyID].([]byte)
	size, sized := h[labelSize].(int64)
	if !named || !timed || !signed || !sized || size < 1 || uint64(size) > maxNumber || seconds < 1 || seconds > maxNumber {
		return SignedRoot{}, errForm
	}
	return SignedRoot{Origin: origin, Method: string(method), Size: uint64(size), Time: time.Unix(seconds, 0).UTC()}, nil
}

func decodeInclusion(data []byte, size uint64) (index uint64, path []Hash, err error) {
	var proof inclusion
	if err := cbor.Unmarshal(data, &proof); err != nil {
		return 0, nil, fmt.Errorf("%w: %w", ErrReceipt, err)
	}
	if proof.Size != size || len(proof.Path) > maxPath {
		return 0, nil, fmt.Errorf("%w: its proof is of another tree", ErrReceipt)
	}
	for _, hash := range proof.Path {
		if len(hash) != len(Hash{}) {
			return 0, nil, errForm
		}
		path = append(path, Hash(hash))
	}
	return proof.Index, path, nil
}

// itemLength returns how many bytes the first item of data has.
func itemLength(data []byte) (int, error) {
	data = data[:min(len(data), MaxReceiptBytes+1)]
	decoder := cbor.NewDecoder(bytes.NewReader(data))
	if err := decoder.Skip(); err != nil {
		return 0, fmt.Errorf("%w: %w", ErrReceipt, err)
	}
	return decoder.NumBytesRead(), nil
}
