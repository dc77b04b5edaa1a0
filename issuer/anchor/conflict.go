package anchor

import (
	"errors"
	"fmt"
)

// What two checkpoints of one log cannot both be. A [*Conflict] wraps one of
// these.
var (
	// ErrRolledBack says that a log has fewer records than it had.
	ErrRolledBack = errors.New("the log was rolled back: it has fewer records than it had")
	// ErrForked says that a log has other records than it had.
	ErrForked = errors.New("the log was rewritten: it has other records than it had")
	// ErrCut says that an anchor does not have any more what it had.
	ErrCut = errors.New("the anchor was rolled back: it does not have what it had")
	// ErrOrigin says that an anchor has the checkpoints of another log.
	ErrOrigin = errors.New("checkpoints of another log are kept here; give each log a place of its own")
)

// Conflict is two checkpoints that cannot both be true: the evidence.
type Conflict struct {
	Kind  error  // one of the above
	Kept  []byte // what the anchor has, or had
	Given []byte // what the log, or the anchor, has now
}

// Error says what the two checkpoints say, and what to do.
func (c *Conflict) Error() string {
	return fmt.Sprintf("%v (kept: %s; now: %s): keep both and all files as they are, and find out who changed what before going on", c.Kind, brief(c.Kept), brief(c.Given))
}

// Unwrap returns the kind.
func (c *Conflict) Unwrap() error { return c.Kind }

func brief(checkpoint []byte) string {
	head, err := Read(checkpoint)
	if err != nil {
		return "nothing"
	}
	return fmt.Sprintf("%.100q, %d records, hash %.64s", head.Origin, head.Size, head.Hash)
}

// Follow tells whether given is new beside what an anchor kept last, nil for
// nothing. It returns a [*Conflict] if the log cannot have gone from one to
// the other. That a longer log begins with the shorter one takes a proof, which
// is not here.
func Follow(kept, given []byte) (isNew bool, err error) {
	after, err := Read(given)
	if err != nil || kept == nil {
		return err == nil, err
	}
	before, err := Read(kept)
	switch {
	case err != nil:
		return false, err
	case before.Origin != after.Origin:
		return false, &Conflict{ErrOrigin, kept, given}
	case before.Size > after.Size:
		return false, &Conflict{ErrRolledBack, kept, given}
	case before.Size == after.Size && before.Hash != after.Hash:
		return false, &Conflict{ErrForked, kept, given}
	}
	return before.Size < after.Size, nil
}

// Remains returns a [*Conflict] if an anchor that had one checkpoint has a
// shorter one now, or another of the same length. Nil stands for none.
func Remains(had, has []byte) error {
	switch {
	case had == nil:
		return nil
	case has == nil:
		return &Conflict{ErrCut, had, nil}
	}
	if _, err := Follow(had, has); err != nil {
		return &Conflict{ErrCut, had, has}
	}
	return nil
}
