//go:build !linux

package load

import (
	"testing"
	"time"
)

// used is not known here.
func used(testing.TB) (here, database time.Duration) { return 0, 0 }
