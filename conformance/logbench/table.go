package main

import (
	"fmt"
	"io"
	"runtime"
	"text/tabwriter"
)

// What is aimed at.
const (
	aimOfBbolt   = 0.7
	aimOfTessera = 3.0
	aimOfVerify  = 500_000 // records a second, on two processors
	aimProcessor = 2
)

func newTable(out io.Writer) *tabwriter.Writer {
	return tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
}

// appendTable prints durable records a second, and in brackets the
// microseconds of the processor of one.
func appendTable(out io.Writer, sides []side, medians [][]speed) error {
	t := newTable(out)
	fmt.Fprint(t, "writers\t")
	for _, side := range sides {
		fmt.Fprintf(t, "%s/s\tprocessor\t", side.name)
	}
	fmt.Fprintf(t, "of bbolt\taim %.1f\tof tessera\taim %.0f\t\n", aimOfBbolt, aimOfTessera)
	for i, row := range medians {
		fmt.Fprintf(t, "%d\t", atOnce[i])
		for _, one := range row {
			fmt.Fprintf(t, "%.0f\t%.1f µs\t", one.Rate, float64(one.Processor)/1000)
		}
		fmt.Fprint(t, ratio(row, 1, aimOfBbolt), ratio(row, 3, aimOfTessera), "\n")
	}
	return t.Flush()
}

// ratio compares ours with another side, if that was measured.
func ratio(row []speed, other int, aim float64) string {
	if other >= len(row) {
		return "-\t-\t"
	}
	times := row[0].Rate / row[other].Rate
	return fmt.Sprintf("%.2f\t%s\t", times, verdict(times >= aim))
}

func verdict(met bool) string {
	if met {
		return "met"
	}
	return "missed"
}

func grownTable(out io.Writer, g grown) error {
	const mebibyte = 1 << 20
	t := newTable(out)
	fmt.Fprint(t, "\nrecords\twritten/s\tproof\theap\tmemory\tfile\t\n")
	for _, s := range g.stages {
		fmt.Fprintf(t, "%d\t%.0f\t%.1f µs\t%.1f MiB\t%.1f MiB\t%.0f MiB\t\n", s.records, s.written, float64(s.proof)/1000,
			float64(s.heap)/mebibyte, float64(s.memory)/mebibyte, float64(s.file)/mebibyte)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	alone := aimProcessor * 1e9 / float64(max(g.verify.Processor, 1))
	_, err := fmt.Fprintf(out, "\nverified: %.0f records/s by the clock, %.1f µs of the processor each, which %d of them with nothing else to do have the time for %.0f times a second (aim %d: %s by the clock)\n",
		g.verify.Rate, float64(g.verify.Processor)/1000, aimProcessor, alone, aimOfVerify, verdict(g.verify.Rate >= aimOfVerify))
	return err
}

func finish(out io.Writer, before, after string) error {
	_, err := fmt.Fprintf(out, "\n%d processors, %s; load %s before, %s after\n", runtime.NumCPU(), runtime.Version(), before, after)
	return err
}
