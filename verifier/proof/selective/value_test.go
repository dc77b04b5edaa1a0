package selective_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/chancery-vc/chancery/verifier/proof"
	"github.com/chancery-vc/chancery/verifier/proof/selective"
	"github.com/chancery-vc/chancery/verifier/proof/selective/selectivetest"
)

var errLarge = errors.New("too large")

// TestFormat: of all headers those of the format alone are read, as the feature
// and the kind that they were written for.
func TestFormat(t *testing.T) {
	format := selective.Format{Suite: "x", First: 4, Features: 3, TooLarge: errLarge}
	read := 0
	for number := range 256 {
		value := selectivetest.Value(t, "d95d"+fmt.Sprintf("%02x", number)+"81 07")
		base, _, baseErr := format.DecodeBase(value)
		derived, _, derivedErr := format.DecodeDerived(value)
		feature, kind := base, selective.Base
		switch {
		case baseErr == nil && errors.Is(derivedErr, proof.ErrBase):
		case derivedErr == nil && errors.Is(baseErr, proof.ErrMalformed):
			feature, kind = derived, selective.Derived
		case errors.Is(baseErr, proof.ErrMalformed) && errors.Is(derivedErr, proof.ErrMalformed):
			continue
		default:
			t.Fatalf("%d: %v, %v", number, baseErr, derivedErr)
		}
		read++
		if again, err := format.Encode(feature, kind, []any{7}); err != nil || again != value {
			t.Errorf("%d is written again as %s, %v", number, again, err)
		}
	}
	if read != 6 {
		t.Errorf("%d headers are read", read)
	}
	if _, err := format.Encode(0, selective.Base, []any{strings.Repeat("a", selective.MaxValue)}); !errors.Is(err, errLarge) {
		t.Errorf("got %v", err)
	}
}

// TestParts: the first thing that is wrong is what is said, and nothing may be
// left or missing.
func TestParts(t *testing.T) {
	format := selective.Format{Suite: "x", Features: 1}
	for name, c := range map[string]struct {
		hexed string
		says  string // empty if it is good
	}{
		"good":     {"d95d00 82 41ff 6161", ""},
		"swapped":  {"d95d00 82 6161 41ff", "the key is not of bytes"},
		"too few":  {"d95d00 81 41ff", "too few components"},
		"too many": {"d95d00 83 41ff 6161 07", "too many components"},
	} {
		_, parts, err := format.DecodeBase(selectivetest.Value(t, c.hexed))
		if err != nil {
			t.Fatal(err)
		}
		key := parts.Bytes(parts.Next(), "the key", 1)
		text := parts.Text(parts.Next(), "the text")
		switch err := parts.End(); {
		case c.says == "" && (err != nil || string(key) != "\xff" || text != "a"):
			t.Errorf("%s: got %x, %s, %v", name, key, text, err)
		case c.says != "" && (!errors.Is(err, proof.ErrMalformed) || !strings.Contains(err.Error(), c.says)):
			t.Errorf("%s: got %v", name, err)
		}
	}
}
