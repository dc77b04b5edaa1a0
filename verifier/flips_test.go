package verifier_test

import (
	"bytes"
	"runtime"
	"sync"
	"testing"

	"github.com/chancery-vc/chancery/internal/credtest"
	"github.com/chancery-vc/chancery/verifier"
)

// TestEachFlippedBit refuses a signed credential with any one bit changed. In
// short mode it tries one bit of each byte.
func TestEachFlippedBit(t *testing.T) {
	issuer := credtest.NewIssuer(t, "registry")
	data, policy := issuer.Signed(t), policyFor(t, issuer)
	wantAccepted(t, data, policy)
	refuseEach(t, policy, len(data)*8, func(i int) []byte {
		if testing.Short() && (i/8)%8 != i%8 {
			return nil
		}
		flipped := bytes.Clone(data)
		flipped[i/8] ^= 1 << (i % 8)
		return flipped
	})
}

// TestEachTruncation refuses a signed credential that was cut off anywhere.
func TestEachTruncation(t *testing.T) {
	issuer := credtest.NewIssuer(t, "registry")
	data := issuer.Signed(t)
	refuseEach(t, policyFor(t, issuer), len(data), func(i int) []byte { return data[:i] })
}

// refuseEach wants each of n alterations, of which nil is none, to be refused.
func refuseEach(t *testing.T, policy verifier.Policy, n int, alter func(int) []byte) {
	t.Helper()
	v, err := verifier.New(policy)
	if err != nil {
		t.Fatal(err)
	}
	var workers sync.WaitGroup
	for worker := range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for i := worker; i < n; i += runtime.GOMAXPROCS(0) {
				altered := alter(i)
				if altered == nil {
					continue
				}
				report, err := v.Verify(t.Context(), altered)
				if err != nil || report.Verdict() == verifier.VerdictAccepted || report.Verified() != nil {
					t.Errorf("alteration %d: %v, %v: %s", i, report, err, altered)
				}
			}
		})
	}
	workers.Wait()
}
