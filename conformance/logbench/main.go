// Command logbench measures the issuance log beside what could be had instead,
// in one run:
//
//	go run ./conformance/logbench
//
// Durable records a second, by so many writers at a time, each of which waits
// for its record before it adds the next: of the log with chain, tree, index
// and signed checkpoints; of bbolt with the same bytes and nothing else, by its
// own batches, tuned; of a file, appended to and synced for all writers that
// wait; and of the POSIX driver of tessera, which is a module of its own in the
// folder tessera and runs as a program of its own. They take turns, and of
// their turns the median stands in the table.
//
// Then the log is written, with nobody waiting, to several sizes. At each it is
// measured how long a proof takes to make and what memory is in use, and at the
// last how fast the whole log is verified.
//
// By the clock, others on the machine disturb what is measured; the time of the
// processor, in all threads of a side, they disturb less. It ends with an error
// if something could not be run; whether an aim is met is only told.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"time"
)

// settings are how it is measured.
type settings struct {
	tessera string        // folder of its program's source
	folder  string        // where logs are made
	turn    time.Duration // how long a side adds records
	rounds  int           // how many turns each has
	records int           // of the log that is proved from and verified
}

func main() {
	var s settings
	flag.StringVar(&s.tessera, "tessera", "conformance/logbench/tessera", "`folder` of the program for tessera, or empty to leave it out")
	flag.StringVar(&s.folder, "folder", os.TempDir(), "`folder`, on the disk to measure")
	flag.DurationVar(&s.turn, "turn", time.Second, "how `long` a turn is")
	flag.IntVar(&s.rounds, "rounds", 3, "`number` of turns, of which the median counts")
	flag.IntVar(&s.records, "records", 1_000_000, "`number` of records of the log that is proved from and verified")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := bench(ctx, s, os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "logbench:", err)
		os.Exit(1)
	}
}

func bench(ctx context.Context, s settings, out, progress io.Writer) (err error) {
	if s.folder, err = os.MkdirTemp(s.folder, "logbench-"); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(s.folder)) }()
	sides, err := makeSides(ctx, s, progress)
	if err != nil {
		return err
	}
	load := loadAverage()
	appends, err := s.appends(ctx, sides, progress)
	if err != nil {
		return err
	}
	grown, err := s.grow(ctx, progress)
	if err != nil {
		return err
	}
	return errors.Join(
		appendTable(out, sides, appends),
		grownTable(out, grown),
		finish(out, load, loadAverage()),
	)
}
