package orders

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/chancery-vc/chancery/issuer/singleuse"
)

// Terms of being seen: how often a replica says that it is there, and how long
// one that was seen is taken to be.
const (
	showEvery = 20 * time.Second
	lively    = time.Minute
)

var boardKey = singleuse.Key{Kind: kindBoard, ID: "board"}

// board says which orders there are, and who has followed them.
type board struct {
	Round    string             `json:"round"`
	Last     uint64             `json:"last"`
	Newest   string             `json:"newest"` // tells the last order from any other
	Replicas map[string]replica `json:"replicas"`
}

type replica struct {
	Followed uint64    `json:"followed"`
	Seen     time.Time `json:"seen"`
}

// Replica is how one replica does.
type Replica struct {
	Name     string    `json:"name"`
	Seen     time.Time `json:"seen"`
	Followed uint64    `json:"followed"` // up to which order
	Behind   uint64    `json:"behind"`   // orders that it has not followed
}

// Lively tells whether it was seen lately.
func (r Replica) Lively(now time.Time) bool { return now.Sub(r.Seen) < lively }

// Replicas returns all replicas that ever followed and were not forgotten, in order
// of their names.
func (l *List) Replicas(ctx context.Context) (all []Replica, err error) {
	b, err := l.read(ctx)
	if err != nil {
		return nil, err
	}
	for _, name := range slices.Sorted(maps.Keys(b.Replicas)) {
		r := b.Replicas[name]
		all = append(all, Replica{name, r.Seen, r.Followed, b.Last - min(r.Followed, b.Last)})
	}
	return all, nil
}

// CheckGone returns an error unless there is a replica of that name which was not
// seen lately.
func (l *List) CheckGone(ctx context.Context, name string) error {
	b, err := l.read(ctx)
	if err != nil {
		return err
	}
	return b.checkGone(name, l.now())
}

func (b *board) checkGone(name string, now time.Time) error {
	r, there := b.Replicas[name]
	switch {
	case !there:
		return ErrNoReplica
	case (Replica{Seen: r.Seen}).Lively(now):
		return fmt.Errorf("%w: at %s", ErrLively, r.Seen.Format(time.RFC3339))
	}
	return nil
}

// Forget takes a replica that is gone off the board. If it follows again all the
// same, it follows all orders.
func (l *List) Forget(ctx context.Context, name string) error {
	return l.changeBoard(ctx, func(b *board) error {
		err := b.checkGone(name, l.now())
		delete(b.Replicas, name)
		return err
	})
}

// show says how far this replica is, unless it said so a short time ago.
func (l *List) show(ctx context.Context, b board, followed uint64) error {
	was, now := b.Replicas[l.replica], l.now().UTC()
	if age := now.Sub(was.Seen); was.Followed == followed && age >= 0 && age < showEvery {
		return nil
	}
	return l.changeBoard(ctx, func(b *board) error {
		b.Replicas[l.replica] = replica{followed, now}
		if len(b.Replicas) > MaxReplicas {
			return fmt.Errorf("there are more than %d replicas; `chancery replicas forget` takes one off that is gone", MaxReplicas)
		}
		return nil
	})
}

// read returns the board, and makes it if there is none.
func (l *List) read(ctx context.Context) (b board, err error) {
	err = l.get(ctx, boardKey, &b)
	if errors.Is(err, singleuse.ErrNone) {
		err = l.changeBoard(ctx, func(made *board) error { b = *made; return nil })
	}
	return b, err
}

// changeBoard changes the board, which is made if there is none.
func (l *List) changeBoard(ctx context.Context, change func(*board) error) error {
	round, err := l.fresh()
	if err != nil {
		return err
	}
	return l.change(ctx, boardKey, func(was []byte) (any, error) {
		b := board{Round: round}
		if was != nil {
			if err := decode(was, &b); err != nil {
				return nil, err
			}
		}
		if b.Replicas == nil {
			b.Replicas = map[string]replica{}
		}
		err := change(&b)
		return b, err
	})
}
