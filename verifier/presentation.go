package verifier

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/chancery-vc/chancery/schemas"
	"github.com/chancery-vc/chancery/verifier/credential"
	"github.com/chancery-vc/chancery/verifier/proof"
)

var errHeld = errors.New("a presentation cannot hold another")

// judgePresentation judges a presentation with embedded proofs.
func (v *Verifier) judgePresentation(ctx context.Context, data []byte) *Report {
	p, err := credential.ParsePresentation(data)
	if err != nil {
		return v.unreadable(err, &Report{})
	}
	contexts, err := v.contextsFor(p)
	if err != nil {
		return v.unreadable(err, &Report{presentation: p})
	}
	return v.presentationReport(ctx, p, v.checkProofs(ctx, secured{p.Bytes(), proof.Authentication, contexts}))
}

// presentationReport judges the presentation, which its holder signed for the
// occasion, and each of its credentials by the same policy; domain and
// challenge are the presentation's alone.
func (v *Verifier) presentationReport(ctx context.Context, p *credential.Presentation, s signed) *Report {
	report := &Report{now: v.policy.Now, presentation: p}
	holder := v.checkPresenter(p, s)
	report.Checks = []Check{
		{Name: CheckModel, Outcome: Established, Required: true, Detail: fmt.Sprintf("a presentation of the data model %s", p.Version)},
		s.check,
		holder.check,
	}
	own := *v
	own.held = true
	own.policy.Domain, own.policy.Challenge = Ignore[string](), Ignore[string]()
	for _, held := range p.Credentials {
		one := own.judgeHeld(ctx, held)
		one.bind(holder)
		report.Credentials = append(report.Credentials, one)
	}
	return report
}

// contextsFor returns the contexts that the presentation and its credentials
// may name.
func (v *Verifier) contextsFor(p *credential.Presentation) (*schemas.Contexts, error) {
	var issuers []string
	for _, held := range p.Credentials {
		if u, err := credential.Parse(held); err == nil && !slices.Contains(issuers, u.Issuer) {
			issuers = append(issuers, u.Issuer)
		}
	}
	contexts, err := v.knowledge.contextsOfAll(issuers)
	if err != nil {
		return nil, err
	}
	return contexts, checkContexts(p.Contexts, contexts)
}

// presenter is who showed a presentation.
type presenter struct {
	check Check
	id    string // empty unless check is established
}

// checkPresenter wants whom the presentation names as its holder to be who
// signed it. Without a name the one who signed is the holder.
func (v *Verifier) checkPresenter(p *credential.Presentation, s signed) presenter {
	check := Check{Name: CheckHolder, Required: true}
	if len(s.controllers) == 0 {
		check.Outcome, check.Detail = NotEstablished, "without a good proof nobody is known to have presented it"
		return presenter{check: check}
	}
	id := p.Holder
	if id == "" {
		id = s.controllers[0]
	}
	for _, controller := range s.controllers {
		if controller != id {
			check.Outcome, check.Detail = Refused, fmt.Sprintf("%s signed for %s", controller, id)
			return presenter{check: check}
		}
	}
	check.Outcome, check.Detail = Established, "presented by "+id
	return presenter{check, id}
}

// bind judges whether a presented credential is about who presented it.
func (r *Report) bind(p presenter) {
	for i := range r.Checks {
		if r.Checks[i].Name != CheckHolder || p.id == "" || r.Checks[i].Outcome == Established {
			continue
		}
		r.Checks[i].Detail = "it is about another than who presented it"
		for _, subject := range r.unverified.Subjects {
			if subject["id"] == p.id {
				r.Checks[i].Outcome, r.Checks[i].Detail = Established, "presented by "+p.id
			}
		}
	}
}
