package bitstring

import (
	"bytes"
	"encoding/base64"
	"errors"
	"testing"

	"github.com/klauspost/compress/gzip"
	"pgregory.net/rapid"
)

func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := New(MinLength)
		set := rapid.SliceOfN(rapid.IntRange(0, MinLength-1), 0, 20).Draw(t, "set")
		for _, i := range set {
			if err := want.Set(i); err != nil {
				t.Fatal(err)
			}
		}
		encoded, err := want.Encode()
		if err != nil {
			t.Fatal(err)
		}
		got, err := Decode(encoded)
		if err != nil || !bytes.Equal(got, want) {
			t.Fatalf("%v: decoded to other bits: %v", set, err)
		}
	})
}

// TestLeftMost pins the order of bits: index 0 is the highest of byte 0.
func TestLeftMost(t *testing.T) {
	b := New(MinLength)
	for _, i := range []int{0, 9} {
		if err := b.Set(i); err != nil {
			t.Fatal(err)
		}
	}
	if b[0] != 0x80 || b[1] != 0x40 {
		t.Errorf("got %x %x", b[0], b[1])
	}
	for i, want := range map[int]bool{0: true, 1: false, 7: false, 8: false, 9: true} {
		if got, err := b.Get(i); err != nil || got != want {
			t.Errorf("%d: got %v, %v", i, got, err)
		}
	}
}

// TestStandardExample decodes the encoded list of the Recommendation's example.
func TestStandardExample(t *testing.T) {
	const example = "uH4sIAAAAAAAAA-3BMQEAAADCoPVPbQwfoAAAAAAAAAAAAAAAAAAAAIC3AYbSVKsAQAAA"
	b, err := Decode(example)
	if err != nil {
		t.Fatal(err)
	}
	if b.Len() != MinLength || !bytes.Equal(b, New(MinLength)) {
		t.Errorf("got %d entries", b.Len())
	}
}

func TestRange(t *testing.T) {
	b := New(MinLength)
	for _, i := range []int{-1, MinLength} {
		if _, err := b.Get(i); !errors.Is(err, ErrRange) {
			t.Errorf("Get(%d): %v", i, err)
		}
		if err := b.Set(i); !errors.Is(err, ErrRange) {
			t.Errorf("Set(%d): %v", i, err)
		}
	}
}

func TestDecodeRefuses(t *testing.T) {
	pack := func(size int) string {
		var out bytes.Buffer
		w := gzip.NewWriter(&out)
		_, _ = w.Write(make([]byte, size))
		_ = w.Close()
		return "u" + base64.RawURLEncoding.EncodeToString(out.Bytes())
	}
	good := pack(MinLength / 8)
	for name, encoded := range map[string]string{
		"empty":          "",
		"no prefix":      good[1:],
		"other base":     "z" + good[1:],
		"padding":        good + "=",
		"not gzip":       "uAAAA",
		"cut off":        good[:len(good)-8],
		"too short":      pack(MinLength/8 - 1),
		"a bomb":         pack(MaxBytes + 1),
		"a larger bomb":  pack(100 * MaxBytes),
		"other checksum": good[:len(good)-9] + "AAAAAAAAA",
	} {
		t.Run(name, func(t *testing.T) {
			if b, err := Decode(encoded); !errors.Is(err, ErrInvalid) {
				t.Errorf("got %d entries, %v", b.Len(), err)
			}
		})
	}
}

// FuzzDecode: a list that is read is as long as it may be, and stays the same
// when it is written again.
func FuzzDecode(f *testing.F) {
	encoded, err := New(MinLength).Encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(encoded)
	f.Fuzz(func(t *testing.T, encoded string) {
		b, err := Decode(encoded)
		if err != nil {
			if !errors.Is(err, ErrInvalid) || b != nil {
				t.Fatalf("got %d entries, %v", b.Len(), err)
			}
			return
		}
		if b.Len() < MinLength || len(b) > MaxBytes {
			t.Fatalf("accepted %d entries", b.Len())
		}
		written, err := b.Encode()
		if err != nil {
			t.Fatal(err)
		}
		if again, err := Decode(written); err != nil || !bytes.Equal(again, b) {
			t.Fatalf("%s is read as another list once it is written again, %v", encoded, err)
		}
	})
}
