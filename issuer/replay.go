package issuer

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/chancery-vc/chancery/issuer/claims"
	"github.com/chancery-vc/chancery/issuer/config"
	"github.com/chancery-vc/chancery/issuer/pseudonym"
	"github.com/chancery-vc/chancery/issuer/source"
	"github.com/chancery-vc/chancery/issuer/status"
	"github.com/chancery-vc/chancery/verifier/logproof"
	"github.com/chancery-vc/chancery/verifier/statement"
)

// Outcome is that of one comparison.
type Outcome string

// The outcomes.
const (
	Same    Outcome = "same"
	Differs Outcome = "differs"
	Unknown Outcome = "unknown" // there is nothing to compare with
)

// Comparison holds one thing of a question of the log against what it is now.
// It tells no value of a register.
type Comparison struct {
	Of      string  `json:"of"`
	Outcome Outcome `json:"outcome"`
	Said    string  `json:"said"`
}

// PastQuestion is a question of the log, and what there is to ask it again.
type PastQuestion struct {
	Asked logproof.Record
	End   *logproof.Record // nil of a question without an end
	// Configuration is the one that was in force; nil if it is not at hand.
	Configuration *config.Config
	// Source is the absolute path of an SQLite file with the source as it was,
	// whatever its driver is; empty for none.
	Source string
	// Key is that of the record; empty if it is not known.
	Key string
	// Names are the keys of the log's pseudonyms; nil if they are not at hand.
	Names *pseudonym.Keys
	// Answer is what left, as somebody kept it; nil for none.
	Answer []byte
	// State returns the state that a credential had at a time, by the log.
	State func(credential string, at time.Time) (string, error)
}

// replay is a question that is asked again.
type replay struct {
	PastQuestion
	kind  Kind // empty of a question that reads nothing
	name  string
	found []Comparison
}

// evaluated is what a question comes to now. One of fact, state and claims is
// set, unless it comes to an error.
type evaluated struct {
	err       error
	columns   []string // that are read
	disclosed []string // as the log has it
	fact      *statement.Fact
	state     *statement.Status
	claims    []claims.Claim
}

// Replay asks a question of the log again, under the configuration that was in
// force and of the source as it was, and compares the two.
//
// A statement or a credential has a random identifier, and a credential its
// holder too, which the log does not have, so that its bytes cannot be made
// again. What is compared is what the log says of them, and, if they were kept,
// their digest and what they say.
func Replay(ctx context.Context, q PastQuestion) ([]Comparison, error) {
	r := newReplay(q)
	kept, err := r.readAnswer()
	if err != nil {
		return nil, err
	}
	switch {
	case r.kind == "":
		r.add("evaluation", Unknown, "it is of a grant for a partner, of a credential of the caller's own wording, or of what nobody may have: no register is read for it")
		return r.found, nil
	case q.Configuration == nil:
		r.add("evaluation", Unknown, "the configuration that was in force is not at hand")
		return r.found, nil
	}
	again, err := r.evaluate(ctx, r.time(kept))
	if err != nil || again == nil {
		return r.found, err
	}
	r.compareEnd(again)
	r.compareValue(again, kept)
	return r.found, nil
}

// RegisterOf returns the table, and the column of keys, of what a question was
// asked about, under the configuration that was in force.
func RegisterOf(q PastQuestion) (table, key string, err error) {
	r := newReplay(q)
	if q.Configuration == nil {
		return "", "", ErrConfiguration
	}
	reg, ok := r.registerOf(q.Configuration)
	if !ok || reg == credentials {
		return "", "", errors.New("the question reads no table of a source")
	}
	return reg.table, reg.key, nil
}

func newReplay(q PastQuestion) *replay {
	r := &replay{PastQuestion: q, kind: Credential, name: q.Asked.Profile}
	if kind, name, ok := strings.Cut(q.Asked.Asks, " "); ok {
		r.kind, r.name = Kind(kind), name
	} else if r.name == "" {
		r.kind = ""
	}
	return r
}

func (r *replay) add(of string, outcome Outcome, format string, args ...any) {
	r.found = append(r.found, Comparison{of, outcome, fmt.Sprintf(format, args...)})
}

// compare adds what is the same if is is true.
func (r *replay) compare(of string, is bool, same, differs string) {
	if is {
		r.add(of, Same, "%s", same)
		return
	}
	r.add(of, Differs, "%s", differs)
}

// time returns when the question was evaluated: by the kept statement to the
// second, or else when the log says that it was ended.
func (r *replay) time(kept *keptAnswer) time.Time {
	asked, _ := time.Parse(time.RFC3339, r.Asked.Time) // records that are read have a time
	if r.End == nil {
		return asked
	}
	ended, _ := time.Parse(time.RFC3339, r.End.Time)
	if kept == nil || kept.statement == nil {
		return ended
	}
	at := kept.statement.IssuedAt()
	within := !at.Before(asked) && !at.After(ended)
	r.compare("time", within, "the answer was made between question and end", "the answer says that it was made at another time than the log has")
	return at
}

// evaluate asks the question again; nil if there is nothing to ask.
func (r *replay) evaluate(ctx context.Context, at time.Time) (*evaluated, error) {
	c := *r.Configuration
	reg, ok := r.registerOf(&c)
	if !ok {
		r.add("evaluation", Differs, "the configuration that was in force has no %s %s", r.kind, r.name)
		return nil, nil
	}
	if r.Key == "" {
		r.add("evaluation", Unknown, "whom it was asked about, the log does not have: name the key")
		return nil, nil
	}
	if !r.compareSubject(reg) {
		return nil, nil
	}
	if reg == credentials {
		return r.evaluateState(at), nil
	}
	if r.Source == "" {
		r.add("evaluation", Unknown, "the source as it was is not at hand")
		return nil, nil
	}
	c.Sources = maps.Clone(c.Sources)
	c.Sources[reg.source] = config.Source{Driver: config.DriverSQLite, Path: r.Source}
	i := newIssuer(&c, Environment{Now: func() time.Time { return at }})
	again, err := i.again(ctx, r.kind, r.name, r.Key)
	if err := errors.Join(err, i.Close()); err != nil {
		return nil, fmt.Errorf("ask again: %w", err)
	}
	r.compare("columns", slices.Equal(again.columns, r.Asked.Columns) || r.Asked.Kind != logproof.Asked,
		"what is read for it are the columns that the log has", "other columns are read for it than the log has")
	return again, nil
}

// registerOf returns where keys of the question are those of records.
func (r *replay) registerOf(c *config.Config) (reg register, ok bool) {
	switch r.kind {
	case Fact:
		f, ok := c.Facts[r.name]
		return register{f.Source, f.Table, f.Key}, ok
	case Status:
		s, ok := c.Statuses[r.name]
		if s.Profile != "" {
			return credentials, ok
		}
		return register{s.Source, s.Table, s.Key}, ok
	default:
		p, ok := c.Profiles[r.name]
		return register{p.Source, p.Table, p.Key}, ok
	}
}

// compareSubject holds the key against the pseudonym that the log has, and
// returns false if it is of another record.
func (r *replay) compareSubject(reg register) bool {
	var names []string
	if r.Names != nil {
		names = r.Names.All(reg.source, reg.table, reg.key, r.Key)
	}
	switch {
	case slices.Contains(names, r.Asked.Subject):
		r.add("subject", Same, "the log's pseudonym is that of the key")
	case len(names) == 0:
		r.add("subject", Unknown, "without the keys of the log's pseudonyms it is not known whether it was asked about this record")
	default:
		r.add("subject", Differs, "it was asked about another record than that of this key, or under a key of pseudonyms that was destroyed")
		return false
	}
	return true
}

// again reads and evaluates.
func (i *Issuer) again(ctx context.Context, kind Kind, name, key string) (*evaluated, error) {
	switch kind {
	case Fact:
		f, err := i.compileFact(ctx, name, i.config.Facts[name])
		if err != nil {
			return nil, err
		}
		said, err := f.say(ctx, key, i.now)
		return &evaluated{err: err, columns: f.columns, disclosed: f.disclosed(), fact: said}, nil
	case Status:
		s := i.config.Statuses[name]
		reads, err := i.openSource(ctx, s.Source, stateRelation(s))
		if err != nil {
			return nil, err
		}
		state, err := tellState(ctx, reads, s, key)
		return &evaluated{err: err, columns: []string{s.Column}, disclosed: []string{name}, state: &statement.Status{Name: name, State: state}}, nil
	default:
		return i.claimsAgain(ctx, newProfile(name, i.config.Profiles[name]), key)
	}
}

func (i *Issuer) claimsAgain(ctx context.Context, p *profile, key string) (*evaluated, error) {
	reads, err := i.openSource(ctx, p.Source, p.relation())
	if err != nil {
		return nil, err
	}
	again := &evaluated{columns: p.columns}
	var record source.Record
	if record, again.err = reads.Lookup(ctx, key); again.err == nil {
		again.claims, again.err = claims.Apply(p.Claims, record)
	}
	for _, claim := range again.claims {
		again.disclosed = append(again.disclosed, claim.Name)
	}
	return again, nil
}

// evaluateState tells the state of a credential by the log.
func (r *replay) evaluateState(at time.Time) *evaluated {
	again := &evaluated{disclosed: []string{r.name}}
	state, err := r.State(r.Key, at)
	if err != nil {
		again.err = fmt.Errorf("%w: %w", status.ErrUnknown, err)
		return again
	}
	again.state = &statement.Status{Name: r.name, Credential: r.Key, State: state}
	return again
}

// ofSource are reasons for refusals that the source alone decides.
var ofSource = []error{source.ErrNone, source.ErrMany, source.ErrShape, claims.ErrValue, ErrState, status.ErrUnknown}

// compareEnd holds how the question was ended against how it would be.
func (r *replay) compareEnd(again *evaluated) {
	now := "it would be answered"
	if again.err != nil {
		now = "it would be refused: " + reason(again.err)
	}
	if r.End == nil || r.End.Kind == logproof.Abandoned {
		r.add("end", Unknown, "it got no answer to compare with; asked again %s", now)
		return
	}
	answered := r.End.Kind == logproof.Answered || r.End.Kind == logproof.Grant
	decided := slices.ContainsFunc(ofSource, func(err error) bool { return err.Error() == r.End.Reason })
	switch {
	case answered && again.err == nil:
		r.add("end", Same, "it was answered, and would be")
	case answered:
		r.add("end", Differs, "it was answered; asked again %s", now)
	case again.err != nil && reason(again.err) == r.End.Reason:
		r.add("end", Same, "it was refused, and would be for the same reason")
	case decided:
		r.add("end", Differs, "it was refused: %s; asked again %s", r.End.Reason, now)
	default:
		r.add("end", Unknown, "it was refused for a reason that is not of the source: %s; asked again %s", r.End.Reason, now)
	}
	if r.End.Kind == logproof.Answered && again.err == nil {
		r.compare("disclosed", slices.Equal(again.disclosed, r.End.Disclosed),
			"what is disclosed is what the log has", "other things are disclosed than the log has")
	}
}
