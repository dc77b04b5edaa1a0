package anchor

import (
	"errors"
	"time"
)

// errWaiting is why a place is behind that has not failed.
var errWaiting = errors.New("it has not answered yet")

func (s Status) why() error {
	if s.Err == nil {
		return errWaiting
	}
	return s.Err
}

// begin tells whether an attempt is to be made now. A clock that was set back
// makes it due.
func (p *keeping) begin(now time.Time) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.busy || now.Before(p.next) && !now.Before(p.next.Add(-p.Every)) {
		return false
	}
	p.busy, p.next = true, now.Add(p.Every)
	return true
}

// end notes how an attempt ended.
func (p *keeping) end(now time.Time, o outcome) Status {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.busy = false
	if o.kept != nil {
		p.status.Kept, p.status.Puts = *o.kept, p.status.Puts+1
		p.fresh, p.others = true, o.others
	}
	p.status.Err = o.err
	if o.err != nil {
		p.status.Failures++
	} else {
		p.status.Good = now
	}
	return p.status
}

// has tells whether the place has kept so many records, the keeper's own
// aside. What it kept before the start does not count: only it knows.
func (p *keeping) has(others uint64) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.fresh && p.others >= others
}

func (p *keeping) read() Status {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.status
}
