package main

import (
	"context"
	"fmt"
	"io"
	"iter"
	"os"
	"strings"

	"github.com/schollz/progressbar/v3"

	"github.com/chancery-vc/chancery/verifier"
)

// many judges files side by side, and writes about them in order. It keeps no
// report.
func (c *verifyCmd) many(ctx context.Context, files []string, judge func(string) finding, s streams) error {
	bar := progress(len(files), s.err)
	var sum writer = &textWriter{out: s.out}
	if c.JSON {
		sum = &jsonWriter{out: s.out}
	}
	counts := newCounts()
	for path, f := range inOrder(files, c.jobs(), judge) {
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("interrupted after %d of %d credentials", counts.Files, len(files))
		}
		counts.add(f)
		if err := sum.add(strings.ToValidUTF8(path, "\uFFFD"), f); err != nil {
			return err
		}
		_ = bar.Add(1) // a bar that cannot be drawn is no reason to stop
	}
	_ = bar.Finish()
	if err := sum.end(counts); err != nil {
		return err
	}
	return counts.outcome()
}

// progress returns a progress bar, which only a terminal shows.
func progress(total int, w io.Writer) *progressbar.ProgressBar {
	file, ok := w.(*os.File)
	if !ok || !isTerminal(file) {
		return progressbar.NewOptions(total, progressbar.OptionSetVisibility(false))
	}
	return progressbar.NewOptions(total,
		progressbar.OptionSetWriter(w),
		progressbar.OptionSetDescription("verifying"),
		progressbar.OptionShowCount(),
		progressbar.OptionShowIts(),
		progressbar.OptionSetItsString("credentials"),
		progressbar.OptionThrottle(progressInterval),
		progressbar.OptionClearOnFinish(),
	)
}

func isTerminal(file *os.File) bool {
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// inOrder yields judge's findings in the order of files. It judges up to jobs
// files at a time, and runs ahead of its reader by a few files only.
func inOrder(files []string, jobs int, judge func(string) finding) iter.Seq2[string, finding] {
	return func(yield func(string, finding) bool) {
		const ahead = 4 // a job
		queue := make(chan chan finding, jobs*ahead)
		stop := make(chan struct{})
		defer close(stop)
		go feed(files, jobs, judge, queue, stop)
		for _, path := range files {
			if !yield(path, <-<-queue) {
				return
			}
		}
	}
}

func feed(files []string, jobs int, judge func(string) finding, queue chan<- chan finding, stop <-chan struct{}) {
	slots := make(chan struct{}, jobs)
	for _, path := range files {
		result := make(chan finding, 1)
		select {
		case queue <- result:
		case <-stop:
			return
		}
		slots <- struct{}{}
		go func() {
			result <- judge(path)
			<-slots
		}()
	}
}

// writer writes about several credentials.
type writer interface {
	add(path string, f finding) error
	end(c *counts) error
}

// counts says how many files there were of each kind.
type counts struct {
	Files    int
	Unread   int // files without a verdict
	Verdicts map[verifier.Verdict]int
}

func newCounts() *counts { return &counts{Verdicts: map[verifier.Verdict]int{}} }

func (c *counts) add(f finding) {
	c.Files++
	if f.err != nil {
		c.Unread++
		return
	}
	c.Verdicts[f.report.Verdict()]++
}

func (c *counts) outcome() error {
	switch {
	case c.Unread > 0:
		return fmt.Errorf("%d of %d files could not be judged; each is named with the reason", c.Unread, c.Files)
	case c.Verdicts[verifier.VerdictAccepted] < c.Files:
		return errNo
	default:
		return nil
	}
}
