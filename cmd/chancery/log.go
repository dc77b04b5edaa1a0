package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/chancery-vc/chancery/issuer"
	"github.com/chancery-vc/chancery/issuer/issuerhttp"
	"github.com/chancery-vc/chancery/issuer/store"
)

type logCommand struct {
	Verify      logVerifyCommand      `cmd:"" help:"Check the whole log, and compare it with checkpoints."`
	Show        logShowCommand        `cmd:"" help:"Print records of the log."`
	Prove       logProveCommand       `cmd:"" help:"Prove that a credential, or any record, is in the log."`
	Receipt     logReceiptCommand     `cmd:"" help:"Make the receipt for a credential again."`
	Check       logCheckCommand       `cmd:"" help:"Check such a proof."`
	Consistency logConsistencyCommand `cmd:"" help:"Prove that the log continues what it was."`
	Reconcile   logReconcileCommand   `cmd:"" help:"Hold the log against all else that tells of what was issued."`
	Replay      logReplayCommand      `cmd:"" help:"Rebuild what was known at a time, or ask a question of the log again."`
	Export      logExportCommand      `cmd:"" help:"Write all records, for other programs."`
	Seal        logSealCommand        `cmd:"" help:"Move old records out of the state file, into files of their own."`
	Compact     logCompactCommand     `cmd:"" help:"Write the state file anew, without what was taken out of it."`
	Forget      logForgetCommand      `cmd:"" help:"Destroy keys of the log's pseudonyms."`
	Copy        logCopyCommand        `cmd:"" help:"Copy the state file with the log, for an auditor, also while it is being served."`
}

func (logCommand) Help() string {
	return "Example:\n  chancery log verify --checkpoint /srv/www/checkpoint"
}

// logFile says which log to read.
type logFile struct {
	configured
	sealedFolder
	State string `help:"State file to read instead of the configured issuer's."`
}

// read gives the records to use. Of an issuer that is being served it takes a
// copy first.
func (c logFile) read(ctx context.Context, use func(*store.Tx) error) error {
	path := c.State
	if path == "" {
		loaded, err := c.load()
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
	err = with(ctx, s, c.configured, func(o operator) error { return o.Snapshot(ctx, file) })
	if err := errors.Join(err, file.Sync(), file.Close()); err != nil {
		return errors.Join(err, os.Remove(c.Out))
	}
	fmt.Fprintln(s.out, c.Out)
	return nil
}
