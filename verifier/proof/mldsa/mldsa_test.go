package mldsa

import (
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"io"
	"strings"
	"testing"

	"filippo.io/mldsa"

	"github.com/chancery-vc/chancery/verifier/proof"
	"github.com/chancery-vc/chancery/verifier/proof/eddsa"
	"github.com/chancery-vc/chancery/verifier/proof/prooftest"
)

const options = `{"type":"DataIntegrityProof","cryptosuite":"mldsa","proofPurpose":"assertionMethod"}`

func suites() []proof.SigningSuite { return []proof.SigningSuite{RDFC2024{}, JCS2024{}} }

func generate(t testing.TB, set mldsa.Parameters) *mldsa.PrivateKey {
	t.Helper()
	key, err := mldsa.GenerateKey(set)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func input(t testing.TB) proof.Input {
	t.Helper()
	return prooftest.Input(t, prooftest.Document, options)
}

// otherKeys are those that no suite here takes.
func otherKeys(t *testing.T) map[string]crypto.PublicKey {
	t.Helper()
	return map[string]crypto.PublicKey{
		"Ed25519": prooftest.Ed25519(t).Public(), "ML-DSA-65": generate(t, mldsa.MLDSA65()).Public(), "ML-DSA-87": generate(t, mldsa.MLDSA87()).Public(),
		"nothing": nil, "no key": (*mldsa.PublicKey)(nil), "an empty key": &mldsa.PublicKey{},
		"a value, not a pointer": *generate(t, mldsa.MLDSA44()).PublicKey(),
	}
}

func TestVerifyRefuses(t *testing.T) {
	private := generate(t, mldsa.MLDSA44())
	public, in := private.Public(), input(t)
	for i, suite := range suites() {
		good, err := suite.Sign(t.Context(), in, private)
		if err != nil {
			t.Fatal(err)
		}
		for name, c := range map[string]struct {
			in    proof.Input
			value string
			want  error
		}{
			"good":             {in, good, nil},
			"other options":    {prooftest.OtherPurpose(in), good, proof.ErrSignature},
			"other document":   {prooftest.OtherDocument(in), good, proof.ErrSignature},
			"empty value":      {in, "", proof.ErrMalformed},
			"prefix alone":     {in, "u", proof.ErrMalformed},
			"other base":       {in, "z" + good[1:], proof.ErrMalformed},
			"other alphabet":   {in, good[:50] + "+/" + good[52:], proof.ErrMalformed},
			"cut off":          {in, good[:40], proof.ErrMalformed},
			"a character less": {in, good[:len(good)-1], proof.ErrMalformed},
			"a character more": {in, good + "A", proof.ErrMalformed},
			"padded":           {in, good + "=", proof.ErrMalformed},
			"padded, as long":  {in, good[:len(good)-1] + "=", proof.ErrMalformed},
			"with line breaks": {in, good[:60] + "\r\n" + good[62:], proof.ErrMalformed},
			"twice":            {in, good + good[1:], proof.ErrMalformed},
			"zeros":            {in, "u" + strings.Repeat("A", lengthValue-1), proof.ErrSignature},
		} {
			t.Run(suite.Cryptosuite()+" "+name, func(t *testing.T) {
				if err := suite.Verify(t.Context(), c.in, public, c.value); !errors.Is(err, c.want) {
					t.Errorf("got %v, want %v", err, c.want)
				}
			})
		}
		if err := suites()[1-i].Verify(t.Context(), in, public, good); !errors.Is(err, proof.ErrSignature) {
			t.Errorf("what %s signed, the other suite takes: %v", suite.Cryptosuite(), err)
		}
		if err := suite.Verify(t.Context(), in, generate(t, mldsa.MLDSA44()).Public(), good); !errors.Is(err, proof.ErrSignature) {
			t.Errorf("with another key: got %v", err)
		}
		for name, key := range otherKeys(t) {
			if err := suite.Verify(t.Context(), in, key, good); !errors.Is(err, proof.ErrKey) {
				t.Errorf("with the key %s: got %v", name, err)
			}
		}
	}
}

// signer signs as it likes.
type signer struct {
	public crypto.PublicKey
	sign   func(message []byte, opts crypto.SignerOpts) ([]byte, error)
}

func (s signer) Public() crypto.PublicKey { return s.public }

func (s signer) Sign(_ io.Reader, message []byte, opts crypto.SignerOpts) ([]byte, error) {
	return s.sign(message, opts)
}

func TestSignRefuses(t *testing.T) {
	private, in := generate(t, mldsa.MLDSA44()), input(t)
	broken := errors.New("the device is broken")
	for _, suite := range suites() {
		for name, key := range otherKeys(t) {
			if value, err := suite.Sign(t.Context(), in, signer{public: key}); !errors.Is(err, proof.ErrKey) || value != "" {
				t.Errorf("with the key %s: got %s, %v", name, value, err)
			}
		}
		for name, c := range map[string]struct {
			size int
			err  error
			want error
		}{
			"fails": {0, broken, broken}, "gives nothing": {0, nil, errSigner},
			"gives a byte less": {size - 1, nil, errSigner}, "gives one of ML-DSA-65": {mldsa.MLDSA65SignatureSize, nil, errSigner},
		} {
			device := signer{private.Public(), func([]byte, crypto.SignerOpts) ([]byte, error) { return make([]byte, c.size), c.err }}
			if value, err := suite.Sign(t.Context(), in, device); !errors.Is(err, c.want) || value != "" {
				t.Errorf("a signer that %s: got %s, %v", name, value, err)
			}
		}
		unreadable := in
		unreadable.Document = []byte(`{"@context":["https://www.w3.org/ns/credentials/v2"],"undefined":1}`)
		if value, err := suite.Sign(t.Context(), unreadable, private); err == nil {
			t.Errorf("%s signed a word without a meaning: %s", suite.Cryptosuite(), value)
		}
	}
}

// TestPureWithoutContext: what is signed is neither hashed before nor bound to
// a context string, and a signature of either kind is refused.
func TestPureWithoutContext(t *testing.T) {
	private, in := generate(t, mldsa.MLDSA44()), input(t)
	for name, c := range map[string]struct {
		context string
		want    error
	}{"none": {"", nil}, "one": {"credential", proof.ErrSignature}} {
		device := signer{private.Public(), func(message []byte, opts crypto.SignerOpts) ([]byte, error) {
			if len(message) != 64 || opts.HashFunc() != 0 {
				t.Errorf("asked to sign %d bytes with %v", len(message), opts.HashFunc())
			}
			return private.Sign(nil, message, &mldsa.Options{Context: c.context})
		}}
		for _, suite := range suites() {
			value, err := suite.Sign(t.Context(), in, device)
			if err != nil {
				t.Fatal(err)
			}
			if err := suite.Verify(t.Context(), in, private.Public(), value); !errors.Is(err, c.want) {
				t.Errorf("context %s: got %v", name, err)
			}
		}
	}
}

// TestContextIsSigned: a proof of either suite holds no @context, and yet that
// of the document is signed with its options.
func TestContextIsSigned(t *testing.T) {
	private, in := generate(t, mldsa.MLDSA44()), input(t)
	value, err := JCS2024{}.Sign(t.Context(), in, private)
	if err != nil {
		t.Fatal(err)
	}
	in.Options = []byte(strings.Replace(options, `{`, `{"@context":["https://www.w3.org/ns/credentials/v2"],`, 1))
	if err := (JCS2024{}).Verify(t.Context(), in, private.Public(), value); err != nil {
		t.Errorf("with the same @context in the proof: %v", err)
	}
}

// BenchmarkVerify and BenchmarkSign have Ed25519 beside, for the ratios.
func BenchmarkVerify(b *testing.B) {
	for suite, private := range benched(b) {
		b.Run(suite.Cryptosuite(), func(b *testing.B) {
			in := input(b)
			value, err := suite.Sign(b.Context(), in, private)
			if err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				if err := suite.Verify(b.Context(), in, private.Public(), value); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkSign(b *testing.B) {
	for suite, private := range benched(b) {
		b.Run(suite.Cryptosuite(), func(b *testing.B) {
			in := input(b)
			for b.Loop() {
				if _, err := suite.Sign(b.Context(), in, private); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func benched(b *testing.B) map[proof.SigningSuite]crypto.Signer {
	b.Helper()
	_, edwards, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		b.Fatal(err)
	}
	lattice := generate(b, mldsa.MLDSA44())
	return map[proof.SigningSuite]crypto.Signer{
		eddsa.RDFC2022{}: edwards, eddsa.JCS2022{}: edwards, RDFC2024{}: lattice, JCS2024{}: lattice,
	}
}
