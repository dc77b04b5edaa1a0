package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"
)

// row is one operation, done by both sides.
type row struct {
	name   string
	target float64 // how many times as fast ours is to be; zero is no target
	ours   func(context.Context) error
	theirs request
}

// cost is what one operation takes: of the processor, in all threads, and by
// the clock, which others on the machine disturb.
type cost struct{ processor, clock time.Duration }

// result is what was measured of a row.
type result struct {
	row
	us, them cost
}

// measure lets each side have its turns, one after the other.
func (r row) measure(ctx context.Context, s settings, p *peers) (result, error) {
	if _, _, err := r.turns(ctx, s.warmUp, p); err != nil {
		return result{}, err
	}
	var us, them []cost
	for range s.rounds {
		ours, theirs, err := r.turns(ctx, s.turn, p)
		if err != nil {
			return result{}, err
		}
		us, them = append(us, ours), append(them, theirs)
	}
	return result{row: r, us: median(us), them: median(them)}, nil
}

// turns returns what one operation takes ours and theirs.
func (r row) turns(ctx context.Context, turn time.Duration, p *peers) (us, them cost, err error) {
	if us, err = repeat(ctx, turn, r.ours); err != nil {
		return cost{}, cost{}, fmt.Errorf("ours: %w", err)
	}
	request := r.theirs
	request.Millis = turn.Milliseconds()
	a, err := p.ask(request)
	return us, cost{time.Duration(a.Processor), time.Duration(a.Clock)}, err
}

// repeat does something over and over, at least once, and returns what one time
// takes.
func repeat(ctx context.Context, turn time.Duration, work func(context.Context) error) (cost, error) {
	before, err := processorTime()
	if err != nil {
		return cost{}, err
	}
	start := time.Now()
	times := time.Duration(0)
	for times == 0 || time.Since(start) < turn {
		if err := work(ctx); err != nil {
			return cost{}, err
		}
		times++
	}
	clock := time.Since(start)
	after, err := processorTime()
	return cost{(after - before) / times, clock / times}, err
}

// median is the middle of each, or the later of the two.
func median(all []cost) cost {
	middle := func(of func(cost) time.Duration) time.Duration {
		return of(slices.SortedFunc(slices.Values(all), func(a, b cost) int { return cmp.Compare(of(a), of(b)) })[len(all)/2])
	}
	return cost{
		middle(func(c cost) time.Duration { return c.processor }),
		middle(func(c cost) time.Duration { return c.clock }),
	}
}
