package bbs

import (
	"crypto/rand"
	"fmt"
	"math/big"
	"testing"

	bls "github.com/consensys/gnark-crypto/ecc/bls12-381"

	circl "github.com/cloudflare/circl/ecc/bls12381"
)

// BenchmarkOperations: a signature over as many messages as a credential has
// statements, a third of them disclosed.
func BenchmarkOperations(b *testing.B) {
	for _, count := range []int{10, 30} {
		s, disclosed := newSample(b, SHA256), []int(nil)
		s.messages = nil
		for i := range count {
			s.messages = append(s.messages, fmt.Appendf(nil, "statement %d", i))
			if i%3 == 0 {
				disclosed = append(disclosed, i)
			}
		}
		s.disclosed = disclosed
		s.signature, _ = s.Sign(s.key, s.header, s.messages)
		s.proof, _ = s.prove(disclosed)
		run := func(name string, f func() error) {
			b.Run(fmt.Sprintf("%s/%d", name, count), func(b *testing.B) {
				for b.Loop() {
					if err := f(); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
		run("Sign", func() error { _, err := s.Sign(s.key, s.header, s.messages); return err })
		run("Verify", s.verify)
		run("ProofGen", func() error { _, err := s.prove(disclosed); return err })
		run("ProofVerify", s.verifyProof)
		run("ProofVerifyFirst", func() error { s.Scheme, _ = New(SHA256); return s.verifyProof() })
	}
}

// BenchmarkSum compares the sums of this package with those that the libraries
// have: why one runs on the field of one library, and the other on the curve of
// the other.
func BenchmarkSum(b *testing.B) {
	for _, count := range []int{1, 3, 30, 300} {
		points := newScheme(b, SHA256).createGenerators(count, "bench")
		scalars, err := randomScalars(rand.Reader, count)
		if err != nil {
			b.Fatal(err)
		}
		secrets := hideAll(points...)
		for name, f := range map[string]func(){
			"hidden":         func() { hiddenSum(secrets, scalars) },
			"public":         func() { publicSum(points, scalars) },
			"gnark-MultiExp": func() { bucketSum(points, scalars) },
			"gnark-each":     func() { gnarkSum(points, scalars) },
			"circl-each":     func() { circlEach(scalars) },
		} {
			b.Run(fmt.Sprintf("%s/%d", name, count), func(b *testing.B) {
				for b.Loop() {
					f()
				}
			})
		}
	}
}

func circlEach(scalars []scalar) {
	var sum, p circl.G1
	sum.SetIdentity()
	for i := range scalars {
		p.ScalarMult(&scalars[i], circl.G1Generator())
		sum.Add(&sum, &p)
	}
}

// BenchmarkPairing is what a verifier does with each library.
func BenchmarkPairing(b *testing.B) {
	key := newSample(b, SHA256).key.PublicKey()
	_, _, g1, _ := bls.Generators()
	b.Run("gnark", func(b *testing.B) {
		for b.Loop() {
			pairsCancel(key, g1, g1)
		}
	})
	b.Run("circl", func(b *testing.B) {
		p, q := []*circl.G1{circl.G1Generator(), circl.G1Generator()}, []*circl.G2{circl.G2Generator(), circl.G2Generator()}
		for b.Loop() {
			circl.ProdPairFrac(p, q, []int{1, -1})
		}
	})
}

// BenchmarkSecretScalar shows what a scalar's time tells: a scalar of one bit
// against a dense one, with each way to multiply.
func BenchmarkSecretScalar(b *testing.B) {
	point := newScheme(b, SHA256).createGenerators(1, "bench")
	secret := hideAll(point...)
	var sparse, dense scalar
	sparse.SetUint64(2)
	dense = reduce([]byte("forty-eight octets that make a scalar at random."))
	for name, s := range map[string]*scalar{"sparse": &sparse, "dense": &dense} {
		b.Run("hidden/"+name, func(b *testing.B) {
			for b.Loop() {
				hiddenSum(secret, []scalar{*s})
			}
		})
		b.Run("circl/"+name, func(b *testing.B) {
			for b.Loop() {
				circlEach([]scalar{*s})
			}
		})
		b.Run("gnark/"+name, func(b *testing.B) {
			n := new(big.Int).SetBytes(scalarOctets(s))
			for b.Loop() {
				var p bls.G1Affine
				p.ScalarMultiplication(&point[0], n)
			}
		})
	}
}
