package pseudonym

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/chancery-vc/chancery/internal/durable"
	"github.com/chancery-vc/chancery/issuer/store"
)

// Terms say how long keys are in use, and kept after that; zero is for good.
type Terms struct {
	Period, Keep time.Duration
}

// Log adds to the log what became of a key, in the transaction in which the
// state says so.
type Log func(tx *store.Tx, key, became string) error

// Begun is what the log says of a key that came into use; of one that was
// destroyed it says [Destroyed].
const Begun = "begun"

// Keep begins the next period if the present one is over, and destroys the keys
// whose time has come, and those of which somebody was stopped in destroying
// them. It returns the keys that it destroyed.
func (k *Keys) Keep(ctx context.Context, now time.Time, t Terms, log Log) ([]Period, error) {
	k.keeping.Lock()
	defer k.keeping.Unlock()
	periods, err := k.periods()
	if err != nil {
		return nil, err
	}
	present := periods[len(periods)-1]
	if t.Period > 0 && !now.Before(present.Begin.Add(t.Period)) {
		if err := k.next(ctx, now, present, log); err != nil {
			return nil, err
		}
	}
	return k.destroyAll(ctx, log, func(p Period) bool {
		return t.Keep > 0 && !p.End.IsZero() && !now.Before(p.End.Add(t.Keep))
	})
}

// Forget destroys the keys whose periods ended at a time or before. If renew is
// set, the present period ends first.
func (k *Keys) Forget(ctx context.Context, now, before time.Time, renew bool, log Log) ([]Period, error) {
	k.keeping.Lock()
	defer k.keeping.Unlock()
	if renew {
		periods, err := k.periods()
		if err == nil {
			err = k.next(ctx, now, periods[len(periods)-1], log)
		}
		if err != nil {
			return nil, err
		}
	}
	return k.destroyAll(ctx, log, func(p Period) bool { return !p.End.IsZero() && !p.End.After(before) })
}

func (k *Keys) periods() (periods []Period, err error) {
	err = k.store.View(func(tx *store.Tx) error { periods, err = Periods(tx); return err })
	return periods, err
}

// next ends the present period and begins another one.
func (k *Keys) next(ctx context.Context, now time.Time, present Period, log Log) error {
	next := Period{Number: present.Number + 1, Begin: now, State: Kept}
	if err := k.create(next.file()); err != nil {
		return err
	}
	secret, err := k.secret(next.file())
	if err != nil {
		return err
	}
	present.End = now
	err = k.store.Update(ctx, func(tx *store.Tx) error {
		return errors.Join(present.put(tx), next.put(tx), log(tx, next.Name(), Begun))
	})
	if err != nil {
		return fmt.Errorf("begin to use %s: %w", next.Name(), err)
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.living = append(k.living, key{next.Number, secret})
	return nil
}

// destroyAll destroys the keys that are due.
func (k *Keys) destroyAll(ctx context.Context, log Log, due func(Period) bool) (destroyed []Period, err error) {
	periods, err := k.periods()
	if err != nil {
		return nil, err
	}
	for _, p := range periods {
		if p.State == Destroyed || p.State == Kept && !due(p) {
			continue
		}
		if err := k.destroy(ctx, p, log); err != nil {
			return destroyed, fmt.Errorf("destroy %s: %w", p.Name(), err)
		}
		destroyed = append(destroyed, p)
	}
	return destroyed, nil
}

// destroy destroys a key. That it will is durable before it does, so that its
// file is not missed, and the log says so when it has.
func (k *Keys) destroy(ctx context.Context, p Period, log Log) error {
	p.State = Destroying
	if err := k.store.Update(ctx, p.put); err != nil {
		return err
	}
	k.drop(p.Number)
	if err := k.erase(p.file()); err != nil {
		return err
	}
	p.State = Destroyed
	return k.store.Update(ctx, func(tx *store.Tx) error {
		return errors.Join(p.put(tx), log(tx, p.Name(), string(Destroyed)))
	})
}

func (k *Keys) drop(number uint64) {
	k.mu.Lock()
	defer k.mu.Unlock()
	var living []key
	for _, key := range k.living {
		if key.number != number {
			living = append(living, key)
			continue
		}
		clear(key.secret)
	}
	k.living = living
}

// erase writes over a key's file, if it is there, and removes it.
func (k *Keys) erase(name string) error {
	file, err := os.OpenFile(k.path(name), os.O_WRONLY, 0)
	if errors.Is(err, os.ErrNotExist) {
		return durable.SyncDir(k.folder)
	}
	if err != nil {
		return err
	}
	info, err := file.Stat()
	if err == nil {
		_, err = io.CopyN(file, k.random, info.Size())
	}
	if err := errors.Join(err, file.Sync(), file.Close()); err != nil {
		return err
	}
	if err := os.Remove(k.path(name)); err != nil {
		return err
	}
	return durable.SyncDir(k.folder)
}
