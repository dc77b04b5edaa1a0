package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/chancery-vc/chancery/issuer"
	"github.com/chancery-vc/chancery/issuer/config"
	"github.com/chancery-vc/chancery/issuer/store"
)

type logSealCommand struct {
	configured
	Before string `help:"Only records before this time: 2026-07-01, or 2026-07-01T12:00:00Z. Default: as old as retention says." placeholder:"TIME"`
	Size   uint64 `help:"Only the first so many records."`
	Out    string `help:"Folder of the segments. Default: that of retention." placeholder:"FOLDER"`
}

func (logSealCommand) Help() string {
	return "Moves old records and their salts out of the state file into a segment, once it is durable and was\nread back; also while the issuer is being served. Whoever has state file and segments can check the\nwhole log, with --sealed FOLDER. A segment ends with a whole tile of 256 records, and before the\nfirst question that is open. Stopped at any moment, run it again.\n\nExamples:\n  chancery log seal --before 2026-01-01 --out /srv/archive\n  chancery log verify --sealed /srv/archive"
}

func (c logSealCommand) Run(ctx context.Context, s streams) error {
	loaded, err := c.load()
	if err != nil {
		return err
	}
	terms, err := c.terms(loaded, time.Now())
	if err != nil {
		return err
	}
	return with(ctx, s, c.configured, func(o operator) error {
		segment, err := o.Seal(ctx, terms)
		if err != nil {
			return err
		}
		fmt.Fprintf(s.out, "Records %d to %d are in %s and no longer in the state file.\n", segment.From, segment.Size-1, segment.Path)
		field(s.out, "SHA-256", segment.SHA256)
		field(s.out, "checkpoint", segment.Checkpoint)
		return nil
	})
}

func (c logSealCommand) terms(loaded *config.Config, now time.Time) (t issuer.SealTerms, err error) {
	after := loaded.Retention.SealAfter.Std()
	t.Size = c.Size
	switch {
	case c.Before != "":
		if t.Before, err = parseTime("--before", c.Before); err != nil {
			return t, err
		}
	case after > 0:
		t.Before = now.Add(-after)
	case c.Size == 0:
		return t, errors.New("say up to when, with --before or --size, or seal_after under retention in the configuration")
	}
	folder := c.Out
	if folder == "" {
		folder = loaded.Path(loaded.Retention.Folder)
	}
	t.Folder, err = filepath.Abs(folder)
	return t, err
}

type logCompactCommand struct{ configured }

func (logCompactCommand) Help() string {
	return "The state file keeps the room of what was taken out of it, and parts of what was in it, until it is\nwritten anew. Stop `chancery serve` first.\n\nExample:\n  chancery log compact"
}

func (c logCompactCommand) Run(s streams) error {
	loaded, err := c.load()
	if err != nil {
		return err
	}
	path := filepath.Join(loaded.Path(loaded.State), issuer.StateFile)
	err = store.Compact(path)
	if errors.Is(err, store.ErrLocked) {
		return fmt.Errorf("%w; stop `chancery serve`, or whatever else works on it, first", err)
	}
	if err == nil {
		_, err = fmt.Fprintln(s.out, path)
	}
	return err
}
