package verifier

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"

	"github.com/chancery-vc/chancery/verifier/credential"
	"github.com/chancery-vc/chancery/verifier/did"
	"github.com/chancery-vc/chancery/verifier/proof"
	"github.com/chancery-vc/chancery/verifier/proof/jose"
	"github.com/chancery-vc/chancery/verifier/statement"
)

// judgeStatement judges what an issuer states outside of credentials. Its
// audience and nonce are what a proof's domain and challenge are.
func (v *Verifier) judgeStatement(ctx context.Context, e *envelope) *Report {
	check := Check{Name: CheckProof, Required: true}
	s, controller, err := v.openStatement(ctx, e.data)
	if err != nil {
		check.Outcome, check.Detail = Refused, err.Error()
		if errors.Is(err, did.ErrUnknown) {
			check.Outcome = NotEstablished
		}
		return &Report{now: v.policy.Now, Checks: []Check{check}}
	}
	check.Outcome, check.Detail = Established, fmt.Sprintf("%s by %s", e.mediaType, controller)
	if err := v.checkOccasion(s); err != nil {
		check.Outcome, check.Detail = Refused, err.Error()
	}
	u := fromStatement(s)
	report := v.credentialReport(ctx, u, signed{check: check, controllers: []string{controller}, disclosure: withheldBy(s), form: e.data})
	report.setCheck(CheckModel, Check{Outcome: Established, Required: true, Detail: "an issuer's statement, " + u.Types[0]})
	report.setCheck(CheckStatus, v.checkStatementAge(s))
	if s.Scope != nil {
		report.Checks = append(report.Checks, checkScope(s.Scope))
	}
	return report
}

// openStatement wants a statement to be signed by a key of whoever it says, and
// returns who that is.
func (v *Verifier) openStatement(ctx context.Context, data []byte) (s *statement.Statement, controller string, err error) {
	u, err := statement.Peek(data)
	if err != nil {
		return nil, "", err
	}
	controller = did.Controller(u.KeyID)
	key, err := v.keyAt(ctx, u.KeyID, proof.AssertionMethod)
	if err != nil {
		return nil, "", err
	}
	algorithms := v.policy.Algorithms
	if algorithms == nil {
		algorithms = jose.Recommended()
	}
	s, err = statement.Verify(data, key, algorithms)
	return s, controller, err
}

// checkOccasion wants a statement to have been made for whom, and to answer
// what, the policy expects.
func (v *Verifier) checkOccasion(s *statement.Statement) error {
	switch {
	case v.policy.Domain.expected && !slices.Contains(v.policy.Domain.values, s.Audience):
		return fmt.Errorf("%w: it is for another: aud is %.200q", errTerms, s.Audience)
	case v.policy.Challenge.expected && !slices.Contains(v.policy.Challenge.values, s.Nonce):
		return fmt.Errorf("%w: its nonce is another", errTerms)
	}
	return nil
}

// checkStatementAge: nothing revokes a statement. It says how something was
// when it was issued, and expires soon.
func (v *Verifier) checkStatementAge(s *statement.Statement) Check {
	check := Check{Name: CheckStatus, Required: v.policy.Status.expected, Outcome: Established, Detail: "nothing revokes a statement: it says how it was"}
	if s.Grant != nil {
		check.Outcome, check.Detail = NotEstablished, "whether a grant was revoked, or is used up, its issuer alone knows"
		return check
	}
	v.judgeAge(&check, s.IssuedAt())
	return check
}

// checkScope wants each source to be proven: that an issuer admits that one is
// not is no reason to think that it was.
func checkScope(s *statement.Scope) Check {
	check := Check{Name: CheckScope, Required: true, Outcome: Established, Detail: "in no source was anything found that goes beyond what the issuer says that it reads; what was looked at stands below"}
	for _, source := range s.Sources {
		if !source.Proven {
			check.Outcome = NotEstablished
			check.Detail = fmt.Sprintf("the issuer says of its source %s: %s", source.Name, strings.Join(append(source.Findings, "it is not proven"), "; "))
		}
	}
	return check
}

// fromStatement says what a statement says in the words of the data model.
func fromStatement(s *statement.Statement) *credential.Unverified {
	u := &credential.Unverified{ID: s.ID, Issuer: s.Issuer, ValidFrom: s.IssuedAt(), ValidUntil: s.ExpiresAt()}
	subject := map[string]any{}
	if s.Subject != "" {
		subject["id"] = s.Subject
	}
	if s.Purpose != "" {
		subject["purpose"] = s.Purpose
	}
	switch {
	case s.Grant != nil:
		u.Types, u.ValidFrom = []string{"Grant"}, s.BeginsAt()
		sayGrant(subject, s)
	case s.Fact != nil:
		u.Types = []string{"Fact"}
		subject["fact"] = s.Fact.Name
		if s.Fact.Value != nil {
			subject["value"] = plain(s.Fact.Value)
		}
	case s.Status != nil:
		u.Types = []string{"Status"}
		subject["status"], subject["state"] = s.Status.Name, s.Status.State
		if s.Status.Credential != "" {
			subject["credential"] = s.Status.Credential
		}
	default:
		u.Types = []string{"Scope"}
		for _, source := range s.Scope.Sources {
			subject[source.Name] = scopeOf(source)
		}
	}
	u.Subjects = []map[string]any{subject}
	return u
}

// sayGrant says what a grant lets its partner ask for.
func sayGrant(subject map[string]any, s *statement.Statement) {
	for name, list := range map[string][]string{"purposes": s.Grant.Purposes, "facts": s.Grant.Facts, "statuses": s.Grant.Statuses, "credentials": s.Grant.Credentials} {
		if len(list) > 0 {
			subject[name] = strings.Join(list, ", ")
		}
	}
	records := fmt.Sprintf("any %d", s.Grant.Count)
	if len(s.Grant.Keys) > 0 {
		records = fmt.Sprintf("%d that it names by digests", s.Grant.Count)
	}
	subject["records"], subject["key"], subject["asks"] = records, s.Confirmation.Thumbprint, s.Audience
}

// plain returns a value of JSON as the data model has it.
func plain(value []byte) any {
	var v any
	if err := json.Unmarshal(value, &v); err != nil {
		return nil // not reached: it was read before
	}
	return v
}

// scopeOf says in a line each what was looked at in a source, and what can be
// read of it.
func scopeOf(s statement.Source) any {
	found := "nothing was found at " + s.At + " that goes beyond this"
	if !s.Proven {
		found = "NOT PROVEN at " + s.At + " to be all that can be read or done: " + strings.Join(s.Findings, ", ")
	}
	lines := []any{found}
	for _, checked := range s.Checked {
		lines = append(lines, "looked at: "+checked)
	}
	for _, r := range s.Relations {
		lines = append(lines, fmt.Sprintf("read of %s: %s, found by %s", r.Name, strings.Join(r.Columns, ", "), strings.Join(r.Keys, " or ")))
	}
	return lines
}

// withheldBy says what the issuer kept to itself.
func withheldBy(s *statement.Statement) string {
	switch {
	case s.Fact == nil:
		return ""
	case s.Fact.Disclosure == statement.DiscloseRedacted:
		return "that the fact was looked up and has a value; the issuer withheld which"
	case s.Fact.Disclosure == statement.DisclosePredicate:
		return "yes or no, and not the values by which it was judged"
	}
	return "the value of the fact"
}

// setCheck replaces the row called name.
func (r *Report) setCheck(name string, check Check) {
	check.Name = name
	for i := range r.Checks {
		if r.Checks[i].Name == name {
			r.Checks[i] = check
		}
	}
}
