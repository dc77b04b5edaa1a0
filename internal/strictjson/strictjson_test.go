package strictjson

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParse(t *testing.T) {
	got, err := Parse([]byte(` {"a":[1,-2.5e3,true,false,null,"\u00e9"],"b":{}} `), Limits{})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]any{"a": []any{1.0, -2500.0, true, false, nil, "é"}, "b": map[string]any{}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestParseRefuses(t *testing.T) {
	for name, text := range map[string]string{
		"empty":             ``,
		"duplicate member":  `{"a":1,"a":1}`,
		"duplicate escaped": `{"a":1,"\u0061":2}`,
		"nested duplicate":  `[{"a":{"b":1,"b":2}}]`,
		"lone surrogate":    `"\ud800"`,
		"invalid UTF-8":     "\"\xff\"",
		"byte order mark":   "\ufeff{}",
		"trailing data":     `{} {}`,
		"trailing comma":    `[1,]`,
		"comment":           `{} // no`,
		"unfinished":        `{"a":`,
		"2^53+1":            `9007199254740993`,
		"too large":         `1e400`,
		"too small":         `1e-400`,
		"too precise":       `0.1000000000000000055`,
		"minus zero":        `-0`,
		"minus zero point":  `[-0.0e5]`,
		"deep":              strings.Repeat("[", 65) + strings.Repeat("]", 65),
		"long":              `"` + strings.Repeat("x", DefaultBytes) + `"`,
	} {
		t.Run(name, func(t *testing.T) {
			if value, err := Parse([]byte(text), Limits{}); !errors.Is(err, ErrInvalid) {
				t.Errorf("got %v, %v", value, err)
			}
		})
	}
}

func TestNumbersThatSurvive(t *testing.T) {
	for literal, want := range map[string]float64{
		"0": 0, "0.0": 0, "0e99999999999": 0, "1": 1, "10": 10, "1.50": 1.5, "0.1": 0.1, "1E2": 100, "-1.0e-2": -0.01,
		"9007199254740992": 1 << 53, "1.7976931348623157e308": 1.7976931348623157e308, "5e-324": 5e-324, "100e-2": 1,
	} {
		if got, err := number(literal); err != nil || got != want {
			t.Errorf("%s: got %v, %v", literal, got, err)
		}
	}
}

func TestParseObjectRefusesOthers(t *testing.T) {
	for _, text := range []string{`[]`, `"a"`, `1`, `null`} {
		if _, err := ParseObject([]byte(text), Limits{}); !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: got %v", text, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"a":[1,2.5,"x",null,true]}`))
	f.Add([]byte(`{"a":1,"a":2}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		value, err := Parse(data, Limits{})
		if err != nil {
			if !errors.Is(err, ErrInvalid) || value != nil {
				t.Fatalf("got %v with %v", value, err)
			}
			return
		}
		if again, err := Parse(data, Limits{}); err != nil || !cmp.Equal(value, again) {
			t.Fatalf("not the same twice: %v", err)
		}
	})
}
