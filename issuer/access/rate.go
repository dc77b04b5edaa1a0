package access

import (
	"sync"
	"time"

	"github.com/chancery-vc/chancery/issuer/config"
)

// bucket counts questions: it holds as many as the rate has, fills up evenly, and
// each question takes one. It begins with one, since it is in memory alone: who
// asked before a restart has no more after it than before.
type bucket struct {
	each time.Duration // until there is one more
	most time.Duration // until it is full

	mu   sync.Mutex
	full time.Time // when it will be, if nobody asks
}

func newBucket(r config.Rate, now time.Time) *bucket {
	questions := time.Duration(r.Questions)
	each := (r.In + questions - 1) / questions // rounded up: never more than the rate
	most := each * questions
	return &bucket{each: each, most: most, full: now.Add(most - each)}
}

// take takes a question out, or returns when there is one again. Of no bucket
// there are always more.
func (b *bucket) take(now time.Time) (after time.Duration) {
	if b == nil {
		return 0
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	full := b.full
	if full.Before(now) {
		full = now
	}
	full = full.Add(b.each)
	if after := full.Sub(now) - b.most; after > 0 {
		return after
	}
	b.full = full
	return 0
}
