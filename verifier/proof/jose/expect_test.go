package jose

import (
	"testing"
	"time"
)

// TestExpectationsSayEverything leaves out one thing at a time.
func TestExpectationsSayEverything(t *testing.T) {
	key := signers(t)[EdDSA]
	token, err := Sign(marshal(t, credentialObject()), signing(Credential, "", key))
	must(t, token, err)
	for name, edit := range map[string]func(*Expectation){
		"kind":         func(e *Expectation) { e.Kind = "" },
		"other kind":   func(e *Expectation) { e.Kind = "dc" },
		"algorithms":   func(e *Expectation) { e.Algorithms = nil },
		"none":         func(e *Expectation) { e.Algorithms = []string{EdDSA, "none"} },
		"secret":       func(e *Expectation) { e.Algorithms = []string{EdDSA, "HS256"} },
		"key":          func(e *Expectation) { e.KeyID = Rule{} },
		"signer":       func(e *Expectation) { e.Signer = Rule{} },
		"audience":     func(e *Expectation) { e.Audience = Rule{} },
		"nonce":        func(e *Expectation) { e.Nonce = Expect() },
		"time":         func(e *Expectation) { e.Now = time.Time{} },
		"time, not so": func(e *Expectation) { e.IgnoreTimes = true },
	} {
		e := expecting(Credential, EdDSA)
		edit(&e)
		_, err := Verify(token, key.Public(), e)
		if err == nil {
			t.Errorf("%s: accepted", name)
		}
		wantError(t, err, ErrExpectation)
	}
}

func TestContentTypes(t *testing.T) {
	key := signers(t)[EdDSA]
	s := signing(Credential, "", key)
	s.ContentType = "application/vnd.example.birth+json"
	token, err := Sign(marshal(t, credentialObject()), s)
	must(t, token, err)
	e := expecting(Credential, EdDSA)
	_, err = Verify(token, key.Public(), e)
	wantError(t, err, ErrType)
	e.ContentTypes = []string{s.ContentType}
	v, err := Verify(token, key.Public(), e)
	must(t, v, err)
}

func TestIgnoredTimes(t *testing.T) {
	key := signers(t)[EdDSA]
	payload := marshal(t, edited(credentialObject(), object{"iat": "2010-01-01T19:23:24Z", "exp": 1}))
	e := expecting(Credential, EdDSA)
	e.Now, e.IgnoreTimes = time.Time{}, true
	v, err := Verify(forge(t, header(nil), payload, key), key.Public(), e)
	must(t, v, err)
	if !v.Issued.IsZero() || !v.Expires.IsZero() {
		t.Error("a time that was ignored is told")
	}
}
