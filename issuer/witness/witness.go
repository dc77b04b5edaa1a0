// Package witness is a witness of transparency logs, of this issuer's and of
// any other's: it remembers the longest checkpoint that it saw of each log it
// is configured with, and cosigns another only if a proof shows that the log
// went on from there. Who trusts it need not fear that the log shows somebody
// else another past.
//
// It belongs on a machine of somebody else than the log's operator. What it
// says of a log is durable before it says it, in a bbolt file that one process
// has open at a time; it never goes back, and never cosigns two trees of one
// size. Whoever can write that file can make the witness forget, and so cosign
// a fork; whoever has its key can do it without.
//
// A log is known by its origin, the first line of its checkpoints, and by
// Ed25519 keys. Checkpoints may have any extension lines: a witness vouches for
// the first three lines.
//
// [Witness.Add] returns an error that wraps one of those below, each of which
// has a status in tlog-witness, or that of the state file.
//
// Source: C2SP tlog-witness (add-checkpoint), tlog-cosignature (Ed25519),
// tlog-checkpoint and signed-note; RFC 6962, section 2.1.2.
package witness

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ed25519"
	"errors"
	"fmt"
	"sync"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/chancery-vc/chancery/issuer/anchor"
	"github.com/chancery-vc/chancery/issuer/store"
	"github.com/chancery-vc/chancery/verifier/logproof"
)

// Errors that callers can tell apart with [errors.Is].
var (
	// ErrMalformed says that a request is none, or that its old size is more
	// than its new one.
	ErrMalformed = errors.New("the request is not one to add a checkpoint")
	// ErrUnknown says that the log is not one of those that are witnessed.
	ErrUnknown = errors.New("this log is not witnessed here")
	// ErrSignature says that no key of the log signed the checkpoint.
	ErrSignature = errors.New("the checkpoint is not signed with a key of its log")
	// ErrSize says that the request does not begin where the witness is, or
	// that it has another tree of that size. It comes as a [*SizeError].
	ErrSize = errors.New("the witness has another checkpoint of this log")
	// ErrProof says that the log does not continue what it was.
	ErrProof = errors.New("the proof does not show that the log continues what it was")
)

// SizeError says where a witness is.
type SizeError struct {
	Size uint64 // of the longest tree it has cosigned
	Fork bool   // the request has another tree of that size
}

func (e *SizeError) Error() string {
	if e.Fork {
		return fmt.Sprintf("%v: another one of the same %d records", ErrSize, e.Size)
	}
	return fmt.Sprintf("%v: of %d records", ErrSize, e.Size)
}

// Unwrap returns [ErrSize].
func (e *SizeError) Unwrap() error { return ErrSize }

// bucket has origin to the longest checkpoint that was cosigned, as the log
// signed it.
const bucket = "witnessed"

// Witness cosigns checkpoints. It is safe for concurrent use.
type Witness struct {
	identity logproof.Witness
	signer   crypto.Signer
	store    *store.Store
	now      func() time.Time
	logs     map[string]*log
}

// log is one that is witnessed.
type log struct {
	keys note.Verifiers
	// turn is held from the look at what was cosigned until the cosignature
	// is made: what it says of the time between would not be true otherwise.
	turn sync.Mutex
}

// New returns the witness that identity names and signer has the key of, with
// what it remembers in s, which is its own as long as it is used.
func New(identity logproof.Witness, signer crypto.Signer, s *store.Store, now func() time.Time, logs []Log) (*Witness, error) {
	if public, ok := signer.Public().(ed25519.PublicKey); !ok || !public.Equal(identity.Public()) {
		return nil, fmt.Errorf("%w: the key is not that of %s", logproof.ErrWitness, identity.Name)
	}
	w := &Witness{identity: identity, signer: signer, store: s, now: now, logs: map[string]*log{}}
	keys := map[string][]note.Verifier{}
	for _, l := range logs {
		keys[l.Origin] = append(keys[l.Origin], l.verifier)
	}
	for origin, verifiers := range keys {
		w.logs[origin] = &log{keys: note.VerifierList(verifiers...)}
	}
	return w, nil
}

// Add cosigns the checkpoint of a request, the body of add-checkpoint, and
// returns the signature line. The log's state is durable by then.
func (w *Witness) Add(ctx context.Context, request []byte) ([]byte, error) {
	asked, next, err := parse(request)
	if err != nil {
		return nil, err
	}
	l := w.logs[next.origin]
	if l == nil {
		return nil, fmt.Errorf("%w: %.100q", ErrUnknown, next.origin)
	}
	own, err := l.open(asked.Checkpoint)
	if err != nil {
		return nil, err
	}
	if asked.Old > next.size {
		return nil, fmt.Errorf("%w: its old size is %d, its new one %d", ErrMalformed, asked.Old, next.size)
	}
	l.turn.Lock()
	defer l.turn.Unlock()
	if err := w.advance(ctx, asked, next, own); err != nil {
		return nil, err
	}
	return w.identity.Cosign(asked.Checkpoint, w.signer, w.now())
}

func parse(request []byte) (asked logproof.Consistency, next head, err error) {
	if asked, err = logproof.ParseConsistency(request); err == nil {
		next, err = readHead(asked.Checkpoint)
	}
	if err != nil {
		return logproof.Consistency{}, head{}, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	return asked, next, nil
}

// open returns a checkpoint with none but the log's own signatures.
func (l *log) open(checkpoint []byte) ([]byte, error) {
	n, err := note.Open(checkpoint, l.keys)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrSignature, err)
	}
	n.UnverifiedSigs = nil
	return note.Sign(n)
}

// advance makes next the longest tree of its log, durably, if it continues the
// one that was.
func (w *Witness) advance(ctx context.Context, asked logproof.Consistency, next head, own []byte) error {
	last, err := w.last(next.origin)
	switch {
	case err != nil:
		return err
	case asked.Old != last.size:
		return &SizeError{Size: last.size}
	case next.size == last.size && next.size > 0 && next.root != last.root:
		return &SizeError{Size: last.size, Fork: true}
	}
	if err := continues(last, next, asked.Path); err != nil {
		return err
	}
	if next.size == last.size {
		return nil // and nothing new to keep
	}
	return w.store.Update(ctx, func(tx *store.Tx) error { return tx.Put(bucket, []byte(next.origin), own) })
}

// continues checks the proof that one tree begins with another.
func continues(last, next head, path []logproof.Hash) error {
	var foreign tlog.TreeProof
	for _, hash := range path {
		foreign = append(foreign, tlog.Hash(hash))
	}
	switch {
	case last.size == next.size || last.size == 0:
		if len(path) > 0 {
			return fmt.Errorf("%w: between %d and %d records it must be empty", ErrProof, last.size, next.size)
		}
		if next.size == 0 && next.root != emptyRoot {
			return fmt.Errorf("%w: a log of no records has another root", ErrProof)
		}
		return nil
	case next.size > maxSize:
		return fmt.Errorf("%w: more than %d records", ErrProof, uint64(maxSize))
	}
	if err := tlog.CheckTree(foreign, int64(next.size), next.root, int64(last.size), last.root); err != nil {
		return fmt.Errorf("%w: from %d to %d records: %w", ErrProof, last.size, next.size, err)
	}
	return nil
}

// last returns the longest tree that was cosigned; of no records if there is
// none.
func (w *Witness) last(origin string) (head, error) {
	checkpoint, err := w.Last(origin)
	if err != nil || checkpoint == nil {
		return head{origin: origin}, err
	}
	found, err := readHead(checkpoint)
	if err == nil && found.origin != origin {
		err = anchor.ErrDamaged
	}
	if err != nil {
		return head{}, fmt.Errorf("what the witness has of %.100q: %w", origin, err)
	}
	return found, nil
}

// Last returns the longest checkpoint of a log that was cosigned, as the log
// signed it, or nil.
func (w *Witness) Last(origin string) (checkpoint []byte, err error) {
	err = w.store.View(func(tx *store.Tx) error {
		checkpoint = bytes.Clone(tx.Get(bucket, []byte(origin)))
		return nil
	})
	return checkpoint, err
}
