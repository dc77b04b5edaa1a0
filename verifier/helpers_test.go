package verifier_test

import (
	"strings"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/internal/credtest"
	"github.com/chancery-vc/chancery/verifier"
	"github.com/chancery-vc/chancery/verifier/bundle"
	"github.com/chancery-vc/chancery/verifier/status"
)

// policyFor returns what a careful relying party wants of credentials of
// issuer, with a bundle that is an hour old and has nothing revoked.
func policyFor(t testing.TB, issuer *credtest.Issuer) verifier.Policy {
	t.Helper()
	known := credtest.Open(t, issuer, issuer.Bundle(t, credtest.Now.Add(-time.Hour)))
	return verifier.Policy{
		Now:        credtest.Now,
		Issuer:     verifier.Expect(issuer.ID),
		Domain:     verifier.Ignore[string](),
		Challenge:  verifier.Ignore[string](),
		Status:     verifier.Expect(status.Revocation),
		Freshness:  verifier.Expect(24 * time.Hour),
		LogReceipt: verifier.Ignore[string](),
		Bundles:    []*bundle.Bundle{known},
	}
}

func judge(t testing.TB, data []byte, policy verifier.Policy) *verifier.Report {
	t.Helper()
	report, err := verifier.Verify(t.Context(), data, policy)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

// wantCheck wants one check of a report to have ended in outcome, with detail
// as part of its reason, and the verdict to follow from it.
func wantCheck(t *testing.T, report *verifier.Report, name string, outcome verifier.Outcome, detail string) {
	t.Helper()
	check := report.Check(name)
	if check.Outcome != outcome || !strings.Contains(check.Detail, detail) {
		t.Errorf("%s is %s (%s), want %s (%s)", name, check.Outcome, check.Detail, outcome, detail)
	}
	wantConsistent(t, report)
}

// wantConsistent wants nothing to be given as verified unless each required
// check is established and none was refused.
func wantConsistent(t *testing.T, report *verifier.Report) {
	t.Helper()
	good := len(report.Checks) > 1
	for _, c := range report.Checks {
		good = good && c.Outcome != verifier.Refused && (!c.Required || c.Outcome == verifier.Established)
	}
	if accepted := report.Verdict() == verifier.VerdictAccepted; accepted != good || (report.Verified() != nil) != good {
		t.Errorf("verdict %s with Verified() %v does not follow from %+v", report.Verdict(), report.Verified(), report.Checks)
	}
}

func wantVerdict(t *testing.T, report *verifier.Report, want verifier.Verdict) {
	t.Helper()
	if got := report.Verdict(); got != want {
		t.Errorf("verdict %s, want %s: %+v", got, want, report.Checks)
	}
	wantConsistent(t, report)
}
