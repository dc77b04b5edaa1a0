package access

import (
	"fmt"
	"time"

	"github.com/chancery-vc/chancery/issuer/config"
	"github.com/chancery-vc/chancery/issuer/singleuse"
)

// Refusal is why a question fits no grant. The sender is not told.
type Refusal string

// The refusals.
const (
	ErrNoGrant    Refusal = "no grant of the caller is for the question"
	ErrManyGrants Refusal = "more than one grant of the caller is for the question"
	ErrNotNow     Refusal = "the grant for the question has ended, or not begun"
)

// Error returns the reason.
func (r Refusal) Error() string { return string(r) }

// LogReason returns it for the log.
func (r Refusal) LogReason() string { return string(r) }

// Limited says that a grant is used up for now. It depends on what the caller
// asked before, and on no record.
type Limited struct{ After time.Duration } // when to ask again

// Error returns the reason.
func (Limited) Error() string { return "the grant is used up for now" }

// LogReason returns it for the log.
func (l Limited) LogReason() string { return l.Error() }

// Question is what a grant is held against.
type Question struct {
	Caller, Purpose string
	Kind, Name      string // fact, status or credential, and what it is called
	Key             string // of the record
}

// Grant lets its caller ask.
type Grant struct {
	config.Grant
	Caller string
	keys   map[string]bool // of a file; nil for none
	rate   *bucket         // nil for any number
}

// Grants are all of a configuration. It is safe for concurrent use.
type Grants struct {
	all map[string][]*Grant // by caller
	now func() time.Time
}

// OpenGrants reads the grants of a configuration, and the files that they name.
// Grants of a caller that could both be for a question are an error.
func OpenGrants(c *config.Config, now func() time.Time) (*Grants, error) {
	g := &Grants{all: map[string][]*Grant{}, now: now}
	for _, caller := range c.Consult.Callers {
		for _, terms := range caller.AllGrants() {
			grant := &Grant{Grant: terms, Caller: caller.Name}
			if terms.Rate.Questions > 0 {
				grant.rate = newBucket(caller.Name, terms.Name, terms.Rate)
			}
			var err error
			if grant.keys, err = readKeys(c, terms.Keys.File); err != nil {
				return nil, fmt.Errorf("grant %s of %s: %w", terms.Name, caller.Name, err)
			}
			g.all[caller.Name] = append(g.all[caller.Name], grant)
		}
		if err := disjoint(g.all[caller.Name]); err != nil {
			return nil, err
		}
	}
	return g, nil
}

// Fit returns the one grant that q fits, and counts it there, in this process
// alone; see [Grant.Count]. An error is a [Refusal] or [Limited].
func (g *Grants) Fit(q Question) (*Grant, error) {
	now := g.now()
	var fits []*Grant
	refusal := ErrNoGrant
	for _, grant := range g.all[q.Caller] {
		if !grant.covers(q) {
			continue
		}
		if !grant.holds(now) {
			refusal = ErrNotNow
			continue
		}
		fits = append(fits, grant)
	}
	switch {
	case len(fits) == 0:
		return nil, refusal
	case len(fits) > 1:
		return nil, ErrManyGrants
	}
	if after := fits[0].rate.take(now); after > 0 {
		return nil, Limited{after}
	}
	return fits[0], nil
}

// Count returns the step that counts a question which fitted the grant, for all
// who share the store. Its error is [Limited] if they have asked too often.
func (g *Grant) Count(s singleuse.Store, now time.Time) singleuse.Step { return g.rate.step(s, now) }

// covers tells whether the grant is for q, at any time.
func (g *Grant) covers(q Question) bool {
	return g.Covers(q.Kind, q.Name, q.Purpose) && g.selects(q.Key)
}

// holds tells whether it is within its dates: from NotBefore on, and before
// Until.
func (g *Grant) holds(now time.Time) bool {
	return !now.Before(g.NotBefore.Time) && (g.Until.IsZero() || now.Before(g.Until.Time))
}
