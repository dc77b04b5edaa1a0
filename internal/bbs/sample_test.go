package bbs

import (
	"io"
	"math/rand/v2"
	"slices"
	"testing"
)

// sample is a signature, and a proof from it that withholds message 1. It is
// the same each time, so that fuzzing in several processes is of one.
type sample struct {
	*Scheme
	random     io.Reader
	key        *SecretKey
	header, ph []byte
	messages   [][]byte
	disclosed  []int
	signature  []byte
	proof      []byte
}

func newSample(t testing.TB, suite Ciphersuite) *sample {
	t.Helper()
	s := &sample{
		Scheme: newScheme(t, suite), random: rand.NewChaCha8([32]byte{}), header: []byte("header"), ph: []byte("presentation"),
		messages:  [][]byte{[]byte("name"), []byte("date of birth"), []byte("licence")},
		disclosed: []int{0, 2},
	}
	var err error
	if s.key, err = s.KeyGen([]byte("key material of 32 bytes or more"), []byte("info"), nil); err != nil {
		t.Fatal(err)
	}
	if s.signature, err = s.Sign(s.key, s.header, s.messages); err != nil {
		t.Fatal(err)
	}
	if s.proof, err = s.prove(s.disclosed); err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *sample) prove(disclosed []int) ([]byte, error) {
	return s.ProofGen(s.random, s.key.PublicKey(), s.signature, s.header, s.ph, s.messages, disclosed)
}

func (s *sample) shown() [][]byte { return pick(s.messages, s.disclosed) }

func (s *sample) verify() error {
	return s.Verify(s.key.PublicKey(), s.signature, s.header, s.messages)
}

func (s *sample) verifyProof() error {
	return s.ProofVerify(s.key.PublicKey(), s.proof, s.header, s.ph, s.shown(), s.disclosed)
}

// flips calls f with each bit of octets flipped in turn; octets are as they
// were after.
func flips(octets []byte, f func(bit int)) {
	for bit := range len(octets) * 8 {
		octets[bit/8] ^= 1 << (bit % 8)
		f(bit)
		octets[bit/8] ^= 1 << (bit % 8)
	}
}

// blindSample is a blind signature, with pseudonyms if nym is there.
type blindSample struct {
	*Scheme
	random     io.Reader
	key        *SecretKey
	commitment []byte
	held       BlindSigned
	ph         []byte
	disclosed  []int
	nym        *Secret
}

func newBlindSample(t testing.TB) *blindSample {
	t.Helper()
	b := blankBlind(t)
	var err error
	if b.commitment, b.held.Blinding, err = b.Commit(b.random, b.held.Committed); err != nil {
		t.Fatal(err)
	}
	if b.held.Signature, err = b.BlindSign(b.key, b.commitment, b.held.Header, b.held.Messages); err != nil {
		t.Fatal(err)
	}
	return b
}

func newNymSample(t testing.TB) *blindSample {
	t.Helper()
	b := blankBlind(t)
	mine, theirs := b.draw(t), b.draw(t)
	var err error
	if b.commitment, b.held.Blinding, err = b.CommitWithNym(b.random, b.held.Committed, mine); err != nil {
		t.Fatal(err)
	}
	b.held.Signature, err = b.BlindSignWithNym(b.key, b.commitment, theirs, b.held.Header, b.held.Messages)
	if err != nil {
		t.Fatal(err)
	}
	if b.nym, err = b.VerifyFinalizeWithNym(b.key.PublicKey(), &b.held, mine, theirs); err != nil {
		t.Fatal(err)
	}
	return b
}

func blankBlind(t testing.TB) *blindSample {
	s := newSample(t, SHA256)
	return &blindSample{
		Scheme: s.Scheme, random: s.random, key: s.key, ph: s.ph, disclosed: s.disclosed,
		held: BlindSigned{Header: s.header, Messages: s.messages, Committed: [][]byte{[]byte("holder's secret")}},
	}
}

func (b *blindSample) shown() [][]byte { return pick(b.held.Messages, b.disclosed) }

// draw returns a secret other than those before.
func (b *blindSample) draw(t testing.TB) *Secret {
	t.Helper()
	s, err := NewSecret(b.random)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// with returns a copy of all with one element replaced.
func with[T any](all []T, index int, element T) []T {
	all = slices.Clone(all)
	all[index] = element
	return all
}
