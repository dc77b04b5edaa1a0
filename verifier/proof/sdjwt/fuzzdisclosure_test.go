package sdjwt

import (
	"encoding/base64"
	"errors"
	"testing"
)

// FuzzDisclosure: a disclosure that is read has the one text that its bytes
// have, so that nobody has two digests of it, and no name that has a meaning of
// its own.
func FuzzDisclosure(f *testing.F) {
	for _, content := range []string{
		`["s","a",1]`, `["s",{"_sd":["x"]}]`, `["s","_sd",[]]`, `["s","...",1]`, `["s","_sd_alg","x"]`,
		`["s","\u005fsd",[]]`, `[1,"a",1]`, `["s"]`, `["s","a",1,1]`, `["s","a",{"b":1,"b":2}]`, " [\n\"s\" , 1e400 ]",
	} {
		f.Add(base64.RawURLEncoding.EncodeToString([]byte(content)))
	}
	f.Add("WyJzIiwxXR")
	f.Add("WyJz\nIiwxXQ")
	f.Fuzz(func(t *testing.T, text string) {
		d, err := parseDisclosure(text)
		if err != nil {
			if !errors.Is(err, ErrDisclosure) {
				t.Fatalf("an error of another kind: %v", err)
			}
			return
		}
		data, err := base64.RawURLEncoding.DecodeString(text)
		if err != nil || base64.RawURLEncoding.EncodeToString(data) != text {
			t.Errorf("%q is not the text of its bytes, %v", text, err)
		}
		if d.element && d.name != "" || reserved(d.name) {
			t.Errorf("%q discloses %q", text, d.name)
		}
	})
}
