package hashdata

import (
	"bytes"
	"crypto"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/gowebpki/jcs"

	"github.com/chancery-vc/chancery/internal/jsonld"
	"github.com/chancery-vc/chancery/internal/strictjson"
	"github.com/chancery-vc/chancery/internal/testdata"
	"github.com/chancery-vc/chancery/schemas"
	"github.com/chancery-vc/chancery/verifier/proof"
)

// TestVectorsJCS puts each text into its canonical form, and hashes it as a
// suite does. An array is hashed within an object, which is what suites hash.
func TestVectorsJCS(t *testing.T) {
	const folder = "vectors/jcs/testdata/"
	for _, name := range list(t, folder+"input/*.json") {
		t.Run(name, func(t *testing.T) {
			input := testdata.Read(t, folder+"input/"+name)
			want := testdata.Read(t, folder+"output/"+name)
			if spelled := unhex(t, folder+"outhex/"+strings.TrimSuffix(name, ".json")+".txt"); !bytes.Equal(want, spelled) {
				t.Fatalf("the vectors differ: %s and %s", want, spelled)
			}
			form, err := jcs.Transform(input)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), string(form)); diff != "" {
				t.Error(diff)
			}
			got, err := canonical(fmt.Appendf(nil, `{ "a": %s }`, input), crypto.SHA256)
			if name == "values.json" { // has 333333333.33333329
				testdata.NotApplicable(t, "hashing it is refused: a number that a float64 cannot keep")
				if !errors.Is(err, strictjson.ErrInvalid) {
					t.Errorf("got %x, %v", got, err)
				}
				return
			}
			sum := sha256.Sum256(fmt.Appendf(nil, `{"a":%s}`, want))
			if err != nil || !bytes.Equal(got, sum[:]) {
				t.Errorf("got %x, %v, want %x", got, err, sum)
			}
		})
	}
}

// step is where the Recommendations' appendices have each step of a signature.
type step struct {
	folder, suffix string
	hash           crypto.Hash
	hashes         func(t *testing.T, in proof.Input, hash crypto.Hash) ([]byte, error)
}

var steps = []step{
	{"vc-di-eddsa/TestVectors/eddsa-rdfc-2022", "DataInt", crypto.SHA256, hashRDFC},
	{"vc-di-eddsa/TestVectors/eddsa-jcs-2022", "JCS", crypto.SHA256, hashJCS},
	{"vc-di-ecdsa/TestVectors/ecdsa-rdfc-2019-p256", "ECDSAP256", crypto.SHA256, hashRDFC},
	{"vc-di-ecdsa/TestVectors/ecdsa-rdfc-2019-p384", "ECDSAP384", crypto.SHA384, hashRDFC},
	{"vc-di-ecdsa/TestVectors/ecdsa-jcs-2019-p256", "JCSECDSAP256", crypto.SHA256, hashJCS},
	{"vc-di-ecdsa/TestVectors/ecdsa-jcs-2019-p384", "JCSECDSAP384", crypto.SHA384, hashJCS},
}

func hashRDFC(t *testing.T, in proof.Input, hash crypto.Hash) ([]byte, error) {
	return RDFC(t.Context(), in, hash)
}

func hashJCS(_ *testing.T, in proof.Input, hash crypto.Hash) ([]byte, error) { return JCS(in, hash) }

func (s step) path(name string) string {
	ext := ".txt"
	if name == "proofConfig" {
		ext = ".json"
	}
	return "vectors/" + s.folder + "/" + name + s.suffix + ext
}

// TestVectorsSteps makes the hash data of each suite from the document and the
// proof options of its appendix.
func TestVectorsSteps(t *testing.T) {
	for _, s := range steps {
		t.Run(filepath.Base(s.folder), func(t *testing.T) {
			in := proof.Input{
				Document: testdata.Read(t, "vectors/"+filepath.ToSlash(filepath.Dir(s.folder))+"/unsigned.json"),
				Options:  testdata.Read(t, s.path("proofConfig")),
				Contexts: contexts(t),
			}
			got, err := s.hashes(t, in, s.hash)
			if err != nil {
				t.Fatal(err)
			}
			for i, name := range []string{"proofHash", "docHash"} {
				if part := got[i*s.hash.Size():][:s.hash.Size()]; !bytes.Equal(part, unhex(t, s.path(name))) {
					t.Errorf("%s: got %x", name, part)
				}
			}
			if want := unhex(t, s.path("combinedHash")); !bytes.Equal(got, want) {
				t.Errorf("got %x, want %x", got, want)
			}
		})
	}
}

// TestVectorsCanonical makes the canonical form of each document and each
// proof's options that the appendices have in RDF.
func TestVectorsCanonical(t *testing.T) {
	for _, s := range steps {
		if !strings.Contains(s.folder, "rdfc") {
			continue
		}
		unsigned := "vectors/" + filepath.ToSlash(filepath.Dir(s.folder)) + "/unsigned.json"
		for name, c := range map[string]struct{ source, want string }{
			"document": {unsigned, s.path("canonDoc")},
			"proof":    {s.path("proofConfig"), s.path("proofCanon")},
		} {
			t.Run(filepath.Base(s.folder)+"/"+name, func(t *testing.T) {
				got, err := jsonld.Canonicalize(t.Context(), testdata.Read(t, c.source), contexts(t), s.hash)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(string(testdata.Read(t, c.want)), string(got)); diff != "" {
					t.Error(diff)
				}
			})
		}
	}
}

func contexts(t *testing.T) *schemas.Contexts {
	t.Helper()
	known, err := schemas.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	examples := testdata.Read(t, "vectors/vc-data-model/contexts/credentials/examples/v2")
	known, err = known.With("https://www.w3.org/ns/credentials/examples/v2", examples, schemas.Digest(examples))
	if err != nil {
		t.Fatal(err)
	}
	return known
}

// list returns the names of the files below the shared folder.
func list(t *testing.T, pattern string) (names []string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(testdata.Path(t, filepath.ToSlash(filepath.Dir(pattern))), filepath.Base(pattern)))
	if err != nil || len(files) == 0 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, file := range files {
		names = append(names, filepath.Base(file))
	}
	return names
}

// unhex reads a file of hexadecimal digits and white space.
func unhex(t *testing.T, name string) []byte {
	t.Helper()
	text := strings.Join(strings.Fields(string(testdata.Read(t, name))), "")
	data, err := hex.DecodeString(text)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return data
}
