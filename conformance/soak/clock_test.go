package soak

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

// clock is that of the programs: the machine's, moved.
type clock struct {
	file *os.File // its first eight bytes are by how many nanoseconds

	mu    sync.Mutex
	moved time.Duration
	most  time.Duration // that it was moved by ever
	count int           // of moves
}

func newClock(t *testing.T) *clock {
	t.Helper()
	file, err := os.Create(filepath.Join(t.TempDir(), "clock"))
	must(t, err)
	t.Cleanup(func() { file.Close() })
	c := &clock{file: file}
	c.move(t, 0)
	return c
}

// move moves the clock by so much more.
func (c *clock) move(t *testing.T, by time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.moved += by
	c.count++
	c.most = max(c.most, c.moved)
	if _, err := c.file.WriteAt(binary.NativeEndian.AppendUint64(nil, uint64(c.moved)), 0); err != nil {
		t.Error(err)
	}
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Add(c.moved)
}

// latest is what the clock would show if it had never been moved back.
func (c *clock) latest() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Add(c.most)
}

// moves tells how often it was moved.
func (c *clock) moves() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.count
}
