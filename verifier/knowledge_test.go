package verifier_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/internal/credtest"
	"github.com/chancery-vc/chancery/schemas"
	"github.com/chancery-vc/chancery/verifier"
	"github.com/chancery-vc/chancery/verifier/bundle"
	"github.com/chancery-vc/chancery/verifier/did"
)

const webID = "did:web:registry.example"

// policyWith is policyFor with other bundles.
func policyWith(t *testing.T, issuer *credtest.Issuer, bundles ...*bundle.Bundle) verifier.Policy {
	t.Helper()
	policy := policyFor(t, issuer)
	policy.Bundles = bundles
	return policy
}

func TestWebIssuerThroughBundle(t *testing.T) {
	issuer := credtest.NewWebIssuer(t, webID, "web")
	report := judge(t, issuer.Signed(t), policyFor(t, issuer))
	wantVerdict(t, report, verifier.VerdictAccepted)
	if asOf := report.Check(verifier.CheckIssuer).AsOf; !asOf.Equal(credtest.Now.Add(-time.Hour)) {
		t.Errorf("the issuer's keys are known as of %s", asOf)
	}
}

func TestWebIssuerWithoutBundle(t *testing.T) {
	issuer := credtest.NewWebIssuer(t, webID, "web")
	report := judge(t, issuer.Signed(t), policyWith(t, issuer))
	wantCheck(t, report, verifier.CheckProof, verifier.NotEstablished, "did:web:registry.example")
	wantCheck(t, report, verifier.CheckIssuer, verifier.NotEstablished, "")
	wantVerdict(t, report, verifier.VerdictNotEstablished)
}

// TestKeysAge makes what is known of an issuer's keys too old by a second.
func TestKeysAge(t *testing.T) {
	issuer := credtest.NewWebIssuer(t, webID, "web")
	for age, want := range map[time.Duration]verifier.Outcome{
		24 * time.Hour:                 verifier.Established,
		24*time.Hour + time.Second:     verifier.Stale,
		-4 * time.Minute:               verifier.Established, // its clock may be ahead
		-5*time.Minute - time.Second:   verifier.NotEstablished,
		10 * 365 * 24 * time.Hour:      verifier.Stale,
		-10 * 365 * 24 * time.Hour:     verifier.NotEstablished,
		24*time.Hour - time.Nanosecond: verifier.Established,
	} {
		content := issuer.Content(t, credtest.Now.Add(-age))
		content.Created = credtest.Now.Add(-age).Format(time.RFC3339Nano)
		policy := policyWith(t, issuer, issuer.OpenBundle(t, content))
		policy.Status = verifier.Ignore[string]()
		report := judge(t, issuer.Signed(t), policy)
		wantCheck(t, report, verifier.CheckIssuer, want, "")
		if want == verifier.Stale && report.Check(verifier.CheckIssuer).StaleBy != age-24*time.Hour {
			t.Errorf("%s: stale by %s", age, report.Check(verifier.CheckIssuer).StaleBy)
		}
	}
}

// TestDidKeyNeverAges: such an identifier is its own key.
func TestDidKeyNeverAges(t *testing.T) {
	issuer := credtest.NewIssuer(t, "registry")
	policy := policyWith(t, issuer, credtest.Open(t, issuer, issuer.Bundle(t, credtest.Now.Add(-1000*time.Hour))))
	report := judge(t, issuer.Signed(t), policy)
	wantCheck(t, report, verifier.CheckIssuer, verifier.Established, "")
	wantCheck(t, report, verifier.CheckStatus, verifier.Stale, "")
	wantVerdict(t, report, verifier.VerdictStale)
}

// TestBundleSpeaksForItsIssuerOnly: the lists and contexts in the bundle of
// one issuer are nothing to the credentials of another.
func TestBundleSpeaksForItsIssuerOnly(t *testing.T) {
	issuer, other := credtest.NewIssuer(t, "registry"), credtest.NewIssuer(t, "other")
	t.Run("list", func(t *testing.T) {
		policy := policyWith(t, issuer, credtest.Open(t, other, other.Bundle(t, credtest.Now)))
		wantCheck(t, judge(t, issuer.Signed(t), policy), verifier.CheckStatus, verifier.NotEstablished, "no bundle has the status list")
	})
	t.Run("list of the one in the bundle of the other", func(t *testing.T) {
		content := other.Content(t, credtest.Now, issuer.SignedList(t, credtest.Now))
		policy := policyWith(t, issuer, other.OpenBundle(t, content))
		wantCheck(t, judge(t, issuer.Signed(t), policy), verifier.CheckStatus, verifier.NotEstablished, "no bundle has the status list")
	})
	t.Run("contexts", func(t *testing.T) {
		knowing := withContext(t, issuer)
		data := knowing.Signed(t, namesOwnContext)
		report := judge(t, data, policyWith(t, issuer, bundleWithContext(t, other)))
		wantCheck(t, report, verifier.CheckModel, verifier.Refused, "get it into a bundle of the issuer")
		if report.Unverified() == nil || report.Verified() != nil {
			t.Error("it was read, and is not verified")
		}
		report = judge(t, data, policyWith(t, issuer, bundleWithContext(t, issuer), bundleWithContext(t, other)))
		wantCheck(t, report, verifier.CheckProof, verifier.Established, "")
	})
}

const ownContextURL = "https://registry.example/contexts/v1"

var ownContext = []byte(`{"@context":{"licence":"https://registry.example/ns#licence"}}`)

func withContext(t *testing.T, issuer *credtest.Issuer) *credtest.Issuer {
	t.Helper()
	contexts, err := issuer.Contexts.With(ownContextURL, ownContext, schemas.Digest(ownContext))
	if err != nil {
		t.Fatal(err)
	}
	knowing := *issuer
	knowing.Contexts = contexts
	return &knowing
}

func namesOwnContext(document credtest.Object) {
	document["@context"] = []any{schemas.CredentialsV2, ownContextURL}
	document["type"] = "VerifiableCredential"
	document["credentialSubject"] = credtest.Object{"id": credtest.Holder, "licence": "B"}
}

func bundleWithContext(t *testing.T, issuer *credtest.Issuer) *bundle.Bundle {
	t.Helper()
	content := issuer.Content(t, credtest.Now)
	content.Contexts = []bundle.Context{{URL: ownContextURL, SHA256: schemas.Digest(ownContext), Document: ownContext}}
	return issuer.OpenBundle(t, content)
}

// TestBundlesThatContradict: an issuer may not change what a context says.
func TestBundlesThatContradict(t *testing.T) {
	issuer := credtest.NewIssuer(t, "registry")
	for name, c := range map[string]bundle.Context{
		"another content": {URL: schemas.CredentialsV2, SHA256: schemas.Digest(ownContext), Document: ownContext},
		"another digest":  {URL: ownContextURL, SHA256: schemas.Digest([]byte("x")), Document: ownContext},
	} {
		t.Run(name, func(t *testing.T) {
			content := issuer.Content(t, credtest.Now)
			content.Contexts = []bundle.Context{c}
			_, err := verifier.New(policyWith(t, issuer, issuer.OpenBundle(t, content)))
			if !errors.Is(err, verifier.ErrPolicy) || !errors.Is(err, schemas.ErrContextDigest) {
				t.Errorf("got %v", err)
			}
		})
	}
}

// TestNewestDocumentCounts rotates the key of an issuer.
func TestNewestDocumentCounts(t *testing.T) {
	before, after := credtest.NewWebIssuer(t, webID, "before"), credtest.NewWebIssuer(t, webID, "after")
	old := before.OpenBundle(t, before.Content(t, credtest.Now.Add(-2*time.Hour)))
	recent := after.OpenBundle(t, after.Content(t, credtest.Now.Add(-time.Hour)))
	for _, bundles := range [][]*bundle.Bundle{{old, recent}, {recent, old}} {
		policy := policyWith(t, after, bundles...)
		policy.Status = verifier.Ignore[string]()
		wantVerdict(t, judge(t, after.Signed(t), policy), verifier.VerdictAccepted)
		wantCheck(t, judge(t, before.Signed(t), policy), verifier.CheckProof, verifier.Refused, "not listed by its controller")
	}
}

// TestResolver is asked only for what is neither did:key nor in a bundle, and
// is not believed about another.
func TestResolver(t *testing.T) {
	issuer, evil := credtest.NewWebIssuer(t, webID, "web"), credtest.NewWebIssuer(t, "did:web:evil.example", "web")
	inBundle, self := issuer.OpenBundle(t, issuer.Content(t, credtest.Now)), credtest.NewIssuer(t, "registry")
	errDown := errors.New("the line is down")
	for name, c := range map[string]struct {
		signer  *credtest.Issuer
		bundles []*bundle.Bundle
		answer  *did.Document
		err     error
		asked   int
		want    verifier.Outcome
	}{
		"did:key":           {signer: self, want: verifier.Established},
		"in a bundle":       {signer: issuer, bundles: []*bundle.Bundle{inBundle}, want: verifier.Established},
		"found":             {signer: issuer, answer: issuer.Document(t), asked: 2, want: verifier.Established},
		"document of other": {signer: issuer, answer: evil.Document(t), asked: 1, want: verifier.Refused},
		"not found":         {signer: issuer, err: did.ErrUnknown, asked: 1, want: verifier.NotEstablished},
		"not usable":        {signer: issuer, err: did.ErrInvalid, asked: 1, want: verifier.Refused},
		"cannot be reached": {signer: issuer, err: errDown, asked: 1, want: verifier.NotEstablished},
	} {
		t.Run(name, func(t *testing.T) {
			asked := &resolver{answer: c.answer, err: c.err}
			policy := policyWith(t, c.signer, c.bundles...)
			policy.Resolver, policy.Status = asked, verifier.Ignore[string]()
			wantCheck(t, judge(t, c.signer.Signed(t), policy), verifier.CheckProof, c.want, "")
			if asked.times != c.asked {
				t.Errorf("asked %d times, want %d", asked.times, c.asked)
			}
		})
	}
}

type resolver struct {
	answer *did.Document
	err    error
	times  int
}

func (r *resolver) Resolve(context.Context, string) (*did.Document, error) {
	r.times++
	return r.answer, r.err
}
