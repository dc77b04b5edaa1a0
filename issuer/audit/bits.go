package audit

// bits is a set of small numbers, one bit each.
type bits []uint64

// put puts n in, or takes it out, and tells whether it was in.
func (b *bits) put(n uint64, in bool) (was bool) {
	word, mask := int(n/64), uint64(1)<<(n%64)
	for len(*b) <= word {
		if !in {
			return false
		}
		*b = append(*b, 0)
	}
	was = (*b)[word]&mask != 0
	if in {
		(*b)[word] |= mask
	} else {
		(*b)[word] &^= mask
	}
	return was
}

// all yields what is in, in order.
func (b bits) all(yield func(uint64) bool) {
	for word, set := range b {
		for bit := range uint64(64) {
			if set&(1<<bit) != 0 && !yield(uint64(word)*64+bit) {
				return
			}
		}
	}
}
