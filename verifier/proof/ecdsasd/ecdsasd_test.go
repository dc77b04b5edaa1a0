package ecdsasd

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/chancery-vc/chancery/internal/jsonld"
	"github.com/chancery-vc/chancery/verifier/proof"
	"github.com/chancery-vc/chancery/verifier/proof/selective"
	"github.com/chancery-vc/chancery/verifier/proof/selective/selectivetest"
)

const document = selectivetest.Document

var mandatory = selectivetest.Mandatory()

func newKey256(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	key, err := newKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func newInput(t testing.TB, document string) proof.Input {
	t.Helper()
	return selectivetest.Input(t, SD2023{}, document)
}

// shown is a derived proof, and what its base proof is.
type shown struct {
	key  *ecdsa.PrivateKey
	in   proof.Input // of what was signed
	base string

	part  proof.Input
	value string
}

func show(t testing.TB, document string, mandatory, pointers []string) shown {
	t.Helper()
	s := shown{key: newKey256(t), in: newInput(t, document)}
	var err error
	if s.base, err = (SD2023{Mandatory: mandatory}).Sign(t.Context(), s.in, s.key); err != nil {
		t.Fatal(err)
	}
	s.part = s.in
	if s.part.Document, s.value, err = (SD2023{}).Derive(t.Context(), s.in, s.base, pointers); err != nil {
		t.Fatal(err)
	}
	if err := s.verify(t); err != nil {
		t.Fatal(err)
	}
	return s
}

func (s shown) verify(t testing.TB) error {
	return SD2023{}.Verify(t.Context(), s.part, s.key.Public(), s.value)
}

func TestDerive(t *testing.T) { selectivetest.Derive(t, SD2023{}, newKey256(t)) }

// TestDeriveHides: what is not disclosed is in no part of what is shown.
func TestDeriveHides(t *testing.T) {
	s := show(t, document, mandatory, []string{"/credentialSubject/0/name"})
	derived, err := decodeDerived(s.value)
	if err != nil {
		t.Fatal(err)
	}
	base, err := decodeBase(s.base)
	if err != nil {
		t.Fatal(err)
	}
	_, raw, _ := strings.Cut(s.value, "u")
	value, err := base64.RawURLEncoding.DecodeString(raw)
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{"Bea", "Þórdís", "a text"} {
		if bytes.Contains(s.part.Document, []byte(secret)) {
			t.Errorf("%s is disclosed", secret)
		}
	}
	if bytes.Contains(value, base.hmacKey) {
		t.Error("the HMAC key is disclosed, by which labels can be guessed")
	}
	withheld := 0
	for _, signature := range base.signatures {
		if !bytes.Contains(value, signature) {
			withheld++
		}
	}
	if want := len(base.signatures) - len(derived.signatures); withheld != want || want == 0 {
		t.Errorf("%d signatures are withheld, want %d", withheld, want)
	}
}

func TestDeriveRefuses(t *testing.T) { selectivetest.DeriveRefuses(t, SD2023{}, newKey256(t), nil) }

func TestVerifyRefuses(t *testing.T) {
	public25519, _, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	p384, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	selectivetest.VerifyRefuses(t, SD2023{}, newKey256(t), newKey256(t), map[string]crypto.PublicKey{
		"Ed25519": public25519, "P-384": p384.Public(),
	})
}

// TestVerifyRefusesValues tampers with each part of a derived proof value, and
// encodes it again.
func TestVerifyRefusesValues(t *testing.T) {
	subject := []string{"/credentialSubject"}
	s, other := show(t, document, mandatory, subject), show(t, document, mandatory, subject)
	otherValue, err := decodeDerived(other.value)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		edit func(v *derivedValue)
		want error
	}{
		"as it was":                     {func(*derivedValue) {}, nil},
		"signature of another":          {func(v *derivedValue) { v.signature = otherValue.signature }, proof.ErrSignature},
		"key of another":                {func(v *derivedValue) { v.publicKey = otherValue.publicKey }, proof.ErrSignature},
		"key and statements of another": {func(v *derivedValue) { v.publicKey, v.signatures = otherValue.publicKey, otherValue.signatures }, proof.ErrSignature},
		"not a point":                   {func(v *derivedValue) { v.publicKey = append(v.publicKey[:2:2], make([]byte, 33)...) }, proof.ErrMalformed},
		"a key of another kind":         {func(v *derivedValue) { v.publicKey = append([]byte{0xed, 0x01}, v.publicKey[2:]...) }, proof.ErrMalformed},
		"a key too long":                {func(v *derivedValue) { v.publicKey = append(v.publicKey, 0) }, proof.ErrMalformed},
		"signatures exchanged":          {func(v *derivedValue) { v.signatures[0], v.signatures[1] = v.signatures[1], v.signatures[0] }, proof.ErrSignature},
		"one signature for two":         {func(v *derivedValue) { v.signatures[0] = v.signatures[1] }, proof.ErrSignature},
		"the issuer's for a statement":  {func(v *derivedValue) { v.signatures[0] = v.signature }, proof.ErrSignature},
		"a signature less":              {func(v *derivedValue) { v.signatures = v.signatures[1:] }, proof.ErrSignature},
		"a signature more":              {func(v *derivedValue) { v.signatures = append(v.signatures, v.signatures[0]) }, proof.ErrSignature},
		"no signatures":                 {func(v *derivedValue) { v.signatures = nil }, proof.ErrSignature},
		"a signature too short":         {func(v *derivedValue) { v.signatures[0] = v.signatures[0][1:] }, proof.ErrMalformed},
		"a signature of zeros":          {func(v *derivedValue) { v.signatures[0] = make([]byte, signatureSize) }, proof.ErrSignature},
		"labels exchanged":              {func(v *derivedValue) { v.labels[0], v.labels[1] = v.labels[1], v.labels[0] }, proof.ErrSignature},
		"labels of another":             {func(v *derivedValue) { v.labels = otherValue.labels }, proof.ErrSignature},
		"one label for two":             {func(v *derivedValue) { v.labels[0] = v.labels[1] }, proof.ErrMalformed},
		"a label more":                  {func(v *derivedValue) { v.labels[2] = make([]byte, labelSize) }, proof.ErrSignature},
		"a label less":                  {func(v *derivedValue) { delete(v.labels, 0) }, proof.ErrSignature},
		"a label out of range":          {func(v *derivedValue) { v.labels[9] = v.labels[0]; delete(v.labels, 0) }, proof.ErrMalformed},
		"a label too long":              {func(v *derivedValue) { v.labels[0] = append(v.labels[0], 0) }, proof.ErrMalformed},
		"no labels":                     {func(v *derivedValue) { v.labels = map[uint64][]byte{} }, proof.ErrSignature},
		"an index less":                 {func(v *derivedValue) { v.mandatory = v.mandatory[1:] }, proof.ErrSignature},
		"an index more":                 {func(v *derivedValue) { v.mandatory = selectivetest.WithIndex(v.mandatory) }, proof.ErrSignature},
		"an index for a signature": {func(v *derivedValue) {
			v.mandatory, v.signatures = selectivetest.WithIndex(v.mandatory), v.signatures[1:]
		}, proof.ErrSignature},
		"an index out of range":    {func(v *derivedValue) { v.mandatory = append(v.mandatory, 99) }, proof.ErrSignature},
		"an index twice":           {func(v *derivedValue) { v.mandatory = slices.Insert(v.mandatory, 0, v.mandatory[0]) }, proof.ErrMalformed},
		"indexes in another order": {func(v *derivedValue) { slices.Reverse(v.mandatory) }, proof.ErrMalformed},
		"a negative index":         {func(v *derivedValue) { v.mandatory[0] = -1 }, proof.ErrMalformed},
		"no indexes":               {func(v *derivedValue) { v.mandatory = nil }, proof.ErrSignature},
	} {
		t.Run(name, func(t *testing.T) {
			v, err := decodeDerived(s.value)
			if err != nil {
				t.Fatal(err)
			}
			if len(v.signatures) < 2 || len(v.labels) != 2 || len(v.mandatory) < 2 {
				t.Fatalf("too little to tamper with: %v", v)
			}
			c.edit(&v)
			tampered := s
			if tampered.value, err = v.encode(); err != nil {
				t.Fatal(err)
			}
			if err := tampered.verify(t); !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
		})
	}
}

// TestEachBitAndByte flips each bit of a derived proof value, before base64 and
// of its text, and cuts it off everywhere.
func TestEachBitAndByte(t *testing.T) {
	s := show(t, document, mandatory, []string{"/name"})
	raw, err := base64.RawURLEncoding.DecodeString(s.value[1:])
	if err != nil {
		t.Fatal(err)
	}
	refuse := func(what string, at int, value string) {
		altered := s
		altered.value = value
		if err := altered.verify(t); err == nil {
			t.Errorf("%s %d: it still verifies", what, at)
		}
	}
	for i := range len(raw) * 8 {
		flipped := bytes.Clone(raw)
		flipped[i/8] ^= 1 << (i % 8)
		refuse("bit", i, "u"+base64.RawURLEncoding.EncodeToString(flipped))
	}
	for i := range len(s.value) * 8 {
		flipped := []byte(s.value)
		flipped[i/8] ^= 1 << (i % 8)
		refuse("bit of the text", i, string(flipped))
	}
	for i := range raw {
		refuse("bytes", i, "u"+base64.RawURLEncoding.EncodeToString(raw[:i]))
	}
	for i := range s.value {
		refuse("characters", i, s.value[:i])
	}
}

func TestSignRefuses(t *testing.T) {
	_, private25519, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	p384, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	fault := errors.New("no randomness")
	many := slices.Repeat([]string{"/issuer"}, 1001)
	for name, c := range map[string]struct {
		suite    SD2023
		document string
		signer   crypto.Signer
		want     error
	}{
		"Ed25519":               {SD2023{}, document, private25519, proof.ErrKey},
		"P-384":                 {SD2023{}, document, p384, proof.ErrKey},
		"a pointer to nothing":  {SD2023{Mandatory: []string{"/expires"}}, document, newKey256(t), proof.ErrPointer},
		"too many pointers":     {SD2023{Mandatory: many}, document, newKey256(t), proof.ErrPointer},
		"an id for blank nodes": {SD2023{}, strings.Replace(document, "did:example:s", "urn:bnid:s", 1), newKey256(t), jsonld.ErrInvalid},
		"no randomness":         {SD2023{Random: iotest.ErrReader(fault)}, document, newKey256(t), fault},
		"no more randomness":    {SD2023{Random: io.LimitReader(rand.Reader, 40)}, document, newKey256(t), io.ErrUnexpectedEOF},
		"a device that fails":   {SD2023{}, document, broken{newKey256(t).Public(), fault}, fault},
	} {
		t.Run(name, func(t *testing.T) {
			if value, err := c.suite.Sign(t.Context(), newInput(t, c.document), c.signer); !errors.Is(err, c.want) || value != "" {
				t.Errorf("got %s, %v, want %v", value, err, c.want)
			}
		})
	}
	t.Run("zeros for randomness", func(t *testing.T) {
		zeros := SD2023{Random: bytes.NewReader(make([]byte, 1000))}
		if value, err := zeros.Sign(t.Context(), newInput(t, document), newKey256(t)); err == nil {
			t.Errorf("got %s", value)
		}
	})
}

type broken struct {
	public crypto.PublicKey
	err    error
}

func (b broken) Public() crypto.PublicKey { return b.public }

func (b broken) Sign(io.Reader, []byte, crypto.SignerOpts) ([]byte, error) { return nil, b.err }

// TestCaps: no more is signed than is verified.
func TestCaps(t *testing.T) {
	if value, err := (SD2023{}).Sign(t.Context(), newInput(t, selectivetest.Large(maxStatements)), newKey256(t)); !errors.Is(err, ErrTooLarge) {
		t.Errorf("got %.80s, %v", value, err)
	}
	v := derivedValue{signed: signed{signature: make([]byte, 64), publicKey: make([]byte, 35)}, labels: map[uint64][]byte{}}
	v.signatures = slices.Repeat([][]byte{make([]byte, 64)}, maxStatements)
	for i := range uint64(maxStatements + 1) {
		v.labels[i] = make([]byte, labelSize)
	}
	full, err := v.encode()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := decodeDerived(full); err != nil {
		t.Errorf("%d signatures: %v", maxStatements, err)
	}
	for name, more := range map[string]func(*derivedValue){
		"signatures": func(v *derivedValue) { v.signatures = append(v.signatures, v.signatures[0]) },
		"labels":     func(v *derivedValue) { v.labels[maxStatements+1] = make([]byte, labelSize) },
	} {
		v, err := decodeDerived(full)
		if err != nil {
			t.Fatal(err)
		}
		more(&v)
		text, err := v.encode()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := decodeDerived(text); !errors.Is(err, proof.ErrMalformed) {
			t.Errorf("more %s: got %v", name, err)
		}
	}
	long := baseValue{signed: v.signed, mandatory: []string{strings.Repeat("/a", selective.MaxValue)}}
	if _, err := long.encode(); !errors.Is(err, ErrTooLarge) {
		t.Errorf("got %v", err)
	}
}

// TestKeysAreFresh: two base proofs share no key.
func TestKeysAreFresh(t *testing.T) {
	in, key := newInput(t, document), newKey256(t)
	seen := map[string]bool{}
	for range 3 {
		value, err := SD2023{}.Sign(t.Context(), in, key)
		if err != nil {
			t.Fatal(err)
		}
		v, err := decodeBase(value)
		if err != nil {
			t.Fatal(err)
		}
		seen[string(v.publicKey)], seen[string(v.hmacKey)] = true, true
	}
	if len(seen) != 6 {
		t.Errorf("only %d of 6 keys differ", len(seen))
	}
}
