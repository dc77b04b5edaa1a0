package soak

import (
	"fmt"
	"os"
	"text/tabwriter"
	"time"
)

// report writes what was done and what came of it, and fails the test with
// whatever must not be.
func (s *soak) report() {
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "\n%s; %d records in the log, %d answers received, %d starts; the clock was moved by %s\n", s.lasts, s.size, len(s.party.received), s.issuer.starts, s.clock.moved)
	fmt.Fprintln(w, "\nasked\ttimes\tof which")
	for _, what := range s.tally.rows() {
		fmt.Fprintf(w, "%s\t%d\t%s\n", what, s.tally.of(what, ""), s.tally.outcomes(what))
	}
	fmt.Fprintln(w, "\ndone to it\ttimes\tanswered again after, at most")
	for _, what := range s.faults.rows() {
		fmt.Fprintf(w, "%s\t%d\t%s\n", what, s.faults.of(what, ""), s.again[what].Round(time.Millisecond))
	}
	s.reportLeaks(w)
	fmt.Fprintln(w, "\nthe program said\ttimes")
	for _, name := range s.health.troubles() {
		fmt.Fprintf(w, "%s\t%d\n", name, s.health.lines[name])
		s.t.Logf("it said first: %.1000s", s.health.first[name])
	}
	must(s.t, w.Flush())
	for _, text := range s.tally.bad {
		s.t.Error(text)
	}
}

func (s *soak) reportLeaks(w *tabwriter.Writer) {
	found, lived, err := leaks(s.samples)
	if err != nil {
		s.tally.wrong(err.Error())
		return
	}
	fmt.Fprintf(w, "\nheld, over %s\tfirst third\tlast third\tan hour adds\n", lived.Round(time.Second))
	for _, l := range found {
		fmt.Fprintf(w, "%s\t%.1f\t%.1f\t%+.1f\n", l.name, l.first, l.last, l.trend)
		if l.leaks {
			s.tally.wrong(fmt.Sprintf("%s: the least was %.1f at first, and %.1f in the end", l.name, l.first, l.last))
		}
	}
}
