package access

import (
	"context"
	"encoding/binary"
	"errors"
	"sync"
	"time"

	"github.com/chancery-vc/chancery/issuer/config"
	"github.com/chancery-vc/chancery/issuer/singleuse"
	"github.com/chancery-vc/chancery/issuer/store"
)

// kindRate is the kind of rates among what is counted: of each grant the time
// when its bucket will be full, in nanoseconds since 1970.
const kindRate = "rate"

var errRate = errors.New("state of the rates: an entry has another size than a time")

// bucket counts questions: it holds as many as the rate has, fills up evenly, and
// each question takes one. Those that were asked are counted with their record,
// for all who share the store and over restarts; those that were refused after
// they had fitted their grant, in this process alone.
type bucket struct {
	key  singleuse.Key
	each time.Duration // until there is one more
	most time.Duration // until it is full

	mu   sync.Mutex
	full time.Time // when it will be in this process, if nobody asks
}

func newBucket(caller, grant string, r config.Rate) *bucket {
	questions := time.Duration(r.Questions)
	each := (r.In + questions - 1) / questions // rounded up: never more than the rate
	return &bucket{key: singleuse.Key{Kind: kindRate, ID: digest(caller, grant)}, each: each, most: each * questions}
}

// after takes a question out of a bucket that will be full at a time: it returns
// when that will be now, or how long to wait for the next question. A time that
// is further away than a bucket can be empty is of other terms, or of a clock
// that was ahead.
func (b *bucket) after(full, now time.Time) (then time.Time, wait time.Duration) {
	if full.Before(now) {
		full = now
	}
	if end := now.Add(b.most); full.After(end) {
		full = end
	}
	then = full.Add(b.each)
	return then, then.Sub(now) - b.most
}

// take takes a question out in this process, or returns how long to wait. Of no
// bucket there are always more.
func (b *bucket) take(now time.Time) time.Duration {
	if b == nil {
		return 0
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	then, wait := b.after(b.full, now)
	if wait <= 0 {
		b.full = then
	}
	return max(wait, 0)
}

// step takes a question out for all who share the store. Its error is [Limited]
// if there is none.
func (b *bucket) step(s singleuse.Store, now time.Time) singleuse.Step {
	if b == nil {
		return singleuse.Step{}
	}
	shared := s.With(b.key, func(was *singleuse.Entry) (*singleuse.Entry, error) {
		full, err := readTime(was)
		if err != nil {
			return nil, err
		}
		then, wait := b.after(full, now)
		if wait > 0 {
			return nil, Limited{wait}
		}
		end := then.Add(time.Millisecond) // to which ends are kept
		return &singleuse.Entry{Key: b.key, Value: binary.BigEndian.AppendUint64(nil, uint64(then.UnixNano())), Expires: end}, nil
	})
	return singleuse.NewStep(
		func(ctx context.Context) error { return b.learn(shared.Before(ctx), now) },
		func(tx *store.Tx) error { return b.learn(shared.Within(tx), now) },
	)
}

// learn has this process know that all together have asked too often: until
// there is one more question, the store is not asked.
func (b *bucket) learn(err error, now time.Time) error {
	var limited Limited
	if errors.As(err, &limited) {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.full = now.Add(limited.After + b.most - b.each)
	}
	return err
}

// readTime returns when a bucket will be full; no entry is one that is.
func readTime(e *singleuse.Entry) (time.Time, error) {
	if e == nil {
		return time.Time{}, nil
	}
	if len(e.Value) != 8 {
		return time.Time{}, errRate
	}
	return time.Unix(0, int64(binary.BigEndian.Uint64(e.Value))), nil
}
