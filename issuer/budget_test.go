package issuer_test

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chancery-vc/chancery/examples/births/civil"
	"github.com/chancery-vc/chancery/internal/issuertest"
	"github.com/chancery-vc/chancery/issuer"
	"github.com/chancery-vc/chancery/issuer/budget"
	"github.com/chancery-vc/chancery/issuer/source"
	"github.com/chancery-vc/chancery/verifier/logproof"
)

// withBudget is the edit of an issuer whose callers have a budget. The school
// may ask for the age in steps of one year.
func withBudget(terms string) issuertest.Edit {
	return func(text string) string {
		text = withRelyingParties(text)
		ages, names := "", ""
		for age := range 20 {
			ages += fmt.Sprintf("  age-%d: {source: births, table: births, key: registration_number, rule: {compare: {column: date_of_birth, as: date, is: at most, to: today - %d years}}}\n", age+1, age+1)
			names += fmt.Sprintf(", age-%d", age+1)
		}
		text = strings.Replace(text, "\n  of-age:\n", "\n"+ages+"  of-age:\n", 1)
		text = strings.Replace(text, "facts: [of-age,", "facts: [of-age"+names+",", 1)
		return text + "budget: " + terms + "\n"
	}
}

// exhausted returns the budget that refuses q, or "".
func exhausted(t *testing.T, i *issuer.Issuer, q issuer.Query) budget.Exhausted {
	t.Helper()
	_, err := i.Consult(t.Context(), q)
	var e budget.Exhausted
	if errors.As(err, &e) != errors.Is(err, e) {
		t.Fatal(err)
	}
	return e
}

func keyed(key string) func(*issuer.Query) { return func(q *issuer.Query) { q.Key = key } }

// TestWalkIsCutOff: a caller is told of so many records, those that there are
// not among them, and of no other one, after a restart neither. No source is
// read for it, the log says why, and the operator hears of it.
func TestWalkIsCutOff(t *testing.T) {
	dir, clock := issuertest.Folder(t, 5, withBudget("{subjects: 3/24h}")), issuertest.NewClock()
	i := issuertest.Open(t, dir, clock)
	for _, key := range []string{"nobody-1", "nobody-2"} {
		if _, err := i.Consult(t.Context(), query(keyed(key))); !errors.Is(err, source.ErrNone) {
			t.Error(err)
		}
	}
	consult(t, i, query())
	if err := i.Close(); err != nil {
		t.Fatal(err)
	}
	i = issuertest.Open(t, dir, clock)
	consult(t, i, query())
	for _, key := range []string{"nobody-3", "nobody-4"} {
		if got := exhausted(t, i, query(keyed(key))); got != budget.ErrSubjects {
			t.Errorf("%s: %q", key, got)
		}
	}
	end := last(t, issuertest.Log(t, i.Store()))
	if end.Kind != logproof.Refused || end.Question != nil || end.Reason != string(budget.ErrSubjects) || end.Subject == "" {
		t.Errorf("%+v", end)
	}
	// The clinic has a budget of its own.
	consult(t, i, query(func(q *issuer.Query) { q.Caller, q.Purpose = clinic, checkup }))
	clock.Advance(26 * time.Hour)
	if got := exhausted(t, i, query(keyed("nobody-3"))); got != "" {
		t.Errorf("a day later: %q", got)
	}
}

// TestAgeLadder: the steps of a ladder over ages that could tell the year of
// birth are refused, whatever the answers are; so are its steps of later days.
func TestAgeLadder(t *testing.T) {
	i, _, clock := setUp(t, 3, withBudget("{narrowest: {births.date_of_birth: 5y}, questions_per_subject: 20/30d}"))
	born, err := time.Parse(time.DateOnly, civil.Known().DateOfBirth)
	if err != nil {
		t.Fatal(err)
	}
	age := func(n int) issuer.Query {
		return query(func(q *issuer.Query) { q.Kind, q.Name = issuer.Fact, fmt.Sprintf("age-%d", n) })
	}
	var low, high time.Time // within which the caller knows the birth to be
	for n := 1; n <= 20; n++ {
		if exhausted(t, i, age(n)) != "" {
			continue
		}
		cut := issuertest.Start.AddDate(-n, 0, 0)
		if born.After(cut) && (low.IsZero() || cut.After(low)) {
			low = cut
		} else if !born.After(cut) && (high.IsZero() || cut.Before(high)) {
			high = cut
		}
	}
	if low.IsZero() || high.IsZero() || high.Sub(low) < 5*365*24*time.Hour {
		t.Errorf("born after %s and until %s", low, high)
	}
	clock.Advance(24 * time.Hour)
	asked, refused := 0, 0
	for n := 1; n <= 20; n++ {
		asked++
		if exhausted(t, i, age(n)) == budget.ErrNarrow {
			refused++
		}
	}
	if refused == 0 || refused == asked {
		t.Errorf("a day later %d of %d are refused", refused, asked)
	}
	reasons := map[string]bool{}
	for _, r := range issuertest.Log(t, i.Store()) {
		if r.Kind == logproof.Refused {
			reasons[r.Reason] = true
		}
	}
	if diff := cmp.Diff(map[string]bool{string(budget.ErrNarrow): true}, reasons); diff != "" {
		t.Error(diff)
	}
}

// TestQuestionsPerSubject: questions that depend on the same column are counted
// together, those of other columns and of other records apart.
func TestQuestionsPerSubject(t *testing.T) {
	i, _, _ := setUp(t, 3, withBudget("{questions_per_subject: 1/30d}"))
	fact := func(name string) issuer.Query {
		return query(func(q *issuer.Query) { q.Kind, q.Name = issuer.Fact, name })
	}
	for _, name := range []string{"registered", "registered", "born-in"} {
		consult(t, i, fact(name))
	}
	if got := exhausted(t, i, query()); got != budget.ErrQuestions {
		t.Errorf("the state, in a column that registered goes by: %q", got)
	}
	credential := query(func(q *issuer.Query) { q.Kind, q.Name, q.Nonce = issuer.Credential, birth, "" })
	if got := exhausted(t, i, credential); got != budget.ErrQuestions {
		t.Errorf("what says the place, too: %q", got)
	}
	if got := exhausted(t, i, fact("has-father")); got != "" {
		t.Errorf("of another column: %q", got)
	}
}

// TestAtOnceNearTheLimit: of many that ask at once exactly as many are asked of
// the source as the budget has.
func TestAtOnceNearTheLimit(t *testing.T) {
	i, _, _ := setUp(t, 3, withBudget("{subjects: 10/24h}"))
	var through atomic.Int64
	var group sync.WaitGroup
	for n := range 60 {
		group.Go(func() {
			_, err := i.Consult(t.Context(), query(keyed(fmt.Sprint("nobody-", n))))
			if errors.Is(err, source.ErrNone) {
				through.Add(1)
			} else if !errors.Is(err, budget.ErrSubjects) {
				t.Error(err)
			}
		})
	}
	group.Wait()
	asked := 0
	for _, r := range issuertest.Log(t, i.Store()) {
		if r.Kind == logproof.Asked {
			asked++
		}
	}
	if through.Load() != 10 || asked != 10 {
		t.Errorf("%d got through, %d were asked", through.Load(), asked)
	}
}

// TestSubjectsAreNotNamed: what is kept of a budget does not name a record.
func TestSubjectsAreNotNamed(t *testing.T) {
	i, dir, _ := setUp(t, 3, withBudget("{}"))
	consult(t, i, query(keyed(civil.KnownNumber)))
	if strings.Contains(string(stateBytes(t, dir)), civil.KnownNumber) {
		t.Error("the state has the key of a record")
	}
}

func stateBytes(t *testing.T, dir string) []byte {
	t.Helper()
	data, err := os.ReadFile(stateFile(dir))
	if err != nil {
		t.Fatal(err)
	}
	return data
}
