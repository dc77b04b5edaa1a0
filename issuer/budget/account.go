package budget

import "time"

// slots is how many parts a window slides in.
const slots = 16

// account counts the subjects of a caller. It has no end: its round must not
// begin anew.
type account struct {
	Round  uint64  `json:"round"` // begins with each reset; subjects of another one are new
	Counts []count `json:"counts,omitzero"`
}

// count is how many subjects were counted in one part of a window.
type count struct {
	Slot int64 `json:"slot"`
	N    int   `json:"n"`
}

// slotOf returns the part of a window that a time is in.
func slotOf(now time.Time, window time.Duration) int64 {
	return now.UnixMilli() / max(window.Milliseconds()/slots, 1)
}

// live tells whether what was counted in slot is still counted. A slot of the
// future, from before the clock was put back, is.
func live(slot int64, now time.Time, window time.Duration) bool {
	return slot+slots >= slotOf(now, window)
}

// used returns how many subjects are counted.
func (a *account) used(now time.Time, window time.Duration) (n int) {
	for _, c := range a.Counts {
		if live(c.Slot, now, window) {
			n += c.N
		}
	}
	return n
}

// add counts one more subject, if there may be one more.
func (a *account) add(now time.Time, most Allowance) error {
	if a.used(now, most.In) >= most.Most {
		return ErrSubjects
	}
	slot := slotOf(now, most.In)
	var kept []count
	for _, c := range a.Counts {
		if live(c.Slot, now, most.In) && c.Slot != slot {
			kept = append(kept, c)
		}
	}
	n := 1
	for _, c := range a.Counts {
		if c.Slot == slot {
			n += c.N
		}
	}
	a.Counts = append(kept, count{slot, n})
	return nil
}
