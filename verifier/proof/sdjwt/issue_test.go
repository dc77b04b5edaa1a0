package sdjwt_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chancery-vc/chancery/verifier/proof/sdjwt"
)

// part decodes a part of a JWT.
func part(t testing.TB, token *sdjwt.Token, i int) map[string]any {
	t.Helper()
	data, err := base64.RawURLEncoding.DecodeString(strings.Split(token.JWT, ".")[i])
	if err != nil {
		t.Fatal(err)
	}
	var object map[string]any
	if err := json.Unmarshal(data, &object); err != nil {
		t.Fatal(err)
	}
	return object
}

func TestIssueHides(t *testing.T) {
	token := issue(t, example(t))
	payload := part(t, token, 1)
	digests, _ := payload["_sd"].([]any)
	if len(digests) != 3+2 {
		t.Errorf("%d digests at the top for 3 claims and 2 decoys", len(digests))
	}
	if !slices.IsSortedFunc(digests, func(a, b any) int { return strings.Compare(a.(string), b.(string)) }) {
		t.Error("the order of the digests could be that of the claims")
	}
	nationalities, _ := payload["nationalities"].([]any)
	if len(nationalities) != 4 || nationalities[2] != "US" {
		t.Errorf("nationalities are %v", nationalities)
	}
	text := string(encode(t, payload))
	for _, hidden := range []string{"given_name", "Erika", "address", "Heidestraße", `"DE"`, `"FR"`} {
		if strings.Contains(text, hidden) {
			t.Errorf("%s is in what everybody sees", hidden)
		}
	}
	if payload["_sd_alg"] != "sha-256" || part(t, token, 0)["typ"] != "example+sd-jwt" {
		t.Errorf("_sd_alg %v, header %v", payload["_sd_alg"], part(t, token, 0))
	}
}

// TestSaltsDiffer: the same claims twice have no digest and no salt in common.
func TestSaltsDiffer(t *testing.T) {
	in := example(t)
	one, two := issue(t, in), issue(t, in)
	seen := map[string]bool{}
	for _, d := range slices.Concat(one.Disclosures, two.Disclosures) {
		data, err := base64.RawURLEncoding.DecodeString(d)
		if err != nil {
			t.Fatal(err)
		}
		var parts []any
		if err := json.Unmarshal(data, &parts); err != nil {
			t.Fatal(err)
		}
		salt := parts[0].(string)
		if raw, err := base64.RawURLEncoding.DecodeString(salt); err != nil || len(raw) != 16 || seen[salt] {
			t.Errorf("the salt %q: %v", salt, err)
		}
		seen[salt] = true
	}
	for _, digest := range part(t, one, 1)["_sd"].([]any) {
		if slices.Contains(part(t, two, 1)["_sd"].([]any), digest) {
			t.Error("a digest is in both")
		}
	}
}

func TestEveryAlgorithmAndHash(t *testing.T) {
	_, edwards, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	signers := map[string]crypto.Signer{sdjwt.EdDSA: edwards, sdjwt.Ed25519: edwards}
	for name, curve := range map[string]elliptic.Curve{sdjwt.ES256: elliptic.P256(), sdjwt.ES384: elliptic.P384(), sdjwt.ES512: elliptic.P521()} {
		key, err := ecdsa.GenerateKey(curve, rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		signers[name] = key
	}
	for name, signer := range signers {
		for _, hash := range []string{"", "sha-256", "sha-384", "sha-512"} {
			t.Run(name+" "+hash, func(t *testing.T) {
				in := example(t)
				in.Algorithm, in.Signer, in.Hash, in.Holder = name, signer, hash, signer.Public()
				b := binding(signer)
				b.Algorithm = name
				token := bind(t, present(t, issue(t, in), "/given_name"), b)
				wanted, k := policy(in), wantBinding()
				k.Algorithms = []string{name}
				wanted.KeyBinding = sdjwt.ExpectKeyBinding(k)
				verified, err := sdjwt.Verify(token, wanted)
				if err != nil {
					t.Fatal(err)
				}
				if name, _ := verified.Claim("given_name"); name != "Erika" {
					t.Errorf("given_name is %v", name)
				}
				wanted.Key = alike(t, signer.Public())
				if _, err := sdjwt.Verify(token, wanted); !errors.Is(err, sdjwt.ErrSignature) {
					t.Errorf("another key of the same kind: %v", err)
				}
				wanted.Key = signer.Public()
				for other := range signers {
					if other == name {
						continue
					}
					wanted.Algorithms = []string{other}
					if _, err := sdjwt.Verify(token, wanted); !errors.Is(err, sdjwt.ErrAlgorithm) {
						t.Errorf("%s for %s: %v", name, other, err)
					}
				}
			})
		}
	}
}

// alike returns another key of the same kind.
func alike(t testing.TB, key crypto.PublicKey) crypto.PublicKey {
	t.Helper()
	if public, ok := key.(*ecdsa.PublicKey); ok {
		other, err := ecdsa.GenerateKey(public.Curve, rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		return other.Public()
	}
	other, _, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return other
}

func TestIssueRefuses(t *testing.T) {
	other, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		edit func(*sdjwt.Issuance)
		kind error
	}{
		"no signer":            {func(in *sdjwt.Issuance) { in.Signer = nil }, sdjwt.ErrKey},
		"another curve":        {func(in *sdjwt.Issuance) { in.Algorithm = sdjwt.ES384 }, sdjwt.ErrKey},
		"RSA":                  {func(in *sdjwt.Issuance) { in.Signer = other }, sdjwt.ErrKey},
		"none":                 {func(in *sdjwt.Issuance) { in.Algorithm = "none" }, sdjwt.ErrAlgorithm},
		"a shared secret":      {func(in *sdjwt.Issuance) { in.Algorithm = "HS256" }, sdjwt.ErrAlgorithm},
		"a short hash":         {func(in *sdjwt.Issuance) { in.Hash = "sha-256-64" }, sdjwt.ErrHash},
		"claims twice":         {func(in *sdjwt.Issuance) { in.Claims = []byte(`{"a":1,"a":2}`); in.Selective = nil }, nil},
		"claims no object":     {func(in *sdjwt.Issuance) { in.Claims = []byte(`[]`); in.Selective = nil }, nil},
		"a claim _sd":          {func(in *sdjwt.Issuance) { in.Claims = []byte(`{"a":{"_sd":[]}}`) }, sdjwt.ErrClaim},
		"a claim ...":          {func(in *sdjwt.Issuance) { in.Claims = []byte(`{"a":[{"...":"x"}]}`) }, sdjwt.ErrClaim},
		"a claim _sd_alg":      {func(in *sdjwt.Issuance) { in.Claims = []byte(`{"_sd_alg":"sha-256"}`) }, sdjwt.ErrClaim},
		"a pointer to nothing": {func(in *sdjwt.Issuance) { in.Selective = []string{"/nickname"} }, sdjwt.ErrPointer},
		"a pointer beyond":     {func(in *sdjwt.Issuance) { in.Selective = []string{"/nationalities/3"} }, sdjwt.ErrPointer},
		"a pointer 00":         {func(in *sdjwt.Issuance) { in.Selective = []string{"/nationalities/00"} }, sdjwt.ErrPointer},
		"a pointer twice":      {func(in *sdjwt.Issuance) { in.Selective = []string{"/age", "/age"} }, sdjwt.ErrPointer},
		"not a pointer":        {func(in *sdjwt.Issuance) { in.Selective = []string{"age"} }, sdjwt.ErrPointer},
		"a pointer with ~":     {func(in *sdjwt.Issuance) { in.Selective = []string{"/a~b"} }, sdjwt.ErrPointer},
		"everything":           {func(in *sdjwt.Issuance) { in.Selective = []string{""} }, sdjwt.ErrPointer},
		"iss":                  {func(in *sdjwt.Issuance) { in.Selective = []string{"/iss"} }, sdjwt.ErrPointer},
		"exp":                  {func(in *sdjwt.Issuance) { in.Selective = []string{"/exp"} }, sdjwt.ErrPointer},
		"part of cnf":          {func(in *sdjwt.Issuance) { in.Holder = in.Signer.Public(); in.Selective = []string{"/cnf/jwk"} }, sdjwt.ErrPointer},
		"decoys in a text":     {func(in *sdjwt.Issuance) { in.Decoys = map[string]int{"/age": 1} }, sdjwt.ErrPointer},
		"many decoys":          {func(in *sdjwt.Issuance) { in.Decoys = map[string]int{"": sdjwt.MaxDigests} }, sdjwt.ErrLimit},
		"decoys below zero":    {func(in *sdjwt.Issuance) { in.Decoys = map[string]int{"": -1} }, sdjwt.ErrLimit},
		"two holders": {func(in *sdjwt.Issuance) {
			in.Holder, in.Claims, in.Selective, in.Decoys = in.Signer.Public(), []byte(`{"cnf":{}}`), nil, nil
		}, sdjwt.ErrClaim},
		"a holder with RSA":  {func(in *sdjwt.Issuance) { in.Holder = other.Public() }, sdjwt.ErrKey},
		"a header with alg":  {func(in *sdjwt.Issuance) { in.Header = map[string]any{"alg": "none"} }, sdjwt.ErrPolicy},
		"a header with crit": {func(in *sdjwt.Issuance) { in.Header = map[string]any{"crit": []string{"x"}} }, sdjwt.ErrPolicy},
		"a kid of a number":  {func(in *sdjwt.Issuance) { in.Header = map[string]any{"kid": 42} }, sdjwt.ErrPolicy},
		"too long": {func(in *sdjwt.Issuance) {
			in.Claims, in.Selective, in.Decoys = encode(t, map[string]any{"a": strings.Repeat("x", sdjwt.MaxLength-20)}), nil, nil
		}, sdjwt.ErrLimit},
		"no randomness": {func(in *sdjwt.Issuance) { in.Random = bytes.NewReader(make([]byte, 20)) }, io.ErrUnexpectedEOF},
	} {
		t.Run(name, func(t *testing.T) {
			in := example(t)
			c.edit(&in)
			token, err := sdjwt.Issue(in)
			if token != nil || err == nil || c.kind != nil && !errors.Is(err, c.kind) {
				t.Errorf("got %v, %v", token, err)
			}
		})
	}
}

// TestSignerFails: what a signer answers is looked at.
func TestSignerFails(t *testing.T) {
	for name, answer := range map[string][]byte{"no signature": {1, 2, 3}, "an error": nil} {
		in := example(t)
		in.Signer = brokenSigner{in.Signer, answer}
		if token, err := sdjwt.Issue(in); err == nil || token != nil {
			t.Errorf("%s: got %v, %v", name, token, err)
		}
	}
}

var errSigner = errors.New("the token was pulled out")

type brokenSigner struct {
	crypto.Signer
	answer []byte
}

func (b brokenSigner) Sign(io.Reader, []byte, crypto.SignerOpts) ([]byte, error) {
	if b.answer == nil {
		return nil, errSigner
	}
	return b.answer, nil
}

// TestDigestOfTheText is the digest that RFC 9901, section 4.2.3 works out.
func TestDigestOfTheText(t *testing.T) {
	const disclosure = "WyJfMjZiYzRMVC1hYzZxMktJNmNCVzVlcyIsICJmYW1pbHlfbmFtZSIsICJNw7ZiaXVzIl0"
	key := newKey(t)
	token := signed(t, key, `{"alg":"ES256"}`, `{"given_name":"Alice","_sd":["X9yH0Ajrdm1Oij4tWso9UzzKJvPoDxwmuEcO3XAdRC0"]}`, disclosure)
	verified, err := sdjwt.Verify(token, plainPolicy(key))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]any{"given_name": "Alice", "family_name": "Möbius"}, verified.Claims()); diff != "" {
		t.Error(diff)
	}
}
