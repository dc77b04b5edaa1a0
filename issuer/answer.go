package issuer

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"github.com/chancery-vc/chancery/issuer/anchor"
	"github.com/chancery-vc/chancery/issuer/claims"
	"github.com/chancery-vc/chancery/issuer/key"
	"github.com/chancery-vc/chancery/issuer/mint"
	"github.com/chancery-vc/chancery/issuer/singleuse"
	"github.com/chancery-vc/chancery/issuer/singleuse/sealed"
	"github.com/chancery-vc/chancery/issuer/source"
	"github.com/chancery-vc/chancery/issuer/status"
	"github.com/chancery-vc/chancery/issuer/store"
	"github.com/chancery-vc/chancery/verifier/logproof"
)

// Caller is a kind of caller that the configuration knows.
type Caller string

// The callers.
const (
	Holder   Caller = "holder"   // a wallet with an offer
	Operator Caller = "operator" // whoever runs chancery's commands
	Partner  Caller = "partner"  // any with a grant that was signed for it
)

// ErrRefused is all that a caller may learn of a question that gets no answer.
// What it wraps is for the operator and for the log.
var ErrRefused = errors.New("refused")

// Reasons for refusals, beside those of packages source and claims.
var (
	ErrNotAllowed = errors.New("the configuration has no such profile for this caller; chancery check lists them")
	ErrStopped    = errors.New("the caller went away, or the time was up")
)

// Question asks for one credential.
type Question struct {
	Caller  Caller
	Profile string
	Key     string // of the record
	Holder  string // identifier of the holder that the credential is bound to; empty for none
	// Replaces is the identifier of a credential that this one takes the place
	// of, and that is revoked with it; empty for none.
	Replaces string
	// Stage, if not nil, makes the answer durable where it will be released,
	// before the log says that it was answered.
	Stage func(Answer) error
	// Spend uses up what the answer is given for; its error refuses the answer.
	Spend singleuse.Step
	// Settle, if not nil, changes more state in the transaction that logs the
	// answer; its error refuses the answer.
	Settle func(*store.Tx, Answer) error
}

// Answer is a credential or a statement that is in the log and may leave.
type Answer struct {
	Credential string // its identifier
	Bytes      []byte
	Receipt    []byte // that it is in the log, a logproof.Receipt; nil if none could be made
}

// Answer takes q through the pipeline.
func (i *Issuer) Answer(ctx context.Context, q Question) (_ Answer, err error) {
	ctx, end := i.begin(ctx, StageAnswer)
	defer end(&err)
	p, err := i.allow(ctx, q.Caller, q.Profile)
	if err != nil {
		return Answer{}, i.refuse(ctx, i.record(q.Caller, q.Profile), err)
	}
	asked, err := i.ask(ctx, q.Caller, p, q.Key)
	if err != nil {
		return Answer{}, err
	}
	answer, err := i.answer(ctx, q, p, asked)
	if err != nil {
		return Answer{}, i.refuse(ctx, asked, err)
	}
	return answer, nil
}

// allow returns the profile if caller may have it.
func (i *Issuer) allow(ctx context.Context, caller Caller, name string) (_ *profile, err error) {
	_, end := i.begin(ctx, StageAccess)
	defer end(&err)
	p, ok := i.profiles[name]
	if !ok || !slices.Contains(i.allowed(caller), name) {
		return nil, ErrNotAllowed
	}
	return p, nil
}

func (i *Issuer) allowed(caller Caller) []string {
	switch caller {
	case Holder:
		return i.config.Callers.Holder
	case Operator:
		return i.config.Callers.Operator
	default:
		return nil
	}
}

// record starts a record of the log.
func (i *Issuer) record(caller Caller, profile string) logproof.Record {
	return logproof.Record{Caller: i.pseudonymOf(caller), Profile: profile, Configuration: i.config.Digest()}
}

// ask makes the question durable, and returns the record that its end will
// complete.
func (i *Issuer) ask(ctx context.Context, caller Caller, p *profile, key string) (logproof.Record, error) {
	record := i.record(caller, p.name)
	record.Subject = i.subject(p.register(), key)
	return i.logQuestion(ctx, record, p.columns, singleuse.Step{})
}

// logQuestion makes the question durable, and with it a step.
func (i *Issuer) logQuestion(ctx context.Context, record logproof.Record, columns []string, with singleuse.Step) (logproof.Record, error) {
	if err := cmp.Or(i.keeper.Stale(), i.keysReady()); err != nil {
		return record, i.refuse(ctx, record, err)
	}
	question := record
	question.Columns = columns
	sequence, err := i.logWith(ctx, question, with)
	if err != nil {
		return record, err
	}
	record.Question = &sequence
	return record, nil
}

func (i *Issuer) logWith(ctx context.Context, question logproof.Record, with singleuse.Step) (sequence uint64, err error) {
	ctx, end := i.begin(ctx, StageLog)
	defer end(&err)
	if err := with.Before(ctx); err != nil {
		return 0, err
	}
	if sequence, err = i.log.AskWith(ctx, question, with.Within); err != nil {
		return 0, fmt.Errorf("log the question: %w", err)
	}
	return sequence, nil
}

// refuse logs why there is no answer, and returns ErrRefused with the cause.
// A context that ended does not keep the record from being written.
func (i *Issuer) refuse(ctx context.Context, record logproof.Record, cause error) error {
	i.noteKeys(cause)
	record.Kind, record.Reason = logproof.Refused, reason(cause)
	err := i.store.Update(context.WithoutCancel(ctx), func(tx *store.Tx) error { return i.log.Append(tx, record) })
	if err != nil {
		return fmt.Errorf("log the refusal: %w", err)
	}
	return fmt.Errorf("%w: %w", ErrRefused, cause)
}

// Refuse logs that a caller who was known got no answer about the record that key
// finds, and returns ErrRefused with the cause.
func (i *Issuer) Refuse(ctx context.Context, caller Caller, profile, key string, cause error) error {
	record := i.record(caller, profile)
	if p, ok := i.profiles[profile]; ok {
		record.Subject = i.subject(p.register(), key)
	}
	return i.refuse(ctx, record, cause)
}

// reason writes a cause for the log without the details that a library or the
// operating system may have put into it.
func reason(cause error) string {
	known := []error{
		ErrStopped,         // first: it wraps what was stopped
		key.ErrUnavailable, // before what it keeps from being made
		ErrNotAllowed, ErrGrantTerms, ErrWidened, ErrReplaced, anchor.ErrStale, ErrState, status.ErrUnknown, sealed.ErrForged, singleuse.ErrUnknown, singleuse.ErrUnavailable, source.ErrNone, source.ErrMany, source.ErrUnavailable, source.ErrShape,
		claims.ErrValue, mint.ErrForm, mint.ErrDraft, mint.ErrNotSelective, mint.ErrSelfVerify, ErrTerms,
	}
	for _, kind := range known {
		if errors.Is(cause, kind) {
			return kind.Error()
		}
	}
	var coded interface{ LogReason() string }
	if errors.As(cause, &coded) {
		return coded.LogReason()
	}
	return "internal error"
}

// answer reads, mints and logs; the answer may leave when it returns.
func (i *Issuer) answer(ctx context.Context, q Question, p *profile, asked logproof.Record) (Answer, error) {
	o, err := i.mint(ctx, p, q.Key, whom{holder: q.Holder})
	if err != nil {
		return Answer{}, stopped(ctx, err)
	}
	if q.Stage != nil {
		if err := q.Stage(o.Answer); err != nil {
			return Answer{}, err
		}
	}
	o.spend, o.settle, o.replaces = q.Spend, q.Settle, q.Replaces
	if err := i.release(ctx, asked, o); err != nil {
		return Answer{}, stopped(ctx, err)
	}
	return i.receipted(ctx, o.Answer), nil
}

// whom names the subject of a credential: its holder, or else what the profile
// discloses, or else a pseudonym. Without all three it has no identifier.
type whom struct{ holder, pseudonym string }

// mint reads a record and makes a credential of it.
func (i *Issuer) mint(ctx context.Context, p *profile, key string, subject whom) (outcome, error) {
	record, err := p.source.Lookup(ctx, key)
	if err != nil {
		return outcome{}, i.unsaid(ctx, err)
	}
	place, err := i.registry.Reserve()
	if err != nil {
		return outcome{}, err
	}
	draft, err := i.draft(ctx, p, subject, record, place)
	if err != nil {
		return outcome{}, err
	}
	minter := p.minter
	if subject.pseudonym != "" {
		minter = i.minter // a base proof is for a holder alone, and no verifier takes it
	}
	minting, end := i.begin(ctx, StageMint)
	signed, err := minter.Mint(minting, draft, draft.ValidFrom)
	end(&err)
	if err != nil {
		return outcome{}, unquoted(err)
	}
	o := outcome{Answer: Answer{Credential: draft.ID, Bytes: signed}, place: &place, validUntil: draft.ValidUntil}
	for _, claim := range draft.Claims {
		o.disclosed = append(o.disclosed, claim.Name)
	}
	return o, nil
}

// unsaid ends the stage after the source for a record that is not there as for
// one of which nothing may be said: who sees the stages cannot tell them apart.
func (i *Issuer) unsaid(ctx context.Context, err error) error {
	if answered(err) == nil {
		_, end := i.begin(ctx, StageClaims)
		end(&err)
	}
	return err
}

// stopped tells a question that ran out of time from one that failed.
func stopped(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("%w: %w", ErrStopped, err)
	}
	return err
}

// unquoted leaves out what is said of a draft, which can quote the record.
func unquoted(err error) error {
	for _, kind := range []error{key.ErrUnavailable, mint.ErrDraft, mint.ErrSelfVerify} {
		if errors.Is(err, kind) {
			return kind
		}
	}
	return err
}

func (i *Issuer) draft(ctx context.Context, p *profile, subject whom, record source.Record, place status.Place) (mint.Draft, error) {
	_, end := i.begin(ctx, StageClaims)
	said, err := claims.Apply(p.Claims, record)
	end(&err)
	if err != nil {
		return mint.Draft{}, err
	}
	id, err := uuid.NewRandomFromReader(i.random)
	if err != nil {
		return mint.Draft{}, err
	}
	now := i.now()
	return mint.Draft{
		ID: id.URN(), Context: p.Context.URL, Type: p.Type, Name: p.Profile.Name,
		ValidFrom: now, ValidUntil: now.Add(p.Validity.Std()),
		Subject: cmp.Or(subject.holder, record[p.SubjectID], subject.pseudonym), Claims: said,
		Status: &mint.Status{List: i.listURL(place.List), Index: place.Index},
	}, nil
}
