package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// atOnce are the numbers of writers.
var atOnce = [...]int{1, 16, 64, 256, 1024}

// side is one way to keep records.
type side struct {
	name string
	// run adds records in an empty folder, for as long as a turn.
	run func(ctx context.Context, folder string, writers int, turn time.Duration) (speed, error)
}

// speed is what was measured of a turn.
type speed struct {
	Rate      float64       `json:"rate"`      // records a second, by the clock
	Processor time.Duration `json:"processor"` // nanoseconds a record, in all threads
}

// appends lets each side have its turns, and returns the medians, by number of
// writers and side.
func (s settings) appends(ctx context.Context, sides []side, progress io.Writer) (medians [][]speed, err error) {
	for _, writers := range atOnce {
		turns := make([][]speed, len(sides))
		for round := range s.rounds {
			fmt.Fprintf(progress, "%d writers, round %d of %d\n", writers, round+1, s.rounds)
			for i, side := range sides {
				one, err := s.turnOf(ctx, side, writers)
				if err != nil {
					return nil, fmt.Errorf("%s with %d writers: %w", side.name, writers, err)
				}
				turns[i] = append(turns[i], one)
			}
		}
		row := make([]speed, len(sides))
		for i, all := range turns {
			row[i] = median(all)
		}
		medians = append(medians, row)
	}
	return medians, nil
}

func (s settings) turnOf(ctx context.Context, side side, writers int) (one speed, err error) {
	folder, err := os.MkdirTemp(s.folder, "turn-")
	if err != nil {
		return speed{}, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	return side.run(ctx, folder, writers, s.turn)
}

// median is the middle of each, or the later of the two.
func median(all []speed) speed {
	rates := slices.SortedFunc(slices.Values(all), func(a, b speed) int { return cmp.Compare(a.Rate, b.Rate) })
	costs := slices.SortedFunc(slices.Values(all), func(a, b speed) int { return cmp.Compare(a.Processor, b.Processor) })
	return speed{rates[len(all)/2].Rate, costs[len(all)/2].Processor}
}

// race has so many writers call add, over and over, until the turn is over.
func race(ctx context.Context, writers int, turn time.Duration, add func(context.Context) error) (speed, error) {
	var group sync.WaitGroup
	var added atomic.Int64
	failed := make([]error, writers)
	before, start := processorTime(), time.Now()
	for i := range writers {
		group.Go(func() {
			for failed[i] == nil && time.Since(start) < turn {
				if failed[i] = add(ctx); failed[i] == nil {
					added.Add(1)
				}
			}
		})
	}
	group.Wait()
	records := max(added.Load(), 1)
	return speed{float64(records) / time.Since(start).Seconds(), (processorTime() - before) / time.Duration(records)}, errors.Join(failed...)
}
