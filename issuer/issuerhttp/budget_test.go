package issuerhttp_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/chancery-vc/chancery/examples/births/civil"
)

// TestBudgetExhausted: a caller whose budget is used up is told so, alike for a
// record that is there and one that is not; of those that it asked about it
// hears on. A batch takes no more than is left.
func TestBudgetExhausted(t *testing.T) {
	w := newWorld(t, withSchool, func(text string) string { return text + "budget: {subjects: 2/24h}\n" })
	w.closed(w.ask(statuses, question("nobody-1")), http.StatusForbidden, "refused")
	w.closed(w.ask(statuses, question("nobody-2")), http.StatusForbidden, "refused")
	var told []string
	for _, key := range []string{civil.KnownNumber, "nobody-3"} {
		r := w.ask(statuses, question(key))
		w.closed(r, http.StatusTooManyRequests, "budget-exhausted")
		r.Header().Del("X-Request-Id") // by chance
		r.Header().Del("X-Request-Id") // by chance
		told = append(told, fmt.Sprint(r.Header(), r.Body))
	}
	if told[0] != told[1] {
		t.Errorf("%q", told)
	}
	w.closed(w.ask(statuses, question("nobody-1")), http.StatusForbidden, "refused")
	w = newWorld(t, withSchool, func(text string) string { return text + "budget: {subjects: 2/24h}\n" })
	var batch struct {
		Answers []struct{ Problem struct{ Status int } }
	}
	one := func(key string) string { return fmt.Sprintf(`{"nonce":"n-1","name":"sex","key":%q}`, key) }
	w.decode(w.ask(statuses, `{"purpose":"enrolment","questions":[`+one("a")+`,`+one("b")+`,`+one("c")+`]}`), http.StatusOK, &batch)
	ends := map[int]int{}
	for _, a := range batch.Answers {
		ends[a.Problem.Status]++
	}
	if ends[http.StatusForbidden] != 2 || ends[http.StatusTooManyRequests] != 1 {
		t.Errorf("%v", ends)
	}
}
