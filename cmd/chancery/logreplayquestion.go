package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/chancery-vc/chancery/issuer"
	"github.com/chancery-vc/chancery/issuer/audit"
	"github.com/chancery-vc/chancery/issuer/config"
	"github.com/chancery-vc/chancery/issuer/pseudonym"
	"github.com/chancery-vc/chancery/issuer/source/csvimport"
	"github.com/chancery-vc/chancery/issuer/status"
	"github.com/chancery-vc/chancery/issuer/store"
	"github.com/chancery-vc/chancery/verifier"
)

// replayed is a question, and what it comes to when it is asked again.
type replayed struct {
	found     `json:",inline"`
	Seconds   *int64              `json:"seconds,omitzero"`    // from question to end
	Kept      bool                `json:"configurationIsKept"` // the text of the one in force was kept
	Compared  []issuer.Comparison `json:"compared"`            // with what is found now
	differing []string
}

func (c logReplayCommand) replayQuestion(ctx context.Context, s streams) error {
	var r replayed
	present, err := c.present(&r.found)
	if err != nil {
		return err
	}
	if err := c.read(ctx, func(tx *store.Tx) error { return c.ask(ctx, tx, present, &r) }); err != nil {
		return err
	}
	if c.JSON {
		err = writeJSON(s.out, r)
	} else {
		err = r.writeAll(s.out)
	}
	switch {
	case err != nil:
		return err
	case len(r.Findings) > 0:
		return no("the log is not whole, so that this may not be what was asked: " + r.Findings[0].String() + "; see chancery log verify")
	case len(r.differing) > 0:
		return no("it is not as the log has it: " + listed("and", r.differing))
	}
	return nil
}

// present returns the configuration at hand; nil if there is none.
func (c logReplayCommand) present(f *found) (*config.Config, error) {
	loaded, err := c.load()
	if err != nil {
		if c.State != "" && errors.Is(err, fs.ErrNotExist) {
			err = nil // an auditor need not have it
		}
		return nil, err
	}
	f.Present = loaded.Digest()
	f.traces, err = issuer.Describe(loaded)
	return loaded, err
}

// ask looks the question up and asks it again.
func (c logReplayCommand) ask(ctx context.Context, tx *store.Tx, present *config.Config, r *replayed) error {
	if err := (explainCommand{logFile: c.logFile, Question: c.Question}).find(tx, &r.found); err != nil {
		return err
	}
	if d, ok := took(r.Question, r.End); ok {
		seconds := int64(d / time.Second)
		r.Seconds = &seconds
	}
	q := issuer.PastQuestion{Asked: r.Question, End: r.End, Key: c.Key}
	var err error
	if q.Configuration, r.Kept, err = c.inForce(present, r.Question.Configuration); err != nil {
		return err
	}
	if r.Kept && c.Out != "" {
		if err := os.Mkdir(c.Out, 0o700); err != nil {
			return fmt.Errorf("--out must be a new folder: %w", err)
		}
		if err := c.writeConfiguration(r.Question.Configuration); err != nil {
			return err
		}
	}
	if c.Key == "" && c.Source == "" && c.Answer == "" {
		return nil
	}
	return c.compare(ctx, tx, present, q, r)
}

// inForce returns the configuration with a digest: the one that was kept,
// or the one at hand; nil for neither.
func (c logReplayCommand) inForce(present *config.Config, digest string) (*config.Config, bool, error) {
	text, err := c.configurationText(digest)
	switch {
	case err == nil:
		folder, err := filepath.Abs(filepath.Dir(c.Config))
		if err != nil {
			return nil, true, err
		}
		parsed, err := config.Parse(text, folder)
		if err != nil {
			err = fmt.Errorf("the configuration that was in force, sha256 %s: %w", digest, err)
		}
		return parsed, true, err
	case present != nil && present.Digest() == digest:
		return present, false, nil
	}
	return nil, false, nil
}

func (c logReplayCommand) compare(ctx context.Context, tx *store.Tx, present *config.Config, q issuer.PastQuestion, r *replayed) (err error) {
	if c.Answer != "" {
		if q.Answer, err = os.ReadFile(c.Answer); err != nil {
			return err
		}
	}
	if q.Names, err = c.names(tx, present); err != nil {
		return err
	}
	source, remove, err := c.source(ctx, q)
	if err != nil {
		return err
	}
	defer remove()
	q.Source = source
	q.State = func(id string, at time.Time) (string, error) { return c.stateAt(ctx, tx, q, id, at) }
	if r.Compared, err = issuer.Replay(ctx, q); err != nil {
		return err
	}
	for _, compared := range r.Compared {
		if compared.Outcome == issuer.Differs && !slices.Contains(r.differing, compared.Of) {
			r.differing = append(r.differing, compared.Of)
		}
	}
	return nil
}

// names returns the keys of the log's pseudonyms; nil if they are not at hand.
func (c logReplayCommand) names(tx *store.Tx, present *config.Config) (*pseudonym.Keys, error) {
	folder := c.Pseudonyms
	if folder == "" && present != nil {
		folder = present.Path(present.State)
	}
	if folder == "" {
		return nil, nil
	}
	names, err := pseudonym.Read(tx, folder)
	if err != nil && c.Pseudonyms == "" {
		return nil, nil // that they are not there is said where they are needed
	}
	return names, err
}

// source returns the absolute path of the source as an SQLite file, and what
// removes it if it was made of a CSV file.
func (c logReplayCommand) source(ctx context.Context, q issuer.PastQuestion) (path string, remove func(), err error) {
	remove = func() {}
	if c.Source == "" {
		return "", remove, nil
	}
	if !strings.EqualFold(filepath.Ext(c.Source), ".csv") {
		if _, err := os.Stat(c.Source); err != nil {
			return "", remove, fmt.Errorf("source: %w", err)
		}
		path, err = filepath.Abs(c.Source)
		return path, remove, err
	}
	table, key, err := issuer.RegisterOf(q)
	if err != nil {
		return "", remove, err
	}
	file, err := os.Open(c.Source)
	if err != nil {
		return "", remove, err
	}
	defer file.Close()
	folder, err := os.MkdirTemp("", "chancery-replay-*")
	if err != nil {
		return "", remove, err
	}
	remove = func() { os.RemoveAll(folder) }
	path = filepath.Join(folder, "source.db")
	if _, err := csvimport.Import(ctx, file, path, csvimport.Options{Table: table, Key: key}); err != nil {
		remove()
		return "", func() {}, fmt.Errorf("%s: %w", c.Source, err)
	}
	return path, remove, nil
}

// stateAt returns the state that a credential had when a question was asked.
func (c logReplayCommand) stateAt(ctx context.Context, tx *store.Tx, q issuer.PastQuestion, id string, at time.Time) (state string, err error) {
	log, err := c.opened(tx)
	if err != nil {
		return "", err
	}
	until := q.Asked.Sequence
	if q.End != nil {
		until = q.End.Sequence
	}
	_, err = audit.At(ctx, tx, log.archive, audit.Moment{Size: until}, func(p audit.PastCredential) error {
		switch {
		case p.Credential != id:
		case p.State == audit.Revoked:
			state = issuer.StateRevoked
		case !p.ValidUntil.IsZero() && !at.Before(p.ValidUntil):
			state = issuer.StateExpired
		default:
			state = issuer.StateValid
		}
		return nil
	})
	if err == nil && state == "" {
		err = status.ErrUnknown
	}
	return state, err
}

// writeAll says in sentences what the log has of a question, and what it comes
// to now.
func (r *replayed) writeAll(w io.Writer) error {
	if err := r.write(w); err != nil {
		return err
	}
	var b strings.Builder
	if r.Kept {
		fmt.Fprintln(&b, "The text of that configuration was kept; --out FOLDER writes it.")
	}
	if r.Seconds != nil {
		fmt.Fprintf(&b, "From question to end it took %d s, by times that are of whole seconds.\n", *r.Seconds)
	}
	if len(r.Compared) > 0 {
		fmt.Fprintln(&b, "\nAsked again:")
	}
	for _, c := range r.Compared {
		fmt.Fprintf(&b, "  %-8s %-14s %s\n", c.Outcome, c.Of, c.Said)
	}
	if b.Len() == 0 {
		return nil
	}
	for line := range strings.SplitSeq(strings.TrimSuffix(b.String(), "\n"), "\n") {
		if _, err := fmt.Fprintln(w, verifier.Printable(line)); err != nil {
			return err
		}
	}
	return nil
}
