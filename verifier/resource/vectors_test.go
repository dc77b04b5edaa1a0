package resource

import (
	"encoding/base64"
	"encoding/csv"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chancery-vc/chancery/internal/testdata"
)

// suiteNames are the names of the vectors' algorithms that differ from those
// of the table of multicodecs.
var suiteNames = map[string]string{"sha3": "sha3-512"}

// TestMultihashVectors: each algorithm of the multihash tests is allowed, and
// then each digest in full length fits, or refused with a reason.
func TestMultihashVectors(t *testing.T) {
	rows, err := csv.NewReader(strings.NewReader(string(testdata.Read(t, "vectors/multihash/tests/values/test_cases.csv")))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	skipped := map[string]int{}
	fitted := map[string]int{}
	for _, row := range rows[1:] {
		kind := row[0] + " " + row[1]
		input, digest := []byte(row[2]), unhex(t, row[3]) // the text is hashed, although it looks like hexadecimal
		text := "u" + base64.RawURLEncoding.EncodeToString(digest)
		if reason := notAllowed(t, row[0], row[1]); reason != "" {
			skipped[kind+": "+reason]++
			if err := Check([][]byte{input}, "", []string{text}); !errors.Is(err, ErrMalformed) {
				t.Errorf("%v: got %v", row, err)
			}
			continue
		}
		fitted[kind]++
		if err := Check([][]byte{input}, "", []string{text}); err != nil {
			t.Errorf("%v: %v", row, err)
		}
		if err := Check([][]byte{append(input, 0)}, "", []string{text}); !errors.Is(err, ErrDigest) {
			t.Errorf("%v, with a byte more: got %v", row, err)
		}
	}
	if diff := cmp.Diff(map[string]int{"sha2-256 256": 20, "sha2-512 512": 20, "sha3 512": 20}, fitted); diff != "" {
		t.Error(diff)
	}
	for kind, n := range skipped {
		t.Logf("refused, %d of %s", n, kind)
	}
}

// notAllowed says why a digest of this many bits by this algorithm does not
// count, or "".
func notAllowed(t *testing.T, algorithm, bits string) string {
	t.Helper()
	name := algorithm
	if other, ok := suiteNames[algorithm]; ok {
		name = other
	}
	if i := slices.IndexFunc(allowed, func(h hash) bool { return h.name == name }); i >= 0 {
		if full := allowed[i].is.Size() * 8; bits != fmt.Sprint(full) {
			return fmt.Sprintf("it is cut; in full it has %d bits", full)
		}
		return ""
	}
	for _, r := range refused {
		if r.name == name {
			return r.reason
		}
	}
	t.Fatalf("%s is neither allowed nor refused", algorithm)
	return ""
}

func unhex(t *testing.T, text string) []byte {
	t.Helper()
	data, err := hex.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestTables: no name or number stands in both tables, or twice.
func TestTables(t *testing.T) {
	seen := map[string]bool{}
	once := func(key string) {
		if seen[key] {
			t.Errorf("%s is there twice", key)
		}
		seen[key] = true
	}
	for _, h := range allowed {
		once(h.name)
		once(fmt.Sprintf("0x%x", h.code))
		if !h.is.Available() || h.is.Size() < 32 {
			t.Errorf("%s cannot be used", h.name)
		}
	}
	for _, r := range refused {
		once(r.name)
		once(fmt.Sprintf("0x%x", r.code))
		if r.reason == "" {
			t.Errorf("%s has no reason", r.name)
		}
	}
}

// The digests by which the W3C's tests of the data model name the base
// context: of the version of July 2024, the multihash without its header.
const (
	suiteSRI       = "sha384-NSOcNpmdIVUxIJGvGUoe22FjTWrXiaXlsZ8q6912LdnR3KraQO2n75Ica4wK4Qeg"
	suiteMultibase = "uJKGMkOmFbVJhEfKTduMC2XCyvRAYLjOVmZWwIH1wQ7k"
)

func TestBaseContext(t *testing.T) {
	today := testdata.Read(t, "vectors/vc-data-model/contexts/credentials/v2")
	former := testdata.Read(t, "vectors/vc-data-model-history/credentials-v2.8d0ee107.jsonld")
	for name, test := range map[string]struct {
		versions  [][]byte
		sri       string
		multibase []string
		want      error
	}{
		"SRI":                {[][]byte{today, former}, suiteSRI, nil, nil},
		"Multibase":          {[][]byte{today, former}, "", []string{suiteMultibase}, nil},
		"both":               {[][]byte{today, former}, suiteSRI, []string{suiteMultibase}, nil},
		"SRI, today's":       {[][]byte{today}, suiteSRI, nil, ErrDigest},
		"Multibase, today's": {[][]byte{today}, "", []string{suiteMultibase}, ErrDigest},
		"another SRI":        {[][]byte{today, former}, "sha384-_rCVIV7fSXXTNIvpiq26jRDyj8JG8TDjij-tD0ewLk4JpnXEz6a5AeeY_1qQ0d0P", nil, ErrDigest},
		"another Multibase":  {[][]byte{today, former}, "", []string{"uM4RgWQc3RUDtjJCSgTJtTfvpZ7SPEg_LNO0ESlovQC0"}, ErrDigest},
		"SRI of today's":     {[][]byte{today, former}, "sha384-l/HrjlBCNWyAX91hr6LFV2Y3heB5Tcr6IeE4/Tje8YyzYBM8IhqjHWiWpr8+ZbYU", nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			if err := Check(test.versions, test.sri, test.multibase); !errors.Is(err, test.want) {
				t.Errorf("got %v, want %v", err, test.want)
			}
		})
	}
}
