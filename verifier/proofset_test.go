package verifier_test

import (
	"crypto"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"filippo.io/mldsa"

	"github.com/chancery-vc/chancery/internal/credtest"
	"github.com/chancery-vc/chancery/schemas"
	"github.com/chancery-vc/chancery/verifier"
	"github.com/chancery-vc/chancery/verifier/credential"
	"github.com/chancery-vc/chancery/verifier/did"
	"github.com/chancery-vc/chancery/verifier/proof"
	"github.com/chancery-vc/chancery/verifier/proof/eddsa"
	mldsasuite "github.com/chancery-vc/chancery/verifier/proof/mldsa"
	"github.com/chancery-vc/chancery/verifier/suites"
)

// registry is an issuer with an Ed25519 key, #0, and one of ML-DSA-44, #1.
type registry struct {
	id       string
	keys     []crypto.Signer
	contexts *schemas.Contexts
	policy   verifier.Policy // wants proofs by both
}

func newRegistry(t *testing.T) registry {
	t.Helper()
	lattice, err := mldsa.GenerateKey(mldsa.MLDSA44())
	if err != nil {
		t.Fatal(err)
	}
	r := registry{id: "did:web:registry.example", keys: []crypto.Signer{credtest.Key("registry"), lattice}}
	if r.contexts, err = schemas.Embedded(); err != nil {
		t.Fatal(err)
	}
	table, err := suites.Experimental()
	if err != nil {
		t.Fatal(err)
	}
	r.policy = lenientPolicy(r.id, r.contexts, table)
	r.policy.Resolver = did.NewPinned(knownAs(t, r.id, r.keys[0].Public(), r.keys[1].Public()))
	r.policy.Proofs, r.policy.Envelopes = []string{"eddsa-rdfc-2022", "mldsa44-rdfc-2024"}, []string{}
	return r
}

func (r registry) document() credtest.Object {
	return credtest.Object{
		"@context": []any{schemas.CredentialsV2}, "type": []any{"VerifiableCredential"}, "issuer": r.id,
		"validFrom": "2026-07-01T11:00:00Z", "credentialSubject": credtest.Object{"id": credtest.Holder, "name": "O'Brien"},
	}
}

// sign returns document with a proof for purpose by each of suites.
func (r registry) sign(t *testing.T, document credtest.Object, purpose string, by ...proof.SigningSuite) []byte {
	t.Helper()
	data, add := credtest.Marshal(t, document), proof.Sign
	for _, suite := range by {
		template := proof.Template{Purpose: purpose, Created: credtest.Now.Add(-time.Hour), VerificationMethod: r.id + "#0"}
		key := r.keys[0]
		if strings.HasPrefix(suite.Cryptosuite(), "mldsa") {
			template.VerificationMethod, key = r.id+"#1", r.keys[1]
		}
		var err error
		if data, err = add(t.Context(), data, template, suite, key, r.contexts); err != nil {
			t.Fatal(err)
		}
		add = proof.Add
	}
	return data
}

var both = []proof.SigningSuite{eddsa.RDFC2022{}, mldsasuite.RDFC2024{}}

// TestProofsOfBothAlgorithms wants a set of both proofs, in either order, and
// nothing less: a forger who broke one algorithm would leave the other out.
func TestProofsOfBothAlgorithms(t *testing.T) {
	r := newRegistry(t)
	for name, c := range map[string]struct {
		by      []proof.SigningSuite
		outcome verifier.Outcome
		detail  string
	}{
		"both":             {both, verifier.Established, "eddsa-rdfc-2022 by " + r.id + "#0, mldsa44-rdfc-2024 by " + r.id + "#1"},
		"in another order": {[]proof.SigningSuite{both[1], both[0]}, verifier.Established, "mldsa44-rdfc-2024 by "},
		"and one more":     {append(slices.Clone(both), mldsasuite.JCS2024{}), verifier.Established, ", mldsa44-jcs-2024 by "},
		"Ed25519 alone":    {both[:1], verifier.NotEstablished, "it has no proof by mldsa44-rdfc-2024, which is wanted besides"},
		"ML-DSA alone":     {both[1:], verifier.NotEstablished, "it has no proof by eddsa-rdfc-2022, which is wanted besides"},
		"another ML-DSA":   {[]proof.SigningSuite{both[0], mldsasuite.JCS2024{}}, verifier.NotEstablished, "no proof by mldsa44-rdfc-2024"},
	} {
		t.Run(name, func(t *testing.T) {
			data := r.sign(t, r.document(), proof.AssertionMethod, c.by...)
			report := judge(t, data, r.policy)
			wantCheck(t, report, verifier.CheckProof, c.outcome, c.detail)
			if accepted := c.outcome == verifier.Established; (report.Verdict() == verifier.VerdictAccepted) != accepted {
				t.Errorf("it is %s", report.Verdict())
			}
			if c.outcome == verifier.NotEstablished {
				wantCheck(t, report, verifier.CheckIssuer, verifier.NotEstablished, "without a good proof")
			}
			either := r.policy
			either.Proofs = nil
			wantVerdict(t, judge(t, data, either), verifier.VerdictAccepted)
		})
	}
}

// TestBadProofOfASet: each must be good, and be the issuer's.
func TestBadProofOfASet(t *testing.T) {
	r := newRegistry(t)
	other := newRegistry(t)
	data := string(r.sign(t, r.document(), proof.AssertionMethod, both...))
	values := credtest.Unmarshal(t, []byte(data))["proof"].([]any)
	value := func(i int) string { return values[i].(credtest.Object)["proofValue"].(string) }
	others := credtest.Unmarshal(t, other.sign(t, r.document(), proof.AssertionMethod, both[1]))["proof"].(credtest.Object)
	for name, altered := range map[string]string{
		"the document":               strings.Replace(data, "O'Brien", "O'Briem", 1),
		"the value of Ed25519":       strings.Replace(data, value(0), another(value(0), 40), 1),
		"the value of ML-DSA":        strings.Replace(data, value(1), another(value(1), 499), 1),
		"the value of ML-DSA, cut":   strings.Replace(data, value(1), value(1)[:500], 1),
		"the values, exchanged":      strings.NewReplacer(value(0), value(1), value(1), value(0)).Replace(data),
		"ML-DSA by another key":      strings.Replace(data, value(1), others["proofValue"].(string), 1),
		"the names, exchanged":       strings.NewReplacer("eddsa-rdfc-2022", "mldsa44-rdfc-2024", "mldsa44-rdfc-2024", "eddsa-rdfc-2022").Replace(data),
		"the methods, exchanged":     strings.NewReplacer("example#0", "example#1", "example#1", "example#0").Replace(data),
		"Ed25519 under both names":   strings.Replace(data, "mldsa44-rdfc-2024", "eddsa-rdfc-2022", 1),
		"ML-DSA under another name":  strings.Replace(data, "mldsa44-rdfc-2024", "mldsa44-jcs-2024", 1),
		"the purpose of ML-DSA":      strings.Replace(data, `#1","proofPurpose":"assertionMethod"`, `#1","proofPurpose":"authentication"`, 1),
		"the time of ML-DSA":         strings.Replace(data, `"mldsa44-rdfc-2024","created":"2026-`, `"mldsa44-rdfc-2024","created":"2025-`, 1),
		"the purpose of both proofs": strings.ReplaceAll(data, "assertionMethod", "authentication"),
	} {
		if altered == data {
			t.Fatalf("%s: nothing was altered", name)
		}
		wantCheck(t, judge(t, []byte(altered), r.policy), verifier.CheckProof, verifier.Refused, "")
	}
}

// another returns text with another letter at i.
func another(text string, i int) string {
	letter := "2"
	if text[i] == '2' {
		letter = "3"
	}
	return text[:i] + letter + text[i+1:]
}

// TestExperimentIsOff: a set with a proof of an experiment is refused until
// that is asked for, because every proof must be good.
func TestExperimentIsOff(t *testing.T) {
	r := newRegistry(t)
	data := r.sign(t, r.document(), proof.AssertionMethod, both...)
	for name, choice := range map[string]func() (*proof.Table, error){"recommended": suites.Recommended, "legacy": suites.Legacy} {
		table, err := choice()
		if err != nil {
			t.Fatal(err)
		}
		policy := lenientPolicy(r.id, r.contexts, table)
		policy.Resolver = r.policy.Resolver
		wantCheck(t, judge(t, data, policy), verifier.CheckProof, verifier.Refused, `cryptosuite "mldsa44-rdfc-2024"`)
		wantVerdict(t, judge(t, r.sign(t, r.document(), proof.AssertionMethod, both[0]), policy), verifier.VerdictAccepted)
		if t.Failed() {
			t.Fatal(name)
		}
	}
}

// TestProofsAreTheIssuers: the policy wants both of the credential, and not of
// the presentation, which is signed for the occasion.
func TestProofsAreTheIssuers(t *testing.T) {
	r := newRegistry(t)
	for name, c := range map[string]struct {
		by   []proof.SigningSuite
		want verifier.Verdict
	}{"both": {both, verifier.VerdictAccepted}, "one": {both[:1], verifier.VerdictNotEstablished}} {
		t.Run(name, func(t *testing.T) {
			held := r.sign(t, r.document(), proof.AssertionMethod, c.by...)
			presentation := r.sign(t, credtest.Object{
				"@context": []any{schemas.CredentialsV2}, "type": []any{credential.TypePresentation},
				"verifiableCredential": []any{credtest.Unmarshal(t, held)},
			}, proof.Authentication, eddsa.JCS2022{})
			report := judge(t, presentation, r.policy)
			if own := report.Check(verifier.CheckProof); own.Outcome != verifier.Established || report.Verdict() != c.want {
				t.Errorf("its own proof is %s, it is %s, want %s", own.Outcome, report.Verdict(), c.want)
			}
		})
	}
}

// TestStatusListWithBoth: a forged list would make a revoked credential good,
// so that the list needs both proofs, too.
func TestStatusListWithBoth(t *testing.T) {
	r := newRegistry(t)
	issuer := credtest.NewWebIssuer(t, r.id, "registry")
	document := r.document()
	document["credentialStatus"] = issuer.Entry("revocation", "7")
	data := r.sign(t, document, proof.AssertionMethod, both...)
	for name, c := range map[string]struct {
		by      []proof.SigningSuite
		outcome verifier.Outcome
		detail  string
	}{
		"both": {both, verifier.Established, "not revoked"},
		"one":  {both[:1], verifier.NotEstablished, "it has no proof by mldsa44-rdfc-2024"},
	} {
		t.Run(name, func(t *testing.T) {
			list := r.sign(t, issuer.List(t, credtest.Now.Add(-time.Hour), "revocation"), proof.AssertionMethod, c.by...)
			content := issuer.Content(t, credtest.Now, list)
			controller, err := knownAs(t, r.id, r.keys[0].Public(), r.keys[1].Public()).MarshalJSON()
			if err != nil {
				t.Fatal(err)
			}
			content.Controllers = append(content.Controllers[:0], controller)
			policy := r.policy
			policy.Status = verifier.Expect("revocation")
			policy.Bundles = append(policy.Bundles, issuer.OpenBundle(t, content))
			wantCheck(t, judge(t, data, policy), verifier.CheckStatus, c.outcome, c.detail)
		})
	}
}

// TestProofsThatCannotBe: a policy that nothing could meet is none.
func TestProofsThatCannotBe(t *testing.T) {
	r := newRegistry(t)
	if _, err := verifier.New(r.policy); err != nil {
		t.Fatal(err)
	}
	for name, edit := range map[string]func(*verifier.Policy){
		"a suite that is not accepted": func(p *verifier.Policy) { p.Suites = nil },
		"a suite that is not known":    func(p *verifier.Policy) { p.Proofs = append(p.Proofs, "mldsa45-rdfc-2024") },
		"no name":                      func(p *verifier.Policy) { p.Proofs = []string{""} },
		"every envelope":               func(p *verifier.Policy) { p.Envelopes = nil },
		"one envelope":                 func(p *verifier.Policy) { p.Envelopes = []string{"vc+jwt"} },
	} {
		policy := r.policy
		policy.Proofs = slices.Clone(policy.Proofs)
		edit(&policy)
		if _, err := verifier.New(policy); !errors.Is(err, verifier.ErrPolicy) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	policy := r.policy
	policy.Suites, policy.Proofs = nil, []string{"eddsa-rdfc-2022"}
	wantVerdict(t, judge(t, r.sign(t, r.document(), proof.AssertionMethod, both[0]), policy), verifier.VerdictAccepted)
}
