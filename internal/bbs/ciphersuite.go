package bbs

import (
	"crypto"
	"fmt"
	"sync"

	bls "github.com/consensys/gnark-crypto/ecc/bls12-381"
	"github.com/consensys/gnark-crypto/ecc/bls12-381/fp"

	"github.com/cloudflare/circl/expander"
	"github.com/cloudflare/circl/xof"
)

// Ciphersuite is the ciphersuite_id of a ciphersuite (section 7.2). There is no
// default.
type Ciphersuite string

// The two ciphersuites; they differ in how they hash.
const (
	SHA256   Ciphersuite = "BBS_BLS12381G1_XMD:SHA-256_SSWU_RO_"
	SHAKE256 Ciphersuite = "BBS_BLS12381G1_XOF:SHAKE-256_SSWU_RO_"
)

const (
	scalarLength = 32 // octet_scalar_length
	pointLength  = 48 // octet_point_length
	expandLength = 48 // expand_len
	fieldLength  = 64 // of a field element before it is reduced (RFC 9380, section 8.8.1)
	security     = 128
)

// Scheme is BBS with one ciphersuite. It remembers the generators that it has
// made, which takes most of the time of a first use: keep it. It is safe for
// concurrent use.
type Scheme struct {
	suite Ciphersuite
	p1    bls.G1Affine // the fixed point P1

	mu         sync.Mutex
	generators map[string]*sequence // by api_id
}

// New returns BBS with a ciphersuite.
func New(suite Ciphersuite) (*Scheme, error) {
	if suite != SHA256 && suite != SHAKE256 {
		return nil, fmt.Errorf("%w: %.60q", ErrCiphersuite, suite)
	}
	s := &Scheme{suite: suite, generators: map[string]*sequence{}}
	s.p1 = s.fixedPoint()
	return s, nil
}

// expandMessage is expand_message of the hash-to-curve suite (RFC 9380,
// section 5.3).
func (s *Scheme) expandMessage(message []byte, dst string, length uint) []byte {
	if s.suite == SHAKE256 {
		return expander.NewExpanderXOF(xof.SHAKE256, security, []byte(dst)).Expand(message, length)
	}
	return expander.NewExpanderMD(crypto.SHA256, []byte(dst)).Expand(message, length)
}

// hashToScalar is hash_to_scalar (section 4.2.2).
func (s *Scheme) hashToScalar(message []byte, dst string) scalar {
	return reduce(s.expandMessage(message, dst, expandLength))
}

// hashToCurve is hash_to_curve_g1 (RFC 9380, section 3). The cofactor of each
// of the two points is cleared, which is that of their sum.
func (s *Scheme) hashToCurve(message []byte, dst string) bls.G1Affine {
	uniform := s.expandMessage(message, dst, 2*fieldLength)
	var u0, u1 fp.Element
	u0.SetBytes(uniform[:fieldLength])
	u1.SetBytes(uniform[fieldLength:])
	q0, q1 := bls.MapToG1(u0), bls.MapToG1(u1)
	return *q0.Add(&q0, &q1)
}

// api is an Interface (section 3.2): a ciphersuite, and the api_id that keeps
// what it hashes apart from what other interfaces hash.
type api struct {
	*Scheme
	id string
}

func (s *Scheme) api(name string) api { return api{s, string(s.suite) + name} }

// messagesToScalars is messages_to_scalars (section 4.1.2).
func (a api) messagesToScalars(messages [][]byte) []scalar {
	scalars := make([]scalar, len(messages), len(messages)+2) // room for a blinding and a nym
	for i, m := range messages {
		scalars[i] = a.hashToScalar(m, a.id+"MAP_MSG_TO_SCALAR_AS_HASH_")
	}
	return scalars
}

// hash is hash_to_scalar with the tag that core operations use.
func (a api) hash(octets []byte) scalar { return a.hashToScalar(octets, a.id+"H2S_") }
