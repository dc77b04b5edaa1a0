package mldsa

import (
	"crypto"
	"crypto/sha256"
	"crypto/sha3"
	"encoding/hex"
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"filippo.io/mldsa"
	"filippo.io/mldsa/mldsacrypto"

	"github.com/chancery-vc/chancery/internal/multikey"
	"github.com/chancery-vc/chancery/verifier/proof"
)

// draft are values of the draft's appendix "Test Vectors". Its secret key is in
// the form that no seed can be had from, so that they are verified alone.
type draft struct {
	Key    string `json:"publicKeyMultibase"`
	Proofs []struct {
		Cryptosuite, HashData, ProofValue string
	} `json:"proofs"`
}

func readDraft(t *testing.T) draft {
	t.Helper()
	data, err := os.ReadFile("testdata/draft.json")
	if err != nil {
		t.Fatal(err)
	}
	var d draft
	if err := json.Unmarshal(data, &d); err != nil {
		t.Fatal(err)
	}
	if len(d.Proofs) != len(suites()) {
		t.Fatalf("%d proofs", len(d.Proofs))
	}
	return d
}

// TestDraft verifies the draft's proof values over the draft's hashes. Package
// suites makes the hashes of its document, too.
func TestDraft(t *testing.T) {
	d := readDraft(t)
	key, err := multikey.Decode(d.Key)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range d.Proofs {
		hash, err := hex.DecodeString(c.HashData)
		if err != nil {
			t.Fatal(err)
		}
		hashData := func() ([]byte, error) { return hash, nil }
		if err := verify(key, c.ProofValue, hashData); err != nil {
			t.Errorf("%s: %v", c.Cryptosuite, err)
		}
		for i := range len(hash) * 8 {
			hash[i/8] ^= 1 << (i % 8)
			if err := verify(key, c.ProofValue, hashData); !errors.Is(err, proof.ErrSignature) {
				t.Errorf("%s, bit %d of the hashes: %v", c.Cryptosuite, i, err)
			}
			hash[i/8] ^= 1 << (i % 8)
		}
	}
}

// TestEachBitAndByte changes each bit of a signature, cuts it off at each byte,
// and changes bits of its text.
func TestEachBitAndByte(t *testing.T) {
	d := readDraft(t)
	key, err := multikey.Decode(d.Key)
	if err != nil {
		t.Fatal(err)
	}
	hash, err := hex.DecodeString(d.Proofs[0].HashData)
	if err != nil {
		t.Fatal(err)
	}
	value := d.Proofs[0].ProofValue
	refuse := func(what string, at int, value string, want ...error) {
		got := verify(key, value, func() ([]byte, error) { return hash, nil })
		for _, err := range want {
			if errors.Is(got, err) {
				return
			}
		}
		t.Errorf("%s %d: got %v", what, at, got)
	}
	raw, err := decode(value)
	if err != nil {
		t.Fatal(err)
	}
	step := 1
	if testing.Short() {
		step = 7
	}
	for i := 0; i < len(raw)*8; i += step {
		raw[i/8] ^= 1 << (i % 8)
		refuse("bit", i, prefix+encoding.EncodeToString(raw), proof.ErrSignature)
		raw[i/8] ^= 1 << (i % 8)
	}
	for i := range raw {
		refuse("bytes", i, prefix+encoding.EncodeToString(raw[:i]), proof.ErrMalformed)
	}
	text := []byte(value)
	for i := 0; i < len(text)*8; i += 7 {
		text[i/8] ^= 1 << (i % 8)
		refuse("bit of the text", i, string(text), proof.ErrMalformed, proof.ErrSignature)
		text[i/8] ^= 1 << (i % 8)
	}
}

// answer is a known answer of NIST's: the seed of a key, what the inner
// algorithm signs, and SHA-256 of the signature that it makes without
// randomness.
type answer struct{ name, seed, message, signature string }

// knownAnswers reads the tables of draft-celi-acvp-ml-dsa that stand in the
// library's own tests: name, seed, hash of the keys, message, hash of the
// signature.
func knownAnswers(t *testing.T) (answers []answer) {
	t.Helper()
	folder, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "filippo.io/mldsa").Output()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(strings.TrimSpace(string(folder)), "internal/fips140/mldsa/mldsa_test.go")
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(file, func(n ast.Node) bool {
		if row, ok := n.(*ast.CompositeLit); ok {
			if texts := textsOf(t, row); len(texts) == 5 {
				answers = append(answers, answer{texts[0], texts[1], texts[3], texts[4]})
			}
		}
		return true
	})
	return answers
}

// textsOf returns the strings that a composite literal starts with.
func textsOf(t *testing.T, row *ast.CompositeLit) (texts []string) {
	t.Helper()
	for _, element := range row.Elts {
		literal, ok := element.(*ast.BasicLit)
		if !ok || literal.Kind != token.STRING {
			break
		}
		text, err := strconv.Unquote(literal.Value)
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, text)
	}
	return texts
}

// mu asks for a signature of what was hashed with the public key before: the
// inner algorithm, which is FIPS 204, algorithm 7, from line 7 on.
type mu struct{}

func (mu) HashFunc() crypto.Hash { return mldsacrypto.MLDSAMu }

// TestKnownAnswers signs what NIST signed with ML-DSA-44, in each of the cases
// in which the algorithm starts over.
func TestKnownAnswers(t *testing.T) {
	run := 0
	for _, c := range knownAnswers(t) {
		if !strings.Contains(c.name, mldsa.MLDSA44().String()) {
			continue
		}
		run++
		t.Run(c.name, func(t *testing.T) {
			key, err := mldsa.NewPrivateKey(mldsa.MLDSA44(), unhex(t, c.seed))
			if err != nil {
				t.Fatal(err)
			}
			hashed := sha3.SumSHAKE256(key.PublicKey().Bytes(), 64)
			signature, err := key.SignDeterministic(sha3.SumSHAKE256(append(hashed, unhex(t, c.message)...), 64), mu{})
			if err != nil {
				t.Fatal(err)
			}
			if sum := sha256.Sum256(signature); !strings.EqualFold(hex.EncodeToString(sum[:]), c.signature) {
				t.Errorf("got %x, want %s", sum, c.signature)
			}
		})
	}
	if run < 5 {
		t.Errorf("%d known answers of ML-DSA-44", run)
	}
}

func unhex(t *testing.T, text string) []byte {
	t.Helper()
	data, err := hex.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return data
}
