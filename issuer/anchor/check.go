package anchor

import (
	"context"
	"errors"
	"fmt"
	"sync"
)

// Check holds a log, whose own newest checkpoint is given, against the newest
// one that each place has. It returns an error that stops the start: a
// [*Conflict] if the log is shorter than one of them, or if consistent, which is
// given those of at most its length, returns an error that wraps [ErrForked];
// and any other error of consistent. That a place cannot be reached, or that
// what it has cannot be read, goes to warn and stops nothing.
//
// The places are asked all at once, for [MaxWait] at most.
func Check(ctx context.Context, places []Place, own []byte, consistent func(checkpoint []byte) error, warn func(place string, err error)) error {
	var stop []error
	for i, found := range askAll(ctx, places) {
		err := found.err
		var conflict *Conflict
		switch {
		case err == nil:
			err = hold(own, found.checkpoint, consistent)
		case errors.Is(err, ErrNone):
			err = nil
		case !errors.As(err, &conflict):
			warn(places[i].Name, err)
			err = nil
		}
		if err != nil {
			stop = append(stop, fmt.Errorf("anchor %s: %w", places[i].Name, err))
		}
	}
	return errors.Join(stop...)
}

// hold holds the log against a checkpoint that was found.
func hold(own, found []byte, consistent func(checkpoint []byte) error) error {
	if _, err := Follow(found, own); err != nil {
		return err
	}
	err := consistent(found)
	if errors.Is(err, ErrForked) {
		return errors.Join(&Conflict{ErrForked, found, own}, err)
	}
	return err
}

type answer struct {
	checkpoint []byte
	err        error
}

func askAll(ctx context.Context, places []Place) []answer {
	ctx, cancel := context.WithTimeout(ctx, MaxWait)
	defer cancel()
	answers := make([]answer, len(places))
	var asked sync.WaitGroup
	for i, place := range places {
		asked.Go(func() { answers[i].checkpoint, answers[i].err = place.Anchor.Newest(ctx) })
	}
	asked.Wait()
	return answers
}
