package bbs

import (
	"errors"
	"testing"
)

// refused tells whether err is one of the refusals that a stranger's value can
// meet.
func refused(err error) bool {
	for _, kind := range []error{ErrKey, ErrMalformed, ErrTooMany, ErrIndexes, ErrSignature, ErrProof, ErrCommitment} {
		if errors.Is(err, kind) {
			return true
		}
	}
	return false
}

// TestEveryFlippedBit: nothing that a signature or a proof covers can change in
// one bit.
func TestEveryFlippedBit(t *testing.T) {
	s := newSample(t, SHA256)
	if err := errors.Join(s.verify(), s.verifyProof()); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name   string
		octets []byte
		check  func() error
	}{
		{"signature", s.signature, s.verify},
		{"header of signature", s.header, s.verify},
		{"message of signature", s.messages[1], s.verify},
		{"proof", s.proof, s.verifyProof},
		{"header of proof", s.header, s.verifyProof},
		{"presentation header", s.ph, s.verifyProof},
		{"message disclosed first", s.messages[0], s.verifyProof},
		{"message disclosed last", s.messages[2], s.verifyProof},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			flips(test.octets, func(bit int) {
				if err := test.check(); !refused(err) {
					t.Errorf("bit %d flipped: got %v, want a refusal", bit, err)
				}
			})
			if err := test.check(); err != nil {
				t.Errorf("as it was: %v", err)
			}
		})
	}
}

func TestEveryFlippedBitOfKey(t *testing.T) {
	s := newSample(t, SHAKE256)
	octets := s.key.PublicKey().Bytes()
	flips(octets, func(bit int) {
		pk, err := ParsePublicKey(octets)
		if err == nil { // another point of the subgroup: its negative
			err = errors.Join(
				s.Verify(pk, s.signature, s.header, s.messages),
				s.ProofVerify(pk, s.proof, s.header, s.ph, s.shown(), s.disclosed))
		}
		if !refused(err) {
			t.Errorf("bit %d flipped: got %v, want a refusal", bit, err)
		}
	})
}

func TestEveryLength(t *testing.T) {
	s := newSample(t, SHA256)
	signature, proof := s.signature, s.proof
	for _, length := range otherLengths(len(signature)) {
		s.signature = resized(signature, length)
		if err := s.verify(); !errors.Is(err, ErrMalformed) {
			t.Errorf("signature of %d bytes: %v", length, err)
		}
	}
	for _, length := range otherLengths(len(proof)) {
		s.proof = resized(proof, length)
		if err := s.verifyProof(); !refused(err) {
			t.Errorf("proof of %d bytes: %v", length, err)
		}
	}
	for _, length := range otherLengths(96) {
		if _, err := ParsePublicKey(resized(s.key.PublicKey().Bytes(), length)); !errors.Is(err, ErrKey) {
			t.Errorf("public key of %d bytes: %v", length, err)
		}
	}
	for _, length := range otherLengths(32) {
		if _, err := ParseSecretKey(resized(s.key.Bytes(), length)); !errors.Is(err, ErrKey) {
			t.Errorf("secret key of %d bytes: %v", length, err)
		}
	}
}

// otherLengths are all shorter ones, and some longer by what elements take.
func otherLengths(length int) []int {
	lengths := []int{length + 1, length + scalarLength, length + pointLength, length + 2*scalarLength}
	for n := range length {
		lengths = append(lengths, n)
	}
	return lengths
}

// resized cuts octets, or appends ones, which make no zero scalar.
func resized(octets []byte, length int) []byte {
	out := make([]byte, length)
	for i := copy(out, octets); i < length; i++ {
		out[i] = 1
	}
	return out
}

func TestIndexes(t *testing.T) {
	s := newSample(t, SHA256)
	a, b, c := s.messages[0], s.messages[1], s.messages[2]
	tests := []struct {
		name     string
		indexes  []int
		messages [][]byte
		want     error
	}{
		{"out of range", []int{0, 3}, [][]byte{a, c}, ErrIndexes},
		{"far out of range", []int{0, 1 << 40}, [][]byte{a, c}, ErrIndexes},
		{"negative", []int{-1, 2}, [][]byte{a, c}, ErrIndexes},
		{"twice", []int{0, 0}, [][]byte{a, a}, ErrIndexes},
		{"unsorted", []int{2, 0}, [][]byte{c, a}, ErrIndexes},
		{"fewer messages", []int{0, 2}, [][]byte{a}, ErrIndexes},
		{"more messages", []int{0, 2}, [][]byte{a, b, c}, ErrIndexes},
		{"another place", []int{0, 1}, [][]byte{a, c}, ErrProof},
		{"changed places", []int{0, 2}, [][]byte{c, a}, ErrProof},
		{"the withheld one as another", []int{0, 2}, [][]byte{a, b}, ErrProof},
		{"one fewer", []int{0}, [][]byte{a}, ErrProof},
		{"one more, though withheld", []int{0, 1, 2}, [][]byte{a, b, c}, ErrProof},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			err := s.ProofVerify(s.key.PublicKey(), s.proof, s.header, s.ph, test.messages, test.indexes)
			if !errors.Is(err, test.want) {
				t.Errorf("got %v, want %v", err, test.want)
			}
		})
	}
	for _, disclosed := range [][]int{{0, 3}, {-1}, {1, 1}, {2, 0}, {0, 1, 2, 3}} {
		if _, err := s.prove(disclosed); !errors.Is(err, ErrIndexes) {
			t.Errorf("proving %v: got %v, want ErrIndexes", disclosed, err)
		}
	}
}

// TestWithheldSwapped: the answers for two withheld messages are not
// interchangeable.
func TestWithheldSwapped(t *testing.T) {
	s := newSample(t, SHA256)
	proof, err := s.prove([]int{0})
	if err != nil {
		t.Fatal(err)
	}
	p, err := toProof(proof)
	if err != nil {
		t.Fatal(err)
	}
	p.m[0], p.m[1] = p.m[1], p.m[0]
	err = s.ProofVerify(s.key.PublicKey(), p.octets(), s.header, s.ph, s.messages[:1], []int{0})
	if !errors.Is(err, ErrProof) {
		t.Errorf("got %v, want ErrProof", err)
	}
}

// TestProvingWhatDoesNotHold: a holder learns that its signature is not one
// before it shows anything.
func TestProvingWhatDoesNotHold(t *testing.T) {
	s := newSample(t, SHA256)
	s.messages = with(s.messages, 1, []byte("another date"))
	if _, err := s.prove(s.disclosed); !errors.Is(err, ErrSignature) {
		t.Errorf("got %v, want ErrSignature", err)
	}
}

// TestOtherCiphersuite: one ciphersuite does not take what another made.
func TestOtherCiphersuite(t *testing.T) {
	s := newSample(t, SHA256)
	s.Scheme = newScheme(t, SHAKE256)
	if err := s.verify(); !errors.Is(err, ErrSignature) {
		t.Errorf("signature: got %v, want ErrSignature", err)
	}
	if err := s.verifyProof(); !errors.Is(err, ErrProof) {
		t.Errorf("proof: got %v, want ErrProof", err)
	}
	for _, name := range []Ciphersuite{"", "BBS_BLS12381G1_XMD:SHA-256_SSWU_RO"} {
		if _, err := New(name); !errors.Is(err, ErrCiphersuite) {
			t.Errorf("%q: got %v, want ErrCiphersuite", name, err)
		}
	}
}

func TestTooMany(t *testing.T) {
	s := newSample(t, SHA256)
	many := make([][]byte, MaxMessages+1)
	if _, err := s.Sign(s.key, nil, many); !errors.Is(err, ErrTooMany) {
		t.Errorf("signing: %v", err)
	}
	if err := s.Verify(s.key.PublicKey(), s.signature, nil, many); !errors.Is(err, ErrTooMany) {
		t.Errorf("verifying: %v", err)
	}
	indexes := make([]int, MaxMessages)
	for i := range indexes {
		indexes[i] = i
	}
	// With the one that the proof withholds, one too many.
	if err := s.ProofVerify(s.key.PublicKey(), s.proof, nil, nil, many[1:], indexes); !errors.Is(err, ErrTooMany) {
		t.Errorf("verifying a proof: %v", err)
	}
	long := make([]byte, proofFloor+(MaxMessages+1)*scalarLength)
	if err := s.ProofVerify(s.key.PublicKey(), long, nil, nil, nil, nil); !errors.Is(err, ErrTooMany) {
		t.Errorf("verifying a long proof: %v", err)
	}
	if _, err := s.BlindSign(s.key, make([]byte, commitmentFloor+(MaxMessages+1)*scalarLength), nil, nil); !errors.Is(err, ErrTooMany) {
		t.Errorf("a long commitment: %v", err)
	}
	if made := len(s.generators[string(SHA256)+interfaceName].points); made > 10 {
		t.Errorf("%d generators were made for what is refused", made)
	}
}
