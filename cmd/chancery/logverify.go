package main

import (
	"context"
	"crypto"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/schollz/progressbar/v3"

	"github.com/chancery-vc/chancery/issuer"
	"github.com/chancery-vc/chancery/issuer/issuancelog"
	"github.com/chancery-vc/chancery/issuer/store"
	"github.com/chancery-vc/chancery/verifier/did"
	"github.com/chancery-vc/chancery/verifier/logproof"
)

// logKey says by which key checkpoints are judged.
type logKey struct {
	Key string `help:"did:key that signed the checkpoints. Default: the configured signing key."`
}

func (c logKey) public(from configured) (crypto.PublicKey, error) {
	if c.Key != "" {
		return did.KeyFrom(c.Key)
	}
	key, err := signingKey(from)
	if err != nil {
		return nil, fmt.Errorf("give --key did:key:..., the issuer's public key; without it: %w", err)
	}
	return key, nil
}

// signingKey returns the public key of a configured issuer.
func signingKey(from configured) (crypto.PublicKey, error) {
	loaded, err := from.load()
	if err != nil {
		return nil, err
	}
	signer, err := openSigningKey(loaded)
	if err != nil {
		return nil, err
	}
	return signer.Public(), nil
}

func openCheckpoint(path string, key crypto.PublicKey) (logproof.Checkpoint, []byte, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return logproof.Checkpoint{}, nil, err
	}
	checkpoint, err := logproof.OpenCheckpoint(data, key)
	if err != nil {
		return logproof.Checkpoint{}, nil, fmt.Errorf("%s: %w", path, err)
	}
	return checkpoint, data, nil
}

type logVerifyCommand struct {
	logFile
	logKey
	trusted
	cosigned
	FromTiles  string   `help:"Folder or https address of a published log, with its checkpoint and its tiles, to check instead." placeholder:"PLACE"`
	Checkpoint []string `help:"Checkpoint to compare with, as published; may be given again."`
	JSON       bool     `name:"json" help:"Print for a program."`
}

func (logVerifyCommand) Help() string {
	return "Without a checkpoint, records that were cut off the end cannot be missed. Give the newest one\nthat was published, from where the issuer could not change it.\n\nA published log, with --from-tiles, anybody can check who has the issuer's public key. It shows\nthat nothing was changed or taken away, and not what the records say.\n\nExamples:\n  chancery log verify --checkpoint /srv/www/checkpoint\n  chancery log verify --state copy.db --key did:key:z6Mk... --checkpoint checkpoint\n  chancery log verify --from-tiles https://registry.example/log --key did:key:z6Mk... --checkpoint last-month"
}

func (c logVerifyCommand) Run(ctx context.Context, s streams) error {
	checkpoints, cosignatures, err := c.checkpoints(ctx)
	if err != nil {
		return err
	}
	verify := c.verifyState
	if c.FromTiles != "" {
		verify = c.verifyTiles
	}
	result, err := verify(ctx, s, plain(checkpoints))
	if err != nil {
		return err
	}
	if c.JSON {
		err = json.MarshalWrite(s.out, result, json.Deterministic(true))
	} else {
		c.write(s.out, result, checkpoints)
		if len(result.Findings) == 0 {
			writeCosignatures(s.out, cosignatures)
		}
	}
	if err == nil && len(result.Findings) > 0 {
		err = no("the log is not whole")
	}
	return err
}

// checkpoints returns those to compare with; that of a published log is the
// first. Witnesses have cosigned the newest, if they must have.
func (c logVerifyCommand) checkpoints(ctx context.Context) (checkpoints []judged, cosignatures []logproof.Cosignature, err error) {
	if c.FromTiles != "" && c.State != "" {
		return nil, nil, errors.New("--state and --from-tiles are two logs; give one")
	}
	if c.FromTiles == "" && len(c.Checkpoint) == 0 && c.Key == "" && len(c.Witness) == 0 {
		return nil, nil, nil
	}
	key, err := c.public(c.configured)
	if err != nil {
		return nil, nil, err
	}
	notes, err := c.notes(ctx)
	if err != nil {
		return nil, nil, err
	}
	if checkpoints, err = c.judge(ctx, notes, key); err != nil {
		return nil, nil, err
	}
	cosignatures, err = c.check(checkpoints)
	return checkpoints, cosignatures, err
}

// note is a signed note, and where it is from.
type note struct {
	place string
	data  []byte
}

func (c logVerifyCommand) notes(ctx context.Context) (notes []note, err error) {
	if c.FromTiles != "" {
		fetch, err := c.published(c.FromTiles)
		if err != nil {
			return nil, err
		}
		data, err := fetch(ctx, issuer.PathCheckpoint, logproof.MaxCheckpointBytes)
		if err != nil {
			return nil, err
		}
		notes = append(notes, note{c.FromTiles, data})
	}
	for _, path := range c.Checkpoint {
		data, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		notes = append(notes, note{path, data})
	}
	return notes, nil
}

// reportedRecords is after how many records the progress bar moves.
const reportedRecords = 4096

func (c logVerifyCommand) verifyState(ctx context.Context, s streams, checkpoints []logproof.Checkpoint) (result *logproof.Result, err error) {
	err = c.read(ctx, func(tx *store.Tx) error {
		log, err := c.opened(tx)
		if err != nil {
			return err
		}
		size, _ := issuancelog.Size(tx) // of a log that is damaged the walk tells
		bar := progress(int64(size), s.err)
		result = logproof.WalkTreeFrom(log.start, until(ctx, log.entries()), checkpoints, func(r logproof.Record) {
			if r.Sequence%reportedRecords == 0 {
				_ = bar.Set64(int64(r.Sequence)) // a bar that cannot be drawn is no reason to stop
			}
		})
		_ = bar.Finish()
		if err := log.err(); err != nil {
			result.Findings = append(result.Findings, logproof.Finding{Sequence: log.archive.Size() - 1, Problem: "the segments end before it: " + err.Error()})
		}
		return ctx.Err()
	})
	return result, err
}

func (c logVerifyCommand) verifyTiles(ctx context.Context, s streams, checkpoints []logproof.Checkpoint) (*logproof.Result, error) {
	fetch, err := c.published(c.FromTiles)
	if err != nil {
		return nil, err
	}
	bar := progress(int64(checkpoints[0].Size), s.err)
	result, err := logproof.WalkTiles(ctx, logproof.Remote(ctx, fetch), checkpoints, func(entries uint64) {
		if entries%reportedRecords == 0 {
			_ = bar.Set64(int64(entries))
		}
	})
	_ = bar.Finish()
	return result, err
}

// until yields entries until ctx ends.
func until(ctx context.Context, entries func(func(logproof.Entry) bool)) func(func(logproof.Entry) bool) {
	return func(yield func(logproof.Entry) bool) {
		for entry := range entries {
			if entry.Number%reportedRecords == 0 && ctx.Err() != nil || !yield(entry) {
				return
			}
		}
	}
}

// progress returns a progress bar, which only a terminal shows.
func progress(total int64, w io.Writer) *progressbar.ProgressBar {
	if file, ok := w.(*os.File); !ok || !isTerminal(file) {
		return progressbar.NewOptions64(total, progressbar.OptionSetVisibility(false))
	}
	return progressbar.NewOptions64(total,
		progressbar.OptionSetWriter(w),
		progressbar.OptionSetDescription("verifying"),
		progressbar.OptionShowCount(),
		progressbar.OptionShowIts(),
		progressbar.OptionSetItsString("records"),
		progressbar.OptionThrottle(100*time.Millisecond),
		progressbar.OptionClearOnFinish(),
	)
}

func isTerminal(file *os.File) bool {
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

func (c logVerifyCommand) write(w io.Writer, r *logproof.Result, checkpoints []judged) {
	for _, finding := range r.Findings {
		fmt.Fprintln(w, finding)
	}
	fmt.Fprintf(w, "%d records", r.Size)
	for _, kind := range slices.Sorted(maps.Keys(r.Kinds)) {
		fmt.Fprintf(w, ", %d %s", r.Kinds[kind], kind)
	}
	fmt.Fprintln(w)
	if len(r.Findings) > 0 {
		return
	}
	if r.Sealed > 0 {
		fmt.Fprintf(w, "The records before %d were sealed: their leaves are in the tree. To check them and their chain, name their folder with --sealed.\n", r.Sealed)
		fmt.Fprintf(w, "The chain is whole from record %d on.\n", r.Sealed)
	} else if c.FromTiles == "" {
		fmt.Fprintln(w, "The chain is whole.")
	}
	switch {
	case r.Leaves == r.Size:
		fmt.Fprintln(w, "The tree is whole.")
	case r.Leaves == 0:
		fmt.Fprintln(w, "There is no tree: the log was written before there was one. It gets one when the issuer starts.")
	default:
		fmt.Fprintf(w, "The tree has the first %d records; the issuer was stopped while it made the tree, and goes on when it starts.\n", r.Leaves)
	}
	for _, one := range checkpoints {
		fmt.Fprintf(w, "It fits the checkpoint of %s over %d records%s.\n", one.checkpoint.Origin, one.checkpoint.Size, one.former.told())
	}
	if len(checkpoints) == 0 {
		fmt.Fprintln(w, "No checkpoint was given: records that were cut off the end would not be missed.")
	}
}
