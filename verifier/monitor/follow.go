package monitor

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/chancery-vc/chancery/verifier/logproof"
)

// fetch returns the checkpoint that a place shows, if it is one of the log.
func (r *round) fetch(ctx context.Context, place Place) (shown, bool) {
	data, err := place.Fetch(ctx, "checkpoint", logproof.MaxCheckpointBytes)
	if err != nil {
		r.alarm(Unreachable, place.Name, err.Error())
		return shown{}, false
	}
	c, err := logproof.OpenCheckpoint(data, r.Key)
	switch {
	case err == nil && r.last.Origin != "" && c.Origin != r.last.Origin:
		err = fmt.Errorf("it is of the log %q, not of %q", c.Origin, r.last.Origin)
	case err == nil && !c.HasRoot():
		err = errors.New("it is of a log without a tree")
	}
	if err != nil {
		r.alarm(NotSigned, place.Name, err.Error())
		return shown{}, false
	}
	return shown{c, data}, true
}

// follow holds what the log shows against what it showed.
func (r *round) follow(ctx context.Context, found shown) {
	if !r.goesOn(ctx, found) {
		return
	}
	cosignatures, err := r.Witnesses.Check(found.note, r.Key)
	if err != nil {
		r.alarm(NotCosigned, r.Log.Name, err.Error())
		return
	}
	r.believe(found, cosignatures)
}

// goesOn tells whether the log continues what it was.
func (r *round) goesOn(ctx context.Context, found shown) bool {
	seen := shown{r.last, []byte(r.state.Checkpoint)}
	switch {
	case len(seen.note) == 0:
		return true
	case found.Size < seen.Size:
		r.alarm(RolledBack, r.Log.Name, fmt.Sprintf("the log has %d records, and had %d", found.Size, seen.Size), seen.note, found.note)
		return false
	case found.Size == seen.Size && !same(found.Checkpoint, seen.Checkpoint):
		r.alarm(Forked, r.Log.Name, fmt.Sprintf("the log has two histories of %d records", found.Size), seen.note, found.note)
		return false
	}
	return found.Size == seen.Size || r.begins(ctx, Forked, r.Log.Name, seen, found)
}

// believe takes a checkpoint for the newest. A cosignature says how old it is,
// which else only who watches knows.
func (r *round) believe(found shown, cosignatures []logproof.Cosignature) {
	now := r.Now().UTC()
	at, dated := newest(cosignatures)
	if at.After(now) {
		at = now
	}
	switch grown := r.state.Checkpoint == "" || found.Size > r.last.Size; {
	case grown && dated, dated && at.After(r.state.Since):
		r.state.Since = at
	case grown:
		r.state.Since = now
	}
	r.state.Checkpoint, r.last = string(found.note), found.Checkpoint
}

func newest(cosignatures []logproof.Cosignature) (at time.Time, ok bool) {
	for _, c := range cosignatures {
		if c.Time.After(at) {
			at, ok = c.Time, true
		}
	}
	return at, ok
}

// same tells whether two checkpoints of one size say the same.
func same(a, b logproof.Checkpoint) bool { return a.Root == b.Root && a.Head == b.Head }

// begins tells whether the log of one checkpoint begins with that of a shorter
// one, by the log's tiles. What is shown at about is what an alarm is about.
func (r *round) begins(ctx context.Context, kind Kind, about string, shorter, longer shown) bool {
	err := continues(ctx, r.Log, shorter, longer)
	if err == nil {
		return true
	}
	if _, forked := errors.AsType[*logproof.Fork](err); forked {
		r.alarm(kind, about, err.Error(), shorter.note, longer.note)
		return false
	}
	r.unread(err)
	return false
}

// continues returns nil if the log of longer begins with that of shorter, by
// the tiles of a place, and a [*logproof.Fork] if it does not.
func continues(ctx context.Context, tiles Place, shorter, longer shown) error {
	follower, err := logproof.NewFollower(longer.Checkpoint, logproof.Remote(ctx, tiles.Fetch))
	if err != nil {
		return err
	}
	return follower.Continues(shorter.Checkpoint)
}

// unread raises the alarm for tiles of the log that cannot be used.
func (r *round) unread(err error) {
	kind := Unreachable
	if errors.Is(err, logproof.ErrProof) {
		kind = NotServed
	}
	r.alarm(kind, r.Log.Name, err.Error())
}

// entries checks those that were not checked before.
func (r *round) entries(ctx context.Context) {
	if r.state.Entries >= r.last.Size {
		return
	}
	follower, err := logproof.NewFollower(r.last, logproof.Remote(ctx, r.Log.Fetch))
	for from := r.state.Entries; err == nil && r.state.Entries < r.last.Size && r.state.Entries-from < maxEntries; {
		r.state.Entries, err = follower.Entries(r.state.Entries)
	}
	if err != nil {
		r.unread(err)
	}
}

// compare holds what another place shows against what is believed.
func (r *round) compare(ctx context.Context, place Place, found shown) {
	if r.state.Checkpoint == "" {
		return
	}
	own := shown{r.last, []byte(r.state.Checkpoint)}
	switch {
	case found.Size == own.Size:
		if !same(found.Checkpoint, own.Checkpoint) {
			r.alarm(SplitView, place.Name, fmt.Sprintf("%s and %s show different histories of %d records", r.Log.Name, place.Name, own.Size), own.note, found.note)
		}
	case found.Size < own.Size:
		r.begins(ctx, SplitView, place.Name, found, own)
	default:
		r.isAhead(ctx, place, own, found)
	}
}

// isAhead compares with a place that shows a longer log. Where it has no tiles,
// as a file has none, the log itself may have them by now.
func (r *round) isAhead(ctx context.Context, place Place, own, found shown) {
	for _, tiles := range []Place{place, r.Log} {
		err := continues(ctx, tiles, own, found)
		if err == nil {
			return
		}
		if _, forked := errors.AsType[*logproof.Fork](err); forked {
			r.alarm(SplitView, place.Name, err.Error(), own.note, found.note)
			return
		}
	}
	r.ahead = fmt.Sprintf("%s shows %d records, and the log %d, and not how it goes on to there", place.Name, found.Size, own.Size)
}
