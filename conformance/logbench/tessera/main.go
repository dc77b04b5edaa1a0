// Command tessera adds entries to a log of tessera's POSIX driver, by so many
// writers at a time, each of which waits until its entry is durable, and
// prints records a second and the nanoseconds of the processor that one took.
package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/transparency-dev/tessera"
	"github.com/transparency-dev/tessera/storage/posix"
	"golang.org/x/mod/sumdb/note"
)

// batchAge is how long the driver waits for others to join a batch.
const batchAge = time.Millisecond

type speed struct {
	Rate      float64       `json:"rate"`
	Processor time.Duration `json:"processor"`
}

func main() {
	folder := flag.String("folder", "", "empty `folder` of the log")
	writers := flag.Int("writers", 1, "`number` of writers")
	turn := flag.Duration("turn", time.Second, "how `long` they write")
	size := flag.Int("bytes", 800, "`number` of bytes of an entry")
	flag.Parse()
	slog.SetDefault(slog.New(slog.NewTextHandler(io.Discard, nil)))
	result, err := run(context.Background(), *folder, *writers, *turn, *size)
	if err == nil {
		err = json.NewEncoder(os.Stdout).Encode(result)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "tessera:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, folder string, writers int, turn time.Duration, size int) (speed, error) {
	appender, err := open(ctx, folder, writers)
	if err != nil {
		return speed{}, err
	}
	var group sync.WaitGroup
	var added atomic.Int64
	failed := make([]error, writers)
	before, start := processorTime(), time.Now()
	for i := range writers {
		group.Go(func() {
			for failed[i] == nil && time.Since(start) < turn {
				if failed[i] = add(ctx, appender, size); failed[i] == nil {
					added.Add(1)
				}
			}
		})
	}
	group.Wait()
	records := max(added.Load(), 1)
	return speed{float64(records) / time.Since(start).Seconds(), (processorTime() - before) / time.Duration(records)}, errors.Join(failed...)
}

func open(ctx context.Context, folder string, writers int) (*tessera.Appender, error) {
	key, _, err := note.GenerateKey(rand.Reader, "registry.example/log")
	if err != nil {
		return nil, err
	}
	signer, err := note.NewSigner(key)
	if err != nil {
		return nil, err
	}
	driver, err := posix.New(ctx, posix.Config{Path: folder})
	if err != nil {
		return nil, err
	}
	options := tessera.NewAppendOptions().WithCheckpointSigner(signer).WithBatching(uint(writers), batchAge).WithCheckpointInterval(time.Second)
	appender, _, _, err := tessera.NewAppender(ctx, driver, options)
	return appender, err
}

func add(ctx context.Context, appender *tessera.Appender, size int) error {
	data := make([]byte, size)
	rand.Read(data)
	_, err := appender.Add(ctx, tessera.NewEntry(data))()
	return err
}

func processorTime() time.Duration {
	var used syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &used) // it fails for no process of its own
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}
