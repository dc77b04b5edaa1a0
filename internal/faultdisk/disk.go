//go:build linux && (amd64 || arm64)

// Package faultdisk is a disk that fails, for tests: of one file it decides the
// fate of each write, truncation and fsync of this process, whoever does it,
// and keeps beside the file what a power cut would leave of it.
//
// The kernel asks it about these calls (seccomp, user notification; Linux 5.5).
// That ends only with the process, which is therefore to be one for the test
// alone ([Alone]).
//
// Of what was written since the last fsync a power cut leaves any part: of each
// write all, nothing, or what comes before some byte of it.
package faultdisk

import (
	"fmt"
	"math/rand/v2"
	"os"
	"sync"
	"syscall"
)

// Kind is what a call does.
type Kind string

// The kinds of calls.
const (
	Write    Kind = "write"
	Truncate Kind = "truncate"
	Sync     Kind = "fsync"
)

// Call is one call on the file.
type Call struct {
	Number int // from 0
	Kind   Kind
	at     int64 // of a write; the size, of a truncation
	data   []byte
}

// Fate is what happens to a call.
type Fate int

// The fates of calls.
const (
	Done     Fate = iota // it does what it should
	Fails                // it does nothing, and says so; what waited for an fsync still waits
	Torn                 // it says that it failed, and half of it was done; of an fsync, any part
	Persists             // it says that it failed, and was done
	Lost                 // of an fsync: it says that it failed, and what waited for it never gets to the disk, though it can be read
	Cut                  // the power goes before it; every later call fails
)

// Disk is under one file.
type Disk struct {
	path string
	fate func(Call) Fate

	mu      sync.Mutex
	calls   int
	durable []byte
	waiting []Call // done, and not durable
	cut     bool
}

// Put makes data, all durable, the file at path, and has fate decide about
// each call on it from now on. The file is not there if data is nil.
func (s *Supervisor) Put(path string, data []byte, fate func(Call) Fate) (*Disk, error) {
	if data != nil {
		if err := os.WriteFile(path, data, 0o600); err != nil {
			return nil, err
		}
	}
	d := &Disk{path: path, fate: fate, durable: append([]byte(nil), data...)}
	s.disk.Store(d)
	return d, nil
}

// decide does with a call what is its fate. It returns whether the call is
// to go on as it is, or else its error, 0 for none.
func (d *Disk) decide(c Call) (goOn bool, failure syscall.Errno) {
	d.mu.Lock()
	defer d.mu.Unlock()
	c.Number = d.calls
	d.calls++
	fate := d.fate(c)
	if d.cut || fate == Cut {
		d.cut = true
		return false, syscall.EIO
	}
	switch fate {
	case Done:
		d.take(c)
		return c.Kind != Sync, 0
	case Persists:
		d.take(c)
	case Torn:
		c.data = c.data[:len(c.data)/2]
		if c.Kind == Sync {
			d.durable, d.waiting = leave(d.durable, d.waiting, randomly), nil
			return false, syscall.EIO
		}
		if c.Kind == Truncate {
			return false, syscall.ENOSPC
		}
		d.take(c)
	case Lost:
		d.waiting = nil
		return false, syscall.EIO
	default:
		return false, syscall.ENOSPC
	}
	return false, d.perform(c)
}

// take notes a call that is done.
func (d *Disk) take(c Call) {
	d.waiting = append(d.waiting, c)
	if c.Kind == Sync {
		d.durable, d.waiting = leave(d.durable, d.waiting, wholly), nil
	}
}

// perform does to the file what c says, and returns the error to report all
// the same.
func (d *Disk) perform(c Call) syscall.Errno {
	var err error
	switch c.Kind {
	case Write:
		err = writeAt(d.path, c.at, c.data)
	case Truncate:
		err = os.Truncate(d.path, c.at)
	}
	if err != nil {
		panic(fmt.Errorf("disk for tests: %w", err))
	}
	return syscall.EIO
}

// writeAt uses no call that the kernel would ask about.
func writeAt(path string, at int64, data []byte) error {
	file, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	defer file.Close()
	if _, err := file.Seek(at, 0); err != nil {
		return err
	}
	_, err = file.Write(data)
	return err
}

// A part is how much of a call that was not durable a power cut leaves, of the
// number of its bytes.
type part func(bytes int) int

func wholly(bytes int) int { return bytes }
func nothing(int) int      { return -1 }
func randomly(bytes int) int {
	switch rand.IntN(3) {
	case 0:
		return -1
	case 1:
		return bytes
	default:
		return rand.IntN(bytes + 1)
	}
}

// leave returns data after a part of each call.
func leave(data []byte, calls []Call, part part) []byte {
	data = append([]byte(nil), data...)
	for _, c := range calls {
		n := part(len(c.data))
		if n < 0 || c.Kind == Sync {
			continue
		}
		end := c.at + int64(n)
		if grown := end - int64(len(data)); grown > 0 {
			data = append(data, make([]byte, grown)...)
		}
		copy(data[c.at:], c.data[:n])
		if c.Kind == Truncate {
			data = data[:c.at]
		}
	}
	return data
}

// Left returns what the file may be after a power cut now: without what was not
// durable, with all of it, and with parts of it, by chance.
func (d *Disk) Left() map[string][]byte {
	d.mu.Lock()
	defer d.mu.Unlock()
	return map[string][]byte{
		"what was durable":        leave(d.durable, d.waiting, nothing),
		"all that was written":    leave(d.durable, d.waiting, wholly),
		"parts of what was":       leave(d.durable, d.waiting, randomly),
		"other parts of what was": leave(d.durable, d.waiting, randomly),
	}
}
