package issuer_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/issuer"
	"github.com/chancery-vc/chancery/issuer/issuancelog"
	"github.com/chancery-vc/chancery/verifier"
	"github.com/chancery-vc/chancery/verifier/bundle"
	"github.com/chancery-vc/chancery/verifier/logproof"
)

// logged is the row about the log in the report about a credential, by somebody
// who wants it to be in the issuer's.
func logged(t *testing.T, i *issuer.Issuer, b *bundle.Bundle, now time.Time, credential, receipt []byte) (verifier.Check, verifier.Verdict) {
	t.Helper()
	policy := verifier.Policy{
		Now: now, Issuer: verifier.Expect(i.ID()), Domain: verifier.Ignore[string](), Challenge: verifier.Ignore[string](),
		Status: verifier.Ignore[string](), Freshness: verifier.Ignore[time.Duration](), LogReceipt: verifier.Expect(i.Origin()), Bundles: []*bundle.Bundle{b},
	}
	if receipt != nil {
		r, err := logproof.ParseReceipt(receipt)
		must(t, err)
		policy.Receipts = []logproof.Receipt{r}
	}
	report, err := verifier.Verify(t.Context(), credential, policy)
	must(t, err)
	return report.Check(verifier.CheckLog), report.Verdict()
}

// TestAnswersHaveReceipts: each way to an answer hands out the receipt that a
// verifier wants, and that of one is not good for another.
func TestAnswersHaveReceipts(t *testing.T) {
	i, dir, clock := setUp(t, 3, withOffice, withRelyingParties)
	b := bundleOf(t, i, dir)
	all := []issuer.Answer{answer(t, i, known())}
	secured, err := i.Secure(t.Context(), wording())
	must(t, err)
	all = append(all, secured)
	for _, change := range []func(*issuer.Query){
		func(q *issuer.Query) { q.Kind, q.Name = issuer.Credential, birth },
		func(q *issuer.Query) {},
	} {
		a, err := i.Consult(t.Context(), query(change))
		must(t, err)
		all = append(all, a)
	}
	for n, a := range all {
		for m, other := range all {
			check, _ := logged(t, i, b, clock.Now(), a.Bytes, other.Receipt)
			if (check.Outcome == verifier.Established) != (n == m) {
				t.Errorf("credential %d with receipt %d: %+v", n, m, check)
			}
		}
		if check, verdict := logged(t, i, b, clock.Now(), a.Bytes, nil); check.Outcome != verifier.NotEstablished || verdict != verifier.VerdictNotEstablished {
			t.Errorf("credential %d without a receipt: %+v", n, check)
		}
	}
	if check, verdict := logged(t, i, b, clock.Now(), all[0].Bytes, all[0].Receipt); verdict != verifier.VerdictAccepted || !strings.Contains(check.Detail, i.Origin()) {
		t.Errorf("%s: %+v", verdict, check)
	}
}

// TestReceiptIsMadeAgain: of later states of the log, and of nothing that is
// not in it.
func TestReceiptIsMadeAgain(t *testing.T) {
	i, dir, clock := setUp(t, 3)
	a := answer(t, i, known())
	for range 5 {
		answer(t, i, known())
	}
	again, err := i.Receipt(a.Credential)
	must(t, err)
	if check, _ := logged(t, i, bundleOf(t, i, dir), clock.Now(), a.Bytes, again); check.Outcome != verifier.Established {
		t.Errorf("%+v", check)
	}
	if receipt, err := i.Receipt("urn:uuid:00000000-0000-4000-8000-000000000000"); !errors.Is(err, issuancelog.ErrNoReceipt) {
		t.Errorf("%x, %v", receipt, err)
	}
}

// TestReceiptsAtOnce: answers that come at the same time share roots, and each
// receipt is good all the same.
func TestReceiptsAtOnce(t *testing.T) {
	i, dir, clock := setUp(t, 3)
	b := bundleOf(t, i, dir)
	all := make([]issuer.Answer, 64)
	var group sync.WaitGroup
	for n := range all {
		group.Go(func() {
			a, err := i.Answer(t.Context(), known())
			if err != nil {
				t.Error(err)
			}
			all[n] = a
		})
	}
	group.Wait()
	for _, a := range all {
		if check, _ := logged(t, i, b, clock.Now(), a.Bytes, a.Receipt); check.Outcome != verifier.Established {
			t.Errorf("%+v", check)
		}
	}
}

// TestBatchReceipts: each credential of a batch has its receipt beside it; one
// that is missing or was cut off is made when the batch goes on.
func TestBatchReceipts(t *testing.T) {
	const rows = 12
	i, dir, clock := setUp(t, rows)
	out := filepath.Join(dir, "out")
	issueAll(t, i, out)
	b := bundleOf(t, i, dir)
	good := func() {
		t.Helper()
		for name, credential := range released(t, out) {
			receipt, err := os.ReadFile(filepath.Join(out, name+logproof.ReceiptExtension))
			must(t, err)
			if check, _ := logged(t, i, b, clock.Now(), credential, receipt); check.Outcome != verifier.Established {
				t.Errorf("%s: %+v", name, check)
			}
		}
	}
	good()
	n := 0
	for name := range released(t, out) {
		path := filepath.Join(out, name+logproof.ReceiptExtension)
		if n++; n%3 == 0 {
			must(t, os.Remove(path))
		} else if n%3 == 1 {
			must(t, os.Truncate(path, 100))
		}
	}
	if result := issueAll(t, i, out); result.Before != rows || result.Issued != 0 {
		t.Errorf("%+v", result)
	}
	good()
	matches(t, inFile(t, dir), out)
}
