package main

import (
	"fmt"
	"io"
	"runtime"
	"text/tabwriter"
	"time"
)

// table prints the results, columns aligned.
func table(out io.Writer, s settings, results []result) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "operation\tours\ttheirs\ttimes as fast\tby the clock\ttarget\t\t")
	for _, r := range results {
		target, verdict := r.judge()
		fmt.Fprintf(w, "%s\t%s\t%s\t%.1f\t%.1f\t%s\t%s\t\n", r.name, milliseconds(r.us.processor), milliseconds(r.them.processor),
			r.ratio(), ratio(r.us.clock, r.them.clock), target, verdict)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(out, "\nTime of the processor, medians of %d turns of %s and more, one thread a side; %d processors; %s, %s/%s.\n",
		s.rounds, s.turn, runtime.NumCPU(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return err
}

// ratio tells how many times as fast ours is.
func (r result) ratio() float64 { return ratio(r.us.processor, r.them.processor) }

func ratio(us, them time.Duration) float64 { return float64(them) / float64(us) }

// judge returns the target, and whether it is met.
func (r result) judge() (target, verdict string) {
	switch {
	case r.target == 0:
		return "-", ""
	case r.ratio() >= r.target:
		verdict = "met"
	default:
		verdict = "missed"
	}
	return fmt.Sprintf("%.0f", r.target), verdict
}

func milliseconds(d time.Duration) string {
	return fmt.Sprintf("%.3f ms", float64(d)/float64(time.Millisecond))
}
