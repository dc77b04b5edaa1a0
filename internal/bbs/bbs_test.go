package bbs

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"
)

// TestRoundTrip: what is signed verifies, and every choice of what to disclose
// can be proven.
func TestRoundTrip(t *testing.T) {
	schemes := []*Scheme{newScheme(t, SHA256), newScheme(t, SHAKE256)}
	rapid.Check(t, func(t *rapid.T) {
		s := schemes[rapid.IntRange(0, 1).Draw(t, "suite")]
		messages := rapid.SliceOfN(rapid.SliceOfN(rapid.Byte(), 0, 40), 0, 6).Draw(t, "messages")
		header, ph := rapid.SliceOf(rapid.Byte()).Draw(t, "header"), rapid.SliceOf(rapid.Byte()).Draw(t, "ph")
		var disclosed []int
		for i := range messages {
			if rapid.Bool().Draw(t, "disclosed") {
				disclosed = append(disclosed, i)
			}
		}
		key, err := s.KeyGen(rapid.SliceOfN(rapid.Byte(), 32, 40).Draw(t, "material"), nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		signature, err := s.Sign(key, header, messages)
		if err != nil {
			t.Fatal(err)
		}
		proof, err := s.ProofGen(rand.Reader, key.PublicKey(), signature, header, ph, messages, disclosed)
		if err != nil {
			t.Fatal(err)
		}
		if want := proofFloor + 32*(len(messages)-len(disclosed)); len(proof) != want {
			t.Errorf("proof of %d bytes, want %d", len(proof), want)
		}
		if err := s.ProofVerify(key.PublicKey(), proof, header, ph, pick(messages, disclosed), disclosed); err != nil {
			t.Error(err)
		}
	})
}

// TestUnlinkable: two proofs of one signature have no element in common, nor
// one with the signature, though everything else about them is the same.
func TestUnlinkable(t *testing.T) {
	s, n := newSample(t, SHA256), newNymSample(t)
	other, err := s.prove(s.disclosed)
	if err != nil {
		t.Fatal(err)
	}
	nym1, _ := n.proveNym(t, "one")
	nym2, _ := n.proveNym(t, "another")
	tests := map[string][2][]byte{
		"proofs": {s.proof, other}, "proof and signature": {s.proof, s.signature},
		"proofs for two contexts": {nym1, nym2}, "proof and commitment": {nym1, n.commitment},
	}
	for name, pair := range tests {
		const long = 8
		for i := 0; i+long <= len(pair[0]); i++ {
			if part := pair[0][i : i+long]; bytes.Contains(pair[1], part) {
				t.Errorf("%s share %x", name, part)
			}
		}
	}
}

type constant byte

func (c constant) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(c)
	}
	return len(p), nil
}

// TestRandomness: nothing is made with a source that is broken.
func TestRandomness(t *testing.T) {
	s, n := newSample(t, SHA256), newNymSample(t)
	broken := errors.New("no entropy")
	sources := map[string]struct {
		source io.Reader
		want   error
	}{
		"zero":     {constant(0), ErrRandom},
		"constant": {constant(7), ErrRandom},
		"short":    {strings.NewReader("some octets"), io.ErrUnexpectedEOF},
		"empty":    {strings.NewReader(""), io.EOF},
		"failing":  {io.MultiReader(io.LimitReader(rand.Reader, 100), errorReader{broken}), broken},
	}
	for name, test := range sources {
		t.Run(name, func(t *testing.T) {
			_, err := s.ProofGen(test.source, s.key.PublicKey(), s.signature, s.header, s.ph, s.messages, nil)
			if !errors.Is(err, test.want) {
				t.Errorf("proving: got %v, want %v", err, test.want)
			}
			if _, _, err := s.Commit(test.source, s.messages); err == nil {
				t.Error("a commitment was made")
			}
			_, _, err = n.ProofGenWithNym(test.source, n.key.PublicKey(), &n.held, n.nym, nil, nil, nil)
			if err == nil {
				t.Error("a pseudonym was proven")
			}
		})
	}
	if _, err := NewSecret(constant(0)); !errors.Is(err, ErrRandom) {
		t.Errorf("a secret of zeros: %v", err)
	}
}

type errorReader struct{ err error }

func (r errorReader) Read([]byte) (int, error) { return 0, r.err }

func TestKeyGen(t *testing.T) {
	s := newScheme(t, SHA256)
	material := make([]byte, 32)
	for name, f := range map[string]func() (*SecretKey, error){
		"31 bytes":    func() (*SecretKey, error) { return s.KeyGen(material[:31], nil, nil) },
		"long info":   func() (*SecretKey, error) { return s.KeyGen(material, make([]byte, 1<<16), nil) },
		"long tag":    func() (*SecretKey, error) { return s.KeyGen(material, nil, make([]byte, 256)) },
		"no material": func() (*SecretKey, error) { return s.KeyGen(nil, nil, nil) },
	} {
		if _, err := f(); !errors.Is(err, ErrKey) {
			t.Errorf("%s: got %v, want ErrKey", name, err)
		}
	}
	one, err1 := s.KeyGen(material, []byte("one"), nil)
	two, err2 := s.KeyGen(material, []byte("two"), nil)
	again, err3 := s.KeyGen(material, []byte("one"), []byte(SHA256+"KEYGEN_DST_"))
	if err := errors.Join(err1, err2, err3); err != nil {
		t.Fatal(err)
	}
	if one.Equal(two) || !one.Equal(again) {
		t.Error("info makes the key another, and the draft's tag is the default")
	}
	parsed := mustKey(t, one.Bytes())
	if !bytes.Equal(parsed.PublicKey().Bytes(), one.PublicKey().Bytes()) {
		t.Error("a key read back has another public key")
	}
}

// TestNothingPrinted: no verb of fmt shows a secret.
func TestNothingPrinted(t *testing.T) {
	key := mustKey(t, bytes.Repeat([]byte{0x21}, 32))
	secret := mustSecret(t, bytes.Repeat([]byte{0x21}, 32))
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d"} {
		for _, value := range []any{key, *key, secret, *secret, BlindSigned{Blinding: secret}.Blinding} {
			text := fmt.Sprintf(verb, value)
			if !strings.HasPrefix(text, "a BBS secret") || !strings.HasSuffix(text, "not shown") {
				t.Errorf("%s of %T shows %.20s...", verb, value, text)
			}
		}
	}
}

// TestConcurrentUse: a Scheme makes its generators once, whoever asks.
func TestConcurrentUse(t *testing.T) {
	s := newSample(t, SHA256)
	s.Scheme = newScheme(t, SHA256)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if err := errors.Join(s.verify(), s.verifyProof()); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if made := len(s.generators[string(SHA256)+interfaceName].points); made != len(s.messages)+1 {
		t.Errorf("%d generators, want %d", made, len(s.messages)+1)
	}
}
