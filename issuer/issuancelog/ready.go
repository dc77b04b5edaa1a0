package issuancelog

import "github.com/chancery-vc/chancery/issuer/store"

// CheckClock returns [ErrClock] if no record could be added now, since the clock
// is before the last one. Nothing is written.
func (l *Log) CheckClock() error { return l.store.View(l.checkClock) }

// Size returns the number of records.
func (l *Log) Size() (size uint64, err error) {
	err = l.store.View(func(tx *store.Tx) error {
		size, err = Size(tx)
		return err
	})
	return size, err
}
