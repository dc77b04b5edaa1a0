package issuer_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/internal/issuertest"
	"github.com/chancery-vc/chancery/issuer"
	"github.com/chancery-vc/chancery/issuer/access"
	"github.com/chancery-vc/chancery/issuer/budget"
	"github.com/chancery-vc/chancery/issuer/source"
	"github.com/chancery-vc/chancery/verifier/logproof"
)

// childAsk asks about one record after the other, none of which there is.
const childAsk = "ask"

// askNext asks as a caller with a budget and a rate does, until it may not, and
// returns why.
func askNext(ctx context.Context, i *issuer.Issuer) error {
	for {
		_, err := i.Consult(ctx, query(keyed(fmt.Sprint("nobody-", rand.Uint64()))))
		if !errors.Is(err, source.ErrNone) {
			return err
		}
		time.Sleep(rand.N(10 * time.Millisecond))
	}
}

func isOver(err error) bool {
	var exhausted budget.Exhausted
	var limited access.Limited
	return errors.As(err, &exhausted) || errors.As(err, &limited)
}

func runAsking(ctx context.Context, i *issuer.Issuer, _ string) error {
	fmt.Println("open")
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			if err := askNext(ctx, i); !isOver(err) {
				panic(err)
			}
		})
	}
	group.Wait()
	return nil
}

// askedMost is how many questions the budget, or the rate, of these tests has.
const askedMost = 24

// TestKilledWhileAsking kills an issuer that is asked, again and again: what
// counts is what is in the log as asked, no more and no less, until all of it is
// used up.
func TestKilledWhileAsking(t *testing.T) {
	for name, edit := range map[string]issuertest.Edit{
		"budget": withBudget(fmt.Sprintf("{subjects: %d/24h}", askedMost)),
		"rate":   withRate(fmt.Sprintf("%d/24h", askedMost)),
	} {
		t.Run(name, func(t *testing.T) {
			dir := issuertest.Folder(t, 1, edit)
			kills := 0
			for n, ended := 0, false; !ended && n < rounds(200, 20); n++ {
				c := start(t, childAsk, dir)
				time.Sleep(rand.N(20 * time.Millisecond))
				if ended = c.kill(t); !ended {
					kills++
				}
			}
			clock := issuertest.NewClock()
			clock.Advance(time.Since(issuertest.Start)) // the children counted by the clock of this machine
			i := issuertest.Open(t, dir, clock)
			before := countAsked(t, i)
			states, err := i.Budgets(t.Context(), school)
			must(t, err)
			if name == "budget" && states[0].Used != before {
				t.Errorf("%d were asked, and %d counted", before, states[0].Used)
			}
			if err := askNext(t.Context(), i); !isOver(err) {
				t.Error(err)
			}
			if n := countAsked(t, i); n != askedMost {
				t.Errorf("%d were asked, of %d", n, askedMost)
			}
			t.Logf("killed %d times after %d questions", kills, before)
		})
	}
}

// countAsked returns how many questions were asked.
func countAsked(t *testing.T, i *issuer.Issuer) (n int) {
	t.Helper()
	for _, r := range issuertest.Log(t, i.Store()) {
		if r.Kind == logproof.Asked {
			n++
		}
	}
	return n
}

// withRate is the edit of an issuer whose school has a rate.
func withRate(rate string) issuertest.Edit {
	return func(text string) string {
		return issuertest.Replace(`      purposes: [enrolment, checkup]
      facts: [of-age, born-in, has-father, registered]
      statuses: [registration, birth-credential]
      credentials: [birth]
`, `      grants:
        - {name: all, purposes: [enrolment], statuses: [registration], rate: `+rate+`}
`)(withRelyingParties(text))
	}
}
