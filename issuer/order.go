package issuer

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/chancery-vc/chancery/issuer/orders"
	"github.com/chancery-vc/chancery/issuer/status"
	"github.com/chancery-vc/chancery/issuer/store"
	"github.com/chancery-vc/chancery/verifier/logproof"
)

// bucketOrders has how far the orders of replicas were followed. Whoever can
// write it can have one passed over.
const bucketOrders = "orders"

// How long who revokes waits for other replicas, and how often it looks.
const (
	orderWait = 10 * time.Second
	orderLook = 200 * time.Millisecond
)

// openOrders follows what replicas were told to revoke while this one was not
// there.
func (i *Issuer) openOrders(ctx context.Context) (err error) {
	if i.shared == nil {
		return nil
	}
	if i.orders, err = orders.New(i.singleUse, i.config.Replica, i.pseudonyms.Pairwise("orders"), i.now, i.random); err != nil {
		return err
	}
	if err := i.FollowOrders(ctx); err != nil {
		i.warn("revocations of other replicas: " + err.Error())
	}
	return nil
}

// FollowOrders revokes what replicas were told to revoke, as far as this one
// issued it. An issuer without replicas has nothing to follow.
func (i *Issuer) FollowOrders(ctx context.Context) error {
	if i.orders == nil {
		return nil
	}
	i.following.Lock()
	defer i.following.Unlock()
	var from orders.Place
	err := i.store.View(func(tx *store.Tx) error {
		kept := tx.Get(bucketOrders, []byte("place"))
		if kept == nil {
			return nil
		}
		return json.Unmarshal(kept, &from)
	})
	if err != nil {
		return fmt.Errorf("state of the orders: %w", err)
	}
	return i.orders.Follow(ctx, from, func(o orders.Order, at orders.Place) (orders.Done, error) { return i.follow(ctx, o, at) })
}

// follow does what an order says, and keeps how far that is.
func (i *Issuer) follow(ctx context.Context, o orders.Order, at orders.Place) (done orders.Done, err error) {
	place, err := json.Marshal(at)
	if err != nil {
		return done, err
	}
	err = i.store.Update(ctx, func(tx *store.Tx) error {
		done = orders.Done{} // the function may run again
		entries, err := i.ordered(tx, o)
		if errors.Is(err, ErrNotAllowed) {
			done.Problem, err = orders.NoProfile, nil
		}
		if err == nil {
			done.Revoked, done.Before, err = i.revokeEntries(tx, entries)
		}
		return errors.Join(err, tx.Put(bucketOrders, []byte("place"), place))
	})
	i.lists.forget()
	if done.Problem != "" && err == nil {
		i.warn("what this replica issued under the profile " + o.Profile + " was to be revoked, and stays valid: its configuration has no such profile; give it one, and revoke again")
	}
	return done, err
}

// ordered returns what an order means of the credentials that are here.
func (i *Issuer) ordered(tx *store.Tx, o orders.Order) (entries []status.Entry, err error) {
	for _, id := range o.Credentials {
		entry, err := status.Find(tx, id)
		if errors.Is(err, status.ErrUnknown) {
			continue
		}
		if err != nil {
			return nil, err
		}
		entries = append(entries, entry)
	}
	p, ok := i.profiles[o.Profile]
	if !ok && o.Profile != "" {
		return nil, fmt.Errorf("%w: %s", ErrNotAllowed, o.Profile)
	}
	for _, key := range o.Keys {
		found, err := i.bySubject(tx, p, key)
		if err != nil {
			return nil, err
		}
		entries = append(entries, found...)
	}
	return entries, nil
}

// ReplicaRevoked is what one replica did for a revocation.
type ReplicaRevoked struct {
	Name string `json:"name"`
	orders.Done
	// Waits says that it has not done it yet, and Seen when it was there last.
	Waits bool      `json:"waits,omitzero"`
	Seen  time.Time `json:"seen"`
}

// orderRevocation has all replicas revoke, and waits for those that are there.
// If none of them has anything of it, that is none.
func (i *Issuer) orderRevocation(ctx context.Context, o orders.Order, none error) (Revoked, error) {
	parts, err := o.Parts()
	if err != nil {
		return Revoked{}, fmt.Errorf("nothing was revoked: %w", err)
	}
	var numbers []uint64
	for n, part := range parts {
		number, err := i.orders.Post(ctx, part)
		if err != nil {
			return Revoked{}, fmt.Errorf("of %d parts of the list %d were given to the replicas, which follow them; give the whole list again: %w", len(parts), n, err)
		}
		numbers = append(numbers, number)
	}
	if err := i.FollowOrders(ctx); err != nil {
		return Revoked{}, fmt.Errorf("the replicas were told what to revoke; this one could not follow yet, and tries again: %w", err)
	}
	if len(numbers) == 0 {
		return Revoked{}, nil
	}
	all, err := i.awaitReplicas(ctx, numbers[len(numbers)-1])
	if err != nil {
		return Revoked{}, fmt.Errorf("the replicas were told what to revoke; `chancery replicas` tells which have: %w", err)
	}
	return i.sumUp(ctx, all, numbers, none)
}

// awaitReplicas returns the replicas once those that are there have followed an
// order, or the time is up.
func (i *Issuer) awaitReplicas(ctx context.Context, number uint64) (all []orders.Replica, err error) {
	limited, cancel := context.WithTimeout(ctx, orderWait)
	defer cancel()
	for {
		if all, err = i.orders.Replicas(ctx); err != nil {
			return nil, err
		}
		waits := false
		for _, r := range all {
			waits = waits || r.Followed < number && r.Lively(i.now())
		}
		if !waits {
			return all, nil
		}
		select {
		case <-limited.Done():
			return all, ctx.Err()
		case <-time.After(orderLook):
		}
	}
}

// sumUp returns what replicas did for orders.
func (i *Issuer) sumUp(ctx context.Context, all []orders.Replica, numbers []uint64, none error) (sum Revoked, err error) {
	told := map[string]orders.Done{}
	for _, number := range numbers {
		done, err := i.orders.Done(ctx, number)
		if err != nil {
			return Revoked{}, err
		}
		for name, d := range done {
			was := told[name]
			told[name] = orders.Done{Revoked: was.Revoked + d.Revoked, Before: was.Before + d.Before, Problem: cmp.Or(was.Problem, d.Problem)}
			sum.Revoked, sum.Before = sum.Revoked+d.Revoked, sum.Before+d.Before
		}
	}
	open := false
	for _, r := range all {
		one := ReplicaRevoked{Name: r.Name, Done: told[r.Name], Waits: r.Followed < numbers[len(numbers)-1], Seen: r.Seen}
		open = open || one.Waits || one.Problem != ""
		sum.Replicas = append(sum.Replicas, one)
	}
	if sum.Revoked+sum.Before == 0 && !open {
		return Revoked{}, fmt.Errorf("nothing was revoked: %w, by any replica", none)
	}
	return sum, nil
}

// Replicas returns how the replicas do that share the state; nil for an issuer
// without replicas.
func (i *Issuer) Replicas(ctx context.Context) ([]orders.Replica, error) {
	if i.orders == nil {
		return nil, nil
	}
	return i.orders.Replicas(ctx)
}

// ForgetReplica has nobody wait any more for a replica that is gone for good, and
// logs that the operator said so.
func (i *Issuer) ForgetReplica(ctx context.Context, name string) error {
	if i.orders == nil {
		return fmt.Errorf("%w: there is no shared_state", orders.ErrNoReplica)
	}
	if err := i.orders.CheckGone(ctx, name); err != nil {
		return err
	}
	err := i.store.Update(ctx, func(tx *store.Tx) error {
		record := i.record(Operator, "")
		record.Kind, record.Reason = logproof.ReplicaForgotten, name
		return i.log.Append(tx, record)
	})
	if err != nil {
		return err
	}
	return i.orders.Forget(ctx, name)
}
