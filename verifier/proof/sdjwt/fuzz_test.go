package sdjwt_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chancery-vc/chancery/verifier/proof/sdjwt"
)

var kinds = []error{
	sdjwt.ErrMalformed, sdjwt.ErrLimit, sdjwt.ErrType, sdjwt.ErrAlgorithm, sdjwt.ErrKey, sdjwt.ErrSignature, sdjwt.ErrCritical,
	sdjwt.ErrHash, sdjwt.ErrDisclosure, sdjwt.ErrTime, sdjwt.ErrClaim, sdjwt.ErrKeyBinding,
}

func wantKind(t *testing.T, err error) {
	t.Helper()
	for _, kind := range kinds {
		if errors.Is(err, kind) {
			return
		}
	}
	t.Fatalf("an error of no kind: %v", err)
}

// FuzzParse: what is taken apart is put together to the same text, in both
// serializations.
func FuzzParse(f *testing.F) {
	f.Add(jwt + "~")
	f.Add(jwt + "~WyJzIiwiYSIsMV0~" + jwt)
	f.Add(`{"payload":"e30","protected":"e30","signature":"AAAA","header":{"disclosures":["AA"],"kb_jwt":"` + jwt + `"}}`)
	f.Add(`{"payload":"e30","signatures":[{"protected":"e30","signature":"AAAA"}]}`)
	f.Fuzz(func(t *testing.T, text string) {
		token, err := sdjwt.Parse(text)
		if err != nil {
			wantKind(t, err)
			if token, err = sdjwt.ParseJSON([]byte(text)); err != nil {
				wantKind(t, err)
				return
			}
		} else if token.String() != text {
			t.Fatalf("%q became %q", text, token)
		}
		written, err := token.FlattenedJSON()
		if err != nil {
			t.Fatal(err)
		}
		again, err := sdjwt.ParseJSON(written)
		if err != nil && !errors.Is(err, sdjwt.ErrLimit) { // JSON is longer
			t.Fatal(err)
		}
		if err == nil && again.String() != token.String() {
			t.Fatalf("%q became %q", token, again)
		}
	})
}

// FuzzVerify signs any payload, so that what follows the signature is reached.
// What verifies is read the same way twice, has no member that stands for a
// digest, and can be presented whole.
func FuzzVerify(f *testing.F) {
	f.Add([]byte(`{"alg":"ES256"}`), []byte(`{"_sd":["D0","x"],"a":[{"...":"D1"},1]}`), []byte(`["s","b",1]`+"\n"+`["s",{"c":[]}]`))
	f.Add([]byte(`{"alg":"ES256","crit":["x"]}`), []byte(`{"_sd_alg":"sha-384","exp":1.5}`), []byte(``))
	f.Add([]byte(`{"alg":"none","typ":"JWT"}`), []byte(`{"a":{"...":"x"}}`), []byte(`["s","_sd",[]]`))
	f.Add([]byte(`{"alg":"ES256"}`), []byte(`{"_sd":["D0"],"aud":["x"]}`), []byte(`["s","a",{"_sd":["y"]}]`))
	key, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), bytes.Repeat([]byte{7}, 32))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, header, payload, disclosures []byte) {
		var lines, texts []string
		for line := range strings.Lines(string(disclosures)) {
			line = strings.TrimSuffix(line, "\n")
			if len(lines) == 10 {
				break
			}
			lines, texts = append(lines, line), append(texts, base64url(line))
		}
		token := signed(t, key, string(header), fill(string(payload), lines...), texts...)
		verified, err := sdjwt.Verify(token, plainPolicy(key))
		if err != nil {
			wantKind(t, err)
			if verified != nil {
				t.Fatal("refused, and there are claims")
			}
			return
		}
		u, err := sdjwt.Inspect(token)
		if err != nil || !cmp.Equal(u.Claims(), verified.Claims()) {
			t.Fatalf("not the same twice: %v", err)
		}
		for _, pointer := range pointers(verified.Claims(), "") {
			switch name := pointer[strings.LastIndex(pointer, "/")+1:]; name {
			case "_sd", "...", "_sd_alg":
				t.Fatalf("a digest is left at %q", pointer)
			}
		}
		whole, err := sdjwt.Present(token, verified.Disclosed())
		if err != nil || whole.String() != token.String() {
			t.Fatalf("got %s, %v", whole, err)
		}
	})
}
