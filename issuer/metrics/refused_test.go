package metrics_test

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chancery-vc/chancery/examples/births/civil"
	"github.com/chancery-vc/chancery/internal/issuertest"
	"github.com/chancery-vc/chancery/issuer"
	"github.com/chancery-vc/chancery/issuer/access"
	"github.com/chancery-vc/chancery/issuer/issuerhttp"
	"github.com/chancery-vc/chancery/issuer/oid4vci"
)

const token = "canary-token"

// withCaller lets a caller ask for one state of one record.
func withCaller(text string) string {
	return text + `
purposes: [enrolment]
statuses:
  sex: {source: births, table: births, key: registration_number, column: sex, states: {F: f, M: m, X: x}}
  gender: {source: births, table: births, key: registration_number, column: sex, states: {F: f, M: m, X: x}}
budget: {subjects: 1/24h, questions_per_subject: 1/24h}
consult:
  callers: [{name: canary-caller, token_sha256: ` + access.Digest(token) + `, purposes: [enrolment], statuses: [sex, gender]}]
`
}

// refusals returns how many requests were refused for which reason.
func (w *watched) refusals() map[string]int {
	w.Helper()
	counted := map[string]int{}
	for _, m := range w.families()["chancery_refused_total"].GetMetric() {
		if n := int(m.GetCounter().GetValue()); n > 0 {
			counted[m.GetLabel()[0].GetValue()] = n
		}
	}
	return counted
}

// TestRefused: who is nobody, and who has asked too much, is counted once by the
// reason, with no name.
func TestRefused(t *testing.T) {
	w := watch(t, withCaller)
	service, err := oid4vci.New(w.issuer)
	if err != nil {
		t.Fatal(err)
	}
	public, err := issuerhttp.Public(w.issuer, service, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	ask := func(authorization, name, key string) int {
		r := httptest.NewRequest(http.MethodPost, "/v1/statuses", strings.NewReader(`{"purpose":"enrolment","nonce":"n","name":"`+name+`","key":"`+key+`"}`))
		r.Header.Set("Content-Type", "application/json")
		if authorization != "" {
			r.Header.Set("Authorization", authorization)
		}
		answer := httptest.NewRecorder()
		public.ServeHTTP(answer, r)
		return answer.Code
	}
	births := issuertest.Births(t, 3)
	var got []int
	for _, one := range [][3]string{
		{"", "sex", civil.KnownNumber},
		{"Bearer canary-other", "sex", civil.KnownNumber},
		{"Bearer canary-another", "sex", civil.KnownNumber},
		{"Bearer " + token, "sex", births[0].RegistrationNumber},
		{"Bearer " + token, "sex", births[1].RegistrationNumber},
		{"Bearer " + token, "sex", births[0].RegistrationNumber}, // the same question costs nothing
		{"Bearer " + token, "gender", births[0].RegistrationNumber},
	} {
		got = append(got, ask(one[0], one[1], one[2]))
	}
	if diff := cmp.Diff([]int{401, 401, 401, 200, 429, 200, 429}, got); diff != "" {
		t.Error(diff)
	}
	want := map[string]int{"no_credentials": 1, "invalid_token": 2, "budget_records": 1, "budget_questions": 1}
	if diff := cmp.Diff(want, w.refusals()); diff != "" {
		t.Error(diff)
	}
	ends := map[string]int{
		"request done": 2, "request refused": 3, "request limited": 2, "authenticate done": 4, "authenticate refused": 3,
		"access done": 4, "budget done": 4, "log done": 2, "log refused": 2, "source done": 2, "sign done": 2, "release done": 2,
		"answer done": 2, "answer refused": 2,
	}
	if diff := cmp.Diff(ends, w.ends()); diff != "" {
		t.Error(diff)
	}
	if text := w.text(); strings.Contains(text, "canary") {
		t.Errorf("the figures have a name: %s", text)
	}
}

// TestReasons: each reason is counted from the start, so that its first time is
// an increase, and no other is counted.
func TestReasons(t *testing.T) {
	w := watch(t)
	var known []string
	for _, m := range w.families()["chancery_refused_total"].GetMetric() {
		known = append(known, m.GetLabel()[0].GetValue())
	}
	for _, reason := range issuer.Reasons() {
		if n := strings.Count(" "+strings.Join(known, " ")+" ", " "+string(reason)+" "); n != 1 || !strings.Contains(read(t, "README.md"), "`"+string(reason)+"`") {
			t.Errorf("%s is there %d times, or not described", reason, n)
		}
	}
	if len(known) != len(issuer.Reasons()) {
		t.Errorf("there are %q", known)
	}
}
