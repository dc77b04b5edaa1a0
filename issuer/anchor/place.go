package anchor

import (
	"context"
	"errors"
)

// Store is what an anchor does with its place; [In] makes an anchor of it.
type Store interface {
	// Newest is as that of [Anchor].
	Newest(ctx context.Context) ([]byte, error)
	// Add keeps a checkpoint that is longer than the newest one.
	Add(ctx context.Context, checkpoint []byte) error
}

// In returns the anchor that keeps its checkpoints in store. It refuses a
// checkpoint that conflicts with the newest one there, and anything at all once
// the place has less than it had before.
func In(store Store) Anchor { return &place{store: store, turn: make(chan struct{}, 1)} }

// place lets one call at a time use its store. A store that hangs, as a disk of
// another machine can, keeps the turn: who waits for it leaves when its ctx is
// done.
type place struct {
	store Store
	turn  chan struct{}
	had   []byte // the newest checkpoint seen there; for who has the turn
}

func (p *place) Put(ctx context.Context, checkpoint []byte) error {
	_, err := p.take(ctx, func() ([]byte, error) { return nil, p.put(ctx, checkpoint) })
	return err
}

func (p *place) Newest(ctx context.Context) ([]byte, error) {
	return p.take(ctx, func() ([]byte, error) { return p.newest(ctx) })
}

func (p *place) put(ctx context.Context, checkpoint []byte) error {
	kept, err := p.newest(ctx)
	if err != nil && !errors.Is(err, ErrNone) {
		return err
	}
	if isNew, err := Follow(kept, checkpoint); err != nil || !isNew {
		return err
	}
	if err := p.store.Add(ctx, checkpoint); err != nil {
		return err
	}
	p.had = checkpoint
	return nil
}

func (p *place) newest(ctx context.Context) ([]byte, error) {
	kept, err := p.store.Newest(ctx)
	if err != nil && !errors.Is(err, ErrNone) {
		return nil, err
	}
	if conflict := Remains(p.had, kept); conflict != nil {
		return nil, conflict
	}
	p.had = kept
	return kept, err
}

// take does work when it has the turn, and leaves it behind if ctx is done
// before it is.
func (p *place) take(ctx context.Context, work func() ([]byte, error)) ([]byte, error) {
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	select {
	case p.turn <- struct{}{}:
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	type result struct {
		checkpoint []byte
		err        error
	}
	done := make(chan result, 1)
	go func() {
		defer func() { <-p.turn }()
		checkpoint, err := work()
		done <- result{checkpoint, err}
	}()
	select {
	case r := <-done:
		return r.checkpoint, r.err
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}
