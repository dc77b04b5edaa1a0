package main

import (
	"context"
	"crypto"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/go-json-experiment/json"

	"github.com/chancery-vc/chancery/issuer"
	"github.com/chancery-vc/chancery/issuer/config"
	"github.com/chancery-vc/chancery/issuer/issuancelog"
	"github.com/chancery-vc/chancery/issuer/issuerhttp"
	"github.com/chancery-vc/chancery/issuer/store"
	"github.com/chancery-vc/chancery/verifier/did"
	"github.com/chancery-vc/chancery/verifier/logproof"
)

type logCommand struct {
	Verify logVerifyCommand `cmd:"" help:"Walk the log, and compare it with checkpoints."`
	Copy   logCopyCommand   `cmd:"" help:"Copy the state file with the log, for an auditor, also while it is being served."`
	Show   logShowCommand   `cmd:"" help:"Print the records of the log."`
}

func (logCommand) Help() string {
	return "Example:\n  chancery log verify --checkpoint /srv/www/checkpoint"
}

// logFile says which log to read.
type logFile struct {
	configured
	State string `help:"State file to read instead of the configured issuer's."`
}

// read gives the records to use. Of an issuer that is being served it takes a
// copy first.
func (c logFile) read(ctx context.Context, use func(*store.Tx) error) error {
	path := c.State
	if path == "" {
		loaded, err := config.Load(c.Config)
		if err != nil {
			return err
		}
		path = filepath.Join(loaded.Path(loaded.State), issuer.StateFile)
		if client, err := issuerhttp.Dial(socketPath(loaded)); err == nil {
			copied, err := snapshot(ctx, client)
			if err != nil {
				return err
			}
			defer os.Remove(copied)
			path = copied
		}
	}
	s, err := store.OpenReadOnly(path)
	if err != nil {
		return err
	}
	return errors.Join(s.View(use), s.Close())
}

func snapshot(ctx context.Context, client *issuerhttp.Client) (path string, err error) {
	file, err := os.CreateTemp("", "chancery-log-*.db")
	if err != nil {
		return "", err
	}
	if err := errors.Join(client.Snapshot(ctx, file), file.Close(), client.Close()); err != nil {
		return "", errors.Join(fmt.Errorf("copy the log: %w", err), os.Remove(file.Name()))
	}
	return file.Name(), nil
}

type logVerifyCommand struct {
	logFile
	Checkpoint []string `help:"Checkpoint to compare with, as published; may be given again."`
	Key        string   `help:"did:key that signed the checkpoints. Default: the configured signing key."`
	JSON       bool     `name:"json" help:"Print for a program."`
}

func (logVerifyCommand) Help() string {
	return "Without a checkpoint, records that were cut off the end cannot be missed. Give the newest one\nthat was published, from where the issuer could not change it.\n\nExamples:\n  chancery log verify --checkpoint /srv/www/checkpoint\n  chancery log verify --state copy.db --key did:key:z6Mk... --checkpoint checkpoint"
}

func (c logVerifyCommand) Run(ctx context.Context, s streams) error {
	checkpoints, err := c.checkpoints()
	if err != nil {
		return err
	}
	var result *logproof.Result
	err = c.read(ctx, func(tx *store.Tx) error {
		result = logproof.Walk(issuancelog.Records(tx), checkpoints, nil)
		return ctx.Err()
	})
	if err != nil {
		return err
	}
	if c.JSON {
		err = json.MarshalWrite(s.out, result, json.Deterministic(true))
	} else {
		writeResult(s.out, result, checkpoints)
	}
	if err == nil && len(result.Findings) > 0 {
		err = no("the log is not whole")
	}
	return err
}

func (c logVerifyCommand) checkpoints() ([]logproof.Checkpoint, error) {
	if len(c.Checkpoint) == 0 && c.Key == "" {
		return nil, nil
	}
	key, err := c.key()
	if err != nil {
		return nil, err
	}
	var checkpoints []logproof.Checkpoint
	for _, path := range c.Checkpoint {
		data, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		checkpoint, err := logproof.OpenCheckpoint(data, key)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		checkpoints = append(checkpoints, checkpoint)
	}
	return checkpoints, nil
}

func (c logVerifyCommand) key() (crypto.PublicKey, error) {
	id := c.Key
	if id == "" {
		loaded, err := config.Load(c.Config)
		if err != nil {
			return nil, fmt.Errorf("give --key did:key:..., the issuer's public key; without it: %w", err)
		}
		if id, err = issuer.SigningKey(loaded); err != nil {
			return nil, err
		}
	}
	return did.KeyFrom(id)
}

func writeResult(w io.Writer, r *logproof.Result, checkpoints []logproof.Checkpoint) {
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
	fmt.Fprintln(w, "The chain is whole.")
	for _, c := range checkpoints {
		fmt.Fprintf(w, "It fits the checkpoint of %s over %d records.\n", c.Origin, c.Size)
	}
	if len(checkpoints) == 0 {
		fmt.Fprintln(w, "No checkpoint was given: records that were cut off the end would not be missed.")
	}
}

type logCopyCommand struct {
	configured
	Out string `required:"" help:"File to write the copy to."`
}

func (logCopyCommand) Help() string {
	return "The copy is of one moment. It names no one without the pseudonym key, which is not in it.\n\nExample:\n  chancery log copy --out audit.db"
}

func (c logCopyCommand) Run(ctx context.Context, s streams) error {
	file, err := os.OpenFile(c.Out, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	err = with(ctx, s, c.Config, func(o operator) error { return o.Snapshot(ctx, file) })
	if err := errors.Join(err, file.Sync(), file.Close()); err != nil {
		return errors.Join(err, os.Remove(c.Out))
	}
	fmt.Fprintln(s.out, c.Out)
	return nil
}

type logShowCommand struct{ logFile }

func (logShowCommand) Help() string {
	return "Prints one record a line, as JSON.\n\nExample:\n  chancery log show | grep refused"
}

func (c logShowCommand) Run(ctx context.Context, s streams) error {
	return c.read(ctx, func(tx *store.Tx) error {
		for _, data := range issuancelog.Records(tx) {
			if _, err := fmt.Fprintf(s.out, "%s\n", data); err != nil {
				return err
			}
		}
		return nil
	})
}
