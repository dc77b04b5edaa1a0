package jose

import (
	"crypto"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestSignAndVerify(t *testing.T) {
	keys := signers(t)
	for _, kind := range []Kind{Credential, Presentation} {
		for _, name := range names(keys) {
			t.Run(string(kind)+" "+name, func(t *testing.T) {
				document, signer := documentOf(kind)
				data := marshal(t, document)
				token, err := Sign(data, signing(kind, name, keys[name]))
				must(t, token, err)
				v, err := Verify(token, keys[name].Public(), expecting(kind, name))
				must(t, v, err)
				want := &Verified{
					Header:   Header{Type: string(kind) + "+jwt", ContentType: string(kind), Algorithm: name, KeyID: testKeyID},
					Document: data, Signer: signer,
				}
				if diff := cmp.Diff(want, v); diff != "" {
					t.Error(diff)
				}
			})
		}
	}
}

// TestAlgorithmsAreChosenByKey gives every key to tokens of every algorithm,
// all of which are allowed.
func TestAlgorithmsAreChosenByKey(t *testing.T) {
	keys := signers(t)
	document := marshal(t, credentialObject())
	for _, signed := range names(keys) {
		token, err := Sign(document, signing(Credential, signed, keys[signed]))
		must(t, token, err)
		for _, with := range names(keys) {
			_, err := Verify(token, keys[with].Public(), expecting(Credential, names(keys)...))
			if same := keys[with].Public().(interface{ Equal(crypto.PublicKey) bool }).Equal(keys[signed].Public()); same {
				must(t, token, err)
				continue
			}
			wantError(t, err, ErrKey)
		}
	}
}

func TestRecommended(t *testing.T) {
	keys := signers(t)
	document := marshal(t, credentialObject())
	for _, name := range []string{MLDSA44, MLDSA65, MLDSA87} {
		token, err := Sign(document, signing(Credential, name, keys[name]))
		must(t, token, err)
		_, err = Verify(token, keys[name].Public(), expecting(Credential, Recommended()...))
		wantError(t, err, ErrAlgorithm)
		_, err = Sign(document, signing(Credential, "", keys[name]))
		wantError(t, err, ErrKey)
	}
	token, err := Sign(document, signing(Credential, "", keys[EdDSA]))
	must(t, token, err)
	if u, err := Peek(token); err != nil || u.Algorithm != EdDSA {
		t.Errorf("signed with %v, %v", u, err)
	}
	_, err = Verify(token, keys[EdDSA].Public(), expecting(Credential, Ed25519))
	wantError(t, err, ErrAlgorithm)
}

func TestClaimsAreAdded(t *testing.T) {
	key := signers(t)[ES256]
	s := signing(Presentation, "", key)
	issued := testNow.Add(-time.Minute)
	s.Claims = object{"aud": []string{"https://a.example", "https://b.example"}, "nonce": "n-1", "iat": issued.Unix(), "exp": testNow.Add(time.Hour).Unix()}
	token, err := Sign(append(marshal(t, presentationObject()), '\n'), s)
	must(t, token, err)
	e := expecting(Presentation, ES256)
	e.Audience, e.Nonce = Expect("https://b.example"), Expect("n-1")
	v, err := Verify(token, key.Public(), e)
	must(t, v, err)
	if !v.Issued.Equal(issued) || !v.Expires.Equal(testNow.Add(time.Hour)) {
		t.Errorf("issued %s, expires %s", v.Issued, v.Expires)
	}
	for name, edit := range map[string]func(*Expectation){
		"audience": func(e *Expectation) { e.Audience = Expect("https://c.example") },
		"nonce":    func(e *Expectation) { e.Nonce = Expect("n-2") },
		"expired":  func(e *Expectation) { e.Now = testNow.Add(time.Hour) },
		"early":    func(e *Expectation) { e.Now = issued.Add(-Skew - time.Second) },
		"signer":   func(e *Expectation) { e.Signer = Expect(testIssuer) },
		"key":      func(e *Expectation) { e.KeyID = Expect(testIssuer + "#key-2") },
	} {
		other := e
		edit(&other)
		if _, err := Verify(token, key.Public(), other); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

// TestAnyDocument: what is signed comes back byte for byte.
func TestAnyDocument(t *testing.T) {
	key := signers(t)[EdDSA]
	rapid.Check(t, func(r *rapid.T) {
		o := credentialObject()
		o["credentialSubject"] = object{"text": rapid.String().Draw(r, "text"), "number": rapid.Int32().Draw(r, "number")}
		document := marshal(t, o)
		token, err := Sign(document, signing(Credential, "", key))
		if err != nil {
			r.Fatal(err)
		}
		v, err := Verify(token, key.Public(), expecting(Credential, EdDSA))
		if err != nil || string(v.Document) != string(document) {
			r.Fatalf("%v, %v", v, err)
		}
	})
}
