package ecdsasd

import (
	"math"

	"github.com/chancery-vc/chancery/internal/jsonld"
	"github.com/chancery-vc/chancery/verifier/proof/selective"
)

// Caps on a proof value, and lengths of what is in it. The public key has 35
// bytes; the 36 in section 3.5.8 are a slip of the text, whose examples have 35.
const (
	maxStatements = selective.MaxItems // of a document: signatures, indexes; and so labels
	publicKeySize = 35
	hmacKeySize   = 32
	labelSize     = 32
)

// format is that of sections 3.5.2 and 3.5.7.
var format = selective.Format{Suite: "ecdsa-sd-2023", First: 0, Features: 1, TooLarge: ErrTooLarge}

func signature(r *selective.Parts) []byte {
	return r.Bytes(r.Next(), "the signature", signatureSize)
}

func ownKey(r *selective.Parts) []byte {
	return r.Bytes(r.Next(), "the public key", publicKeySize)
}

func signatures(r *selective.Parts) (all [][]byte) {
	for _, item := range r.Array(r.Next(), "the list of signatures") {
		all = append(all, r.Bytes(item, "a signature", signatureSize))
	}
	return all
}

func labels(r *selective.Parts) map[uint64][]byte {
	return selective.Labels(r, r.Next(), func(number, label any) (uint64, []byte) {
		return r.Number(number, "the number of a label", math.MaxUint64), r.Bytes(label, "a label", labelSize)
	})
}

func (v baseValue) encode() (string, error) {
	return format.Encode(0, selective.Base, []any{
		v.signature, v.publicKey, v.hmacKey, selective.List(v.signatures), selective.List(v.mandatory),
	})
}

// decodeBase is section 3.5.3.
func decodeBase(value string) (baseValue, error) {
	_, r, err := format.DecodeBase(value)
	if err != nil {
		return baseValue{}, err
	}
	var v baseValue
	v.signature, v.publicKey = signature(r), ownKey(r)
	v.hmacKey = r.Bytes(r.Next(), "the HMAC key", hmacKeySize)
	v.signatures = signatures(r)
	v.mandatory = r.Pointers(r.Next())
	return v, r.End()
}

func (v derivedValue) encode() (string, error) {
	return format.Encode(0, selective.Derived, []any{
		v.signature, v.publicKey, selective.List(v.signatures), v.labels, selective.List(v.mandatory),
	})
}

// decodeDerived is section 3.5.8.
func decodeDerived(value string) (derivedValue, error) {
	_, r, err := format.DecodeDerived(value)
	if err != nil {
		return derivedValue{}, err
	}
	var v derivedValue
	v.signature, v.publicKey, v.signatures = signature(r), ownKey(r), signatures(r)
	v.labels = labels(r)
	v.mandatory = r.Indexes(r.Next(), "the mandatory indexes", jsonld.MaxQuads)
	return v, r.End()
}
