package oid4vci

import (
	"crypto/rand"
	"errors"
	"strings"
	"testing"

	"github.com/chancery-vc/chancery/internal/issuertest"
	"github.com/chancery-vc/chancery/issuer"
	"github.com/chancery-vc/chancery/issuer/singleuse"
)

// fuzzService returns a service, and a credential request that it accepts any
// number of times but for the nonce.
func fuzzService(f *testing.F) (s *Service, nonce string, good []byte) {
	f.Helper()
	clock := issuertest.NewClock()
	i, err := issuer.Open(f.Context(), issuertest.Load(f, issuertest.Folder(f, 1)), issuer.Environment{Now: clock.Now, Random: rand.Reader})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { i.Close() })
	s, err = New(i)
	if err != nil {
		f.Fatal(err)
	}
	nonce, err = s.Nonce(f.Context())
	if err != nil {
		f.Fatal(err)
	}
	proof := issuertest.NewHolder(f, "holder").Prove(f, issuertest.URL, nonce, clock.Now())
	return s, nonce, []byte(`{"credential_configuration_id":"birth","proofs":{"jwt":["` + proof + `"]}}`)
}

// FuzzCredentialRequest: a request is refused in the words of the protocol, or
// it is the one good one, perhaps with members that are ignored.
func FuzzCredentialRequest(f *testing.F) {
	s, nonce, good := fuzzService(f)
	holder := issuertest.NewHolder(f, "holder").DID
	proof := strings.Split(string(good), `"`)[9]
	f.Add(good)
	f.Add([]byte(`{"credential_configuration_id":"birth","proofs":{"jwt":["e30.e30."]}}`))
	f.Add([]byte(`{"credential_identifier":"x"}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		got, err := s.judge(t.Context(), state{Profile: "birth"}, body)
		if err == nil { // the nonce is to be good again
			if _, err := singleuse.Take(t.Context(), s.uses, nonceKey(nonce)); err != nil {
				t.Error(err)
			}
		}
		var refusal *Error
		switch {
		case err == nil && (got != holder || !strings.Contains(string(body), proof[:20])):
			t.Errorf("bound to %q by %s", got, body)
		case err != nil && (!errors.As(err, &refusal) || refusal.Code == "" || got != ""):
			t.Errorf("%q, %v", got, err)
		}
	})
}
