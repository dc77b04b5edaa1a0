package verifier

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/chancery-vc/chancery/internal/jsonld"
	"github.com/chancery-vc/chancery/schemas"
	"github.com/chancery-vc/chancery/verifier/credential"
	"github.com/chancery-vc/chancery/verifier/did"
	"github.com/chancery-vc/chancery/verifier/proof"
)

// clockSkew is how far ahead of the verifier's an issuer's clock may be.
const clockSkew = 5 * time.Minute

// signed is what the proofs of a credential show.
type signed struct {
	check       Check
	controllers []string // whose keys signed, one a proof
	disclosure  string   // what of the document is shown; empty for all of it
	form        []byte   // the credential as it came, for its digest in the log
	derived     bool     // a holder made it of what was issued
}

// secured is a document with its proofs, and what they are to have been made
// for.
type secured struct {
	data     []byte
	purpose  string
	contexts *schemas.Contexts
}

// checkProofs wants every proof to be good: one bad proof is reason enough to
// doubt the document. No proof is never success.
func (v *Verifier) checkProofs(ctx context.Context, s secured) signed {
	check := Check{Name: CheckProof, Required: true}
	document, proofs, err := proof.Split(s.data)
	if err != nil {
		check.Outcome, check.Detail = Refused, err.Error()
		return signed{check: check}
	}
	var controllers, methods []string
	disclosure, derived := "", false
	for _, p := range proofs {
		if err := v.checkProof(ctx, s, document, p); err != nil {
			check.Outcome, check.Detail = Refused, err.Error()
			if errors.Is(err, did.ErrUnknown) || errors.Is(err, jsonld.ErrInline) {
				check.Outcome = NotEstablished
			}
			return signed{check: check}
		}
		controllers = append(controllers, did.Controller(p.VerificationMethod))
		methods = append(methods, p.SuiteName()+" by "+p.VerificationMethod)
		if suite, err := v.suites.Lookup(p.Type, p.Cryptosuite); err == nil && isSelective(suite) {
			derived = true
			disclosure = "a part of what was issued, chosen by its holder; how much was withheld cannot be known"
		}
	}
	if name := v.missingProof(s.purpose, proofs); name != "" {
		check.Outcome, check.Detail = NotEstablished, fmt.Sprintf("it has no proof by %s, which is wanted besides: the issuer made none, or somebody took it away", name)
		return signed{check: check}
	}
	check.Outcome, check.Detail = Established, strings.Join(methods, ", ")
	return signed{check: check, controllers: controllers, disclosure: disclosure, form: s.data, derived: derived}
}

// missingProof returns the first suite that the policy wants a proof by and
// that made none of proofs, or nothing. The policy wants it of issuers alone.
func (v *Verifier) missingProof(purpose string, proofs []*proof.Proof) string {
	for _, name := range v.policy.Proofs {
		by := func(p *proof.Proof) bool { return p.SuiteName() == name }
		if purpose == proof.AssertionMethod && !slices.ContainsFunc(proofs, by) {
			return name
		}
	}
	return ""
}

func isSelective(suite proof.Suite) bool { _, ok := suite.(proof.SelectiveSuite); return ok }

// checkProof: Data Integrity 1.0, sections 4.4 and 2.1.
func (v *Verifier) checkProof(ctx context.Context, s secured, document []byte, p *proof.Proof) error {
	if err := v.checkProofTerms(p, s.purpose); err != nil {
		return err
	}
	controller, _, err := v.knowledge.controller(ctx, did.Controller(p.VerificationMethod))
	if err != nil {
		return err
	}
	key, err := controller.KeyAt(p.VerificationMethod, p.Purpose, v.policy.Now)
	if err != nil {
		return err
	}
	return p.Verify(ctx, document, key, v.suites, s.contexts)
}

var errTerms = errors.New("the proof was not made for this")

func (v *Verifier) checkProofTerms(p *proof.Proof, purpose string) error {
	now := v.policy.Now
	switch {
	case p.Purpose != purpose:
		return fmt.Errorf("%w: its purpose is %.40q, not %s", errTerms, p.Purpose, purpose)
	case p.Created.After(now.Add(clockSkew)):
		return fmt.Errorf("%w: it was created in the future, at %s", errTerms, credential.FormatTime(p.Created))
	case !p.Expires.IsZero() && !now.Before(p.Expires):
		return fmt.Errorf("%w: the proof expired at %s", errTerms, credential.FormatTime(p.Expires))
	case v.policy.Domain.expected && !intersects(v.policy.Domain.values, p.Domains):
		return fmt.Errorf("%w: its domain is another", errTerms)
	case v.policy.Challenge.expected && !slices.Contains(v.policy.Challenge.values, p.Challenge):
		return fmt.Errorf("%w: its challenge is another", errTerms)
	}
	return nil
}

func intersects(a, b []string) bool {
	return slices.ContainsFunc(a, func(s string) bool { return slices.Contains(b, s) })
}

// checkIssuer wants the issuer to be an expected one, and to be who signed.
func (v *Verifier) checkIssuer(ctx context.Context, u *credential.Unverified, controllers []string) Check {
	check := Check{Name: CheckIssuer, Required: true}
	for _, controller := range controllers {
		if controller != u.Issuer && !v.policy.AnyController {
			check.Outcome, check.Detail = Refused, fmt.Sprintf("%s signed for %s", controller, u.Issuer)
			return check
		}
	}
	if v.policy.Issuer.expected && !slices.Contains(v.policy.Issuer.values, u.Issuer) {
		check.Outcome, check.Detail = Refused, fmt.Sprintf("%s is not an issuer that is expected", u.Issuer)
		return check
	}
	if len(controllers) == 0 {
		check.Outcome, check.Detail = NotEstablished, "without a good proof nobody is known to have issued it"
		return check
	}
	check.Outcome, check.Detail = Established, u.Issuer
	for _, controller := range controllers {
		_, asOf, err := v.knowledge.controller(ctx, controller)
		if err != nil {
			check.Outcome, check.Detail = NotEstablished, err.Error()
			return check
		}
		v.judgeAge(&check, asOf)
		if controller != u.Issuer {
			check.Detail = fmt.Sprintf("%s, signed by %s", u.Issuer, controller)
		}
	}
	return check
}

// judgeAge makes an established check stale if its knowledge is older than
// the policy allows. A zero asOf is knowledge that cannot age.
func (v *Verifier) judgeAge(check *Check, asOf time.Time) {
	if asOf.IsZero() {
		return
	}
	check.AsOf = asOf
	age := v.policy.Now.Sub(asOf)
	if age < -clockSkew {
		check.Outcome, check.Detail = NotEstablished, "what is known is from the future: check the clock"
		return
	}
	if !v.policy.Freshness.expected {
		return
	}
	if limit := slices.Max(v.policy.Freshness.values); age > limit {
		check.Outcome, check.StaleBy = Stale, max(check.StaleBy, age-limit)
	}
}

// checkValidity: Data Model 2.0, section 4.9.
func (v *Verifier) checkValidity(u *credential.Unverified) Check {
	check := Check{Name: CheckValidity, Required: true, Outcome: Established}
	switch now := v.policy.Now; {
	case !u.ValidFrom.IsZero() && now.Before(u.ValidFrom.Add(-clockSkew)):
		check.Outcome = Refused
		check.Detail = fmt.Sprintf("not valid yet: from %s, in %s", credential.FormatTime(u.ValidFrom), Span(u.ValidFrom.Sub(now)))
	case !u.ValidUntil.IsZero() && !now.Before(u.ValidUntil):
		check.Outcome = Refused
		check.Detail = fmt.Sprintf("expired: it was valid until %s, %s ago", credential.FormatTime(u.ValidUntil), Span(now.Sub(u.ValidUntil)))
	case u.ValidUntil.IsZero():
		check.Detail = "it does not expire"
	default:
		check.Detail = "until " + credential.FormatTime(u.ValidUntil)
	}
	return check
}

func (v *Verifier) checkHolder(u *credential.Unverified) Check {
	check := Check{Name: CheckHolder, Outcome: NotEstablished, Required: v.policy.requires(CheckHolder), Detail: "it is not bound to a holder"}
	if id, _ := u.Subjects[0]["id"].(string); strings.HasPrefix(id, "did:") {
		check.Detail = "it is bound to " + id + "; whoever shows it has not proved to be that"
	}
	return check
}
