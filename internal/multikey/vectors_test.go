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

// TestMultibaseVectors: base58-btc is read as the vectors have it, and every
// other base is refused, as Multikey gives each type of key that base.
func TestMultibaseVectors(t *testing.T) {
	read := 0
	for _, name := range []string{"basic", "leading_zero", "two_leading_zeros", "case_insensitivity"} {
		lines := strings.Split(strings.TrimSpace(string(testdata.Read(t, "vectors/multibase/tests/"+name+".csv"))), "\n")
		_, quoted, _ := strings.Cut(lines[0], ", ")
		want, err := strconv.Unquote(quoted)
		if err != nil {
			t.Fatalf("%s: %s: %v", name, quoted, err)
		}
		for _, line := range lines[1:] {
			base, quoted, _ := strings.Cut(line, ", ")
			value, err := strconv.Unquote(quoted)
			if err != nil {
				t.Fatalf("%s: %s: %v", name, quoted, err)
			}
			got, err := decodeBase(value)
			if base != "base58btc" {
				if !errors.Is(err, ErrInvalid) {
					t.Errorf("%s, %s: got %q, %v", name, base, got, err)
				}
				continue
			}
			read++
			if err != nil || string(got) != want {
				t.Errorf("%s, %s: got %q, %v, want %q", name, base, got, err, want)
			}
		}
	}
	if read != 3 {
		t.Errorf("%d vectors are of base58btc, not 3", read)
	}
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

// TestDIDKeyVectors reads each did:key, compares the raw key where the vector
// has it in base58, and writes the did:key again.
func TestDIDKeyVectors(t *testing.T) {
	for name, want := range map[string]struct{ keys, compared int }{
		"ed25519-x25519": {5, 4}, // the others have a JSON Web Key; see package did
		"secp256k1":      {6, 5},
		"nist-curves":    {7, 1},
	} {
		compared := 0
		all := vectors(t, name)
		for id, v := range all {
			key, err := FromDID(id)
			if err != nil {
				t.Errorf("%s: %v", id, err)
				continue
			}
			if again, _, err := DID(key); err != nil || again != id {
				t.Errorf("%s became %s, %v", id, again, err)
			}
			if text := v.Verification.Base58 + v.Method.Base58; text != "" {
				compared++
				if _, raw, err := Raw(key); err != nil || !bytes.Equal(raw, fromBase58(t, text)) {
					t.Errorf("%s: got %x, %v, want %x", id, raw, err, fromBase58(t, text))
				}
			}
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

// TestBLSVectors: five are of G2. One is of G1 and G2 together, 0xee of the
// multicodec table, which is not supported.
func TestBLSVectors(t *testing.T) {
	g2 := 0
	for id, v := range vectors(t, "bls12381") {
		key, err := FromDID(id)
		if v.Verification.Base58 == "" {
			if !errors.Is(err, ErrUnsupported) {
				t.Errorf("%s: got %v, %v", id, key, err)
			}
			continue
		}
		g2++
		if err != nil {
			t.Errorf("%s: %v", id, err)
			continue
		}
		if want := fromBase58(t, v.Verification.Base58); !bytes.Equal(key.(Other).Bytes, want) {
			t.Errorf("%s: got %x, want %x", id, key.(Other).Bytes, want)
		}
	}
	if g2 != 5 {
		t.Errorf("%d vectors are of G2, not 5", g2)
	}
}

func TestRSAVectorsAreRefused(t *testing.T) {
	all := vectors(t, "rsa")
	for id := range all {
		if key, err := FromDID(id); !errors.Is(err, ErrInvalid) {
			t.Errorf("%.40s: got %v, %v", id, key, err)
		}
	}
	if len(all) == 0 {
		t.Error("there are none")
	}
}

// TestX25519Vectors derives the key for key agreement from the seed's key.
func TestX25519Vectors(t *testing.T) {
	derived := 0
	for id, v := range vectors(t, "ed25519-x25519") {
		seed, err := hex.DecodeString(v.Seed)
		if err != nil {
			t.Fatal(err)
		}
		public := ed25519.NewKeyFromSeed(seed).Public().(ed25519.PublicKey)
		if got, _, err := DID(public); err != nil || got != id {
			t.Errorf("%s: got %s, %v", id, got, err)
		}
		if v.Agreement.Base58 == "" {
			continue
		}
		derived++
		if key, err := X25519(public); err != nil || !bytes.Equal(key.Bytes(), fromBase58(t, v.Agreement.Base58)) {
			t.Errorf("%s: got %v, %v", id, key, err)
		}
	}
	if derived != 4 {
		t.Errorf("%d keys were derived, not 4", derived)
	}
}

func TestX25519DIDVectors(t *testing.T) {
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
		key, err := FromDID(id)
		if err != nil {
			t.Fatalf("%s: %v", id, err)
		}
		if want := d.Methods[0].Base58; want != "" && !bytes.Equal(key.(*ecdh.PublicKey).Bytes(), fromBase58(t, want)) {
			t.Errorf("%s: got %v", id, key)
		}
	}
}
