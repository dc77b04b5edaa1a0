package issuer

import (
	"context"
	"errors"

	"github.com/chancery-vc/chancery/issuer/access"
	"github.com/chancery-vc/chancery/issuer/anchor"
	"github.com/chancery-vc/chancery/issuer/budget"
	"github.com/chancery-vc/chancery/issuer/claims"
	"github.com/chancery-vc/chancery/issuer/issuancelog"
	"github.com/chancery-vc/chancery/issuer/key"
	"github.com/chancery-vc/chancery/issuer/mint"
	"github.com/chancery-vc/chancery/issuer/singleuse"
	"github.com/chancery-vc/chancery/issuer/source"
	"github.com/chancery-vc/chancery/issuer/status"
	"github.com/chancery-vc/chancery/issuer/store"
)

// Stage is a part of the way from a request to its answer.
type Stage string

// The stages. Those of one question come in this order, between the ones around
// them; a question ends after the last, or after the one that failed.
const (
	StageRequest      Stage = "request"      // around all of a request, whatever it wants
	StageAuthenticate Stage = "authenticate" // who asks?
	StageAnswer       Stage = "answer"       // around all of one question, whatever came of it
	StageAccess       Stage = "access"       // may the caller ask this?
	StageBudget       Stage = "budget"       // what has the caller asked before?
	StageLog          Stage = "log"          // the question becomes durable, counted for rate and budget
	StageSource       Stage = "source"       // the record is read
	StageClaims       Stage = "claims"       // what is said of it is worked out
	StageMint         Stage = "mint"         // a credential is made, signed and verified
	StageSign         Stage = "sign"         // a statement is signed and verified
	StageRelease      Stage = "release"      // the answer becomes durable
)

// Stages returns all stages.
func Stages() []Stage {
	return []Stage{StageRequest, StageAuthenticate, StageAnswer, StageAccess, StageBudget, StageLog, StageSource, StageClaims, StageMint, StageSign, StageRelease}
}

// End is how a stage ended.
type End string

// The ends. Whether there is a record is not among them: who may see the
// figures could else ask the register by them.
const (
	EndDone        End = "done"
	EndRefused     End = "refused"     // the caller, the question or the record is not such that it has an answer
	EndLimited     End = "limited"     // the caller asked too often
	EndStopped     End = "stopped"     // the caller went away, or the time was up
	EndUnavailable End = "unavailable" // a source, a key or a store of others does not answer
	EndBlocked     End = "blocked"     // a source was widened, anchors are stale, or the log cannot be added to
	EndFailed      End = "failed"      // anything else: look into the log
)

// Ends returns all ends.
func Ends() []End {
	return []End{EndDone, EndRefused, EndLimited, EndStopped, EndUnavailable, EndBlocked, EndFailed}
}

// Reason is why a request was refused before its record was read.
type Reason string

// The reasons: of who is nobody, in the words that the sender gets, and of who
// has asked too much.
const (
	ReasonNone            Reason = ""
	ReasonNoCredentials   Reason = "no_credentials"
	ReasonInvalidRequest  Reason = access.CodeInvalidRequest
	ReasonInvalidToken    Reason = access.CodeInvalidToken
	ReasonInvalidProof    Reason = access.CodeInvalidProof
	ReasonUseNonce        Reason = access.CodeUseNonce // as every client's first proof has none
	ReasonBudgetRecords   Reason = "budget_records"
	ReasonBudgetQuestions Reason = "budget_questions"
	ReasonBudgetNarrow    Reason = "budget_narrow"
)

// Reasons returns all reasons.
func Reasons() []Reason {
	return []Reason{
		ReasonNoCredentials, ReasonInvalidRequest, ReasonInvalidToken, ReasonInvalidProof, ReasonUseNonce,
		ReasonBudgetRecords, ReasonBudgetQuestions, ReasonBudgetNarrow,
	}
}

// Observer is told how each stage of each request goes. It gets nothing of the
// caller, the question or the record. It is called by many at once, and whoever
// is answered waits for it.
type Observer interface {
	// Begin is told that a stage begins. What is within the stage goes by the
	// context that it returns, and what it returns beside is told the end, once.
	Begin(ctx context.Context, stage Stage) (context.Context, func(End, Reason))
}

// Observers are told one after the other; none is an observer, too.
type Observers []Observer

// Begin tells all that a stage begins.
func (o Observers) Begin(ctx context.Context, stage Stage) (context.Context, func(End, Reason)) {
	ends := make([]func(End, Reason), len(o))
	for n, one := range o {
		ctx, ends[n] = one.Begin(ctx, stage)
	}
	return ctx, func(end End, reason Reason) {
		for _, told := range ends {
			told(end, reason)
		}
	}
}

// Begin tells the observer that a stage begins, for who is in front of the
// pipeline.
func (i *Issuer) Begin(ctx context.Context, stage Stage) (context.Context, func(End, Reason)) {
	if o := i.environment.Observer; o != nil {
		return o.Begin(ctx, stage)
	}
	return ctx, func(End, Reason) {}
}

// begin begins a stage. What it returns ends it, with the error that is there by
// then.
func (i *Issuer) begin(ctx context.Context, stage Stage) (context.Context, func(*error)) {
	ctx, told := i.Begin(ctx, stage)
	return ctx, func(err *error) { told(EndOf(*err), ReasonOf(*err)) }
}

// EndOf returns what became of a question that ended with err.
func EndOf(err error) End {
	var limited access.Limited
	switch {
	case err == nil:
		return EndDone
	case errors.Is(err, ErrStopped):
		return EndStopped
	case errors.As(err, &limited):
		return EndLimited
	case isAny(err, access.ErrUnavailable, key.ErrUnavailable, singleuse.ErrUnavailable, source.ErrUnavailable):
		return EndUnavailable
	case isAny(err, ErrWidened, anchor.ErrStale, store.ErrStopped, issuancelog.ErrClock):
		return EndBlocked
	case isAny(err, source.ErrShape, mint.ErrSelfVerify, mint.ErrDraft):
		return EndFailed
	case isAny(err, ErrNotAllowed, ErrState, ErrTerms, source.ErrNone, source.ErrMany, status.ErrUnknown, claims.ErrValue, mint.ErrForm, mint.ErrNotSelective, singleuse.ErrNone):
		return EndRefused
	}
	var coded interface{ LogReason() string }
	if errors.As(err, &coded) || ReasonOf(err) != ReasonNone {
		return EndRefused
	}
	return EndFailed
}

// ReasonOf returns why a request that ended with err was refused, if that is one
// of the reasons.
func ReasonOf(err error) Reason {
	var denied *access.Denied
	if errors.As(err, &denied) {
		if denied.Code == access.CodeNone {
			return ReasonNoCredentials
		}
		return Reason(denied.Code)
	}
	for cause, reason := range map[budget.Exhausted]Reason{
		budget.ErrSubjects: ReasonBudgetRecords, budget.ErrQuestions: ReasonBudgetQuestions, budget.ErrNarrow: ReasonBudgetNarrow,
	} {
		if errors.Is(err, cause) {
			return reason
		}
	}
	return ReasonNone
}

func isAny(err error, kinds ...error) bool {
	for _, kind := range kinds {
		if errors.Is(err, kind) {
			return true
		}
	}
	return false
}
