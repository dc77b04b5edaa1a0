package jwa

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"io"
	"strings"
	"testing"

	"filippo.io/mldsa"
	"github.com/google/go-cmp/cmp"
)

var (
	errChoice, errAlgorithm, errKey = errors.New("choice"), errors.New("algorithm"), errors.New("key")
	errMalformed, errSignature      = errors.New("malformed"), errors.New("signature")
)

func profileOf(known ...string) *Profile {
	return &Profile{known, errChoice, errAlgorithm, errKey, errMalformed, errSignature}
}

func every() *Profile {
	return profileOf(ES256, ES384, ES512, EdDSA, Ed25519, MLDSA44, MLDSA65, MLDSA87)
}

func newSigner(t *testing.T, name string) Signer {
	t.Helper()
	var key crypto.Signer
	var err error
	switch name {
	case ES256:
		key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case ES384:
		key, err = ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	case ES512:
		key, err = ecdsa.GenerateKey(elliptic.P521(), rand.Reader)
	case MLDSA44:
		key, err = mldsa.GenerateKey(mldsa.MLDSA44())
	case MLDSA65:
		key, err = mldsa.GenerateKey(mldsa.MLDSA65())
	case MLDSA87:
		key, err = mldsa.GenerateKey(mldsa.MLDSA87())
	default:
		_, key, err = ed25519.GenerateKey(rand.Reader)
	}
	if err != nil {
		t.Fatal(err)
	}
	return Signer{name, key, rand.Reader}
}

func wantError(t *testing.T, what string, err error, kinds ...error) {
	t.Helper()
	for _, kind := range kinds {
		if !errors.Is(err, kind) {
			t.Errorf("%s: got %v, want %v", what, err, kind)
		}
	}
}

// TestEach signs with each algorithm, and verifies with what is right and what
// is not.
func TestEach(t *testing.T) {
	p := every()
	for _, name := range p.Known {
		signer := newSigner(t, name)
		token, err := p.SignToken(signer, map[string]any{"kid": "k"}, []byte("payload"))
		if err != nil {
			t.Fatal(err)
		}
		header, _, _ := strings.Cut(token, ".")
		if text, _ := base64.RawURLEncoding.DecodeString(header); string(text) != `{"alg":"`+name+`","kid":"k"}` {
			t.Errorf("%s: header %s", name, text)
		}
		if err := p.Verify(token, name, signer.Key.Public()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		wantError(t, name+", another key", p.Verify(token, name, newSigner(t, name).Key.Public()), errSignature)
		wantError(t, name+", cut", p.Verify(token[:strings.LastIndex(token, ".")], name, signer.Key.Public()), errMalformed)
		for _, other := range p.Known {
			fits := other == name || strings.HasPrefix(other, "Ed") && strings.HasPrefix(name, "Ed")
			switch err := p.Check(other, p.Known, signer.Key.Public()); {
			case fits && err != nil:
				t.Errorf("key of %s: %v", name, err)
			case !fits:
				wantError(t, "key of "+name+" for "+other, err, errKey)
			}
		}
	}
}

// TestUnknown: what a profile does not know is not to be had by naming it.
func TestUnknown(t *testing.T) {
	p := profileOf(ES256, Ed25519)
	signer := newSigner(t, MLDSA44)
	public := signer.Key.Public().(*mldsa.PublicKey)
	token, err := every().SignToken(signer, nil, []byte("payload"))
	if err != nil {
		t.Fatal(err)
	}
	wantError(t, "allowed", p.CheckAllowed([]string{ES256, MLDSA44}), errChoice, errAlgorithm)
	wantError(t, "nothing allowed", p.CheckAllowed(nil), errChoice)
	wantError(t, "checked", p.Check(MLDSA44, []string{MLDSA44}, public), errAlgorithm)
	wantError(t, "not allowed", p.Check(Ed25519, []string{ES256}, public), errAlgorithm)
	wantError(t, "verified", p.Verify(token, MLDSA44, public), errAlgorithm)
	_, err = p.SignToken(signer, nil, []byte("payload"))
	wantError(t, "signed", err, errAlgorithm)
	members := map[string]any{"kty": KeyTypeAKP, "alg": MLDSA44, "pub": base64.RawURLEncoding.EncodeToString(public.Bytes())}
	_, _, err = p.ParseKey(members, nil)
	wantError(t, "read", err, errKey)
	key, names, err := every().ParseKey(members, nil)
	if diff := cmp.Diff([]string{MLDSA44}, names); err != nil || diff != "" || !public.Equal(key) {
		t.Errorf("read by who knows it: %v %s", err, diff)
	}
}

func TestPrivate(t *testing.T) {
	for _, name := range []string{"d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"} {
		_, _, err := every().ParseKey(map[string]any{"kty": "OKP", name: nil}, nil)
		wantError(t, name, err, errKey, ErrPrivate)
	}
	if IsPrivate(map[string]any{"kty": "EC", "crv": "P-256", "x": "", "y": "", "n": "", "e": "", "pub": ""}) {
		t.Error("public members are taken for private ones")
	}
}

// answering is a signer of ECDSA that gives an answer of its own.
type answering struct {
	crypto.Signer
	answer []byte
}

func (a answering) Sign(io.Reader, []byte, crypto.SignerOpts) ([]byte, error) { return a.answer, nil }

func TestAnswerTooLarge(t *testing.T) {
	signer := newSigner(t, ES256)
	answer := append([]byte{0x30, 38, 2, 33, 1}, make([]byte, 32)...) // r is 2 to the power of 256
	signer.Key = answering{signer.Key, append(answer, 2, 1, 1)}
	_, err := every().Sign(signer, []byte("message"))
	wantError(t, "r of 33 bytes", err, errKey)
}
