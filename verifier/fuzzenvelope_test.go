package verifier_test

import (
	"bytes"
	"testing"

	"github.com/chancery-vc/chancery/internal/credtest"
	"github.com/chancery-vc/chancery/verifier"
	"github.com/chancery-vc/chancery/verifier/credential"
)

// FuzzEnveloped: an object with a data URL is accepted only for what its issuer
// put into the envelope, and under no other media type.
func FuzzEnveloped(f *testing.F) {
	p := newParty(f, credtest.Key("registry"))
	document := credentialBy(f, p, credtest.Holder)
	for mediaType, data := range secure(f, p, document) {
		for _, name := range []string{mediaType, "vc+jwt"} {
			object, err := credential.Envelope(credential.TypeEnvelopedCredential, "application/"+name, data)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(object)
			f.Add(bytes.Replace(object, []byte("EnvelopedVerifiableCredential"), []byte("EnvelopedVerifiablePresentation"), 1))
			f.Add(bytes.Replace(object, []byte("data:"), []byte("DATA:"), 1))
			f.Add(bytes.Replace(object, []byte("application/"), []byte(`APPLICATION\/`), 1))
		}
	}
	want := credtest.Unmarshal(f, document)
	v, err := verifier.New(envelopePolicy(p))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		report, err := v.Verify(t.Context(), data)
		if err != nil {
			t.Fatal(err)
		}
		wantConsistent(t, report)
		if report.Verified() == nil {
			return
		}
		for name, value := range report.Verified().Subjects()[0] {
			if said := want["credentialSubject"].(credtest.Object)[name]; string(credtest.Marshal(t, said)) != string(credtest.Marshal(t, value)) {
				t.Errorf("%s is accepted, with %s %v", data, name, value)
			}
		}
	})
}
