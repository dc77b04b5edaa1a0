package main

import (
	"context"
	"fmt"
	"io"
	"os"

	"github.com/go-json-experiment/json"
	"github.com/schollz/progressbar/v3"

	"github.com/chancery-vc/chancery/issuer/audit"
	"github.com/chancery-vc/chancery/issuer/issuancelog"
	"github.com/chancery-vc/chancery/issuer/store"
	"github.com/chancery-vc/chancery/verifier"
)

type logReconcileCommand struct {
	logFile
	Credentials string `help:"Folder of a batch, whose files are to be those that the log says were issued." placeholder:"FOLDER"`
	Published   string `help:"Folder of chancery publish, whose status lists are to say what the log says was revoked." placeholder:"FOLDER"`
	JSON        bool   `name:"json" help:"Print for a program: one line a difference, and one with the figures."`
}

func (logReconcileCommand) Help() string {
	return "Holds the log against everything else that tells of what was issued: the state's credentials, their\nplaces in status lists, what is revoked, the index, and, if you name them, the published lists and\nthe files of a batch. Each must have exactly one record, and each record its traces. It needs no\nsecret. Whether the log itself is whole against a checkpoint, chancery log verify tells.\n\nExamples:\n  chancery log reconcile --published /srv/www\n  chancery log reconcile --state audit.db --credentials out"
}

func (c logReconcileCommand) Run(ctx context.Context, s streams) error {
	sources, err := c.sources()
	if err != nil {
		return err
	}
	var figures audit.Figures
	err = c.read(ctx, func(tx *store.Tx) error {
		log, err := c.opened(tx)
		if err != nil {
			return err
		}
		sources.Archive = log.archive
		size, _ := issuancelog.Size(tx) // of a log that is damaged the walk tells
		bar := progress(int64(size), s.err)
		bar.Describe("reconciling")
		sources.Found = c.finder(s.out, bar)
		sources.Progress = func(records uint64) { _ = bar.Set64(int64(records)) } // a bar that cannot be drawn is no reason to stop
		figures, err = audit.Reconcile(ctx, tx, sources)
		_ = bar.Finish()
		return err
	})
	if err != nil {
		return err
	}
	if c.JSON {
		err = writeLine(s.out, struct {
			Figures audit.Figures `json:"figures"`
		}{figures})
	} else {
		c.write(s.out, figures)
	}
	if err == nil && figures.Differences > 0 {
		err = no(fmt.Sprintf("differences from the log: %d", figures.Differences))
	}
	return err
}

func (c logReconcileCommand) sources() (s audit.Sources, err error) {
	if c.Credentials != "" {
		_, err = os.Stat(c.Credentials)
		s.Credentials = os.DirFS(c.Credentials)
	}
	if err == nil && c.Published != "" {
		_, err = os.Stat(c.Published)
		s.Published = os.DirFS(c.Published)
	}
	return s, err
}

// finder returns what prints each difference as it is found: there may be many.
func (c logReconcileCommand) finder(w io.Writer, bar *progressbar.ProgressBar) func(audit.Difference) {
	return func(d audit.Difference) {
		_ = bar.Clear()
		if c.JSON {
			_ = writeLine(w, d) // as for any output, that nobody reads it is no reason to stop
			return
		}
		fmt.Fprintln(w, verifier.Printable(d.String()))
	}
}

func (c logReconcileCommand) write(w io.Writer, f audit.Figures) {
	fmt.Fprintf(w, "Records: %d. Questions: %d. Answers: %d, of which credentials with a place in a status list: %d. Revocations: %d.\n",
		f.Records, f.Questions, f.Answers, f.Credentials, f.Revoked)
	if f.Sealed > 0 {
		fmt.Fprintf(w, "The records before %d were sealed, and %d things that only they tell of were believed; name the folder of the segments with --sealed.\n", f.Sealed, f.Believed)
	}
	if f.Indexed == 0 && f.Answers > 0 {
		fmt.Fprintln(w, "There is no index: the log was written before there was one. It gets one when the issuer starts.")
	}
	if c.Published != "" {
		fmt.Fprintf(w, "Published status lists: %d. Revocations later than they are: %d.\n", f.Lists, f.Unpublished)
	}
	if c.Credentials != "" {
		fmt.Fprintf(w, "Files of the batch: %d.\n", f.Files)
	}
	if f.Differences == 0 {
		fmt.Fprintln(w, "Each has exactly one record, and each record its traces.")
	}
}

// writeLine writes a value as one line of JSON.
func writeLine(w io.Writer, value any) error {
	data, err := json.Marshal(value, json.Deterministic(true))
	if err == nil {
		_, err = fmt.Fprintf(w, "%s\n", data)
	}
	return err
}
