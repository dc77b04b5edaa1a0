// Package monitor follows somebody's log as an outsider does: with the log's
// public key, what it publishes, and no secret.
//
// Each round fetches the newest checkpoint, holds it against the last one that
// was seen, checks by the tiles that the log went on from there and that the
// entries are those of the tree, and compares it with what others are shown.
// What it saw is kept in a file, so that a log is held against it after a
// restart too. An [Alarm] carries both checkpoints where two cannot both be
// true: signed by the log, they are the evidence.
//
// What a checkpoint says is believed of the log's key alone. A server that
// sends too much, or is too slow, is not read to the end; the work of one
// round has a cap, and the next one goes on. Errors are of the state file, or
// wrap [ErrState]; everything about the log and its places is an alarm.
//
// Source: C2SP tlog-tiles (clients, and monitors), tlog-checkpoint and
// tlog-cosignature; RFC 6962, section 5.3 (what a monitor does).
package monitor

import (
	"context"
	"crypto"
	"fmt"
	"time"

	"github.com/chancery-vc/chancery/verifier/logproof"
)

// maxEntries caps how many entries one round checks.
const maxEntries = 1 << 20

// Kind is what an alarm is about.
type Kind string

// Kinds of alarm.
const (
	// Unreachable says that a place does not answer, or not in time, or with
	// too much. It tells nothing of the log.
	Unreachable Kind = "unreachable"
	// NotSigned says that what is there is no checkpoint of the log: damaged, of
	// another log, or of another key.
	NotSigned Kind = "not-signed"
	// NotCosigned says that too few witnesses vouch for the checkpoint.
	NotCosigned Kind = "not-cosigned"
	// Stale says that the log has not gone on for too long.
	Stale Kind = "stale"
	// RolledBack says that the log is shorter than it was.
	RolledBack Kind = "rolled-back"
	// Forked says that the log does not continue what it was.
	Forked Kind = "forked"
	// SplitView says that the log shows one thing here and another there.
	SplitView Kind = "split-view"
	// Behind says that what the log shows here ends before what it shows there.
	Behind Kind = "behind"
	// NotServed says that tiles or entries are missing that the checkpoint
	// promises, or are not those of its tree.
	NotServed Kind = "not-served"
)

// Alarm is something that whoever follows the log must know.
type Alarm struct {
	Kind    Kind   `json:"kind"`
	Place   string `json:"place"`
	Problem string `json:"problem"`
	// Seen is the checkpoint that was believed before, or is shown here; Found
	// the one that cannot be true beside it. Both are signed by the log.
	Seen  string `json:"seen,omitzero"`
	Found string `json:"found,omitzero"`
}

// Proof tells whether the alarm is evidence against the log that convinces
// anybody who has its key.
func (a Alarm) Proof() bool { return a.Kind == RolledBack || a.Kind == Forked || a.Kind == SplitView }

// Place is where a log is shown.
type Place struct {
	Name  string
	Fetch logproof.Fetch
}

// Options say what to follow.
type Options struct {
	// Log is the place that is followed.
	Log Place
	// Also are other places that show the log's checkpoint; tiles they may have.
	Also []Place
	// Key is that of the log.
	Key crypto.PublicKey
	// Origin is the name of the log; empty for that of the first checkpoint.
	Origin string
	// Witnesses have to have cosigned what Log shows.
	Witnesses logproof.Witnesses
	// StaleAfter is how long the log may stay as it is, or behind what is shown
	// elsewhere; 0 for ever.
	StaleAfter time.Duration
	Now        func() time.Time
}

// Result is what a round found.
type Result struct {
	Origin string
	// Size is the number of records of the checkpoint that is believed.
	Size uint64
	// Entries is how many entries were checked, of all that the log has.
	Entries uint64
	Alarms  []Alarm
}

// Round looks at the log once. It changes state, which is that of the rounds
// before, to what was found to be true; the caller keeps it. What is left when
// ctx is done is unreachable.
func Round(ctx context.Context, o Options, state *State) (*Result, error) {
	r := &round{Options: o, state: state, result: &Result{}}
	if err := r.load(); err != nil {
		return nil, err
	}
	if found, ok := r.fetch(ctx, o.Log); ok {
		r.follow(ctx, found)
	}
	r.age()
	for _, place := range o.Also {
		if found, ok := r.fetch(ctx, place); ok {
			r.compare(ctx, place, found)
		}
	}
	r.lag()
	r.entries(ctx) // which can take long
	r.result.Origin, r.result.Size, r.result.Entries = r.last.Origin, r.last.Size, state.Entries
	return r.result, nil
}

// round is one look at a log.
type round struct {
	Options
	state  *State
	result *Result
	last   logproof.Checkpoint // that of state; its origin is empty if there is none
	ahead  string              // what is shown elsewhere that goes further, if anything
}

// shown is a checkpoint with the note that says it.
type shown struct {
	logproof.Checkpoint
	note []byte
}

func (r *round) load() error {
	if r.state.Checkpoint == "" {
		r.state.Since = r.Now().UTC()
		r.last.Origin = r.Origin
		return nil
	}
	c, err := logproof.OpenCheckpoint([]byte(r.state.Checkpoint), r.Key)
	if err == nil && (r.Origin != "" && c.Origin != r.Origin || r.state.Entries > c.Size) {
		err = fmt.Errorf("it is of %q, with %d entries checked of %d", c.Origin, r.state.Entries, c.Size)
	}
	if err != nil {
		return fmt.Errorf("%w: %w", ErrState, err)
	}
	r.last = c
	return nil
}

func (r *round) alarm(kind Kind, place, problem string, evidence ...[]byte) {
	a := Alarm{Kind: kind, Place: place, Problem: problem}
	if len(evidence) == 2 {
		a.Seen, a.Found = string(evidence[0]), string(evidence[1])
	}
	r.result.Alarms = append(r.result.Alarms, a)
}

// lag raises an alarm if the log has been behind what is shown elsewhere.
func (r *round) lag() {
	if r.ahead == "" {
		r.state.Behind = time.Time{}
		return
	}
	if r.state.Behind.IsZero() {
		r.state.Behind = r.Now().UTC()
	}
	if lag := r.Now().Sub(r.state.Behind); r.StaleAfter > 0 && lag > r.StaleAfter {
		r.alarm(Behind, r.Log.Name, fmt.Sprintf("%s since %s", r.ahead, r.state.Behind.Format(time.RFC3339)))
	}
}

// age raises an alarm if the log has not gone on.
func (r *round) age() {
	if idle := r.Now().Sub(r.state.Since); r.StaleAfter > 0 && idle > r.StaleAfter {
		r.alarm(Stale, r.Log.Name, fmt.Sprintf("the log has had %d records since %s, or for longer", r.last.Size, r.state.Since.Format(time.RFC3339)))
	}
}
