package bbs

import (
	"slices"

	"github.com/chancery-vc/chancery/internal/bbs"
	"github.com/chancery-vc/chancery/verifier/proof/selective"
)

// Caps on a proof value, and lengths of what is in it.
const (
	maxStatements = bbs.MaxMessages // of a document: indexes; and so labels
	signatureSize = bbs.SignatureLength
	headerSize    = 64
	publicKeySize = 96
	hmacKeySize   = 32
	proofFloor    = 272 // of a proof that withholds nothing; each scalar more is 32
)

// format is that of sections 3.3.1 and 3.3.6.
var format = selective.Format{Suite: "bbs-2023", First: 2, Features: len(features), TooLarge: ErrTooLarge}

// encode writes components after the header of a feature.
func encode(f Feature, kind selective.Kind, parts []any) (string, error) {
	return format.Encode(slices.Index(features, f), kind, parts)
}

// proofBytes tell by their length how many scalars the proof has.
func proofBytes(r *selective.Parts) []byte {
	data := r.Bytes(r.Next(), "the proof", selective.AnySize)
	if n := len(data) - proofFloor; n < 0 || n%secretLength != 0 {
		r.Fail("the proof has not the length of one")
	}
	return data
}

func labels(r *selective.Parts) map[uint64]uint64 {
	return selective.Labels(r, r.Next(), func(number, label any) (uint64, uint64) {
		return r.Number(number, "a label", maxStatements), r.Number(label, "a label", maxStatements)
	})
}

func (v baseValue) encode() (string, error) {
	parts := []any{v.signature, v.header, v.publicKey, v.hmacKey, selective.List(v.mandatory)}
	if v.feature.hasNym() {
		parts = append(parts, v.nymEntropy)
	}
	return encode(v.feature, selective.Base, parts)
}

// decodeBase is section 3.3.2.
func decodeBase(value string) (baseValue, error) {
	feature, r, err := format.DecodeBase(value)
	if err != nil {
		return baseValue{}, err
	}
	v := baseValue{
		feature:   features[feature],
		signature: r.Bytes(r.Next(), "the signature", signatureSize),
		header:    r.Bytes(r.Next(), "the header", headerSize),
		publicKey: r.Bytes(r.Next(), "the public key", publicKeySize),
		hmacKey:   r.Bytes(r.Next(), "the HMAC key", hmacKeySize),
		mandatory: r.Pointers(r.Next()),
	}
	if v.feature.hasNym() {
		v.nymEntropy = r.Bytes(r.Next(), "the entropy of pseudonyms", secretLength)
	}
	return v, r.End()
}

func (v derivedValue) encode() (string, error) {
	parts := []any{v.proof, v.labels, selective.List(v.mandatory), selective.List(v.selective), selective.List(v.PresentationHeader)}
	if v.Feature.hasNym() {
		parts = append(parts, v.NymDomain, v.Pseudonym)
	}
	if v.Feature != Baseline {
		parts = append(parts, v.count)
	}
	return encode(v.Feature, selective.Derived, parts)
}

// decodeDerived is section 3.3.7.
func decodeDerived(value string) (derivedValue, error) {
	feature, r, err := format.DecodeDerived(value)
	if err != nil {
		return derivedValue{}, err
	}
	v := derivedValue{
		proof:     proofBytes(r),
		labels:    labels(r),
		mandatory: r.Indexes(r.Next(), "the mandatory indexes", maxStatements),
		selective: r.Indexes(r.Next(), "the selective indexes", maxStatements),
		Shown:     Shown{Feature: features[feature], PresentationHeader: r.Bytes(r.Next(), "the presentation header", selective.AnySize)},
	}
	if v.Feature.hasNym() {
		v.NymDomain = r.Text(r.Next(), "the domain of the pseudonym")
		v.Pseudonym = r.Bytes(r.Next(), "the pseudonym", bbs.PseudonymLength)
	}
	if v.Feature != Baseline {
		v.count = int(r.Number(r.Next(), "the number of statements", maxStatements))
	}
	return v, r.End()
}
