// Package verifier judges verifiable credentials and presentations, offline.
//
// [Verify] takes the bytes of either and a [Policy], and returns a [Report]
// with one row a check; that about a presentation holds one report a
// credential. It reaches no network unless the policy
// passes a resolver in. An error means that the policy cannot be used or that
// the context ended; anything that is wrong with the credential is in the
// report.
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
	"github.com/chancery-vc/chancery/verifier/suites"
)

// Verifier judges many credentials by one policy. It is safe for concurrent
// use, and reads each status list once.
type Verifier struct {
	policy    Policy
	suites    *proof.Table
	knowledge *knowledge
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
	judge := v.judge
	if credential.IsPresentation(data) {
		judge = v.judgePresentation
	}
	report := judge(ctx, data)
	if err := ctx.Err(); err != nil {
		return nil, err // what was cut short is no finding about the credential
	}
	return report, nil
}

func (v *Verifier) judge(ctx context.Context, data []byte) *Report {
	u, err := credential.Parse(data)
	if err == nil {
		err = checkContexts(u.Contexts, v.knowledge.contextsOf(u.Issuer))
	}
	if err != nil {
		return v.unreadable(err, &Report{unverified: u})
	}
	report := &Report{now: v.policy.Now, unverified: u}
	signed := v.checkProofs(ctx, secured{u.Bytes(), proof.AssertionMethod, v.knowledge.contextsOf(u.Issuer)})
	report.Checks = []Check{
		{Name: CheckModel, Outcome: Established, Required: true, Detail: fmt.Sprintf("a credential of the data model %s", u.Version)},
		signed.check,
		v.checkIssuer(ctx, u, signed.controllers),
		v.checkValidity(u),
		v.checkStatus(ctx, u),
		v.checkSchema(u),
		v.checkLog(),
		v.checkHolder(u),
	}
	if len(u.Related) > 0 || v.policy.requires(CheckResources) {
		report.Checks = append(report.Checks, v.checkResources(u))
	}
	return report
}

// unreadable completes the report about what is not a credential that can be
// judged.
func (v *Verifier) unreadable(err error, report *Report) *Report {
	report.now = v.policy.Now
	report.Checks = []Check{{Name: CheckModel, Outcome: Refused, Required: true, Detail: err.Error()}}
	return report
}
