package issuer

import (
	"errors"
	"time"

	"github.com/chancery-vc/chancery/issuer/access"
	"github.com/chancery-vc/chancery/issuer/anchor"
	"github.com/chancery-vc/chancery/issuer/claims"
	"github.com/chancery-vc/chancery/issuer/issuancelog"
	"github.com/chancery-vc/chancery/issuer/key"
	"github.com/chancery-vc/chancery/issuer/mint"
	"github.com/chancery-vc/chancery/issuer/singleuse"
	"github.com/chancery-vc/chancery/issuer/source"
	"github.com/chancery-vc/chancery/issuer/status"
	"github.com/chancery-vc/chancery/issuer/store"
)

// Stage is a part of the way from a question to its answer.
type Stage string

// The stages, in their order. A question ends after the last, or after the one
// that failed.
const (
	StageAccess  Stage = "access"  // may the caller ask this?
	StageLog     Stage = "log"     // the question becomes durable
	StageSource  Stage = "source"  // the record is read
	StageClaims  Stage = "claims"  // what is said of it is worked out
	StageMint    Stage = "mint"    // a credential is made, signed and verified
	StageSign    Stage = "sign"    // a statement is signed and verified
	StageRelease Stage = "release" // the answer becomes durable
	StageAnswer  Stage = "answer"  // all of them, whatever came of it
)

// Stages returns all stages.
func Stages() []Stage {
	return []Stage{StageAccess, StageLog, StageSource, StageClaims, StageMint, StageSign, StageRelease, StageAnswer}
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

// Observer is told how each stage of each question ended and how long it took.
// It gets nothing of the caller, the question or the record. It is called by
// many at once, and whoever is answered waits for it.
type Observer interface {
	Observe(stage Stage, end End, took time.Duration)
}

// observe tells the observer how a stage ended that began at start. The time is
// the machine's own, which neither a test nor whoever sets the clock moves.
func (i *Issuer) observe(stage Stage, start time.Time, err error) {
	if o := i.environment.Observer; o != nil {
		o.Observe(stage, EndOf(err), time.Since(start))
	}
}

// observing begins a stage. What it returns ends it, with the error that is
// there by then.
func (i *Issuer) observing(stage Stage) func(*error) {
	start := time.Now()
	return func(err *error) { i.observe(stage, start, *err) }
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
	case isAny(err, key.ErrUnavailable, singleuse.ErrUnavailable, source.ErrUnavailable):
		return EndUnavailable
	case isAny(err, ErrWidened, anchor.ErrStale, store.ErrStopped, issuancelog.ErrClock):
		return EndBlocked
	case isAny(err, source.ErrShape, mint.ErrSelfVerify, mint.ErrDraft):
		return EndFailed
	case isAny(err, ErrNotAllowed, ErrState, ErrTerms, source.ErrNone, source.ErrMany, status.ErrUnknown, claims.ErrValue, mint.ErrForm, mint.ErrNotSelective, singleuse.ErrNone):
		return EndRefused
	}
	var coded interface{ LogReason() string }
	if errors.As(err, &coded) {
		return EndRefused
	}
	return EndFailed
}

func isAny(err error, kinds ...error) bool {
	for _, kind := range kinds {
		if errors.Is(err, kind) {
			return true
		}
	}
	return false
}
