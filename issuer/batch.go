package issuer

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/chancery-vc/chancery/issuer/issuancelog"
	"github.com/chancery-vc/chancery/issuer/store"
)

// batchWorkers is how many records of a batch are on their way at once. They
// share transactions, so that a batch is bound by signing, not by fsync.
const batchWorkers = 64

// bucketBatches has what a batch has issued: batch id, 0, the subject's
// pseudonym, to the credential's id.
const bucketBatches = "batches"

// ErrBatch says that a batch and its folder do not fit each other.
var ErrBatch = errors.New("the batch cannot go on")

// Batch is the operator's own issue of every record of a profile into a
// folder, one file a credential, with its receipt beside it. It can be stopped at any moment and run
// again: what it has issued is not issued twice, and what the log says was
// answered is in the folder.
type Batch struct {
	Profile string
	Dir     string
	// Progress, if not nil, is called with the number of records that are
	// done, from one goroutine at a time.
	Progress func(done, total int)
}

// BatchResult counts what a batch did.
type BatchResult struct {
	Total   int             `json:"total"`   // records in the source
	Issued  int             `json:"issued"`  // by this run
	Before  int             `json:"before"`  // by runs before this one
	Refused []RefusedRecord `json:"refused"` // at most MaxRefusedRecords of them
	Failed  int             `json:"failed"`  // records without a credential
}

// RefusedRecord is a record for which no credential could be issued.
type RefusedRecord struct {
	Key    string `json:"key"`
	Reason string `json:"reason"`
}

// MaxRefusedRecords caps how many refusals a result names.
const MaxRefusedRecords = 20

// IssueAll runs a batch.
func (i *Issuer) IssueAll(ctx context.Context, b Batch) (BatchResult, error) {
	p, err := i.allow(Operator, b.Profile)
	if err != nil {
		return BatchResult{}, i.refuse(ctx, i.record(Operator, b.Profile), err)
	}
	folder, err := openBatchFolder(b.Dir, p.name, i.ID(), i.random)
	if err != nil {
		return BatchResult{}, err
	}
	run := &batchRun{issuer: i, batch: b, profile: p, folder: folder}
	if err := run.recover(); err != nil {
		return BatchResult{}, err
	}
	if err := run.count(ctx); err != nil {
		return BatchResult{}, err
	}
	err = run.issueAll(ctx)
	return run.result, errors.Join(err, folder.sync())
}

type batchRun struct {
	issuer  *Issuer
	batch   Batch
	profile *profile
	folder  *batchFolder

	mu     sync.Mutex
	result BatchResult
	done   int
}

func (r *batchRun) key(subject string) []byte {
	return []byte(r.folder.id + "\x00" + subject)
}

// recover releases what an earlier run had logged and not yet released, and
// makes the receipts that it had not written.
func (r *batchRun) recover() error {
	logged := map[string]bool{}
	err := r.issuer.store.View(func(tx *store.Tx) error {
		for _, credential := range tx.WithPrefix(bucketBatches, r.key("")) {
			logged[string(credential)] = true
		}
		return r.folder.recover(logged)
	})
	if err != nil {
		return err
	}
	for credential := range logged {
		if err := r.receipt(credential); err != nil {
			return err
		}
	}
	return nil
}

// receipt makes the receipt of a credential that is in the folder without one.
func (r *batchRun) receipt(credential string) error {
	if r.folder.hasReceipt(credential) {
		return nil
	}
	receipt, err := r.issuer.Receipt(credential)
	if errors.Is(err, issuancelog.ErrNoReceipt) {
		return nil // from before there were receipts
	}
	if err != nil {
		return err
	}
	return r.folder.receipt(credential, receipt)
}

func (r *batchRun) count(ctx context.Context) error {
	for _, err := range r.profile.source.Keys(ctx) {
		if err != nil {
			return err
		}
		r.result.Total++
	}
	return nil
}

// issueAll gives each record of the source to a worker. The first failure that
// is no refusal ends the batch.
func (r *batchRun) issueAll(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	keys := make(chan string)
	var workers sync.WaitGroup
	for range batchWorkers {
		workers.Go(func() {
			for key := range keys {
				if err := r.issue(ctx, key); err != nil {
					cancel(err)
				}
			}
		})
	}
	err := feed(ctx, r.profile.source.Keys(ctx), keys)
	close(keys)
	workers.Wait()
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	return err
}

func feed(ctx context.Context, all func(func(string, error) bool), keys chan<- string) error {
	for key, err := range all {
		if err != nil {
			return err
		}
		select {
		case keys <- key:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// issue issues one record unless an earlier run did.
func (r *batchRun) issue(ctx context.Context, key string) error {
	subjects := r.issuer.subjects(r.profile.register(), key)
	entry := r.key(subjects[0])
	before, err := r.issued(subjects)
	if err != nil {
		return err
	}
	if before {
		r.finish(func(result *BatchResult) { result.Before++ })
		return nil
	}
	var broken error // the folder, which is not the fault of a record
	answer, err := r.issuer.Answer(ctx, Question{
		Caller: Operator, Profile: r.profile.name, Key: key,
		Stage: func(a Answer) error {
			broken = r.folder.stage(a)
			return broken
		},
		Settle: func(tx *store.Tx, a Answer) error { return tx.Put(bucketBatches, entry, []byte(a.Credential)) },
	})
	switch {
	case err == nil:
	case ctx.Err() != nil:
		return nil // the cause is known; this record is for the next run
	case broken != nil:
		return fmt.Errorf("folder of the batch: %w", broken)
	case errors.Is(err, ErrRefused):
		r.finish(func(result *BatchResult) { result.refuse(key, err) })
		return nil
	default:
		return err
	}
	if err := r.folder.receipt(answer.Credential, answer.Receipt); err != nil {
		return err
	}
	if err := r.folder.release(answer.Credential); err != nil {
		return err
	}
	r.finish(func(result *BatchResult) { result.Issued++ })
	return nil
}

// issued tells whether an earlier run issued a record, under any of its
// pseudonyms.
func (r *batchRun) issued(subjects []string) (before bool, err error) {
	err = r.issuer.store.View(func(tx *store.Tx) error {
		before = slices.ContainsFunc(subjects, func(subject string) bool { return tx.Get(bucketBatches, r.key(subject)) != nil })
		return nil
	})
	return before, err
}

func (b *BatchResult) refuse(key string, err error) {
	b.Failed++
	if len(b.Refused) < MaxRefusedRecords {
		b.Refused = append(b.Refused, RefusedRecord{Key: key, Reason: err.Error()})
	}
}

func (r *batchRun) finish(count func(*BatchResult)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	count(&r.result)
	r.done++
	if r.batch.Progress != nil {
		r.batch.Progress(r.done, r.result.Total)
	}
}

// errFolder is the error of a folder that something else has changed.
func errFolder(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrBatch, fmt.Sprintf(format, args...))
}
