package verifier_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/internal/credtest"
	"github.com/chancery-vc/chancery/schemas"
	"github.com/chancery-vc/chancery/verifier"
	"github.com/chancery-vc/chancery/verifier/credential"
	"github.com/chancery-vc/chancery/verifier/did"
	"github.com/chancery-vc/chancery/verifier/logproof"
	"github.com/chancery-vc/chancery/verifier/proof"
	"github.com/chancery-vc/chancery/verifier/proof/ecdsasd"
)

const logOrigin = "registry.example/log"

func loggedPolicy(t testing.TB, issuer *credtest.Issuer, receipts ...logproof.Receipt) verifier.Policy {
	t.Helper()
	policy := policyFor(t, issuer)
	policy.LogReceipt, policy.Receipts = verifier.Expect(logOrigin), receipts
	return policy
}

// TestReceiptRequired: a credential that the issuer's own key has signed is
// refused without the receipt of the issuer's log, and with that of another
// credential, log, key or issuer.
func TestReceiptRequired(t *testing.T) {
	issuer := credtest.NewWebIssuer(t, "did:web:registry.example", "registry")
	same := credtest.NewWebIssuer(t, issuer.ID, "stolen") // its name, and a key that it does not list
	other := credtest.NewWebIssuer(t, "did:web:other.example", "other")
	logged, unlogged := issuer.Signed(t), issuer.Signed(t, credtest.With("name", "made outside of the log"))
	at := credtest.Now.Add(-90 * time.Minute)
	good := issuer.Receipts(t, logOrigin, at, []byte("eyJ.a.b"), logged, []byte("eyJ.a.c"))
	ofThief := same.Receipts(t, logOrigin, at, unlogged)[0]
	underName := ofThief
	underName.Method = issuer.Method
	moved := good[1]
	moved.Origin = "elsewhere.example/log"
	for name, c := range map[string]struct {
		credential []byte
		receipts   []logproof.Receipt
		want       verifier.Outcome
		detail     string
	}{
		"its own":                        {logged, good[1:2], verifier.Established, "in the log registry.example/log, among its first 3 records"},
		"its own among others":           {logged, good, verifier.Established, ""},
		"its own, written otherwise":     {bytes.Join([][]byte{[]byte(" "), logged, []byte("\n")}, nil), good[1:2], verifier.Established, ""},
		"none":                           {logged, nil, verifier.NotEstablished, "without a receipt"},
		"none, of what was never logged": {unlogged, nil, verifier.NotEstablished, "without a receipt"},
		"another's":                      {unlogged, good[1:2], verifier.Refused, "of another"},
		"that of a log with another key": {unlogged, []logproof.Receipt{ofThief}, verifier.Refused, "verification method"},
		"the same under the right name":  {unlogged, []logproof.Receipt{underName}, verifier.Refused, "did not sign it"},
		"that of another's log":          {unlogged, other.Receipts(t, logOrigin, at, unlogged), verifier.Refused, "names a key of did:web:other.example"},
		"that of another log of its":     {unlogged, issuer.Receipts(t, "registry.example/test/log", at, unlogged), verifier.Refused, "of another log: registry.example/test/log"},
		"its own under another name":     {logged, []logproof.Receipt{moved}, verifier.Refused, "of another log"},
		"one of tomorrow":                {logged, issuer.Receipts(t, logOrigin, credtest.Now.Add(24*time.Hour), logged), verifier.NotEstablished, "clock"},
	} {
		t.Run(name, func(t *testing.T) {
			report := judge(t, c.credential, loggedPolicy(t, issuer, c.receipts...))
			wantCheck(t, report, verifier.CheckLog, c.want, c.detail)
			check := report.Check(verifier.CheckLog)
			if !check.Required || c.want == verifier.Established && !check.AsOf.Equal(at) {
				t.Errorf("got %+v", check)
			}
			verdict := map[verifier.Outcome]verifier.Verdict{
				verifier.Established: verifier.VerdictAccepted, verifier.Refused: verifier.VerdictRefused, verifier.NotEstablished: verifier.VerdictNotEstablished,
			}[c.want]
			wantVerdict(t, report, verdict)
		})
	}
}

// TestReceiptNotRequired: one that is there is judged all the same.
func TestReceiptNotRequired(t *testing.T) {
	issuer := credtest.NewIssuer(t, "registry")
	logged, unlogged := issuer.Signed(t), issuer.Signed(t, credtest.With("name", "another"))
	policy := policyFor(t, issuer)
	policy.Receipts = issuer.Receipts(t, logOrigin, credtest.Now, logged)
	wantCheck(t, judge(t, logged, policy), verifier.CheckLog, verifier.Established, logOrigin)
	wantVerdict(t, judge(t, unlogged, policy), verifier.VerdictRefused)
	policy.Receipts = nil
	wantVerdict(t, judge(t, unlogged, policy), verifier.VerdictAccepted)
}

// TestReceiptByAFormerKey: a receipt counts for as long as the issuer lists the
// key that signed it.
func TestReceiptByAFormerKey(t *testing.T) {
	former := credtest.NewWebIssuer(t, "did:web:registry.example", "former")
	issuer := credtest.NewWebIssuer(t, former.ID, "registry")
	logged := issuer.Signed(t)
	receipts := former.Receipts(t, logOrigin, credtest.Now.Add(-time.Hour), logged)
	wantCheck(t, judge(t, logged, loggedPolicy(t, issuer, receipts...)), verifier.CheckLog, verifier.Refused, "verification method")

	document, err := did.NewDocument(issuer.ID, issuer.Key.Public(), former.Key.Public())
	if err != nil {
		t.Fatal(err)
	}
	policy := loggedPolicy(t, issuer, receipts...)
	policy.Bundles, policy.Status, policy.Resolver = nil, verifier.Ignore[string](), did.NewPinned(document)
	wantCheck(t, judge(t, logged, policy), verifier.CheckLog, verifier.Established, "")
}

// TestReceiptsOfAPresentation: each credential needs its own.
func TestReceiptsOfAPresentation(t *testing.T) {
	issuer, holder := credtest.NewIssuer(t, "registry"), credtest.NewIssuer(t, "holder")
	one, two := issuer.Signed(t, boundTo(holder)), issuer.Signed(t, boundTo(holder), credtest.With("name", "two"))
	shown := presented(t, holder, presentation(t, holder, one, two))
	receipts := issuer.Receipts(t, logOrigin, credtest.Now.Add(-time.Hour), two, one)
	policy := presentationPolicy(t, issuer)
	policy.LogReceipt = verifier.Expect(logOrigin)
	v, err := verifier.New(policy)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		receipts []logproof.Receipt
		want     []verifier.Outcome
	}{
		"both":  {receipts, []verifier.Outcome{verifier.Established, verifier.Established}},
		"first": {receipts[1:], []verifier.Outcome{verifier.Established, verifier.NotEstablished}},
		"none":  {nil, []verifier.Outcome{verifier.NotEstablished, verifier.NotEstablished}},
	} {
		report, err := v.WithReceipts(c.receipts).Verify(t.Context(), shown)
		if err != nil {
			t.Fatal(err)
		}
		accepted := true
		for i, want := range c.want {
			wantCheck(t, report.Credentials[i], verifier.CheckLog, want, "")
			accepted = accepted && want == verifier.Established
		}
		if (report.Verdict() == verifier.VerdictAccepted) != accepted || (len(report.Presented()) == 2) != accepted {
			t.Errorf("%s: %s", name, report.Verdict())
		}
	}
}

// TestReceiptsOfEnvelopes: a token is known by its very bytes, and an SD-JWT by
// those that its holder cannot leave away.
func TestReceiptsOfEnvelopes(t *testing.T) {
	issuer, logged := parties(t)["Ed25519"], credtest.NewIssuer(t, "registry")
	for form, data := range secure(t, issuer, credentialBy(t, issuer, credtest.Holder)) {
		t.Run(form, func(t *testing.T) {
			policy := envelopePolicy(issuer)
			policy.LogReceipt = verifier.Expect(logOrigin)
			wantCheck(t, judge(t, data, policy), verifier.CheckLog, verifier.NotEstablished, "without a receipt")
			issued := data
			if token, _, ok := bytes.Cut(data, []byte("~")); ok && form == "vc+sd-jwt" {
				issued = append(token[:len(token):len(token)], "~disclosed~withheld~"...)
			}
			policy.Receipts = logged.Receipts(t, logOrigin, credtest.Now, []byte("eyJ"), issued)[1:]
			wantVerdict(t, judge(t, data, policy), verifier.VerdictAccepted)
			object, err := credential.Envelope(credential.TypeEnvelopedCredential, "application/"+form, data)
			if err != nil {
				t.Fatal(err)
			}
			wantCheck(t, judge(t, object, policy), verifier.CheckLog, verifier.Established, logOrigin)
			another := secure(t, issuer, credentialBy(t, issuer, "did:example:another"))[form]
			wantCheck(t, judge(t, another, policy), verifier.CheckLog, verifier.Refused, "of another")
		})
	}
}

// TestDerivedHasNoReceipt: what a holder derives is not what was logged.
func TestDerivedHasNoReceipt(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	id, method, err := did.FromKey(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	contexts, err := schemas.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	suite := ecdsasd.SD2023{}
	document := credtest.Marshal(t, credtest.Object{
		"@context": []any{schemas.CredentialsV2}, "type": []any{"VerifiableCredential"}, "issuer": id, "validFrom": "2026-07-01T11:00:00Z",
		"credentialSubject": credtest.Object{"id": credtest.Holder}, "description": "withheld",
	})
	template := proof.Template{VerificationMethod: method, Purpose: proof.AssertionMethod, Created: credtest.Now.Add(-time.Hour)}
	base, err := proof.Sign(t.Context(), document, template, suite.WithMandatory([]string{"/issuer"}), key, contexts)
	if err != nil {
		t.Fatal(err)
	}
	table, err := proof.NewTable(suite)
	if err != nil {
		t.Fatal(err)
	}
	derived, err := proof.Derive(t.Context(), base, []string{"/credentialSubject"}, table, contexts)
	if err != nil {
		t.Fatal(err)
	}
	policy := lenientPolicy(id, contexts, table)
	policy.LogReceipt = verifier.Expect(logOrigin)
	policy.Receipts = credtest.NewIssuer(t, "registry").Receipts(t, logOrigin, credtest.Now, base)
	wantCheck(t, judge(t, derived, policy), verifier.CheckLog, verifier.NotEstablished, "derives has no receipt")
}
