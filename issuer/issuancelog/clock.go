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
	size, last, err := length(tx, bucketRecords)
	if size == 0 || err != nil {
		return err
	}
	_, err = timely(l.now(), last)
	return err
}

// timely returns the time of a record that comes after last: now, or the time
// of last if now is before it by no more than [clockTolerance]. With a clock
// further back nothing is added: the time of last would be untrue of the new
// record, and its own would make the log one in which what came later is
// earlier.
func timely(now time.Time, last []byte) (time.Time, error) {
	if last == nil {
		return now, nil
	}
	before, err := logproof.TimeOf(last)
	if err != nil {
		return time.Time{}, fmt.Errorf("%w: the last record: %w", ErrDamaged, err)
	}
	now = now.Truncate(time.Second)
	switch {
	case !now.Before(before):
		return now, nil
	case before.Sub(now) <= clockTolerance:
		return before, nil
	}
	return time.Time{}, fmt.Errorf("%w: it says %s, and the record is of %s; set the clock right, or, if it was ahead when that was written, wait until then",
		ErrClock, credential.FormatTime(now), credential.FormatTime(before))
}
