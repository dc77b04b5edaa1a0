package issuerhttp

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

// TestUntilStep: a refusal leaves at a whole step, the next one.
func TestUntilStep(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		elapsed := time.Duration(rapid.Int64Range(0, int64(time.Hour)).Draw(t, "elapsed"))
		step := time.Duration(rapid.Int64Range(1, int64(10*time.Second)).Draw(t, "step"))
		wait := untilStep(elapsed, step)
		if wait < 0 || wait >= step || (elapsed+wait)%step != 0 {
			t.Fatalf("after %v, by steps of %v, it waits %v", elapsed, step, wait)
		}
	})
}
