package multikey

import (
	"bytes"
	"crypto/ecdh"
	"crypto/ed25519"
	"encoding/hex"
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"testing"

	"github.com/multiformats/go-multibase"

	"github.com/chancery-vc/chancery/internal/testdata"
)

// FuzzDecode: what is accepted encodes to the same value, so that a key has
// one value only.
func FuzzDecode(f *testing.F) {
	for _, value := range []string{
		"z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp",
		"z6LSeu9HkTHSfLLeUs2nnzUSNedgDUevfNQgQjQC23ZCit6F",
		"zQ3shokFTS3brHcDQrn82RUDfCZESWL1ZdCEJwekUDPQiYBme",
		"zDnaerDaTF5BXEavCrfRZEk316dpbLsfPDZ3WJ5hRTPFU2169",
		"z82Lm1MpAkeJcix9K8TMiLd5NMAhnwkjjCBeWHXyu3U4oT2MVJJKXkcVBgjGhnLBn2Kaau9",
		"z2J9gaYxrKVpdoG9A4gRnmpnRCcxU6agDtFVVBVdn1JedouoZN7SzcyREXXzWgt3gGiwpoHq7K68X4m32D8HgzG8wv3sY5j7",
		"zUC7EK3ZakmukHhuncwkbySmomv3FmrkmS36E4Ks5rsb6VQSRpoCrx6Hb8e2Nk6UvJFSdyw9NK1scFXJp21gNNYFjVWNgaqyGnkyhtagagCpQb5B7tagJu3HDbjQ8h5ypoHjwBb",
		"zTjsVPtY",
		"z",
		"uAAAA",
		"ukCQ" + strings.Repeat("A", 1749),
		"ukSQ" + strings.Repeat("A", 2603),
	} {
		f.Add(value)
	}
	f.Fuzz(func(t *testing.T, value string) {
		key, err := Decode(value)
		if err != nil {
			if !errors.Is(err, ErrInvalid) || key != nil {
				t.Fatalf("got %v, %v", key, err)
			}
			return
		}
		if again, err := Encode(key); err != nil || again != value {
			t.Fatalf("%q became %q, %v", value, again, err)
		}
	})
}

// otherBase is why most vectors of multibase do not apply.
const otherBase = "another base, which is refused: Multikey gives each type of key base58-btc or base64url"

// TestVectorsMultibase: base58-btc and base64url are read as the vectors have
// them, and every other base is refused.
func TestVectorsMultibase(t *testing.T) {
	for _, name := range []string{"basic", "leading_zero", "two_leading_zeros", "case_insensitivity"} {
		lines := lines(t, "tests/"+name)
		want := unquote(t, lines[0])
		for _, line := range lines[1:] {
			base, _, _ := strings.Cut(line, ", ")
			t.Run(name+"/"+base, func(t *testing.T) {
				_, got, err := decodeBase(unquote(t, line))
				if base != "base58btc" && base != "base64url" {
					testdata.NotApplicable(t, otherBase)
					if !errors.Is(err, ErrInvalid) {
						t.Errorf("got %q, %v", got, err)
					}
					return
				}
				if err != nil || string(got) != want {
					t.Errorf("got %q, %v, want %q", got, err, want)
				}
			})
		}
	}
}

// TestVectorsMultibaseTable: of the prefixes of the table, two are taken.
func TestVectorsMultibaseTable(t *testing.T) {
	want := map[string][]byte{
		"base58btc": {0x03, 0xdb, 0x6d}, // (1*58*58 + 17*58 + 8)*58 + 17
		"base64url": {0xd8, 0x9f, 0x49}, // 54, 9, 61 and 9, of 6 bits each
	}
	for _, line := range lines(t, "multibase")[1:] {
		row := strings.Split(line, ",")
		prefix, base := strings.TrimSpace(row[1]), strings.TrimSpace(row[2])
		t.Run(strings.TrimSpace(row[0]), func(t *testing.T) {
			if prefix == "NUL" {
				prefix = "\x00"
			}
			_, got, err := decodeBase(prefix + "2J9J")
			if want[base] == nil {
				testdata.NotApplicable(t, otherBase)
				if !errors.Is(err, ErrInvalid) {
					t.Errorf("got %x, %v", got, err)
				}
				return
			}
			if err != nil || !bytes.Equal(got, want[base]) {
				t.Errorf("got %x, %v", got, err)
			}
		})
	}
}

// lines returns the lines of a table of multibase.
func lines(t *testing.T, name string) []string {
	t.Helper()
	all := strings.Split(strings.TrimSpace(string(testdata.Read(t, "vectors/multibase/"+name+".csv"))), "\n")
	if len(all) < 3 {
		t.Fatalf("%s has %d lines", name, len(all))
	}
	return all
}

// unquote returns the second column of a line, without its quotes.
func unquote(t *testing.T, line string) string {
	t.Helper()
	_, quoted, _ := strings.Cut(line, ", ")
	value, err := strconv.Unquote(quoted)
	if err != nil {
		t.Fatalf("%s: %v", line, err)
	}
	return value
}

// pair is a key as the did:key vectors of 2018 to 2021 have it. What is passed
// over there: the documents, which have contexts and types of method that the
// method no longer makes; and RSA, which it no longer has.
type pair struct {
	Base58 string `json:"publicKeyBase58"`
}

type vector struct {
	Seed         string `json:"seed"`
	Verification pair   `json:"verificationKeyPair"`
	Method       pair   `json:"verificationMethod"`
	Agreement    pair   `json:"keyAgreementKeyPair"`
}

func vectors(t *testing.T, name string) map[string]vector {
	t.Helper()
	var all map[string]vector
	if err := json.Unmarshal(testdata.Read(t, "vectors/did-key/test-vectors/"+name+".json"), &all); err != nil {
		t.Fatal(err)
	}
	return all
}

// TestVectorsDIDKey reads each did:key, compares the raw key where the vector
// has it in base58, and writes the did:key again.
func TestVectorsDIDKey(t *testing.T) {
	for name, want := range map[string]struct{ keys, compared int }{
		"ed25519-x25519": {5, 4}, // the others have a JSON Web Key; see package did
		"secp256k1":      {6, 5},
		"nist-curves":    {7, 1},
	} {
		compared := 0
		all := vectors(t, name)
		for id, v := range all {
			t.Run(name+"/"+id, func(t *testing.T) {
				key, err := FromDID(id)
				if err != nil {
					t.Fatal(err)
				}
				if again, _, err := DID(key); err != nil || again != id {
					t.Errorf("it became %s, %v", again, err)
				}
				if text := v.Verification.Base58 + v.Method.Base58; text != "" {
					compared++
					if _, raw, err := Raw(key); err != nil || !bytes.Equal(raw, fromBase58(t, text)) {
						t.Errorf("got %x, %v, want %x", raw, err, fromBase58(t, text))
					}
				}
			})
		}
		if len(all) != want.keys || compared != want.compared {
			t.Errorf("%s: %d keys, %d compared, not %v", name, len(all), compared, want)
		}
	}
}

func fromBase58(t *testing.T, text string) []byte {
	t.Helper()
	_, data, err := multibase.Decode("z" + text)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestVectorsDIDKeyBLS: five are of G2. One is of G1 and G2 together, 0xee of
// the multicodec table.
func TestVectorsDIDKeyBLS(t *testing.T) {
	g2 := 0
	for id, v := range vectors(t, "bls12381") {
		t.Run(id, func(t *testing.T) {
			key, err := FromDID(id)
			if v.Verification.Base58 == "" {
				testdata.NotApplicable(t, "a key of G1 and G2 together, which is not supported")
				if !errors.Is(err, ErrUnsupported) {
					t.Errorf("got %v, %v", key, err)
				}
				return
			}
			g2++
			if err != nil {
				t.Fatal(err)
			}
			if want := fromBase58(t, v.Verification.Base58); !bytes.Equal(key.(Other).Bytes, want) {
				t.Errorf("got %x, want %x", key.(Other).Bytes, want)
			}
		})
	}
	if g2 != 5 {
		t.Errorf("%d vectors are of G2, not 5", g2)
	}
}

func TestVectorsDIDKeyRSA(t *testing.T) {
	all := vectors(t, "rsa")
	for id := range all {
		t.Run(id[:40], func(t *testing.T) {
			testdata.NotApplicable(t, "RSA, which the method no longer has")
			if key, err := FromDID(id); !errors.Is(err, ErrInvalid) {
				t.Errorf("got %v, %v", key, err)
			}
		})
	}
	if len(all) == 0 {
		t.Error("there are none")
	}
}

// TestVectorsDIDKeySeeds derives each key, and the one for key agreement, from
// its seed.
func TestVectorsDIDKeySeeds(t *testing.T) {
	derived := 0
	for id, v := range vectors(t, "ed25519-x25519") {
		t.Run(id, func(t *testing.T) {
			seed, err := hex.DecodeString(v.Seed)
			if err != nil {
				t.Fatal(err)
			}
			public := ed25519.NewKeyFromSeed(seed).Public().(ed25519.PublicKey)
			if got, _, err := DID(public); err != nil || got != id {
				t.Errorf("got %s, %v", got, err)
			}
			if v.Agreement.Base58 == "" {
				return
			}
			derived++
			if key, err := X25519(public); err != nil || !bytes.Equal(key.Bytes(), fromBase58(t, v.Agreement.Base58)) {
				t.Errorf("got %v, %v", key, err)
			}
		})
	}
	if derived != 4 {
		t.Errorf("%d keys were derived, not 4", derived)
	}
}

func TestVectorsDIDKeyX25519(t *testing.T) {
	var all struct {
		Documents map[string]struct {
			Methods []pair `json:"verificationMethod"`
		} `json:"didDocument"`
	}
	if err := json.Unmarshal(testdata.Read(t, "vectors/did-key/test-vectors/x25519.json"), &all); err != nil {
		t.Fatal(err)
	}
	if len(all.Documents) != 4 {
		t.Errorf("%d documents, not 4", len(all.Documents))
	}
	for id, d := range all.Documents {
		t.Run(id, func(t *testing.T) {
			key, err := FromDID(id)
			if err != nil {
				t.Fatal(err)
			}
			if want := d.Methods[0].Base58; want != "" && !bytes.Equal(key.(*ecdh.PublicKey).Bytes(), fromBase58(t, want)) {
				t.Errorf("got %v", key)
			}
		})
	}
}
