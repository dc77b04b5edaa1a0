// Command bench measures this implementation beside others of the same
// standards, in JavaScript, in one run:
//
//	go run ./conformance/bench
//
// Both sides derive from and verify the same texts, which are made here with
// new keys, and take each in turn: ours for a while, theirs for a while, and so
// on. A time is that of one operation, from the text of a document to a verdict
// or to the text of another one; of the turns the median stands in the table.
// Before anything is timed each side shows that it verifies what it should, and
// refuses it altered.
//
// Times are those of the processor, in all threads of a side, so that others on
// the machine disturb them little. Each side has one thread to work with:
// GOMAXPROCS is 1 here, V8 has no threads of its own, and the pool of Node.js,
// where WebCrypto does its signatures, has one.
//
// The peers are one child process, in the folder workers. It reads one JSON
// object a line, does what it says for so many milliseconds and at least once,
// and answers with one:
//
//	{"op":"start","millis","contexts":{URL: document},"issuer": JWK}   {"processor","clock"}
//	{"op":"derive","millis","suite","pointers","document"}             {"processor","clock","document"}
//	{"op":"verify","millis","suite","document"}                        {"processor","clock"}
//	{"op":"verifySDJWT","millis","nonce","document"}                   {"processor","clock"}
//
// in nanoseconds, or {"error"}, also where something does not verify. It ends with an error if
// something could not be run; whether a target is met is only told.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"time"
)

// settings are how it is measured.
type settings struct {
	folder string        // of the peers
	rounds int           // how many times each side has its turn, for each row
	turn   time.Duration // how long that is
	warmUp time.Duration // before the first round, each side
}

func main() {
	var s settings
	flag.StringVar(&s.folder, "workers", "conformance/bench/workers", "the `folder` of the peers")
	flag.IntVar(&s.rounds, "rounds", 11, "`number` of turns of each side, for each operation")
	flag.DurationVar(&s.turn, "turn", 200*time.Millisecond, "how `long` a turn is")
	flag.DurationVar(&s.warmUp, "warm-up", 2*time.Second, "how `long` each side works before it is measured")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := bench(ctx, s, os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func bench(ctx context.Context, s settings, out, progress io.Writer) error {
	runtime.GOMAXPROCS(1)
	u, err := newOurs()
	if err != nil {
		return err
	}
	peers, err := startPeers(ctx, s, progress)
	if err != nil {
		return err
	}
	defer peers.stop()
	rows, err := makeRows(ctx, u, peers)
	if err != nil {
		return err
	}
	results := make([]result, len(rows))
	for i, r := range rows {
		fmt.Fprintf(progress, "measuring %s\n", r.name)
		if results[i], err = r.measure(ctx, s, peers); err != nil {
			return fmt.Errorf("%s: %w", r.name, err)
		}
	}
	return table(out, s, results)
}
