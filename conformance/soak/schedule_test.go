package soak

import (
	"math/rand/v2"
	"os"
	"strconv"
	"syscall"
	"testing"
	"time"
)

// schedule is what is done when.
type schedule struct {
	random           *rand.Rand
	begun            time.Time
	lasts            time.Duration
	ending, enduring deck
	turn             int
}

func newSchedule(t *testing.T, lasts time.Duration) *schedule {
	t.Helper()
	seed := uint64(time.Now().UnixNano())
	if text := os.Getenv(envSeed); text != "" {
		var err error
		seed, err = strconv.ParseUint(text, 10, 64)
		must(t, err)
	}
	t.Logf("the seed of the schedule is %d (%s)", seed, envSeed)
	c := &schedule{random: rand.New(rand.NewPCG(seed, 0)), begun: time.Now(), lasts: lasts}
	for _, f := range faults {
		if f.ends {
			c.ending.all = append(c.ending.all, f)
		} else {
			c.enduring.all = append(c.enduring.all, f)
		}
	}
	return c
}

// deck has faults, each of which is drawn once before any is drawn again.
type deck struct{ all, left []fault }

func (d *deck) draw(random *rand.Rand) (f fault) {
	if len(d.left) == 0 {
		for _, n := range random.Perm(len(d.all)) {
			d.left = append(d.left, d.all[n])
		}
	}
	f, d.left = d.left[0], d.left[1:]
	return f
}

// next returns what is to be done now, unless the time is over. In the first and
// the last fifth every other thing ends the issuer.
func (c *schedule) next() (f fault, ok bool) {
	c.turn++
	now := time.Since(c.begun)
	if outer := now < c.lasts/5 || now > c.lasts*4/5; outer && c.turn%2 == 0 {
		return c.ending.draw(c.random), now < c.lasts
	}
	return c.enduring.draw(c.random), now < c.lasts
}

// unit is about how long a fault, and the rest after it, last.
func (s *soak) unit() time.Duration { return min(8*time.Second, s.lasts/80) }

// trouble does one thing after the other until the time is over.
func (s *soak) trouble(c *schedule) {
	about := func() time.Duration { return s.unit()/2 + time.Duration(c.random.Int64N(int64(s.unit()))) }
	for {
		f, ok := c.next()
		if !ok {
			return
		}
		s.do(f, about())
		time.Sleep(about())
	}
}

// answersAgain is how long it may take, after all is as it should be, until the
// issuer answers.
const answersAgain = time.Minute

// do does one, and wants the issuer to be there after it, the same process unless
// that was to end, and to answer.
func (s *soak) do(f fault, d time.Duration) {
	_, before, _ := s.issuer.at()
	f.do(s, d)
	s.faults.add(f.name, "done")
	if _, after, _ := s.issuer.at(); after == 0 || after != before && !f.ends {
		s.tally.wrong("the issuer ended by itself: " + f.name)
		s.issuer.end(syscall.SIGKILL)
		must(s.t, s.issuer.start())
	}
	undone, answered := time.Now(), s.tally.of("fact", "answered")
	for s.tally.of("fact", "answered") == answered {
		if time.Since(undone) > answersAgain {
			s.tally.wrong("the issuer does not answer again: " + f.name)
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	s.again[f.name] = max(s.again[f.name], time.Since(undone))
}
