package verifier_test

import (
	"testing"

	"github.com/chancery-vc/chancery/internal/credtest"
	"github.com/chancery-vc/chancery/verifier"
)

// BenchmarkVerify judges one credential with all its checks, by a verifier
// that has read its status list.
func BenchmarkVerify(b *testing.B) {
	issuer := credtest.NewIssuer(b, "registry")
	v, err := verifier.New(policyFor(b, issuer))
	if err != nil {
		b.Fatal(err)
	}
	data := issuer.Signed(b)
	for b.Loop() {
		report, err := v.Verify(b.Context(), data)
		if err != nil || report.Verdict() != verifier.VerdictAccepted {
			b.Fatal(report, err)
		}
	}
}
