package ecdsa

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"testing"

	"github.com/multiformats/go-multibase"

	"github.com/chancery-vc/chancery/internal/testdata"
	"github.com/chancery-vc/chancery/verifier/proof"
)

type hexBytes []byte

func (b *hexBytes) UnmarshalText(text []byte) (err error) {
	*b, err = hex.DecodeString(string(text))
	return err
}

// wycheproof is one case of the vectors: a signature of key over message.
type wycheproof struct {
	name      string
	key       *ecdsa.PublicKey
	message   []byte
	signature []byte
	result    string
}

// readWycheproof returns all cases of a file, whose curve and hash must be
// those that go together here.
func readWycheproof(t *testing.T, name string) []wycheproof {
	t.Helper()
	var file struct {
		NumberOfTests int
		TestGroups    []struct {
			SHA       string
			PublicKey struct{ Uncompressed hexBytes }
			Tests     []struct {
				TCID     int
				Comment  string
				Msg, Sig hexBytes
				Result   string
			}
		}
	}
	if err := json.Unmarshal(testdata.Read(t, "vectors/wycheproof/testvectors_v1/"+name), &file); err != nil {
		t.Fatal(err)
	}
	var cases []wycheproof
	for _, group := range file.TestGroups {
		curve := map[string]elliptic.Curve{"SHA-256": elliptic.P256(), "SHA-384": elliptic.P384()}[group.SHA]
		key, err := ecdsa.ParseUncompressedPublicKey(curve, group.PublicKey.Uncompressed)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range group.Tests {
			cases = append(cases, wycheproof{fmt.Sprintf("%d %s", c.TCID, c.Comment), key, c.Msg, c.Sig, c.Result})
		}
	}
	if len(cases) == 0 || len(cases) != file.NumberOfTests {
		t.Fatalf("%d cases of %d", len(cases), file.NumberOfTests)
	}
	return cases
}

func (w wycheproof) verify(t *testing.T, signature []byte) error {
	t.Helper()
	value, err := multibase.Encode(multibase.Base58BTC, signature)
	if err != nil {
		t.Fatal(err)
	}
	return verify(w.key, value, func(crypto.Hash) ([]byte, error) { return w.message, nil })
}

// want compares with the result of the vectors, which have no "acceptable"
// cases: one would fail.
func (w wycheproof) want(t *testing.T, err error) {
	t.Helper()
	if got := map[bool]string{true: "valid", false: "invalid"}[err == nil]; w.result != got {
		t.Errorf("%s here (%v), %s there", got, err, w.result)
	}
}

// TestWycheproof gives the vectors' signatures, in the form that proof values
// have (IEEE P1363), as proof values over their messages.
func TestWycheproof(t *testing.T) {
	for _, file := range []string{"ecdsa_secp256r1_sha256_p1363_test.json", "ecdsa_secp384r1_sha384_p1363_test.json"} {
		for _, w := range readWycheproof(t, file) {
			t.Run(file+" "+w.name, func(t *testing.T) { w.want(t, w.verify(t, w.signature)) })
		}
	}
}

// TestWycheproofDER: a signature in DER is never a proof value, be it valid or
// not; as the answer of a signer it is read, and good, if and only if it is
// valid.
func TestWycheproofDER(t *testing.T) {
	for _, file := range []string{"ecdsa_secp256r1_sha256_test.json", "ecdsa_secp384r1_sha384_test.json"} {
		for _, w := range readWycheproof(t, file) {
			t.Run(file+" "+w.name, func(t *testing.T) {
				if err := w.verify(t, w.signature); !errors.Is(err, proof.ErrMalformed) && !errors.Is(err, proof.ErrSignature) {
					t.Errorf("as a proof value: %v", err)
				}
				_, c, err := curveOf(w.key)
				if err != nil {
					t.Fatal(err)
				}
				value, err := FromDER(w.signature, c.size)
				if err == nil {
					err = w.verify(t, value)
				}
				w.want(t, err)
			})
		}
	}
}
