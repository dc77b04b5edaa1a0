package bbs

import (
	"bytes"
	"encoding/base64"
	"testing"
)

// run is how many bytes in a row two values may not share: among the some
// thousand that there are, chance gives a run of 6 once in 10^8 times.
const run = 6

// sharedRun returns the first run of bytes that is in both.
func sharedRun(a, b []byte) []byte {
	seen := map[string]bool{}
	for i := 0; i+run <= len(a); i++ {
		seen[string(a[i:i+run])] = true
	}
	for i := 0; i+run <= len(b); i++ {
		if seen[string(b[i:i+run])] {
			return b[i : i+run]
		}
	}
	return nil
}

// bytesOf returns what a proof value has in bytes, but the presentation header,
// which is the verifier's, by its names.
func bytesOf(t *testing.T, value string) map[string][]byte {
	t.Helper()
	if base, err := decodeBase(value); err == nil {
		all := map[string][]byte{"signature": base.signature, "header": base.header, "public key": base.publicKey, "HMAC key": base.hmacKey}
		if base.nymEntropy != nil {
			all["entropy"] = base.nymEntropy
		}
		return all
	}
	derived, err := decodeDerived(value)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string][]byte{"proof": derived.proof}
	if derived.Pseudonym != nil {
		all["pseudonym"] = derived.Pseudonym
	}
	return all
}

// TestUnlinkable: two proofs derived of one base proof for two verifiers have
// no byte in common that could tell, nor with the base proof, which the issuer
// knows, nor with the holder's secrets.
func TestUnlinkable(t *testing.T) {
	for _, feature := range features {
		t.Run(string(feature), func(t *testing.T) {
			i := issue(t, document, mandatory, feature)
			values := map[string]string{"the base proof": i.value}
			for _, domain := range []string{"a.example", "b.example"} {
				i.suite.NymDomain = domain
				i.suite.PresentationHeader = []byte("a nonce of " + domain)
				values[domain] = i.show(t, "/credentialSubject/0/name").value
			}
			i.suite.NymDomain = "c.example"
			values["another selection"] = i.show(t, "/name", "/description").value
			for name, value := range values {
				for other, second := range values {
					if name < other {
						wantNothingShared(t, name+" and "+other, bytesOf(t, value), bytesOf(t, second))
					}
				}
				if h := i.suite.Holder; h != nil && name != "the base proof" {
					wantNothingShared(t, name+" and the holder", bytesOf(t, value), map[string][]byte{"secret": h.Secret, "nym": h.ProverNym, "blinding": h.Blinding})
				}
			}
		})
	}
}

func wantNothingShared(t *testing.T, what string, a, b map[string][]byte) {
	t.Helper()
	for name, one := range a {
		for other, second := range b {
			if shared := sharedRun(one, second); shared != nil {
				t.Errorf("%s: %s and %s share %x", what, name, other, shared)
			}
		}
	}
}

// TestSharedRun: what looks for links finds one.
func TestSharedRun(t *testing.T) {
	a, b := bytes.Repeat([]byte{1, 2}, 20), bytes.Repeat([]byte{3}, 40)
	if shared := sharedRun(a, b); shared != nil {
		t.Errorf("got %x", shared)
	}
	copy(b[30:], a[3:3+run])
	if shared := sharedRun(a, b); !bytes.Equal(shared, a[3:3+run]) {
		t.Errorf("got %x", shared)
	}
}

// TestWhatLinks: two proofs that disclose the same tell by no component of their
// values of which base proof they are: a proof of another base proof, whose
// order of blank nodes is the same, has the same ones.
func TestWhatLinks(t *testing.T) {
	const alone = `{"@context":["https://www.w3.org/ns/credentials/v2"],"id":"urn:a:c","type":["VerifiableCredential"],"issuer":"did:example:a","name":"NAME","credentialSubject":{"id":"did:example:s"}}`
	of := func(name string) derivedValue {
		return issue(t, string(bytes.Replace([]byte(alone), []byte("NAME"), []byte(name), 1)), []string{"/issuer"}, Baseline).show(t, "/credentialSubject").decoded(t)
	}
	anna, bea := of("Anna"), of("Bea")
	anna.proof, bea.proof = nil, nil
	one, err := anna.encode()
	if err != nil {
		t.Fatal(err)
	}
	if other, err := bea.encode(); err != nil || one != other {
		t.Errorf("got %s and %s, %v", one, other, err)
	}
}

// TestDeriveHides: what is not disclosed is in no part of what is shown.
func TestDeriveHides(t *testing.T) {
	for _, feature := range features {
		t.Run(string(feature), func(t *testing.T) {
			i := issue(t, document, mandatory, feature)
			s := i.show(t, "/credentialSubject/0/name")
			raw, err := base64.RawURLEncoding.DecodeString(s.value[1:])
			if err != nil {
				t.Fatal(err)
			}
			for _, secret := range []string{"Bea", "Þórdís", "a text"} {
				if bytes.Contains(s.part.Document, []byte(secret)) || bytes.Contains(raw, []byte(secret)) {
					t.Errorf("%s is disclosed", secret)
				}
			}
		})
	}
}
