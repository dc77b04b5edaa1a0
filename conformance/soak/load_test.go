package soak

import (
	"math/rand/v2"
	"sync"
	"time"

	"github.com/chancery-vc/chancery/issuer/access/accesstest"
)

// How many of each are at work at a time, and how long each rests between two
// things that it does, on the average.
const (
	askers  = 6
	wallets = 2
	rest    = 250 * time.Millisecond
)

// work is what is done again and again.
type work struct {
	done  chan struct{}
	group sync.WaitGroup
}

// startLoad has all begin who ask.
func (s *soak) startLoad() *work {
	load := &work{done: make(chan struct{})}
	a := &asker{soak: s, key: accesstest.NewKey(s.t)}
	for range askers {
		load.again(rest, a.one)
	}
	w := newTakers(s)
	for range wallets {
		load.again(rest, w.one)
	}
	load.again(rest, s.readPublic)
	load.again(s.unit(), newOffice(s).one)
	return load
}

// again does something again and again, resting between for so long on the
// average, until it is all over.
func (w *work) again(rest time.Duration, do func()) {
	w.group.Go(func() {
		for {
			do()
			select {
			case <-w.done:
				return
			case <-time.After(rand.N(2 * rest)):
			}
		}
	})
}

// stop returns when nothing is done any more.
func (w *work) stop() {
	close(w.done)
	w.group.Wait()
}
