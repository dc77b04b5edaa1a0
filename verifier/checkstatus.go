package verifier

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/chancery-vc/chancery/verifier/credential"
	"github.com/chancery-vc/chancery/verifier/proof"
	"github.com/chancery-vc/chancery/verifier/status"
)

// listResult is what verifying a status list credential found.
type listResult struct {
	list *status.List
	err  error
}

// checkStatus judges each status entry that the credential has; the worst
// answer counts.
func (v *Verifier) checkStatus(ctx context.Context, u *credential.Unverified) Check {
	check := Check{Name: CheckStatus, Required: v.policy.Status.expected, Outcome: NotEstablished}
	if !v.policy.Status.expected {
		check.Detail = "not asked for"
		return check
	}
	for _, purpose := range v.policy.Status.values {
		if !slices.ContainsFunc(u.Statuses, func(s credential.StatusEntry) bool { return s.Purpose == purpose }) {
			check.Detail = fmt.Sprintf("it has no status for %s that can be judged", purpose)
			return check
		}
	}
	for i, entry := range u.Statuses {
		next := v.checkEntry(ctx, u, entry)
		if i == 0 || worse(next.Outcome, check.Outcome) {
			check = next
		}
	}
	check.Required = true
	return check
}

func worse(a, b Outcome) bool {
	order := []Outcome{Established, Stale, NotEstablished, Refused}
	return slices.Index(order, a) > slices.Index(order, b)
}

func (v *Verifier) checkEntry(ctx context.Context, u *credential.Unverified, entry credential.StatusEntry) Check {
	check := Check{Name: CheckStatus, Outcome: NotEstablished}
	if !entry.Judged() {
		check.Detail = fmt.Sprintf("a status of type %.40q cannot be judged", entry.Type)
		if entry.Size > 1 {
			check.Detail = fmt.Sprintf("a status of %d bits cannot be judged", entry.Size)
		}
		return check
	}
	known := v.knowledge.list(u.Issuer, entry.List)
	if known == nil {
		check.Detail = fmt.Sprintf("no bundle has the status list %s", entry.List)
		return check
	}
	// What is read once serves others too: the end of ctx may not spoil it.
	once := context.WithoutCancel(ctx)
	known.once.Do(func() { known.result = v.readList(once, u.Issuer, known.credential) })
	if known.result.err != nil {
		check.Detail = known.result.err.Error()
		return check
	}
	set, err := known.result.list.Get(entry)
	if err != nil {
		check.Detail = err.Error()
		return check
	}
	return v.judgeEntry(check, entry, known, set)
}

func (v *Verifier) judgeEntry(check Check, entry credential.StatusEntry, known *listKnowledge, set bool) Check {
	check.AsOf = listTime(known)
	if set {
		check.Outcome, check.Detail = Refused, "revoked"
		if entry.Purpose != status.Revocation {
			check.Detail = fmt.Sprintf("the issuer set its status for %s", entry.Purpose)
		}
		return check
	}
	if known.credential.ValidFrom.After(v.policy.Now.Add(clockSkew)) {
		check.Detail = "the status list is from the future: check the clock"
		return check
	}
	check.Outcome, check.Detail = Established, "not revoked"
	if entry.Purpose != status.Revocation {
		check.Detail = "not set for " + entry.Purpose
	}
	if until := known.credential.ValidUntil; !until.IsZero() && v.policy.Now.After(until) {
		check.Outcome, check.StaleBy = Stale, v.policy.Now.Sub(until)
	}
	v.judgeAge(&check, check.AsOf)
	return check
}

// listTime is the time as of which a list is true: when it was issued, and
// never later than the bundle that brought it.
func listTime(known *listKnowledge) time.Time {
	from := known.credential.ValidFrom
	if from.IsZero() || from.After(known.asOf) {
		return known.asOf
	}
	return from
}

var errStatusList = errors.New("the status list cannot be relied on")

// readList verifies a status list credential: its own proof, by the issuer of
// the credential that names it.
func (v *Verifier) readList(ctx context.Context, issuer string, c *credential.Unverified) listResult {
	if c.Issuer != issuer {
		return listResult{err: fmt.Errorf("%w: its issuer is another", errStatusList)}
	}
	contexts := v.knowledge.contextsOf(issuer)
	if err := checkContexts(c.Contexts, contexts); err != nil {
		return listResult{err: fmt.Errorf("%w: %w", errStatusList, err)}
	}
	own := *v
	own.policy.Domain, own.policy.Challenge = Ignore[string](), Ignore[string]()
	signed := own.checkProofs(ctx, secured{c.Bytes(), proof.AssertionMethod, contexts})
	if signed.check.Outcome != Established {
		return listResult{err: fmt.Errorf("%w: %s", errStatusList, signed.check.Detail)}
	}
	if slices.ContainsFunc(signed.controllers, func(id string) bool { return id != issuer }) {
		return listResult{err: fmt.Errorf("%w: another than its issuer signed it", errStatusList)}
	}
	list, err := status.Read(c)
	if err != nil {
		return listResult{err: fmt.Errorf("%w: %w", errStatusList, err)}
	}
	return listResult{list: list}
}
