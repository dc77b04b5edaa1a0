// Package witness has checkpoints cosigned by witnesses: each vouches that the
// log went on from the last checkpoint that it saw, so that nobody who asks for
// its cosignature can be shown another log than it was.
//
// A file has the newest checkpoint that enough of the witnesses have cosigned,
// with their cosignatures: a signed note, to be published. Whoever can write it
// can take cosignatures away, and make none. What the log was, the witnesses
// know themselves: a roll-back of the log with the file shows.
//
// A witness learns the log's checkpoints and nothing else. It is sent a
// consistency proof from where it is; where that is, it says if asked from
// elsewhere.
//
// Errors are a [*anchor.Conflict], wrap [anchor.ErrRefused] or
// [logproof.ErrWitness], or are those of the network and the file system.
//
// Source: C2SP tlog-witness (add-checkpoint) and tlog-cosignature.
package witness

import (
	"bytes"
	"context"
	"crypto"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"sync"
	"time"

	"github.com/chancery-vc/chancery/internal/durable"
	"github.com/chancery-vc/chancery/internal/web"
	"github.com/chancery-vc/chancery/issuer/anchor"
	"github.com/chancery-vc/chancery/verifier/logproof"
)

// maxDrift is how far a witness's time may be from this machine's.
const maxDrift = 5 * time.Minute

// mode of the file, which is public anyway.
const mode = 0o644

// Log is what witnesses are told of.
type Log interface {
	// Checkpoint returns the newest signed checkpoint.
	Checkpoint() ([]byte, error)
	// Prove returns the proof that the log of size records continues the one of
	// older records (RFC 6962, section 2.1.2).
	Prove(older, size uint64) ([]logproof.Hash, error)
}

// Place is where a witness is.
type Place struct {
	Witness logproof.Witness
	URL     string // the submission prefix
	Client  *http.Client
}

// Options say whom to ask.
type Options struct {
	Places []Place
	// Need is how many of them have to cosign a checkpoint for it to be kept.
	Need int
	// Path is the file of the newest cosigned checkpoint.
	Path string
	// Key is that of the log.
	Key crypto.PublicKey
	Log Log
	Now func() time.Time
	// Warn is told of a witness that failed, if that is no error.
	Warn func(error)
}

// Anchor is a group of witnesses.
type Anchor struct {
	Options
	policy logproof.Witnesses
	places []*place
	file   sync.Mutex
}

var _ anchor.Anchor = (*Anchor)(nil)

// place is a witness, and where it was last.
type place struct {
	Place
	mu   sync.Mutex
	size uint64
}

// New returns the anchor that o says.
func New(o Options) (*Anchor, error) {
	a := &Anchor{Options: o}
	var all []logproof.Witness
	for _, p := range o.Places {
		a.places = append(a.places, &place{Place: p})
		all = append(all, p.Witness)
	}
	var err error
	if a.policy, err = logproof.NewWitnesses(o.Need, all...); err != nil {
		return nil, err
	}
	return a, nil
}

// result is what came of asking one witness.
type result struct {
	note []byte // its signature line, or its checkpoint
	err  error
}

// each asks all witnesses at once.
func (a *Anchor) each(ask func(*place) ([]byte, error)) []result {
	results := make([]result, len(a.places))
	var all sync.WaitGroup
	for i, p := range a.places {
		all.Go(func() {
			note, err := ask(p)
			if err != nil {
				err = fmt.Errorf("witness %s: %w", p.Witness.Name, err)
			}
			results[i] = result{note, err}
		})
	}
	all.Wait()
	return results
}

// failures returns the conflicts among results, which nothing outweighs, and
// all errors.
func failures(results []result) (conflict, all error) {
	var conflicts, errs []error
	for _, r := range results {
		if _, ok := errors.AsType[*anchor.Conflict](r.err); ok {
			conflicts = append(conflicts, r.err)
		}
		errs = append(errs, r.err)
	}
	return errors.Join(conflicts...), errors.Join(errs...)
}

// Put has the checkpoint cosigned, and keeps it with the cosignatures.
func (a *Anchor) Put(ctx context.Context, checkpoint []byte) error {
	head, err := anchor.Read(checkpoint)
	if err != nil {
		return err
	}
	if kept, err := a.Kept(); err == nil {
		if had, err := anchor.Read(kept); err == nil && had == head {
			return nil
		}
	}
	results := a.each(func(p *place) ([]byte, error) { return a.submit(ctx, p, checkpoint, head.Size) })
	conflict, failed := failures(results)
	if conflict != nil {
		return conflict
	}
	note := bytes.Clone(checkpoint)
	for _, r := range results {
		note = append(note, r.note...)
	}
	if _, err := a.policy.Check(note, a.Key); err != nil {
		return errors.Join(err, failed)
	}
	if failed != nil {
		a.Warn(failed)
	}
	a.file.Lock()
	defer a.file.Unlock()
	return durable.Place(a.Path, note, mode, os.Rename)
}

// Newest returns the newest checkpoint that is kept, or that a witness shows,
// once each witness was asked whether it knows of a longer log. It brings none
// of them further: the log may be one that another anchor refuses.
func (a *Anchor) Newest(ctx context.Context) ([]byte, error) {
	own, err := a.Log.Checkpoint()
	if err != nil {
		return nil, err
	}
	head, err := anchor.Read(own)
	if err != nil {
		return nil, err
	}
	results := a.each(func(p *place) ([]byte, error) { return a.probe(ctx, p, own, head.Size) })
	conflict, failed := failures(results)
	if conflict != nil {
		return nil, conflict
	}
	kept, err := a.Kept()
	if err != nil {
		return nil, errors.Join(failed, err)
	}
	for _, r := range results {
		kept = longer(kept, r.note)
	}
	switch {
	case kept == nil && failed != nil:
		return nil, failed
	case kept == nil:
		return nil, anchor.ErrNone
	case failed != nil:
		a.Warn(failed)
	}
	return kept, nil
}

// longer returns the one of two checkpoints that has more records; nil has none.
func longer(a, b []byte) []byte {
	before, errBefore := anchor.Read(a)
	after, err := anchor.Read(b)
	if err == nil && (errBefore != nil || after.Size > before.Size) {
		return b
	}
	return a
}

// Kept returns the newest cosigned checkpoint, with what cosignatures it has,
// or nil.
func (a *Anchor) Kept() ([]byte, error) {
	a.file.Lock()
	defer a.file.Unlock()
	file, err := os.Open(a.Path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer file.Close()
	note, err := web.ReadBody(file, anchor.MaxCheckpointBytes)
	if err == nil {
		_, err = a.policy.Check(note, a.Key)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w; move the file away, the next checkpoint makes a new one", anchor.ErrDamaged, a.Path, err)
	}
	return note, nil
}
