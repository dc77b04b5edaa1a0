package store

import "bytes"

// ascending ends a walk whose keys do not ascend: the pages of a damaged file
// can lead in a circle, and a walk over them would have no end.
type ascending struct {
	last  []byte
	begun bool
}

// next panics with [ErrDamaged] unless key is greater than the one before.
func (a *ascending) next(key []byte) {
	if a.begun && bytes.Compare(key, a.last) <= 0 {
		panic(ErrDamaged)
	}
	a.last, a.begun = append(a.last[:0], key...), true
}
