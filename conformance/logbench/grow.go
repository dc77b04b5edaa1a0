package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"runtime"
	"time"

	"github.com/chancery-vc/chancery/issuer/issuancelog"
	"github.com/chancery-vc/chancery/issuer/store"
	"github.com/chancery-vc/chancery/verifier/logproof"
)

const (
	// writtenAtOnce is how many records of the growing log are one transaction.
	writtenAtOnce = 1000
	// proofs is how many are made at each size.
	proofs = 2000
	// largestShare is of the last size the smallest that is looked at.
	largestShare = 100
)

// grown is what was measured of the log that grows.
type grown struct {
	stages []stage
	verify speed // of the whole log at its last size
}

// stage is what was measured at one size.
type stage struct {
	records int
	written float64       // records a second, since the stage before
	proof   time.Duration // by the clock, of one inclusion proof of a random record
	heap    uint64        // bytes in use
	memory  uint64        // bytes of the process that are not of a file, or 0
	file    int64         // bytes
}

// grow writes a log through the real code, and stops at a hundredth, a tenth and
// all of it.
func (s settings) grow(ctx context.Context, progress io.Writer) (g grown, err error) {
	folder, err := os.MkdirTemp(s.folder, "log-")
	if err != nil {
		return g, err
	}
	o, err := openOurs(ctx, folder)
	if err != nil {
		return g, err
	}
	defer func() { err = errors.Join(err, o.store.Close()) }()
	before := 0
	for share := largestShare; share >= 1; share /= 10 {
		size := max(s.records/share, 1)
		fmt.Fprintf(progress, "writing the log up to %d records\n", size)
		one, err := o.stage(ctx, folder, before, size)
		if err != nil {
			return g, err
		}
		g.stages, before = append(g.stages, one), size
	}
	fmt.Fprintln(progress, "verifying the whole log")
	g.verify, err = o.verify(s.records)
	return g, err
}

func (o *ours) stage(ctx context.Context, folder string, from, size int) (one stage, err error) {
	start := time.Now()
	for n := from; n < size; n += writtenAtOnce {
		if err := o.write(ctx, min(writtenAtOnce, size-n)); err != nil {
			return one, err
		}
	}
	one = stage{records: size, written: float64(size-from) / time.Since(start).Seconds()}
	if one.proof, err = o.proofs(size); err != nil {
		return one, err
	}
	var memory runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&memory)
	one.heap, one.memory = memory.HeapInuse, ownMemory()
	info, err := os.Stat(stateFile(folder))
	if err == nil {
		one.file = info.Size()
	}
	return one, err
}

func (o *ours) write(ctx context.Context, records int) error {
	return o.store.Update(ctx, func(tx *store.Tx) error {
		for range records {
			if err := o.log.Append(tx, record()); err != nil {
				return err
			}
		}
		return nil
	})
}

// proofs returns how long the proof of a random record takes.
func (o *ours) proofs(size int) (each time.Duration, err error) {
	err = o.store.View(func(tx *store.Tx) error {
		start := time.Now()
		for range proofs {
			if _, err := issuancelog.Prove(tx, rand.Uint64N(uint64(size)), uint64(size)); err != nil {
				return err
			}
		}
		each = time.Since(start) / proofs
		return nil
	})
	return each, err
}

// verify checks the whole log: each record, chain, tree and root.
func (o *ours) verify(records int) (one speed, err error) {
	err = o.store.View(func(tx *store.Tx) error {
		before, start := processorTime(), time.Now()
		result := logproof.WalkTree(issuancelog.Entries(tx), nil, nil)
		if result.Size != uint64(records) || len(result.Findings) > 0 {
			return fmt.Errorf("the log was written with %d records, and has %d, with %d findings", records, result.Size, len(result.Findings))
		}
		one = speed{float64(records) / time.Since(start).Seconds(), (processorTime() - before) / time.Duration(records)}
		return nil
	})
	return one, err
}
