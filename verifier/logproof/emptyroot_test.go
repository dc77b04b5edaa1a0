package logproof_test

import (
	"testing"

	"github.com/chancery-vc/chancery/verifier/logproof"
)

// TestEmptyCheckpoint: a signed checkpoint of no records with another root than
// that of no tree is found by the walk over the tree as by that over tiles.
func TestEmptyCheckpoint(t *testing.T) {
	entries, _ := planted(t, 3)
	forged := logproof.Checkpoint{Origin: origin, Root: logproof.HashOf([]byte("another"))}
	if got := inTree(entries, forged); len(got) != 1 {
		t.Errorf("found %v", got)
	}
}
