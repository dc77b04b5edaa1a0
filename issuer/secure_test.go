package issuer_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/internal/issuertest"
	"github.com/chancery-vc/chancery/issuer"
	"github.com/chancery-vc/chancery/issuer/mint"
	"github.com/chancery-vc/chancery/verifier"
	"github.com/chancery-vc/chancery/verifier/bundle"
	"github.com/chancery-vc/chancery/verifier/logproof"
)

const office = "civil-office"

// withOffice is the edit of an issuer with a caller of the VC API, and with
// one that may have credentials of data model 1.1, too.
func withOffice(text string) string {
	const terms = "\n      types: [BirthRegistration]\n      validity: 30d\n"
	return text + "\nvc_api:\n  callers:\n" +
		"    - name: " + office + "\n      token_sha256: " + strings.Repeat("0a", 32) + terms +
		"    - name: older\n      token_sha256: " + strings.Repeat("0b", 32) + terms + "      data_model_1_1: true\n"
}

// wording returns a credential as the office words it, edited.
func wording(edits ...string) issuer.Wording {
	text := `{"@context":["https://www.w3.org/ns/credentials/v2","https://chancery-vc.github.io/contexts/civil/v1"],` +
		`"id":"https://office.example/secret-id","type":["VerifiableCredential","BirthRegistration"],` +
		`"credentialSubject":{"id":"did:example:child","givenNames":"Secret Name"}}`
	for n := 0; n < len(edits); n += 2 {
		text = strings.Replace(text, edits[n], edits[n+1], 1)
	}
	return issuer.Wording{Caller: office, Credential: []byte(text)}
}

func statusID(t *testing.T, credential []byte) string {
	t.Helper()
	var c struct {
		Status struct{ ID string } `json:"credentialStatus"`
	}
	if err := json.Unmarshal(credential, &c); err != nil {
		t.Fatal(err)
	}
	return c.Status.ID
}

func TestSecure(t *testing.T) {
	i, dir, clock := setUp(t, 1, withOffice)
	a, err := i.Secure(t.Context(), wording())
	if err != nil {
		t.Fatal(err)
	}
	accepted(t, a.Bytes, bundleOf(t, i, dir), clock.Now())
	accepted(t, a.Bytes, bundleOf(t, i, dir), clock.Now().Add(time.Minute))
	if want := `"validUntil":"2026-07-31T12:00:00Z"`; !strings.Contains(string(a.Bytes), want) {
		t.Errorf("no %s in %s", want, a.Bytes)
	}
	if a.Credential != statusID(t, a.Bytes) || !strings.HasPrefix(a.Credential, issuertest.URL+"/status/1#") {
		t.Errorf("it is called %q", a.Credential)
	}
}

// TestSecureIsLogged: what was asked and what left are in the log, by hash;
// what the credential says, or is called by its caller, is not.
func TestSecureIsLogged(t *testing.T) {
	i, dir, _ := setUp(t, 1, withOffice)
	a, err := i.Secure(t.Context(), wording())
	if err != nil {
		t.Fatal(err)
	}
	records := inFile(t, dir)
	asked, answered := records[len(records)-2], last(t, records)
	if asked.Kind != logproof.Asked || answered.Kind != logproof.Answered || *answered.Question != asked.Sequence {
		t.Fatalf("%+v\n%+v", asked, answered)
	}
	if !strings.HasPrefix(answered.Caller, "vc-api:") || strings.Contains(answered.Caller, office) || answered.Released != logproof.HashOf(a.Bytes).String() || answered.Credential != a.Credential {
		t.Errorf("%+v", answered)
	}
	for _, record := range records {
		data, err := logproof.Encode(record)
		if err != nil {
			t.Fatal(err)
		}
		if text := string(data); strings.Contains(text, "Secret") || strings.Contains(text, "secret") || strings.Contains(text, "child") {
			t.Errorf("the log says %s", text)
		}
	}
}

func TestSecuredIsRevokedByItsStatus(t *testing.T) {
	i, dir, clock := setUp(t, 1, withOffice)
	first, err := i.Secure(t.Context(), wording())
	if err != nil {
		t.Fatal(err)
	}
	second, err := i.Secure(t.Context(), wording()) // of the same id: a renewal
	if err != nil || second.Credential == first.Credential {
		t.Fatalf("%v: %s", err, second.Credential)
	}
	if revoked, err := i.Revoke(t.Context(), []string{first.Credential}); err != nil || revoked.Revoked != 1 {
		t.Fatalf("%+v, %v", revoked, err)
	}
	clock.Advance(time.Second)
	b := bundleOf(t, i, dir)
	if report := verify(t, first.Bytes, b, clock.Now()); report.Verdict() != verifier.VerdictRefused {
		t.Errorf("revoked: %s", report.Verdict())
	}
	accepted(t, second.Bytes, b, clock.Now())
}

func TestSecureRefuses(t *testing.T) {
	i, _, _ := setUp(t, 1, withOffice)
	older := wording("https://www.w3.org/ns/credentials/v2", "https://www.w3.org/2018/credentials/v1")
	stranger := wording()
	stranger.Caller = "stranger"
	other := wording()
	other.ID = "urn:x:other"
	for name, test := range map[string]struct {
		wording issuer.Wording
		kind    error
		reason  string
	}{
		"a stranger":          {stranger, issuer.ErrNotAllowed, issuer.ErrNotAllowed.Error()},
		"another id":          {other, mint.ErrForm, mint.ErrForm.Error()},
		"no subject":          {wording(`"credentialSubject":{"id":"did:example:child","givenNames":"Secret Name"}`, `"name":"x"`), mint.ErrForm, mint.ErrForm.Error()},
		"another type":        {wording(`"BirthRegistration"`, `"https://example.org/Licence"`), issuer.ErrTerms, issuer.ErrTerms.Error()},
		"a type more":         {wording(`"BirthRegistration"`, `"BirthRegistration","BitstringStatusListCredential"`), issuer.ErrTerms, issuer.ErrTerms.Error()},
		"no type":             {wording(`,"BirthRegistration"`, ``), issuer.ErrTerms, issuer.ErrTerms.Error()},
		"another issuer":      {wording(`"type"`, `"issuer":"did:example:other","type"`), issuer.ErrTerms, issuer.ErrTerms.Error()},
		"terms of its own":    {wording(`civil/v1"]`, `civil/v1",{"a":"urn:x:a"}]`), issuer.ErrTerms, issuer.ErrTerms.Error()},
		"longer than allowed": {wording(`"type"`, `"validUntil":"2026-07-31T12:00:01Z","type"`), issuer.ErrTerms, issuer.ErrTerms.Error()},
		"data model 1.1":      {older, issuer.ErrTerms, issuer.ErrTerms.Error()},
		"a status already":    {wording(`"type"`, `"credentialStatus":{"type":"BitstringStatusListEntry","statusPurpose":"revocation","statusListIndex":"0","statusListCredential":"https://x.example/1"},"type"`), mint.ErrForm, mint.ErrForm.Error()},
		"an undefined claim":  {wording(`"givenNames"`, `"nicknames"`), mint.ErrDraft, mint.ErrDraft.Error()},
		"what is over":        {wording(`"type"`, `"validUntil":"2026-07-01T11:00:00Z","type"`), mint.ErrSelfVerify, mint.ErrSelfVerify.Error()},
	} {
		a, err := i.Secure(t.Context(), test.wording)
		if !errors.Is(err, issuer.ErrRefused) || !errors.Is(err, test.kind) || a.Bytes != nil {
			t.Errorf("%s: %s, %v", name, a.Bytes, err)
			continue
		}
		if record := last(t, issuertest.Log(t, i.Store())); record.Kind != logproof.Refused || record.Reason != test.reason {
			t.Errorf("%s: %+v", name, record)
		}
	}
}

func TestSecureOfDataModel11(t *testing.T) {
	i, dir, clock := setUp(t, 1, withOffice)
	w := wording("https://www.w3.org/ns/credentials/v2", "https://www.w3.org/2018/credentials/v1")
	w.Caller = "older"
	a, err := i.Secure(t.Context(), w)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"https://w3id.org/security/data-integrity/v2"]`, `"issuanceDate":"2026-07-01T12:00:00Z"`, `"expirationDate":"2026-07-31T12:00:00Z"`} {
		if !strings.Contains(string(a.Bytes), want) {
			t.Errorf("no %s in %s", want, a.Bytes)
		}
	}
	if strings.Contains(string(a.Bytes), "credentialStatus") || a.Credential != "" {
		t.Errorf("it has a status: %s", a.Bytes)
	}
	report, err := verifier.Verify(t.Context(), a.Bytes, verifier.Policy{
		Now: clock.Now(), Issuer: verifier.Expect(i.ID()), Domain: verifier.Ignore[string](), Challenge: verifier.Ignore[string](),
		LogReceipt: verifier.Ignore[string](), Status: verifier.Ignore[string](), Freshness: verifier.Ignore[time.Duration](),
		Bundles: []*bundle.Bundle{bundleOf(t, i, dir)},
	})
	if err != nil || report.Verdict() != verifier.VerdictAccepted {
		t.Errorf("%+v, %v", report, err)
	}
}

func TestSecureStopped(t *testing.T) {
	i, _, _ := setUp(t, 1, withOffice)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if a, err := i.Secure(ctx, wording()); err == nil || a.Bytes != nil {
		t.Errorf("got %s, %v", a.Bytes, err)
	}
}
