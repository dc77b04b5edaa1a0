package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/chancery-vc/chancery/verifier"
)

const (
	// maxNamed is how many credentials the text names that are not accepted.
	maxNamed         = 20
	progressInterval = 100 * time.Millisecond
)

// verdicts in the order of the summary.
func verdicts() []verifier.Verdict {
	return []verifier.Verdict{
		verifier.VerdictAccepted, verifier.VerdictStale, verifier.VerdictNotEstablished, verifier.VerdictRefused,
	}
}

// textWriter writes the counts, and names some credentials that were not
// accepted.
type textWriter struct {
	out   io.Writer
	named []string
	more  int
}

func (w *textWriter) add(path string, f finding) error {
	if f.err == nil && f.report.Verdict() == verifier.VerdictAccepted {
		return nil
	}
	if len(w.named) == maxNamed {
		w.more++
		return nil
	}
	line := "not judged: "
	if f.err != nil {
		line += f.err.Error()
	} else {
		line = string(f.report.Verdict()) + " " + f.report.Reason()
	}
	w.named = append(w.named, verifier.Printable(path+"  "+line))
	return nil
}

func (w *textWriter) end(c *counts) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%d credentials\n", c.Files)
	for _, verdict := range verdicts() {
		fmt.Fprintf(&b, "  %-15s %d\n", verdict, c.Verdicts[verdict])
	}
	if c.Unread > 0 {
		fmt.Fprintf(&b, "  %-15s %d\n", "not judged", c.Unread)
	}
	if len(w.named) > 0 {
		b.WriteString("\nNot accepted:\n")
	}
	for _, line := range w.named {
		fmt.Fprintf(&b, "  %s\n", line)
	}
	if w.more > 0 {
		fmt.Fprintf(&b, "  and %d more; --json names each\n", w.more)
	}
	_, err := io.WriteString(w.out, b.String())
	return err
}

// jsonWriter writes a line of JSON for each file, and a last one with the
// counts.
type jsonWriter struct{ out io.Writer }

type fileLine struct {
	File   string           `json:"file"`
	Report *verifier.Report `json:"report,omitzero"`
	Error  string           `json:"error,omitzero"`
}

type summaryLine struct {
	Summary summary `json:"summary"`
}

type summary struct {
	Files          int `json:"files"`
	Accepted       int `json:"accepted"`
	Stale          int `json:"stale"`
	NotEstablished int `json:"notEstablished"`
	Refused        int `json:"refused"`
	NotJudged      int `json:"notJudged"`
}

func (w *jsonWriter) add(path string, f finding) error {
	line := fileLine{File: path, Report: f.report}
	if f.err != nil {
		line.Error = f.err.Error()
	}
	return w.write(line)
}

func (w *jsonWriter) end(c *counts) error {
	return w.write(summaryLine{summary{
		Files:          c.Files,
		Accepted:       c.Verdicts[verifier.VerdictAccepted],
		Stale:          c.Verdicts[verifier.VerdictStale],
		NotEstablished: c.Verdicts[verifier.VerdictNotEstablished],
		Refused:        c.Verdicts[verifier.VerdictRefused],
		NotJudged:      c.Unread,
	}})
}

func (w *jsonWriter) write(value any) error {
	data, err := json.Marshal(value)
	if err != nil {
		return err
	}
	_, err = w.out.Write(append(data, '\n'))
	return err
}
