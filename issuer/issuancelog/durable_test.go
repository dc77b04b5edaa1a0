//go:build linux && (amd64 || arm64)

package issuancelog_test

import (
	"crypto/rand"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/internal/faultdisk"
	"github.com/chancery-vc/chancery/issuer/issuancelog"
	"github.com/chancery-vc/chancery/issuer/store"
)

// TestNobodySeesWhatIsNotDurable looks at the log while each fsync of it lasts:
// a checkpoint of a record that a power cut takes away would show a fork.
func TestNobodySeesWhatIsNotDurable(t *testing.T) {
	disk := faultdisk.Alone(t)
	if disk == nil {
		return
	}
	path := filepath.Join(t.TempDir(), "s.db")
	var size func() uint64
	var durable atomic.Uint64
	looks := 0
	var looking sync.WaitGroup
	_, err := disk.Put(path, newFile(t), func(c faultdisk.Call) faultdisk.Fate {
		if c.Kind == faultdisk.Sync && size != nil {
			looks++
			seen := make(chan uint64, 1)
			looking.Go(func() { seen <- size() })
			select {
			case n := <-seen:
				if n > durable.Load() {
					t.Errorf("%d records are seen, and %d are durable", n, durable.Load())
				}
			case <-time.After(5 * time.Millisecond): // it waits for the fsync
			}
		}
		return faultdisk.Done
	})
	if err != nil {
		t.Fatal(err)
	}
	s, err := store.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	defer looking.Wait()
	l, err := issuancelog.Open(t.Context(), s, clock, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	size = func() (n uint64) {
		if err := s.View(func(tx *store.Tx) (err error) { n, err = issuancelog.Size(tx); return err }); err != nil {
			t.Error(err)
		}
		return n
	}
	for n := range uint64(10) {
		ask(t, l)
		durable.Store(n + 1)
	}
	if looks < 20 {
		t.Errorf("only %d fsyncs", looks)
	}
}
