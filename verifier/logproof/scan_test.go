package logproof_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/gowebpki/jcs"
	"pgregory.net/rapid"

	"github.com/chancery-vc/chancery/verifier/logproof"
)

// mayBeRecord tells what Decode should: whether text is a record in canonical
// form, by other programs' JSON. A record has no member twice and none that is
// empty and can be left out.
func mayBeRecord(text []byte) bool {
	var r logproof.Record
	if err := json.Unmarshal(text, &r, json.RejectUnknownMembers(true)); err != nil || r.Format < 1 || r.Format > logproof.Format {
		return false
	}
	plain, err := json.Marshal(r)
	if err != nil {
		return false
	}
	again, err := jcs.Transform(plain)
	if err != nil || string(again) != string(text) {
		return false
	}
	_, err = logproof.Encode(r)
	return err == nil
}

// pieces are what is put into a record to spoil it, or not.
var pieces = []string{
	`"`, `\`, `,`, `:`, `{`, `}`, `[`, `]`, `0`, `1`, `-`, `.`, `e`, ` `, "\n", "\x7f", "\x1f", "\x00", "é", "\xff", "\u2028", `\n`, `\u000a`, `\u0041`, `\"`, `\\`, `\/`,
	`null`, `""`, `[]`, `,"caller":""`, `,"grant":"x"`, `"asks":"x",`, `9007199254740993`, `18446744073709551616`, `true`,
}

// TestDecodeIsExact: what is read is exactly what is in canonical form, of
// records in which something was put in the place of something else.
func TestDecodeIsExact(t *testing.T) {
	accepted := 0
	rapid.Check(t, func(t *rapid.T) {
		data, err := logproof.Encode(drawRecord(t))
		if err != nil {
			t.Fatal(err)
		}
		text := string(data)
		for range rapid.IntRange(0, 2).Draw(t, "changes") {
			from := rapid.IntRange(0, len(text)).Draw(t, "from")
			to := min(from+rapid.SampledFrom([]int{0, 0, 1, 1, 2, 9}).Draw(t, "taken"), len(text))
			text = text[:from] + rapid.SampledFrom(pieces).Draw(t, "piece") + text[to:]
		}
		_, err = logproof.Decode([]byte(text))
		if want := mayBeRecord([]byte(text)); want != (err == nil) || err != nil && !errors.Is(err, logproof.ErrRecord) {
			t.Fatalf("%q is in canonical form: %t; Decode: %v", text, want, err)
		}
		if err == nil {
			accepted++
		}
	})
	if accepted == 0 {
		t.Error("nothing was a record")
	}
}

// TestEachByteInText: each byte in each place of a word of text is read as other
// programs read it, and each is written so.
func TestEachByteInText(t *testing.T) {
	for c := range 256 {
		for place := range 9 {
			text := strings.Repeat("x", place) + string([]byte{byte(c)}) + strings.Repeat("y", 8-place)
			data := fmt.Appendf(nil, `{"caller":"%s","format":3,"kind":"asked","previous":"","sequence":0,"time":""}`, text)
			if _, err := logproof.Decode(data); mayBeRecord(data) != (err == nil) {
				t.Errorf("byte %#x in place %d: %v", c, place, err)
			}
			r := logproof.Record{Format: logproof.Format, Caller: text}
			data, err := logproof.Encode(r)
			if (err == nil) != (c < 0x80) {
				t.Fatalf("byte %#x in place %d: %v", c, place, err)
			}
			if again, err2 := logproof.Decode(data); err == nil && (err2 != nil || again.Caller != text) {
				t.Errorf("byte %#x in place %d: written as %s, read as %q, %v", c, place, data, again.Caller, err2)
			}
		}
	}
}
