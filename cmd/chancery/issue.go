package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/schollz/progressbar/v3"

	"github.com/chancery-vc/chancery/issuer"
)

// progressInterval is how often a progress bar is drawn.
const progressInterval = 200 * time.Millisecond

type issueCommand struct {
	configured
	Profile string `required:"" help:"Profile of the credentials."`
	All     bool   `required:"" help:"Issue for every record of the register."`
	Out     string `required:"" help:"Folder to write the credentials to."`
}

func (issueCommand) Help() string {
	return "One file a credential. Stopped, or killed, it goes on where it was when it is run again:\nnothing is issued twice, nothing is left out, and all of it is in the log.\n\nExample:\n  chancery issue --profile research-organization --all --out credentials"
}

func (c issueCommand) Run(ctx context.Context, s streams) error {
	loaded, err := c.load()
	if err != nil {
		return err
	}
	l, err := openLocal(ctx, s, loaded)
	if err != nil {
		return err
	}
	var bar *progressbar.ProgressBar
	result, err := l.IssueAll(ctx, issuer.Batch{Profile: c.Profile, Dir: c.Out, Progress: func(done, total int) {
		if bar == nil {
			bar = newBar(total, "issued", s.err)
		}
		_ = bar.Set(done)
	}})
	if bar != nil {
		fmt.Fprintln(s.err)
	}
	err = errors.Join(err, l.Close())
	switch {
	case err == nil:
		return writeBatch(s.out, c.Out, result)
	case result.Issued == 0:
		return err
	default:
		return fmt.Errorf("%w; issued so far: %d. Run the same command again to go on", err, result.Issued+result.Before)
	}
}

func newBar(total int, what string, w io.Writer) *progressbar.ProgressBar {
	return progressbar.NewOptions(total,
		progressbar.OptionSetWriter(w), progressbar.OptionSetDescription(what), progressbar.OptionShowCount(),
		progressbar.OptionThrottle(progressInterval), progressbar.OptionSetWidth(30), progressbar.OptionShowIts())
}

func writeBatch(w io.Writer, dir string, r issuer.BatchResult) error {
	fmt.Fprintf(w, "%d credentials in %s: %d issued now, %d before.\n", r.Issued+r.Before, dir, r.Issued, r.Before)
	if r.Failed == 0 {
		return nil
	}
	for _, refused := range r.Refused {
		fmt.Fprintf(w, "  %s: %s\n", refused.Key, refused.Reason)
	}
	return no(fmt.Sprintf("%d of %d records have no credential; mend them in the register and run the same command again", r.Failed, r.Total))
}
