// Package verifier judges verifiable credentials, offline.
//
// [Verify] takes the bytes of a credential and a [Policy], and returns a
// [Report] with one row a check. It reaches no network unless the policy
// passes a resolver in. An error means that the policy cannot be used or that
// the context ended; anything that is wrong with the credential is in the
// report.
//
// Source: Verifiable Credentials Data Model 2.0, section 7.1; Verifiable
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

// Verify judges one credential by policy.
func Verify(ctx context.Context, data []byte, policy Policy) (*Report, error) {
	v, err := New(policy)
	if err != nil {
		return nil, err
	}
	return v.Verify(ctx, data)
}

// Verify judges one credential.
func (v *Verifier) Verify(ctx context.Context, data []byte) (*Report, error) {
	report := v.judge(ctx, data)
	if err := ctx.Err(); err != nil {
		return nil, err // what was cut short is no finding about the credential
	}
	return report, nil
}

func (v *Verifier) judge(ctx context.Context, data []byte) *Report {
	report := &Report{now: v.policy.Now}
	u, err := credential.Parse(data)
	if err == nil {
		report.unverified = u
		err = v.knowledge.checkContexts(u)
	}
	if err != nil {
		report.Checks = []Check{{Name: CheckModel, Outcome: Refused, Required: true, Detail: err.Error()}}
		return report
	}
	signed := v.checkProofs(ctx, u)
	report.Checks = []Check{
		{Name: CheckModel, Outcome: Established, Required: true, Detail: "a credential of the data model 2.0"},
		signed.check,
		v.checkIssuer(ctx, u, signed.controllers),
		v.checkValidity(u),
		v.checkStatus(ctx, u),
		checkSchema(u),
		v.checkLog(),
		checkHolder(u),
	}
	return report
}
