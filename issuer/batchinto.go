package issuer

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"sync"

	"github.com/chancery-vc/chancery/issuer/issuancelog"
	"github.com/chancery-vc/chancery/issuer/store"
)

// batchInto puts what is issued into a folder, each credential once.
type batchInto struct {
	issuer *Issuer
	folder *batchFolder
}

func (b batchInto) key(entry string) []byte { return []byte(b.folder.id + "\x00" + entry) }

// recover releases what an earlier run had logged and not yet released, and
// makes the receipts that it had not written. It returns how many credentials
// earlier runs have issued.
func (b batchInto) recover() (before int, err error) {
	logged := map[string]bool{}
	err = b.issuer.store.View(func(tx *store.Tx) error {
		for _, credential := range tx.WithPrefix(bucketBatches, b.key("")) {
			logged[string(credential)] = true
		}
		return b.folder.recover(logged)
	})
	if err != nil {
		return 0, err
	}
	for credential := range logged {
		if err := b.receipt(credential); err != nil {
			return 0, err
		}
	}
	return len(logged), nil
}

// receipt makes the receipt of a credential that is in the folder without one.
func (b batchInto) receipt(credential string) error {
	if b.folder.hasReceipt(credential) {
		return nil
	}
	receipt, err := b.issuer.Receipt(credential)
	if errors.Is(err, issuancelog.ErrNoReceipt) {
		return nil // from before there were receipts
	}
	if err != nil {
		return err
	}
	return b.folder.receipt(credential, receipt)
}

// put issues a credential into the folder, and keeps under entry that it did. An
// error that is not [ErrRefused] is no fault of the record.
func (b batchInto) put(ctx context.Context, q Question, entry []byte) (Answer, error) {
	var broken error // the folder
	q.Stage = func(a Answer) error {
		broken = b.folder.stage(a)
		return broken
	}
	q.Settle = func(tx *store.Tx, a Answer) error { return tx.Put(bucketBatches, entry, []byte(a.Credential)) }
	answer, err := b.issuer.Answer(ctx, q)
	if broken != nil {
		return Answer{}, fmt.Errorf("folder of the batch: %w", broken)
	}
	if err != nil {
		return Answer{}, err
	}
	if err := b.folder.receipt(answer.Credential, answer.Receipt); err != nil {
		return Answer{}, err
	}
	return answer, b.folder.release(answer.Credential)
}

// batchWorkers is how many records of a batch are on their way at once. They
// share transactions, so that a batch is bound by signing, not by fsync.
const batchWorkers = 64

// inParallel gives each item to a worker. The first failure ends it.
func inParallel[T any](ctx context.Context, items iter.Seq2[T, error], do func(context.Context, T) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	given := make(chan T)
	var workers sync.WaitGroup
	for range batchWorkers {
		workers.Go(func() {
			for item := range given {
				if err := do(ctx, item); err != nil {
					cancel(err)
				}
			}
		})
	}
	err := feed(ctx, items, given)
	close(given)
	workers.Wait()
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	return err
}

func feed[T any](ctx context.Context, all iter.Seq2[T, error], given chan<- T) error {
	for item, err := range all {
		if err != nil {
			return err
		}
		select {
		case given <- item:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}
