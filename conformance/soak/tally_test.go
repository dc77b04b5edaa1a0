package soak

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
	"time"
)

// tally counts what became of what.
type tally struct {
	mu     sync.Mutex
	counts map[string]map[string]int // by what, and by outcome
	bad    []string                  // what must not be
}

func newTally() *tally { return &tally{counts: map[string]map[string]int{}} }

// add counts an outcome.
func (t *tally) add(what, outcome string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.counts[what] == nil {
		t.counts[what] = map[string]int{}
	}
	t.counts[what][outcome]++
}

// maxBad caps how much of what must not be is told.
const maxBad = 100

// wrong notes what must not be.
func (t *tally) wrong(text string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.bad) == maxBad {
		return
	}
	text = time.Now().UTC().Format(time.TimeOnly) + " " + text
	t.bad = append(t.bad, text)
	fmt.Fprintln(os.Stderr, text) // who watches for an hour need not wait for its end
}

// rows returns the names of what was counted, in order.
func (t *tally) rows() []string { return slices.Sorted(maps.Keys(t.counts)) }

// of returns how often what came to outcome; "" is for any.
func (t *tally) of(what, outcome string) (n int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for name, count := range t.counts[what] {
		if outcome == "" || name == outcome {
			n += count
		}
	}
	return n
}

// outcomes says what came of something, and how often.
func (t *tally) outcomes(what string) string {
	var all []string
	for _, outcome := range slices.Sorted(maps.Keys(t.counts[what])) {
		all = append(all, fmt.Sprint(outcome, " ", t.counts[what][outcome]))
	}
	return strings.Join(all, ", ")
}
