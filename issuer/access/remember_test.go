package access

import (
	"crypto/sha256"
	"encoding/binary"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/issuer/config"
)

// TestRememberedIsBounded: a flood of tokens leaves no more than so many, the
// last one among them.
func TestRememberedIsBounded(t *testing.T) {
	now := time.Unix(1_000_000, 0)
	q := &inquirer{
		Introspection: config.Introspection{Cache: config.Duration(time.Minute)},
		now:           func() time.Time { return now }, said: map[[sha256.Size]byte]remembered{},
	}
	for n := range uint64(2 * maxRemembered) {
		id := sha256.Sum256(binary.BigEndian.AppendUint64(nil, n))
		q.remember(id, nil)
		if _, ok := q.recall(id); !ok || len(q.said) > maxRemembered {
			t.Fatalf("%d: remembered %v, %d in all", n, ok, len(q.said))
		}
	}
	now = now.Add(time.Minute)
	q.remember([sha256.Size]byte{}, nil)
	if len(q.said) != 1 {
		t.Errorf("%d are remembered although they are over", len(q.said))
	}
}
