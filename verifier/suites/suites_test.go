package suites_test

import (
	"cmp"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/chancery-vc/chancery/internal/testdata"
	"github.com/chancery-vc/chancery/verifier/proof"
	"github.com/chancery-vc/chancery/verifier/suites"
)

// TestTables holds the tables against what they are meant to have: what of it
// signs, and what is for reading only.
func TestTables(t *testing.T) {
	recommended := []string{"ecdsa-jcs-2019", "ecdsa-rdfc-2019", "ecdsa-sd-2023", "eddsa-jcs-2022", "eddsa-rdfc-2022"}
	all := append([]string{"bbs-2023"}, recommended...)
	for name, c := range map[string]struct {
		table          func() (*proof.Table, error)
		signs, reading []string
	}{
		"recommended": {suites.Recommended, recommended, nil},
		"all":         {suites.All, all, nil},
		"legacy":      {suites.Legacy, all, []string{"Ed25519Signature2020"}},
	} {
		t.Run(name, func(t *testing.T) {
			table, err := c.table()
			if err != nil {
				t.Fatal(err)
			}
			var signing, reading []string
			for _, suite := range table.Suites() {
				name := cmp.Or(suite.Cryptosuite(), suite.Type())
				if _, ok := suite.(proof.SigningSuite); ok {
					signing = append(signing, name)
				} else {
					reading = append(reading, name)
				}
			}
			if diff := gocmp.Diff([][]string{c.signs, c.reading}, [][]string{signing, reading}); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestWiderIsOff: a proof that only a wider table has is refused until that is
// asked for.
func TestWiderIsOff(t *testing.T) {
	for name, c := range map[string]struct {
		file            string
		without, within func() (*proof.Table, error)
	}{
		"a candidate":      {bbsVectors + "prc/derivedRevealDocument.json", suites.Recommended, suites.All},
		"for reading only": {eddsaVectors + "Ed25519Signature2020/signedEdSig.json", suites.All, suites.Legacy},
	} {
		t.Run(name, func(t *testing.T) {
			document, p := split(t, testdata.Read(t, c.file))
			verify := func(table func() (*proof.Table, error)) error {
				allowed, err := table()
				if err != nil {
					t.Fatal(err)
				}
				return p.Verify(t.Context(), document, keyOf(t, p), allowed, vectorContexts(t))
			}
			if err := verify(c.without); !errors.Is(err, proof.ErrSuite) {
				t.Errorf("got %v", err)
			}
			if err := verify(c.within); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestFolders: the folder of a suite is called after its family and has the
// same file names as the others. Suites for selective disclosure have a base
// proof, a derived one, and values of proofs with parts; one has features, and
// keys of its own.
func TestFolders(t *testing.T) {
	alone, _ := experimentalAlone(t)
	for _, suite := range append(everySuite(t).Suites(), alone...) {
		family := filepath.Base(reflect.TypeOf(suite).PkgPath())
		entries, err := os.ReadDir(filepath.Join("../proof", family))
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, entry := range entries {
			if !entry.IsDir() { // but what tests read, and what fuzzing kept
				names = append(names, entry.Name())
			}
		}
		for _, name := range []string{family + ".go", family + "_test.go"} {
			if !slices.Contains(names, name) {
				t.Errorf("proof/%s has no %s", family, name)
			}
		}
		may := []string{family + ".go", "rdfc.go", "jcs.go"}
		if _, ok := suite.(proof.SelectiveSuite); ok {
			may = []string{family + ".go", "base.go", "derived.go", "value.go", "feature.go", "key.go"}
		}
		for _, name := range names {
			if !strings.HasSuffix(name, "_test.go") && !slices.Contains(may, name) {
				t.Errorf("proof/%s has %s; the other suites have %v", family, name, may)
			}
		}
	}
}
