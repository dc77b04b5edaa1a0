package verifier_test

import (
	"bytes"
	"runtime"
	"sync"
	"testing"

	"github.com/chancery-vc/chancery/internal/credtest"
	"github.com/chancery-vc/chancery/schemas"
	"github.com/chancery-vc/chancery/verifier"
)

// TestEachFlippedBit refuses a signed credential with any one bit changed. In
// short mode it tries one bit of each byte.
func TestEachFlippedBit(t *testing.T) {
	issuer := credtest.NewIssuer(t, "registry")
	data, policy := issuer.Signed(t), policyFor(t, issuer)
	wantAccepted(t, data, policy)
	refuseEach(t, policy, len(data)*8, func(i int) []byte { return flip(data, i) })
}

// TestEachTruncation refuses a signed credential that was cut off anywhere.
func TestEachTruncation(t *testing.T) {
	issuer := credtest.NewIssuer(t, "registry")
	data := issuer.Signed(t)
	refuseEach(t, policyFor(t, issuer), len(data), func(i int) []byte { return data[:i] })
}

// TestEachAlterationOnEverySuite refuses a small credential, signed with each
// suite, with any one bit changed or cut off anywhere. In short mode, and where
// the signature is long, it tries one bit of each byte; every bit of such a
// signature is tried beside its suite.
func TestEachAlterationOnEverySuite(t *testing.T) {
	issuer := credtest.NewIssuer(t, "registry")
	document := credtest.Object{
		"@context":          []any{schemas.CredentialsV2},
		"type":              []any{"VerifiableCredential"},
		"validFrom":         "2026-07-01T11:00:00Z",
		"credentialSubject": credtest.Object{"id": credtest.Holder, "name": "Þórdís"},
	}
	onEverySuite(t, issuer.Contexts, document, func(t *testing.T, data []byte, policy verifier.Policy) {
		refuseEach(t, policy, len(data)*8, func(i int) []byte { return flip(data, i) })
		refuseEach(t, policy, len(data), func(i int) []byte { return data[:i] })
	})
}

// long is how many bytes are too many for each bit of them to be tried.
const long = 3500

// flip returns data with bit i changed, or nil for one that is left out.
func flip(data []byte, i int) []byte {
	if (testing.Short() || len(data) > long) && (i/8)%8 != i%8 {
		return nil
	}
	flipped := bytes.Clone(data)
	flipped[i/8] ^= 1 << (i % 8)
	return flipped
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
