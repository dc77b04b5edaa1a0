package issuer

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/chancery-vc/chancery/issuer/store"
)

// bucketBatches has what a batch has issued: batch id, 0, the subject's
// pseudonym, to the credential's id. Of one that issues again what a key signed
// there stands, for the pseudonym, the credential that was replaced.
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
	p, err := i.allow(ctx, Operator, b.Profile)
	if err != nil {
		return BatchResult{}, i.refuse(ctx, i.record(Operator, b.Profile), err)
	}
	folder, err := openBatchFolder(b.Dir, manifest{Profile: p.name, Issuer: i.ID()}, i.random)
	if err != nil {
		return BatchResult{}, err
	}
	run := &batchRun{batchInto: batchInto{i, folder}, batch: b, profile: p}
	if _, err := run.recover(); err != nil {
		return BatchResult{}, err
	}
	if err := run.count(ctx); err != nil {
		return BatchResult{}, err
	}
	err = inParallel(ctx, p.source.Keys(ctx), run.issue)
	return run.result, errors.Join(err, folder.sync())
}

type batchRun struct {
	batchInto
	batch   Batch
	profile *profile

	mu     sync.Mutex
	result BatchResult
	done   int
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
	_, err = r.put(ctx, Question{Caller: Operator, Profile: r.profile.name, Key: key}, entry)
	switch {
	case err == nil:
		r.finish(func(result *BatchResult) { result.Issued++ })
	case ctx.Err() != nil: // the cause is known; this record is for the next run
	case errors.Is(err, ErrRefused):
		r.finish(func(result *BatchResult) { result.refuse(key, err) })
	default:
		return err
	}
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
