package bbs

import (
	"crypto/subtle"
	"encoding/binary"
	"fmt"

	bls "github.com/consensys/gnark-crypto/ecc/bls12-381"

	circl "github.com/cloudflare/circl/ecc/bls12381"
)

// Lengths of what KeyGen takes (section 3.4.1).
const (
	minKeyMaterial = 32
	maxKeyInfo     = 1<<16 - 1
	maxTag         = 255 // of hash_to_scalar, section 4.2.2
)

// SecretKey is a signer's key, and the public key that belongs to it. It does
// not print itself.
type SecretKey struct {
	sk scalar
	pk *PublicKey
}

// PublicKey is a signer's public key, a point of G2 that is looked at once.
type PublicKey struct {
	w      bls.G2Affine
	octets [2 * pointLength]byte
}

// KeyGen derives a secret key from secret octets, 32 or more, and from info,
// which tells keys of the same material apart (section 3.4.1). A nil tag is the
// draft's.
func (s *Scheme) KeyGen(material, info, tag []byte) (*SecretKey, error) {
	if len(material) < minKeyMaterial || len(info) > maxKeyInfo || len(tag) > maxTag {
		return nil, fmt.Errorf("%w: key material has at least %d bytes, key info at most %d, a tag at most %d",
			ErrKey, minKeyMaterial, maxKeyInfo, maxTag)
	}
	if tag == nil {
		tag = []byte(s.suite + "KEYGEN_DST_")
	}
	input := binary.BigEndian.AppendUint16(append([]byte(nil), material...), uint16(len(info)))
	sk := s.hashToScalar(append(input, info...), string(tag))
	return newSecretKey(&sk)
}

// ParseSecretKey reads a secret key of 32 bytes.
func ParseSecretKey(octets []byte) (*SecretKey, error) {
	sk, err := toScalar(octets)
	if err != nil {
		return nil, fmt.Errorf("%w: a secret key is %d bytes, above zero and below the order", ErrKey, scalarLength)
	}
	return newSecretKey(&sk)
}

func newSecretKey(sk *scalar) (*SecretKey, error) {
	pk, err := skToPk(sk)
	if err != nil {
		return nil, err
	}
	return &SecretKey{sk: *sk, pk: pk}, nil
}

// skToPk is SkToPk (section 3.4.2).
func skToPk(sk *scalar) (*PublicKey, error) {
	var w circl.G2
	w.ScalarMult(sk, circl.G2Generator())
	return ParsePublicKey(w.BytesCompressed())
}

// Bytes returns the 32 bytes of the secret key.
func (k *SecretKey) Bytes() []byte { return scalarOctets(&k.sk) }

// PublicKey returns the public key (SkToPk).
func (k *SecretKey) PublicKey() *PublicKey { return k.pk }

// Equal tells in constant time whether two secret keys are the same.
func (k *SecretKey) Equal(other *SecretKey) bool {
	return subtle.ConstantTimeCompare(k.Bytes(), other.Bytes()) == 1
}

// Format keeps the key out of every text, logs included.
func (SecretKey) Format(f fmt.State, _ rune) { fmt.Fprint(f, "a BBS secret key, not shown") }

// ParsePublicKey reads a public key of 96 bytes, a compressed point
// (octets_to_pubkey, section 4.2.4.6). The identity and points outside of the
// subgroup are refused.
func ParsePublicKey(octets []byte) (*PublicKey, error) {
	k := &PublicKey{}
	if len(octets) != len(k.octets) {
		return nil, fmt.Errorf("%w: a public key is %d bytes", ErrKey, len(k.octets))
	}
	if _, err := k.w.SetBytes(octets); err != nil || k.w.IsInfinity() {
		return nil, fmt.Errorf("%w: the octets are no point of G2, or its identity", ErrKey)
	}
	copy(k.octets[:], octets)
	return k, nil
}

// Bytes returns the 96 bytes of the public key.
func (k *PublicKey) Bytes() []byte { return append([]byte(nil), k.octets[:]...) }
