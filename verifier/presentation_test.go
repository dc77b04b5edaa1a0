package verifier_test

import (
	"strings"
	"testing"

	"github.com/chancery-vc/chancery/internal/credtest"
	"github.com/chancery-vc/chancery/schemas"
	"github.com/chancery-vc/chancery/verifier"
	"github.com/chancery-vc/chancery/verifier/credential"
	"github.com/chancery-vc/chancery/verifier/proof"
)

// occasion is what presentations here are made for.
const (
	counter = "counter.example"
	nonce   = "n-0S6_WzA2Mj"
)

// presentation returns an unsigned presentation by holder.
func presentation(t testing.TB, holder *credtest.Issuer, credentials ...[]byte) credtest.Object {
	t.Helper()
	held := make([]any, len(credentials))
	for i, c := range credentials {
		held[i] = credtest.Unmarshal(t, c)
	}
	return credtest.Object{
		"@context":             []any{schemas.CredentialsV2},
		"type":                 []any{credential.TypePresentation},
		"holder":               holder.ID,
		"verifiableCredential": held,
	}
}

// presented returns document signed by holder for the occasion, after edits of
// the proof.
func presented(t testing.TB, holder *credtest.Issuer, document credtest.Object, edit ...func(credtest.Object)) []byte {
	t.Helper()
	unsigned := holder.Proof()
	unsigned["proofPurpose"], unsigned["domain"], unsigned["challenge"] = proof.Authentication, counter, nonce
	for _, e := range edit {
		e(unsigned)
	}
	return holder.Sign(t, document, unsigned)
}

func presentationPolicy(t testing.TB, issuer *credtest.Issuer) verifier.Policy {
	t.Helper()
	policy := policyFor(t, issuer)
	policy.Domain, policy.Challenge = verifier.Expect(counter), verifier.Expect(nonce)
	return policy
}

// boundTo binds a credential to holder.
func boundTo(holder *credtest.Issuer) func(credtest.Object) {
	return func(o credtest.Object) { o["credentialSubject"].(credtest.Object)["id"] = holder.ID }
}

func TestPresentation(t *testing.T) {
	issuer, holder := credtest.NewIssuer(t, "registry"), credtest.NewIssuer(t, "holder")
	bound, other := issuer.Signed(t, boundTo(holder)), issuer.Signed(t)
	report := judge(t, presented(t, holder, presentation(t, holder, bound, other)), presentationPolicy(t, issuer))
	if report.Verdict() != verifier.VerdictAccepted || report.Presentation() == nil || report.Unverified() != nil || report.Verified() != nil {
		t.Fatalf("got %s: %s", report.Verdict(), report.Reason())
	}
	if all := report.Presented(); len(all) != 2 || all[0].Subjects()[0]["id"] != holder.ID {
		t.Errorf("presented: %v", all)
	}
	wantCheck(t, report.Credentials[0], verifier.CheckHolder, verifier.Established, "presented by "+holder.ID)
	wantCheck(t, report.Credentials[1], verifier.CheckHolder, verifier.NotEstablished, "about another")
	if check := report.Check(verifier.CheckHolder); check.Outcome != verifier.Established || !check.Required {
		t.Errorf("holder: %+v", check)
	}
}

// TestPresentationRefused has what must not pass, and why.
func TestPresentationRefused(t *testing.T) {
	issuer, holder, thief := credtest.NewIssuer(t, "registry"), credtest.NewIssuer(t, "holder"), credtest.NewIssuer(t, "thief")
	bound := issuer.Signed(t, boundTo(holder))
	good := presentation(t, holder, bound)
	with := func(name string, value any) credtest.Object {
		document := presentation(t, holder, bound)
		document[name] = value
		return document
	}
	set := func(name string, value any) func(credtest.Object) {
		return func(o credtest.Object) { o[name] = value }
	}
	drop := func(name string) func(credtest.Object) { return func(o credtest.Object) { delete(o, name) } }
	altered := []byte(strings.Replace(string(bound), "O'Brien", "O'Connor", 1))
	unsigned := credtest.Unmarshal(t, bound)
	delete(unsigned, "proof")
	for name, c := range map[string]struct {
		data   []byte
		reason string
	}{
		"another challenge":          {presented(t, holder, good, set("challenge", "x")), "challenge is another"},
		"no challenge":               {presented(t, holder, good, drop("challenge")), "challenge is another"},
		"another domain":             {presented(t, holder, good, set("domain", "evil.example")), "domain is another"},
		"purpose of an issuer":       {presented(t, holder, good, set("proofPurpose", proof.AssertionMethod)), "its purpose is"},
		"signed by another":          {presented(t, thief, good), "signed for " + holder.ID},
		"no proof":                   {credtest.Marshal(t, good), "no proof"},
		"no proofs":                  {credtest.Marshal(t, with("proof", []any{})), "no proof"},
		"altered":                    {[]byte(strings.Replace(string(presented(t, holder, good)), `"type":["VerifiablePresentation"]`, `"id":"urn:x:1","type":["VerifiablePresentation"]`, 1)), "forged or altered"},
		"altered credential":         {presented(t, holder, presentation(t, holder, altered)), "credential 1: because of proof"},
		"altered second credential":  {presented(t, holder, presentation(t, holder, bound, altered)), "credential 2: because of proof"},
		"credential without a proof": {presented(t, holder, with("verifiableCredential", []any{unsigned})), "credential 1: because of proof: it has no proof"},
		"credential that is text":    {credtest.Marshal(t, with("verifiableCredential", []any{"ey.J.x"})), "not an object"},
		"credential that is a list":  {credtest.Marshal(t, with("verifiableCredential", []any{[]any{}})), "not an object"},
		"credential that is none":    {presented(t, holder, with("verifiableCredential", credtest.Object{"@context": schemas.CredentialsV2, "id": "urn:x:1", "type": "VerifiableCredential"})), "credential 1: because of model"},
		"holder that is no URL":      {credtest.Marshal(t, with("holder", "me")), "holder"},
		"holder without an id":       {credtest.Marshal(t, with("holder", credtest.Object{"name": "x"})), "no id"},
		"credential as well":         {credtest.Marshal(t, with("type", []any{credential.TypePresentation, credential.TypeCredential})), "alone"},
		"undefined member":           {append([]byte(`{"undefined":1,`), presented(t, holder, good)[1:]...), "did not expand"},
		"unknown context":            {credtest.Marshal(t, with("@context", []any{schemas.CredentialsV2, "https://evil.example/v1"})), "neither embedded nor given"},
		"too many":                   {credtest.Marshal(t, with("verifiableCredential", make([]any, credential.MaxPresented+1))), "more than 100"},
	} {
		t.Run(name, func(t *testing.T) {
			report := judge(t, c.data, presentationPolicy(t, issuer))
			if report.Verdict() != verifier.VerdictRefused || !strings.Contains(report.Reason(), c.reason) || report.Presented() != nil {
				t.Errorf("got %s %s, want %s", report.Verdict(), report.Reason(), c.reason)
			}
			text := credtest.Marshal(t, report)
			if strings.Contains(string(text), "O'Brien") {
				t.Errorf("what was not accepted is told: %s", text)
			}
		})
	}
}

func TestPresentationWithoutHolder(t *testing.T) {
	issuer, holder := credtest.NewIssuer(t, "registry"), credtest.NewIssuer(t, "holder")
	document := presentation(t, holder, issuer.Signed(t, boundTo(holder)))
	delete(document, "holder")
	report := judge(t, presented(t, holder, document), presentationPolicy(t, issuer))
	if report.Verdict() != verifier.VerdictAccepted {
		t.Error(report.Reason())
	}
	wantCheck(t, report.Credentials[0], verifier.CheckHolder, verifier.Established, holder.ID)
}

// TestHolderCanBeRequired: then a credential about another, or shown without a
// presentation, is not enough.
func TestHolderCanBeRequired(t *testing.T) {
	issuer, holder := credtest.NewIssuer(t, "registry"), credtest.NewIssuer(t, "holder")
	policy := presentationPolicy(t, issuer)
	policy.Require = []string{verifier.CheckHolder}
	bound := judge(t, presented(t, holder, presentation(t, holder, issuer.Signed(t, boundTo(holder)))), policy)
	if bound.Verdict() != verifier.VerdictAccepted {
		t.Error(bound.Reason())
	}
	borrowed := judge(t, presented(t, holder, presentation(t, holder, issuer.Signed(t))), policy)
	if borrowed.Verdict() != verifier.VerdictNotEstablished || borrowed.Presented() != nil {
		t.Errorf("borrowed: %s", borrowed.Verdict())
	}
	policy.Domain, policy.Challenge = verifier.Ignore[string](), verifier.Ignore[string]()
	wantVerdict(t, judge(t, issuer.Signed(t, boundTo(holder)), policy), verifier.VerdictNotEstablished)
}

// TestPresentationText is what a clerk reads.
func TestPresentationText(t *testing.T) {
	issuer, holder := credtest.NewIssuer(t, "registry"), credtest.NewIssuer(t, "holder")
	report := judge(t, presented(t, holder, presentation(t, holder, issuer.Signed(t, boundTo(holder)))), presentationPolicy(t, issuer))
	var text strings.Builder
	if err := report.WriteText(&text); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"ACCEPTED  presentation\n", "Credential 1 of 1: ACCEPTED  Birth registration\n", "familyName"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("%q is not in\n%s", want, text.String())
		}
	}
}

func TestExpecting(t *testing.T) {
	issuer, holder := credtest.NewIssuer(t, "registry"), credtest.NewIssuer(t, "holder")
	v, err := verifier.New(policyFor(t, issuer))
	if err != nil {
		t.Fatal(err)
	}
	data := presented(t, holder, presentation(t, holder, issuer.Signed(t)))
	for challenge, want := range map[string]verifier.Verdict{nonce: verifier.VerdictAccepted, "x": verifier.VerdictRefused} {
		expecting, err := v.Expecting(verifier.Expect(counter), verifier.Expect(challenge))
		if err != nil {
			t.Fatal(err)
		}
		report, err := expecting.Verify(t.Context(), data)
		if err != nil || report.Verdict() != want {
			t.Errorf("%s: got %v, %v", challenge, report, err)
		}
	}
	if _, err := v.Expecting(verifier.Rule[string]{}, verifier.Ignore[string]()); err == nil {
		t.Error("a rule that says nothing was taken")
	}
}
