// Package verifier judges verifiable credentials and presentations, offline.
//
// [Verify] takes the bytes of either and a [Policy], and returns a [Report]
// with one row a check; that about a presentation holds one report a
// credential. It reaches no network unless the policy
// passes a resolver in. An error means that the policy cannot be used or that
// the context ended; anything that is wrong with the credential is in the
// report.
//
// The form of the document is looked at first: JSON with embedded proofs, or an
// envelope of JOSE, COSE or SD-JWT, alone or in an object that the data model
// has for it. Which envelopes and algorithms are taken is the policy's to say.
//
// Source: Verifiable Credentials Data Model 2.0, sections 5.3 and 7; Verifiable
// Credential Data Integrity 1.0, section 4.4; Bitstring Status List 1.0,
// section 3.2.
package verifier

import (
	"context"
	"fmt"

	"github.com/chancery-vc/chancery/schemas"
	"github.com/chancery-vc/chancery/verifier/credential"
	"github.com/chancery-vc/chancery/verifier/proof"
	"github.com/chancery-vc/chancery/verifier/proof/jose"
	"github.com/chancery-vc/chancery/verifier/suites"
)

// Verifier judges many credentials by one policy. It is safe for concurrent
// use, and reads each status list once.
type Verifier struct {
	policy    Policy
	suites    *proof.Table
	knowledge *knowledge
	held      bool // what is judged is held by a presentation
}

// New returns a verifier for policy.
func New(policy Policy) (*Verifier, error) {
	if err := policy.check(); err != nil {
		return nil, err
	}
	v := &Verifier{policy: policy, suites: policy.Suites}
	var err error
	if v.suites == nil {
		if v.suites, err = suites.Recommended(); err != nil {
			return nil, err
		}
	}
	contexts := policy.Contexts
	if contexts == nil {
		if contexts, err = schemas.Embedded(); err != nil {
			return nil, err
		}
	}
	if v.knowledge, err = newKnowledge(contexts, policy.Bundles, policy.Resolver); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrPolicy, err)
	}
	return v, nil
}

// Verify judges one credential or presentation by policy.
func Verify(ctx context.Context, data []byte, policy Policy) (*Report, error) {
	v, err := New(policy)
	if err != nil {
		return nil, err
	}
	return v.Verify(ctx, data)
}

// Expecting returns a verifier that wants another domain and challenge, and
// shares what v knows.
func (v *Verifier) Expecting(domain, challenge Rule[string]) (*Verifier, error) {
	other := *v
	other.policy.Domain, other.policy.Challenge = domain, challenge
	return &other, other.policy.check()
}

// Verify judges one credential, or a presentation with its credentials.
func (v *Verifier) Verify(ctx context.Context, data []byte) (*Report, error) {
	report := v.judge(ctx, data)
	if err := ctx.Err(); err != nil {
		return nil, err // what was cut short is no finding about the credential
	}
	return report, nil
}

// judge judges a document in whatever form it comes.
func (v *Verifier) judge(ctx context.Context, data []byte) *Report {
	e, err := openEnvelope(data)
	switch {
	case err != nil:
		return v.unreadable(err, &Report{})
	case e != nil:
		return v.judgeEnvelope(ctx, e)
	case credential.IsPresentation(data):
		return v.judgePresentation(ctx, data)
	default:
		return v.judgeCredential(ctx, data)
	}
}

// judgeHeld is judge for what a presentation holds: no other presentation.
func (v *Verifier) judgeHeld(ctx context.Context, data []byte) *Report {
	e, err := openEnvelope(data)
	switch {
	case err != nil:
		return v.unreadable(err, &Report{})
	case e == nil:
		return v.judgeCredential(ctx, data)
	case e.form.kind == jose.Presentation:
		return v.unreadable(errHeld, &Report{})
	default:
		return v.judgeEnvelope(ctx, e)
	}
}

func (v *Verifier) judgeCredential(ctx context.Context, data []byte) *Report {
	u, err := credential.Parse(data)
	contexts := v.knowledge.contexts
	if err == nil {
		contexts = v.knowledge.contextsOf(u.Issuer)
		err = checkContexts(u.Contexts, contexts)
	}
	if err != nil {
		return v.unreadable(err, &Report{unverified: u})
	}
	return v.credentialReport(ctx, u, v.checkProofs(ctx, secured{u.Bytes(), proof.AssertionMethod, contexts}))
}

// credentialReport judges what a credential says, once its proofs were.
func (v *Verifier) credentialReport(ctx context.Context, u *credential.Unverified, s signed) *Report {
	report := &Report{now: v.policy.Now, unverified: u}
	report.Checks = []Check{
		{Name: CheckModel, Outcome: Established, Required: true, Detail: model(u)},
		s.check,
		v.checkIssuer(ctx, u, s.controllers),
		v.checkValidity(u),
		v.checkStatus(ctx, u),
		v.checkSchema(u),
		v.checkLog(ctx, u, s),
		v.checkHolder(u),
	}
	if len(u.Related) > 0 || v.policy.requires(CheckResources) {
		report.Checks = append(report.Checks, v.checkResources(u))
	}
	if s.disclosure != "" {
		report.Checks = append(report.Checks, Check{Name: CheckDisclosure, Outcome: Established, Detail: s.disclosure})
	}
	return report
}

func model(u *credential.Unverified) string {
	if u.Version == "" {
		return "a credential with claims of its type"
	}
	return fmt.Sprintf("a credential of the data model %s", u.Version)
}

// unreadable completes the report about what is not a credential that can be
// judged.
func (v *Verifier) unreadable(err error, report *Report) *Report {
	report.now = v.policy.Now
	report.Checks = []Check{{Name: CheckModel, Outcome: Refused, Required: true, Detail: err.Error()}}
	return report
}
