package strictjson

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chancery-vc/chancery/internal/testdata"
)

// Why texts are refused that RFC 8259 allows.
const (
	doubled   = "a member twice: readers differ in which of the two they take"
	inexact   = "a number that a float64 cannot keep"
	minusZero = "minus zero, which RFC 8785 writes as zero"
	notUTF8   = "not UTF-8"
	surrogate = "a surrogate without its other half"
	marked    = "a byte order mark"
	deep      = "nested deeper than 64"
)

// refused are the texts of the suite that must parse, and do not here.
var refused = map[string]string{
	"y_object_duplicated_key.json":           doubled,
	"y_object_duplicated_key_and_value.json": doubled,
	"y_number_negative_zero.json":            minusZero,
	"y_number_minus_zero.json":               minusZero,
}

// decided has the texts that a parser may refuse or accept, by the start of
// their names: all are refused, but one number that a float64 keeps.
var decided = []struct{ prefix, reason string }{
	{"i_number_too_big_pos_int", ""},
	{"i_number_", inexact},
	{"i_object_key_lone_2nd_surrogate", surrogate},
	{"i_string_1st_", surrogate},
	{"i_string_incomplete_", surrogate},
	{"i_string_invalid_lonely_", surrogate},
	{"i_string_invalid_surrogate", surrogate},
	{"i_string_inverted_", surrogate},
	{"i_string_lone_second_", surrogate},
	{"i_string_", notUTF8},
	{"i_structure_500_nested_arrays", deep},
	{"i_structure_UTF-8_BOM_empty_object", marked},
}

func decision(t *testing.T, name string) (reason string) {
	t.Helper()
	for _, d := range decided {
		if strings.HasPrefix(name, d.prefix) {
			return d.reason
		}
	}
	t.Fatalf("nothing is decided about %s", name)
	return ""
}

// TestVectorsParsing holds the parser against JSONTestSuite: y_ must parse, n_
// must not, i_ as decided here.
func TestVectorsParsing(t *testing.T) {
	each(t, "test_parsing", func(t *testing.T, name string, text []byte) {
		reason, parsers := refused[name], "must"
		if name[0] == 'i' {
			reason, parsers = decision(t, name), "may"
		}
		if reason != "" {
			testdata.NotApplicable(t, "refused here, where a parser "+parsers+" accept: "+reason)
		}
		value, err := Parse(text, Limits{})
		if want := name[0] != 'n' && reason == ""; want != (err == nil) || err != nil && !errors.Is(err, ErrInvalid) {
			t.Errorf("got %v, %v", value, err)
		}
	})
}

// TestVectorsTransform: what parsers are known to change is kept as it is, or
// refused.
func TestVectorsTransform(t *testing.T) {
	kept := map[string]any{
		"number_1.0.json":               []any{1.0},
		"number_1000000000000000.json":  []any{1e15},
		"number_1e6.json":               []any{1e6},
		"object_key_nfc_nfd.json":       map[string]any{"\u00e9": "NFC", "e\u0301": "NFD"},
		"object_key_nfd_nfc.json":       map[string]any{"\u00e9": "NFC", "e\u0301": "NFD"},
		"string_with_escaped_NULL.json": []any{"A\x00B"},
	}
	each(t, "test_transform", func(t *testing.T, name string, text []byte) {
		value, err := Parse(text, Limits{})
		want, ok := kept[name]
		if !ok && !errors.Is(err, ErrInvalid) || ok && err != nil {
			t.Fatalf("got %v, %v", value, err)
		}
		if diff := cmp.Diff(want, value); diff != "" {
			t.Error(diff)
		}
	})
}

// each runs a subtest for each text in a folder of the suite.
func each(t *testing.T, folder string, run func(t *testing.T, name string, text []byte)) {
	t.Helper()
	dir := testdata.Path(t, "vectors/JSONTestSuite/"+folder)
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) == 0 {
		t.Fatalf("%s is empty", dir)
	}
	for _, entry := range entries {
		t.Run(entry.Name(), func(t *testing.T) {
			text, err := os.ReadFile(filepath.Join(dir, entry.Name()))
			if err != nil {
				t.Fatal(err)
			}
			run(t, entry.Name(), text)
		})
	}
}
