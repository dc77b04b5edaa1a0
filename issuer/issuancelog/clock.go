package issuancelog

import (
	"errors"
	"fmt"
	"time"

	"github.com/chancery-vc/chancery/issuer/store"
	"github.com/chancery-vc/chancery/verifier/credential"
	"github.com/chancery-vc/chancery/verifier/logproof"
)

// ErrClock says that the clock is before the last record.
var ErrClock = errors.New("the clock is before the last record of the issuance log")

// clockTolerance is how far the clock may be behind the last record. Records
// have whole seconds, and clocks that are kept right are set back by parts of
// one now and then.
const clockTolerance = time.Second

// checkClock returns [ErrClock] unless records can be added now.
func (l *Log) checkClock(tx *store.Tx) error {
	last, err := endOf(tx)
	if err == nil {
		_, err = last.timely(l.now())
	}
	return err
}

// timely returns the time of a record that comes next: now, or the time of the
// last if now is before it by no more than [clockTolerance]. With a clock
// further back nothing is added: the time of the last would be untrue of the
// new record, and its own would make the log one in which what came later is
// earlier.
func (e end) timely(now time.Time) (time.Time, error) {
	now = now.Truncate(time.Second)
	switch {
	case e.size == 0 || !now.Before(e.at):
		return now, nil
	case e.at.Sub(now) <= clockTolerance:
		return e.at, nil
	}
	return time.Time{}, fmt.Errorf("%w: it says %s, and the record is of %s; set the clock right, or, if it was ahead when that was written, wait until then",
		ErrClock, credential.FormatTime(now), credential.FormatTime(e.at))
}

func timeOfLast(last []byte) (time.Time, error) {
	at, err := logproof.TimeOf(last)
	if err != nil {
		return time.Time{}, fmt.Errorf("%w: the last record: %w", ErrDamaged, err)
	}
	return at, nil
}
