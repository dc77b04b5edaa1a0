package budget

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/chancery-vc/chancery/issuer/singleuse"
)

// kind is that of the entries.
const kind = "budget"

// memory is how long the answers to comparisons of one subject are remembered at
// least, beyond the last question, if a column has a width.
const memory = 30 * 24 * time.Hour

// quiet is how long a caller's next alarm of the same kind waits.
const quiet = time.Hour

// Ledger keeps what callers have used of their budgets. It is safe for
// concurrent use.
type Ledger struct {
	store singleuse.Store

	mu    sync.Mutex
	heard map[string]time.Time // when the last alarm was, by kind and caller
}

// New returns the ledger in a store.
func New(s singleuse.Store) *Ledger { return &Ledger{store: s, heard: map[string]time.Time{}} }

// Charge is one question that is to be charged.
type Charge struct {
	ledger    *Ledger
	who, what singleuse.Key
	question  Question
	terms     Terms
	now       time.Time

	counted bool // the subject was, before
	round   uint64
	used    int // subjects, with this one
}

// Charge returns the charge of a question that is asked now.
func (l *Ledger) Charge(ctx context.Context, a Asker, q Question, t Terms, now time.Time) (*Charge, error) {
	what, err := l.find(ctx, a.Subjects)
	if err != nil {
		return nil, err
	}
	return &Charge{ledger: l, who: accountOf(a.Caller), what: what, question: q, terms: t, now: now}, nil
}

func accountOf(caller string) singleuse.Key { return singleuse.Key{Kind: kind, ID: "caller " + caller} }

// find returns where a subject is kept: under the newest key, unless an older
// one has it.
func (l *Ledger) find(ctx context.Context, subjects []string) (singleuse.Key, error) {
	newest := singleuse.Key{Kind: kind, ID: "subject " + subjects[0]}
	if len(subjects) == 1 {
		return newest, nil
	}
	for _, digest := range subjects {
		key := singleuse.Key{Kind: kind, ID: "subject " + digest}
		if _, err := l.store.Get(ctx, key); !errors.Is(err, singleuse.ErrNone) {
			return key, err
		}
	}
	return newest, nil
}

// Step charges. Its error is [Exhausted] if the budget does not allow the
// question, and nothing is charged; where the state is shared, the subject may
// be.
func (c *Charge) Step() singleuse.Step {
	s := c.ledger.store
	return singleuse.All(s.With(c.what, c.look), s.With(c.who, c.countSubject), s.With(c.what, c.ask))
}

// Told narrows the column down by the answer to a comparison, yes or no. Make it
// with the answer's record in the log, or after it.
func (c *Charge) Told(yes bool) singleuse.Step {
	if c.question.Cuts == nil || len(c.question.Cuts.At) != 1 {
		return singleuse.Step{}
	}
	return c.ledger.store.With(c.what, func(was *singleuse.Entry) (*singleuse.Entry, error) {
		if was == nil {
			return nil, nil // it was long ago
		}
		s, err := readSubject(was)
		if err != nil || s.Round != c.round {
			return was, err
		}
		known := s.Intervals[family(c.question.Compared)]
		known.told(*c.question.Cuts, yes)
		s.know(c.question.Compared, known)
		return entry(c.what, s, was.Expires)
	})
}

// look finds out whether the subject was counted.
func (c *Charge) look(was *singleuse.Entry) (*singleuse.Entry, error) {
	s, err := readSubject(was)
	c.round, c.counted = s.Round, was != nil && live(s.Slot, c.now, c.terms.Subjects.In)
	return was, err
}

// countSubject counts the subject, unless it was.
func (c *Charge) countSubject(was *singleuse.Entry) (*singleuse.Entry, error) {
	a, err := readAccount(was)
	if err != nil {
		return nil, err
	}
	c.counted, c.round = c.counted && c.round == a.Round, a.Round
	if c.used = 0; c.counted || c.terms.Subjects.Most == 0 {
		return was, nil
	}
	if err := a.add(c.now, c.terms.Subjects); err != nil {
		return nil, err
	}
	c.used = a.used(c.now, c.terms.Subjects.In)
	return entry(c.who, a, time.Time{})
}

// ask counts the question about the subject.
func (c *Charge) ask(was *singleuse.Entry) (*singleuse.Entry, error) {
	s, err := readSubject(was)
	if err != nil {
		return nil, err
	}
	if s.Round != c.round {
		s = subject{Round: c.round}
	}
	if !c.counted && c.terms.Subjects.Most > 0 {
		s.Slot = slotOf(c.now, c.terms.Subjects.In)
	}
	if err := s.ask(c.question, c.terms, c.now); err != nil {
		return nil, err
	}
	return entry(c.what, s, c.now.Add(c.terms.memory()))
}

// memory is how long a subject is kept beyond the last question about it.
func (t Terms) memory() time.Duration {
	keep := max(t.Questions.In, t.Subjects.In+t.Subjects.In/slots+time.Second)
	if len(t.Narrowest) > 0 {
		keep = max(keep, memory)
	}
	return keep
}

// Alarm returns what the operator is to be told of a charge that ended with err,
// or "": most of the caller's records are used up, or the budget was exceeded.
// Of each it says so once in an hour.
func (c *Charge) Alarm(err error) string {
	var exhausted Exhausted
	most := c.terms.Subjects
	switch {
	case errors.As(err, &exhausted):
		return c.ledger.once(string(exhausted), c, string(exhausted))
	case err == nil && c.used > 0 && c.used >= most.Most-most.Most/5:
		return c.ledger.once("most", c, fmt.Sprintf("the caller has asked about %d of the %d records that it may ask about in %s", c.used, most.Most, most.In))
	}
	return ""
}

func (l *Ledger) once(what string, c *Charge, says string) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	id := what + "\x00" + c.who.ID
	if last, heard := l.heard[id]; heard && c.now.Before(last.Add(quiet)) {
		return ""
	}
	l.heard[id] = c.now
	return says
}

// Used returns how many subjects of a caller are counted.
func (l *Ledger) Used(ctx context.Context, caller string, t Terms, now time.Time) (int, error) {
	e, err := l.store.Get(ctx, accountOf(caller))
	if errors.Is(err, singleuse.ErrNone) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	a, err := readAccount(e)
	return a.used(now, t.Subjects.In), err
}

// Reset returns the step that lets a caller begin anew: with no subject counted,
// and nothing known of any.
func (l *Ledger) Reset(caller string) singleuse.Step {
	return l.store.With(accountOf(caller), func(was *singleuse.Entry) (*singleuse.Entry, error) {
		a, err := readAccount(was)
		if err != nil {
			return nil, err
		}
		return entry(accountOf(caller), account{Round: a.Round + 1}, time.Time{})
	})
}

func readAccount(e *singleuse.Entry) (a account, err error) {
	err = decode(e, &a)
	return a, err
}

func readSubject(e *singleuse.Entry) (s subject, err error) {
	err = decode(e, &s)
	return s, err
}

// decode reads what an entry has; no entry is the zero value.
func decode(e *singleuse.Entry, into any) error {
	if e == nil {
		return nil
	}
	if err := json.Unmarshal(e.Value, into); err != nil {
		return fmt.Errorf("state of the budgets: %w", err)
	}
	return nil
}

// entry returns what is kept. A subject of whom more was asked than can be kept
// has used its budget up.
func entry(key singleuse.Key, value any, end time.Time) (*singleuse.Entry, error) {
	data, err := json.Marshal(value)
	if err != nil {
		return nil, err
	}
	if len(data) > singleuse.MaxValue/2 { // sealing it takes some
		return nil, ErrQuestions
	}
	return &singleuse.Entry{Key: key, Value: data, Expires: end}, nil
}
