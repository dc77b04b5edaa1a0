package verifier_test

import (
	"crypto/rand"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/internal/credtest"
	"github.com/chancery-vc/chancery/verifier"
	"github.com/chancery-vc/chancery/verifier/statement"
)

// stated returns a statement of a fact by p, changed by edit, and signed with a
// method.
func stated(t *testing.T, p party, method string, edit ...func(*statement.Statement)) []byte {
	t.Helper()
	s := &statement.Statement{
		Issuer: p.id, Audience: "benefits-office", Subject: "urn:chancery:subject:abc", ID: "urn:uuid:1",
		Issued: credtest.Now.Unix() - 60, Expires: credtest.Now.Unix() + 240, Nonce: "n-1", Purpose: "child-benefit", Configuration: "0a",
		Fact: &statement.Fact{Name: "of-age", Disclosure: statement.DisclosePredicate, Value: jsontext.Value("true")},
	}
	for _, e := range edit {
		e(s)
	}
	token, err := statement.Sign(s, statement.Signer{Key: p.key, KeyID: method, Random: rand.Reader})
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// granted makes a grant of a statement.
func granted(s *statement.Statement) {
	s.Nonce, s.Purpose, s.Fact, s.NotBefore = "", "", nil, s.Issued
	s.Confirmation = &statement.Confirmation{Thumbprint: strings.Repeat("A", 43)}
	s.Grant = &statement.Grant{Purposes: []string{"transfer"}, Facts: []string{"of-age", "alive"}, Count: 3}
}

// TestGrantSays: who judges a grant is told what it is for, and that its issuer
// alone knows whether it still is.
func TestGrantSays(t *testing.T) {
	p := parties(t)["Ed25519"]
	policy := statementPolicy(p)
	policy.Status, policy.Freshness, policy.Challenge = verifier.Ignore[string](), verifier.Ignore[time.Duration](), verifier.Ignore[string]()
	report, err := verifier.Verify(t.Context(), stated(t, p, p.method, granted), policy)
	if err != nil || report.Verified() == nil {
		t.Fatalf("%v, %v", report.Reason(), err)
	}
	subject := report.Verified().Subjects()[0]
	if subject["facts"] != "of-age, alive" || subject["purposes"] != "transfer" || subject["records"] != "any 3" || subject["asks"] != "benefits-office" {
		t.Errorf("%v", subject)
	}
	if c := report.Check(verifier.CheckStatus); c.Outcome != verifier.NotEstablished || !strings.Contains(c.Detail, "its issuer alone knows") {
		t.Errorf("%+v", c)
	}
}

// statementPolicy is that of the caller who asked.
func statementPolicy(issuer party) verifier.Policy {
	policy := envelopePolicy(issuer)
	policy.Domain, policy.Challenge = verifier.Expect("benefits-office"), verifier.Expect("n-1")
	policy.Status, policy.Freshness = verifier.Expect("revocation"), verifier.Expect(time.Hour)
	return policy
}

func TestStatement(t *testing.T) {
	p, other := parties(t)["Ed25519"], parties(t)["P-256"]
	scope := func(proven bool) func(*statement.Statement) {
		return func(s *statement.Statement) {
			s.Fact, s.Scope = nil, &statement.Scope{Sources: []statement.Source{{Name: "births", Proven: proven, At: "2026-07-01T12:00:00Z"}}}
		}
	}
	for name, c := range map[string]struct {
		token   []byte
		edit    func(*verifier.Policy)
		verdict verifier.Verdict
		because string // the check that says why
	}{
		"as asked for": {stated(t, p, p.method), nil, verifier.VerdictAccepted, ""},
		"for another": {
			stated(t, p, p.method), func(q *verifier.Policy) { q.Domain = verifier.Expect("tax-office") },
			verifier.VerdictRefused, verifier.CheckProof,
		},
		"of another occasion": {
			stated(t, p, p.method), func(q *verifier.Policy) { q.Challenge = verifier.Expect("n-2") },
			verifier.VerdictRefused, verifier.CheckProof,
		},
		"by another in its name":           {stated(t, p, other.method, func(s *statement.Statement) { s.Issuer = p.id }), nil, verifier.VerdictRefused, verifier.CheckProof},
		"with the key of another":          {stated(t, party{p.id, other.method, other.key}, other.method), nil, verifier.VerdictRefused, verifier.CheckIssuer},
		"by an issuer not expected":        {stated(t, other, other.method), nil, verifier.VerdictRefused, verifier.CheckIssuer},
		"expired":                          {stated(t, p, p.method), func(q *verifier.Policy) { q.Now = q.Now.Add(time.Hour) }, verifier.VerdictRefused, verifier.CheckValidity},
		"of the future":                    {stated(t, p, p.method), func(q *verifier.Policy) { q.Now = q.Now.Add(-time.Hour) }, verifier.VerdictRefused, verifier.CheckValidity},
		"too old":                          {stated(t, p, p.method), func(q *verifier.Policy) { q.Freshness = verifier.Expect(10 * time.Second) }, verifier.VerdictStale, verifier.CheckStatus},
		"of an unknown key":                {stated(t, party{"did:web:nobody.example", "", p.key}, "did:web:nobody.example#1"), nil, verifier.VerdictNotEstablished, verifier.CheckProof},
		"where only credentials are taken": {stated(t, p, p.method), func(q *verifier.Policy) { q.Envelopes = []string{"vc+jwt"} }, verifier.VerdictRefused, verifier.CheckModel},
		"a grant": {
			stated(t, p, p.method, granted), func(q *verifier.Policy) { q.Challenge = verifier.Ignore[string]() },
			verifier.VerdictNotEstablished, verifier.CheckStatus,
		},
		"a grant for elsewhere": {
			stated(t, p, p.method, granted), func(q *verifier.Policy) { q.Domain = verifier.Expect("tax-office") },
			verifier.VerdictRefused, verifier.CheckProof,
		},
		"a proven scope":      {stated(t, p, p.method, scope(true)), nil, verifier.VerdictAccepted, ""},
		"a scope that is not": {stated(t, p, p.method, scope(false)), nil, verifier.VerdictNotEstablished, verifier.CheckScope},
	} {
		policy := statementPolicy(p)
		if c.edit != nil {
			c.edit(&policy)
		}
		report, err := verifier.Verify(t.Context(), c.token, policy)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if report.Verdict() != c.verdict || c.because != "" && !strings.HasPrefix(report.Reason(), "because of "+c.because+":") {
			t.Errorf("%s: %s %s", name, report.Verdict(), report.Reason())
		}
	}
}

func TestStatementSays(t *testing.T) {
	p := parties(t)["Ed25519"]
	report, err := verifier.Verify(t.Context(), stated(t, p, p.method), statementPolicy(p))
	if err != nil || report.Verified() == nil {
		t.Fatalf("%v, %v", report.Reason(), err)
	}
	subject := report.Verified().Subjects()[0]
	if subject["fact"] != "of-age" || subject["value"] != true || subject["purpose"] != "child-benefit" || subject["id"] != "urn:chancery:subject:abc" {
		t.Errorf("%v", subject)
	}
	if c := report.Check(verifier.CheckStatus); !c.AsOf.Equal(credtest.Now.Add(-time.Minute)) {
		t.Errorf("%+v", c)
	}
	other := statementPolicy(p)
	other.Domain = verifier.Expect("tax-office")
	refused, err := verifier.Verify(t.Context(), stated(t, p, p.method), other)
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	if err := refused.WriteText(&text); err != nil || !strings.HasPrefix(text.String(), "REFUSED  Fact\n  because of proof: ") || refused.Verified() != nil {
		t.Errorf("%s %v", text.String(), err)
	}
	redacted := stated(t, p, p.method, func(s *statement.Statement) {
		s.Fact = &statement.Fact{Name: "address", Disclosure: statement.DiscloseRedacted}
	})
	if report, err = verifier.Verify(t.Context(), redacted, statementPolicy(p)); err != nil || report.Verified() == nil {
		t.Fatalf("%v, %v", report.Reason(), err)
	}
	if _, ok := report.Verified().Subjects()[0]["value"]; ok || !strings.Contains(report.Check(verifier.CheckDisclosure).Detail, "withheld") {
		t.Errorf("%+v", report.Check(verifier.CheckDisclosure))
	}
}

// TestScopeInWords: what was looked at stands in the report, a line each.
func TestScopeInWords(t *testing.T) {
	p := parties(t)["Ed25519"]
	token := stated(t, p, p.method, func(s *statement.Statement) {
		s.Fact, s.Scope = nil, &statement.Scope{Sources: []statement.Source{{
			Name: "births", Proven: true, At: "2026-07-01T12:00:00Z", Checked: []string{"the account's rights on every table", "not what a view reads"},
			Relations: []statement.Relation{{Name: "births", Keys: []string{"number"}, Columns: []string{"born", "number"}}},
		}}}
	})
	report, err := verifier.Verify(t.Context(), token, statementPolicy(p))
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	if err := report.WriteText(&b); err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{
		"    births   nothing was found at 2026-07-01T12:00:00Z that goes beyond this\n",
		"             looked at: the account's rights on every table\n",
		"             looked at: not what a view reads\n",
		"             read of births: born, number, found by number\n",
	} {
		if !strings.Contains(b.String(), line) {
			t.Errorf("no %q in\n%s", line, b.String())
		}
	}
}
