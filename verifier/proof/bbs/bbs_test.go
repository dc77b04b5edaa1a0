package bbs

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
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/iotest"

	"github.com/chancery-vc/chancery/internal/jsonld"
	"github.com/chancery-vc/chancery/internal/multikey"
	"github.com/chancery-vc/chancery/verifier/proof"
	"github.com/chancery-vc/chancery/verifier/proof/prooftest"
	"github.com/chancery-vc/chancery/verifier/proof/selective"
	"github.com/chancery-vc/chancery/verifier/proof/selective/selectivetest"
)

const document = selectivetest.Document

var mandatory = selectivetest.Mandatory()

func newKey(t testing.TB) *PrivateKey {
	t.Helper()
	key, err := GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func newInput(t testing.TB, document string) proof.Input {
	t.Helper()
	return selectivetest.Input(t, BBS2023{}, document)
}

// issued is a base proof, with what its issuer and its holder know.
type issued struct {
	key   *PrivateKey
	in    proof.Input
	value string
	suite BBS2023 // the holder's
}

// bound is a suite with a new holder, by feature.
func bound(t testing.TB, feature Feature) BBS2023 {
	t.Helper()
	suite := BBS2023{NymDomain: "verifier.example", PresentationHeader: []byte("fresh")}
	if feature == Baseline {
		return suite
	}
	commitment, holder, err := Holder{}.Commit(rand.Reader, feature)
	if err != nil {
		t.Fatal(err)
	}
	suite.Holder, suite.Binding = &holder, &Binding{Feature: feature, Commitment: commitment}
	return suite
}

// issue makes a base proof, bound to a new holder by feature.
func issue(t testing.TB, document string, mandatory []string, feature Feature) issued {
	t.Helper()
	i := issued{key: newKey(t), in: newInput(t, document), suite: bound(t, feature)}
	i.suite.Mandatory = mandatory
	var err error
	if i.value, err = i.suite.Sign(t.Context(), i.in, i.key); err != nil {
		t.Fatal(err)
	}
	return i
}

// shown is a derived proof.
type shown struct {
	key   crypto.PublicKey
	part  proof.Input
	value string
}

func (i issued) show(t testing.TB, pointers ...string) shown {
	t.Helper()
	s := shown{key: i.key.Public(), part: i.in}
	var err error
	if s.part.Document, s.value, err = i.suite.Derive(t.Context(), i.in, i.value, pointers); err != nil {
		t.Fatal(err)
	}
	if err := s.verify(t); err != nil {
		t.Fatal(err)
	}
	return s
}

func (s shown) verify(t testing.TB) error {
	return BBS2023{}.Verify(t.Context(), s.part, s.key, s.value)
}

func (s shown) decoded(t testing.TB) derivedValue {
	t.Helper()
	v, err := decodeDerived(s.value)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// with is s with another value.
func (s shown) with(t testing.TB, v derivedValue) shown {
	t.Helper()
	value, err := v.encode()
	if err != nil {
		t.Fatal(err)
	}
	s.value = value
	return s
}

func TestDerive(t *testing.T) {
	for _, feature := range features {
		t.Run(string(feature), func(t *testing.T) { selectivetest.Derive(t, bound(t, feature), newKey(t)) })
	}
}

func TestDeriveRefuses(t *testing.T) {
	i := issue(t, document, mandatory, Baseline)
	altered := func(edit func(*baseValue)) string {
		v, err := decodeBase(i.value)
		if err != nil {
			t.Fatal(err)
		}
		edit(&v)
		value, err := v.encode()
		if err != nil {
			t.Fatal(err)
		}
		return value
	}
	with := func(edit func(*baseValue), want error) selectivetest.Derivation {
		return selectivetest.Derivation{In: i.in, Value: altered(edit), Want: want}
	}
	of := func(in proof.Input) selectivetest.Derivation {
		return selectivetest.Derivation{In: in, Value: i.value, Want: proof.ErrSignature}
	}
	selectivetest.DeriveRefuses(t, BBS2023{}, i.key, map[string]selectivetest.Derivation{
		"a mandatory one is changed": of(newInput(t, strings.Replace(document, `"2027`, `"2037`, 1))),
		"a statement is changed":     of(newInput(t, strings.Replace(document, `Anna`, "Anne", 1))),
		"another purpose":            of(prooftest.OtherPurpose(i.in)),
		"another signature":          with(func(v *baseValue) { v.signature[79] ^= 1 }, proof.ErrSignature),
		"a signature of zeros":       with(func(v *baseValue) { v.signature = make([]byte, 80) }, proof.ErrMalformed),
		"a header of zeros":          with(func(v *baseValue) { v.header = make([]byte, 64) }, proof.ErrSignature),
		"another key":                with(func(v *baseValue) { v.publicKey = newKey(t).secret.PublicKey().Bytes() }, proof.ErrSignature),
		"a key of zeros":             with(func(v *baseValue) { v.publicKey = make([]byte, 96) }, proof.ErrKey),
		"fewer mandatory pointers":   with(func(v *baseValue) { v.mandatory = v.mandatory[1:] }, proof.ErrSignature),
	})
	t.Run("no randomness", func(t *testing.T) {
		fault := errors.New("no randomness")
		if _, value, err := (BBS2023{Random: iotest.ErrReader(fault)}).Derive(t.Context(), i.in, i.value, nil); !errors.Is(err, fault) || value != "" {
			t.Errorf("got %s, %v", value, err)
		}
	})
}

func TestVerifyRefuses(t *testing.T) {
	public25519, _, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	p256, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	selectivetest.VerifyRefuses(t, BBS2023{}, newKey(t), newKey(t), map[string]crypto.PublicKey{
		"Ed25519":                public25519,
		"P-256":                  p256.Public(),
		"no key":                 nil,
		"secp256k1":              multikey.Other{Code: multikey.CodeSecp256k1, Bytes: make([]byte, 33)},
		"the identity for a key": multikey.BLS12381G2(append([]byte{0xc0}, make([]byte, 95)...)),
	})
}

// TestVerifyRefusesValues tampers with each part of a derived proof value that
// every feature has, and encodes it again.
func TestVerifyRefusesValues(t *testing.T) {
	pairs := map[Feature][2]shown{}
	for _, feature := range features {
		for i := range pairs[feature] {
			pair := pairs[feature]
			pair[i] = issue(t, document, mandatory, feature).show(t, "/credentialSubject")
			pairs[feature] = pair
		}
	}
	for name, c := range map[string]struct {
		edit func(v *derivedValue, other derivedValue)
		want error
	}{
		"as it was":                {func(v *derivedValue, other derivedValue) {}, nil},
		"proof of another":         {func(v *derivedValue, other derivedValue) { v.proof = other.proof }, proof.ErrSignature},
		"a proof too short":        {func(v *derivedValue, _ derivedValue) { v.proof = v.proof[:len(v.proof)-1] }, proof.ErrMalformed},
		"a scalar less":            {func(v *derivedValue, _ derivedValue) { v.proof = v.proof[:len(v.proof)-32] }, proof.ErrSignature},
		"a scalar more":            {func(v *derivedValue, _ derivedValue) { v.proof = append(v.proof, v.proof[len(v.proof)-32:]...) }, proof.ErrSignature},
		"no proof":                 {func(v *derivedValue, _ derivedValue) { v.proof = nil }, proof.ErrMalformed},
		"an empty proof":           {func(v *derivedValue, _ derivedValue) { v.proof = []byte{} }, proof.ErrMalformed},
		"a proof of zeros":         {func(v *derivedValue, _ derivedValue) { clear(v.proof) }, proof.ErrMalformed},
		"the identity for a point": {func(v *derivedValue, _ derivedValue) { clear(v.proof[:48]); v.proof[0] = 0xc0 }, proof.ErrMalformed},
		"a scalar not below r":     {func(v *derivedValue, _ derivedValue) { setAll(v.proof[144:176], 0xff) }, proof.ErrMalformed},
		"a scalar of zero":         {func(v *derivedValue, _ derivedValue) { clear(v.proof[144:176]) }, proof.ErrMalformed},
		"another challenge":        {func(v *derivedValue, _ derivedValue) { v.proof[len(v.proof)-1] ^= 1 }, proof.ErrSignature},
		"labels exchanged":         {func(v *derivedValue, _ derivedValue) { v.labels[0], v.labels[1] = v.labels[1], v.labels[0] }, proof.ErrSignature},
		"one label for two":        {func(v *derivedValue, _ derivedValue) { v.labels[0] = v.labels[1] }, proof.ErrMalformed},
		"a label more":             {func(v *derivedValue, _ derivedValue) { v.labels[2] = 7 }, proof.ErrSignature},
		"a label less":             {func(v *derivedValue, _ derivedValue) { delete(v.labels, 0) }, proof.ErrSignature},
		"a label out of range":     {func(v *derivedValue, _ derivedValue) { v.labels[9] = v.labels[0]; delete(v.labels, 0) }, proof.ErrMalformed},
		"another label":            {func(v *derivedValue, _ derivedValue) { v.labels[0] = 7 }, proof.ErrSignature},
		"a huge label":             {func(v *derivedValue, _ derivedValue) { v.labels[0] = 1 << 40 }, proof.ErrMalformed},
		"no labels":                {func(v *derivedValue, _ derivedValue) { v.labels = map[uint64]uint64{} }, proof.ErrSignature},
		"a mandatory index less":   {func(v *derivedValue, _ derivedValue) { v.mandatory = v.mandatory[1:] }, proof.ErrSignature},
		"a mandatory index more":   {func(v *derivedValue, _ derivedValue) { v.mandatory = selectivetest.WithIndex(v.mandatory) }, proof.ErrSignature},
		"mandatory for selective": {func(v *derivedValue, _ derivedValue) {
			v.mandatory, v.selective = selectivetest.WithIndex(v.mandatory), v.selective[1:]
		}, proof.ErrSignature},
		"mandatory out of range":     {func(v *derivedValue, _ derivedValue) { v.mandatory = append(v.mandatory, 99) }, proof.ErrSignature},
		"mandatory twice":            {func(v *derivedValue, _ derivedValue) { v.mandatory = slices.Insert(v.mandatory, 0, v.mandatory[0]) }, proof.ErrMalformed},
		"mandatory in another order": {func(v *derivedValue, _ derivedValue) { slices.Reverse(v.mandatory) }, proof.ErrMalformed},
		"a negative index":           {func(v *derivedValue, _ derivedValue) { v.mandatory[0] = -1 }, proof.ErrMalformed},
		"nothing mandatory":          {func(v *derivedValue, _ derivedValue) { v.mandatory = nil }, proof.ErrSignature},
		"a selective index less":     {func(v *derivedValue, _ derivedValue) { v.selective = v.selective[1:] }, proof.ErrSignature},
		"a selective index more":     {func(v *derivedValue, _ derivedValue) { v.selective = selectivetest.WithIndex(v.selective) }, proof.ErrSignature},
		"another selective index": {func(v *derivedValue, _ derivedValue) {
			v.selective = selectivetest.WithIndex(v.selective)[:len(v.selective)]
		}, proof.ErrSignature},
		"selective out of range":     {func(v *derivedValue, _ derivedValue) { v.selective[len(v.selective)-1] = 99 }, proof.ErrSignature},
		"selective beyond the cap":   {func(v *derivedValue, _ derivedValue) { v.selective[len(v.selective)-1] = maxStatements + 1 }, proof.ErrMalformed},
		"selective twice":            {func(v *derivedValue, _ derivedValue) { v.selective[1] = v.selective[0] }, proof.ErrMalformed},
		"selective in another order": {func(v *derivedValue, _ derivedValue) { slices.Reverse(v.selective) }, proof.ErrMalformed},
		"nothing selective":          {func(v *derivedValue, _ derivedValue) { v.selective = nil }, proof.ErrSignature},
		"another presentation":       {func(v *derivedValue, _ derivedValue) { v.PresentationHeader = []byte("stale") }, proof.ErrSignature},
		"no presentation header":     {func(v *derivedValue, _ derivedValue) { v.PresentationHeader = nil }, proof.ErrSignature},
	} {
		t.Run(name, func(t *testing.T) {
			for _, feature := range features {
				s := pairs[feature][0]
				v, other := s.decoded(t), pairs[feature][1].decoded(t)
				if len(v.selective) < 2 || len(v.labels) != 2 || len(v.mandatory) < 2 {
					t.Fatalf("too little to tamper with: %v", v)
				}
				c.edit(&v, other)
				if err := s.with(t, v).verify(t); !errors.Is(err, c.want) {
					t.Errorf("%s: got %v, want %v", feature, err, c.want)
				}
			}
		})
	}
}

func setAll(data []byte, b byte) {
	for i := range data {
		data[i] = b
	}
}

// TestEachBitAndByte flips each bit of a derived proof value before base64, one
// of each character, and cuts it off everywhere. In short mode it tries some.
func TestEachBitAndByte(t *testing.T) {
	s := issue(t, document, []string{""}, Pseudonym).show(t) // withholds the least
	raw, err := base64.RawURLEncoding.DecodeString(s.value[1:])
	if err != nil {
		t.Fatal(err)
	}
	var altered []string
	add := func(data []byte) { altered = append(altered, "u"+base64.RawURLEncoding.EncodeToString(data)) }
	for i := range len(raw) * 8 {
		flipped := bytes.Clone(raw)
		flipped[i/8] ^= 1 << (i % 8)
		add(flipped)
	}
	for i := range s.value {
		flipped := []byte(s.value)
		flipped[i] ^= 1 << (i % 8)
		altered = append(altered, string(flipped))
	}
	for i := range raw {
		add(raw[:i])
	}
	for i := range s.value {
		altered = append(altered, s.value[:i])
	}
	step := 1
	if testing.Short() {
		step = 17
	}
	var workers sync.WaitGroup
	for worker := range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for i := worker * step; i < len(altered); i += runtime.GOMAXPROCS(0) * step {
				tampered := s
				tampered.value = altered[i]
				if err := tampered.verify(t); err == nil {
					t.Errorf("alteration %d of %s still verifies: %s", i, s.value, altered[i])
				}
			}
		})
	}
	workers.Wait()
}

func TestSignRefuses(t *testing.T) {
	_, private25519, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	p256, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	fault := errors.New("no randomness")
	key := newKey(t)
	for name, c := range map[string]struct {
		suite    BBS2023
		document string
		signer   crypto.Signer
		want     error
	}{
		"Ed25519":               {BBS2023{}, document, private25519, proof.ErrKey},
		"P-256":                 {BBS2023{}, document, p256, proof.ErrKey},
		"a pointer to nothing":  {BBS2023{Mandatory: []string{"/expires"}}, document, key, proof.ErrPointer},
		"too many pointers":     {BBS2023{Mandatory: slices.Repeat([]string{"/issuer"}, 1001)}, document, key, proof.ErrPointer},
		"an id for blank nodes": {BBS2023{}, strings.Replace(document, "did:example:s", "urn:bnid:s", 1), key, jsonld.ErrInvalid},
		"no randomness":         {BBS2023{Random: iotest.ErrReader(fault)}, document, key, fault},
		"too little randomness": {BBS2023{Random: io.LimitReader(rand.Reader, 31)}, document, key, io.ErrUnexpectedEOF},
		"a device that fails":   {BBS2023{}, document, device{key.Public(), nil, fault}, fault},
		"a device of ECDSA":     {BBS2023{}, document, device{key.Public(), make([]byte, 64), nil}, proof.ErrKey},
	} {
		t.Run(name, func(t *testing.T) {
			if value, err := c.suite.Sign(t.Context(), newInput(t, c.document), c.signer); !errors.Is(err, c.want) || value != "" {
				t.Errorf("got %s, %v, want %v", value, err, c.want)
			}
		})
	}
}

// device is a signer that answers what it was told to.
type device struct {
	public    crypto.PublicKey
	signature []byte
	err       error
}

func (d device) Public() crypto.PublicKey { return d.public }

func (d device) Sign(io.Reader, []byte, crypto.SignerOpts) ([]byte, error) {
	return d.signature, d.err
}

// TestCaps: no more is signed than is verified.
func TestCaps(t *testing.T) {
	if value, err := (BBS2023{}).Sign(t.Context(), newInput(t, selectivetest.Large(maxStatements)), newKey(t)); !errors.Is(err, ErrTooLarge) {
		t.Errorf("got %.80s, %v", value, err)
	}
	v := derivedValue{Shown: Shown{Feature: Baseline}, proof: make([]byte, proofFloor), labels: map[uint64]uint64{}}
	for i := range maxStatements {
		v.labels[uint64(i)] = 1
		v.mandatory, v.selective = append(v.mandatory, i), append(v.selective, i)
	}
	v.labels[maxStatements] = 1
	full, err := v.encode()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := decodeDerived(full); err != nil {
		t.Errorf("%d indexes: %v", maxStatements, err)
	}
	for name, more := range map[string]func(*derivedValue){
		"mandatory indexes": func(v *derivedValue) { v.mandatory = append(v.mandatory, maxStatements) },
		"selective indexes": func(v *derivedValue) { v.selective = append(v.selective, maxStatements) },
		"labels":            func(v *derivedValue) { v.labels[maxStatements+1] = 1 },
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
	long := derivedValue{Shown: Shown{Feature: Baseline, PresentationHeader: make([]byte, selective.MaxValue)}}
	if _, err := long.encode(); !errors.Is(err, ErrTooLarge) {
		t.Errorf("got %v", err)
	}
}

// TestLongProof: a proof that says it withholds more than can be signed is
// refused before it is worked on.
func TestLongProof(t *testing.T) {
	s := issue(t, document, mandatory, Baseline).show(t)
	v := s.decoded(t)
	v.proof = append(v.proof, make([]byte, 32*maxStatements)...)
	if err := s.with(t, v).verify(t); !errors.Is(err, ErrTooLarge) {
		t.Errorf("got %v", err)
	}
}

// TestKeysAreFresh: two base proofs share no key but the issuer's.
func TestKeysAreFresh(t *testing.T) {
	in, key := newInput(t, document), newKey(t)
	seen := map[string]bool{}
	for range 3 {
		value, err := BBS2023{}.Sign(t.Context(), in, key)
		if err != nil {
			t.Fatal(err)
		}
		v, err := decodeBase(value)
		if err != nil {
			t.Fatal(err)
		}
		seen[string(v.hmacKey)] = true
	}
	if len(seen) != 3 {
		t.Errorf("only %d of 3 keys differ", len(seen))
	}
}
