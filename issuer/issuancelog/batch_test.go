package issuancelog_test

import (
	"crypto/rand"
	"errors"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/issuer/issuancelog"
	"github.com/chancery-vc/chancery/issuer/store"
	"github.com/chancery-vc/chancery/verifier/logproof"
)

// TestFailedChangesLeaveNothing: records of changes that fail after they were
// added, among many that do not, leave chain and tree whole.
func TestFailedChangesLeaveNothing(t *testing.T) {
	s, err := store.Open(filepath.Join(t.TempDir(), "s.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	l, err := issuancelog.Open(t.Context(), s, time.Now, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	failure := errors.New("failure")
	const changes, each = 300, 5
	var group sync.WaitGroup
	for i := range changes {
		group.Go(func() {
			err := s.Update(t.Context(), func(tx *store.Tx) error {
				err := errors.Join(l.Append(tx, typical()), l.Append(tx, typical()))
				if i%each == 0 {
					err = failure
				}
				return err
			})
			if errors.Is(err, failure) != (i%each == 0) {
				t.Errorf("change %d: %v", i, err)
			}
		})
	}
	group.Wait()
	err = s.View(func(tx *store.Tx) error {
		result := logproof.WalkTree(issuancelog.Entries(tx), nil, nil)
		if want := uint64(2 * (changes - changes/each)); result.Size != want || result.Leaves != want || len(result.Findings) > 0 {
			t.Errorf("%d records, %d leaves, want %d: %v", result.Size, result.Leaves, want, result.Findings)
		}
		root, err := issuancelog.Root(tx, result.Size)
		if err == nil && root != result.Root {
			t.Error("the tree of the log has another root than its records")
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}
