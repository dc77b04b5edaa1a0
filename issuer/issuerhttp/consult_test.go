package issuerhttp_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chancery-vc/chancery/examples/births/civil"
	"github.com/chancery-vc/chancery/internal/issuertest"
	"github.com/chancery-vc/chancery/issuer/access"
	"github.com/chancery-vc/chancery/issuer/issuerhttp"
	"github.com/chancery-vc/chancery/verifier/logproof"
	"github.com/chancery-vc/chancery/verifier/statement"
)

const schoolToken = "IAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"

// withSchool is the edit of an issuer whom a school may ask.
func withSchool(text string) string {
	return text + `
purposes: [enrolment]
statuses:
  sex:
    source: births
    table: births
    key: registration_number
    column: sex
    states: {F: f, M: m, X: x}
consult:
  batch: 3
  refusal_step: 5ms
  callers:
    - name: school
      token_sha256: ` + access.Digest(schoolToken) + `
      purposes: [enrolment]
      statuses: [sex]
      credentials: [birth]
`
}

const statuses = "/v1/statuses"

// ask posts a question, and holds it and its answer against the description:
// what is accepted is as described, and what is called malformed is not.
func (w *world) ask(path, body string, header ...string) *httptest.ResponseRecorder {
	w.Helper()
	header = append([]string{"Authorization", "Bearer " + schoolToken}, header...)
	answer := w.do(http.MethodPost, path, jsonType, body, header...)
	r := httptest.NewRequest(http.MethodPost, path, http.NoBody)
	r.Header.Set("Content-Type", jsonType)
	e := newExchange(w.T, described(w.T), r, body)
	switch err := e.asked(w.T); {
	case answer.Code == http.StatusBadRequest && err == nil:
		w.Errorf("the description has nothing against %.200s: %s", body, answer.Body)
	case answer.Code == http.StatusOK && err != nil:
		w.Errorf("%s was answered and is not as described: %v", body, err)
	}
	if err := e.answered(w.T, answer); err != nil {
		w.Errorf("the answer to %.200s is not as described: %v", body, err)
	}
	return answer
}

// closed returns the problem of an answer, which must be of the closed list.
func (w *world) closed(r *httptest.ResponseRecorder, status int, code string) issuerhttp.Problem {
	w.Helper()
	var p issuerhttp.Problem
	if err := json.Unmarshal(r.Body.Bytes(), &p); err != nil || r.Code != status || p.Status != status || p.Title == "" ||
		p.Type != "urn:chancery:problem:"+code || r.Header().Get("Content-Type") != "application/problem+json" || r.Header().Get("Cache-Control") != "no-store" {
		w.Errorf("want %d %s: %d %v: %s", status, code, r.Code, r.Header(), r.Body)
	}
	return p
}

func question(key string) string {
	return fmt.Sprintf(`{"purpose":"enrolment","nonce":"n-1","name":"sex","key":%q}`, key)
}

func TestConsultStatus(t *testing.T) {
	w := newWorld(t, withSchool)
	var answer struct{ Answer string }
	w.decode(w.ask(statuses, question(civil.KnownNumber)), http.StatusOK, &answer)
	u, err := statement.Peek([]byte(answer.Answer))
	if err != nil || u.Type != statement.TypeStatus || u.Statement.Audience != "school" || u.Statement.Nonce != "n-1" || u.Statement.Purpose != "enrolment" {
		t.Errorf("%+v, %v", u, err)
	}
}

func TestConsultCredential(t *testing.T) {
	w := newWorld(t, withSchool)
	var answer struct{ Answer json.RawMessage }
	body := fmt.Sprintf(`{"purpose":"enrolment","name":"birth","key":%q}`, civil.KnownNumber)
	w.decode(w.ask("/v1/credentials", body), http.StatusOK, &answer)
	records := issuertest.Log(t, w.issuer.Store())
	if last := records[len(records)-1]; last.Released != logproof.HashOf(answer.Answer).String() {
		t.Errorf("the log has %+v, and these left: %s", last, answer.Answer)
	}
}

// TestBatch: each question has its own records and its own outcome, in order.
func TestBatch(t *testing.T) {
	w := newWorld(t, withSchool)
	births := issuertest.Births(t, 5)
	before := len(issuertest.Log(t, w.issuer.Store()))
	body := fmt.Sprintf(`{"purpose":"enrolment","questions":[{"name":"sex","key":%q,"nonce":"n-1"},{"name":"sex","key":"none","nonce":"n-2"},{"name":"other","key":%q,"nonce":"n-3"}]}`,
		civil.KnownNumber, births[1].RegistrationNumber)
	var answers struct {
		Answers []struct {
			Answer  string
			Problem *issuerhttp.Problem
		}
	}
	w.decode(w.ask(statuses, body), http.StatusOK, &answers)
	if len(answers.Answers) != 3 {
		t.Fatalf("%+v", answers)
	}
	if u, err := statement.Peek([]byte(answers.Answers[0].Answer)); err != nil || u.Statement.Nonce != "n-1" || answers.Answers[0].Problem != nil {
		t.Errorf("%+v, %v", u, err)
	}
	first, second := answers.Answers[1], answers.Answers[2]
	if first.Problem == nil || second.Problem == nil || *first.Problem != *second.Problem || first.Answer+second.Answer != "" {
		t.Errorf("%+v and %+v", first, second)
	}
	counts := map[logproof.Kind]int{}
	for _, r := range issuertest.Log(t, w.issuer.Store())[before:] {
		counts[r.Kind]++
	}
	if counts[logproof.Asked] != 2 || counts[logproof.Answered] != 1 || counts[logproof.Refused] != 2 {
		t.Errorf("%v", counts)
	}
}

// TestRefusalsAreOne: byte for byte, whatever the reason, but for the name that
// each request has by chance.
func TestRefusalsAreOne(t *testing.T) {
	w := newWorld(t, withSchool)
	issuertest.Loosen(t, w.dir, "INSERT INTO births SELECT * FROM births", "INSERT INTO births (registration_number, sex) VALUES ('odd', 'Z')")
	want := w.ask(statuses, question("none"))
	w.closed(want, http.StatusForbidden, "refused")
	want.Header().Del("X-Request-Id")
	for name, body := range map[string]string{
		"many records":       question(civil.KnownNumber),
		"a value of no word": question("odd"),
		"another name":       strings.Replace(question("none"), `"sex"`, `"age"`, 1),
		"another purpose":    strings.Replace(question("none"), `"enrolment"`, `"marketing"`, 1),
		"a key of SQL":       question("' OR 1=1 --"),
		"a key with a NUL":   `{"purpose":"enrolment","nonce":"n-1","name":"sex","key":"a\u0000"}`,
	} {
		got := w.ask(statuses, body)
		got.Header().Del("X-Request-Id")
		if got.Code != want.Code || got.Body.String() != want.Body.String() || fmt.Sprint(got.Header()) != fmt.Sprint(want.Header()) {
			t.Errorf("%s: %d %v %s", name, got.Code, got.Header(), got.Body)
		}
	}
}

// TestMalformed: what is no question is told what is wrong with it, and leaves
// no record.
func TestMalformed(t *testing.T) {
	w := newWorld(t, withSchool)
	before := len(issuertest.Log(t, w.issuer.Store()))
	good := question("k")
	long := func(n int) string { return strings.Repeat("x", n) }
	for name, body := range map[string]string{
		"nothing":               ``,
		"no JSON":               `{`,
		"a list":                `[` + good + `]`,
		"null":                  `null`,
		"nothing said":          `{}`,
		"no purpose":            strings.Replace(good, `"purpose":"enrolment",`, "", 1),
		"no nonce":              strings.Replace(good, `"nonce":"n-1",`, "", 1),
		"an empty nonce":        strings.Replace(good, `"n-1"`, `""`, 1),
		"a long nonce":          strings.Replace(good, `n-1`, long(129), 1),
		"a number for a nonce":  strings.Replace(good, `"n-1"`, `7`, 1),
		"no name":               strings.Replace(good, `"name":"sex",`, "", 1),
		"a long name":           strings.Replace(good, `sex`, long(65), 1),
		"no key":                strings.Replace(good, `,"key":"k"`, "", 1),
		"a long key":            strings.Replace(good, `"k"`, `"`+long(1025)+`"`, 1),
		"another member":        strings.Replace(good, `"key"`, `"limit":10,"key"`, 1),
		"another case":          strings.Replace(good, `"key"`, `"Key"`, 1),
		"one and several":       strings.Replace(good, `"key"`, `"questions":[{"name":"sex","key":"k","nonce":"n-1"}],"key"`, 1),
		"none":                  `{"purpose":"enrolment","questions":[]}`,
		"several with no key":   `{"purpose":"enrolment","questions":[{"name":"sex","nonce":"n-1"}]}`,
		"one nonce for several": `{"purpose":"enrolment","nonce":"n-1","questions":[{"name":"sex","key":"k"}]}`,
		"a nonce over several":  `{"purpose":"enrolment","nonce":"n-1","questions":[{"name":"sex","key":"k","nonce":"n-1"}]}`,
	} {
		if p := w.closed(w.ask(statuses, body), http.StatusBadRequest, "malformed"); p.Detail == "" {
			t.Errorf("%s: %+v", name, p)
		}
	}
	w.closed(w.ask("/v1/credentials", strings.Replace(good, "sex", "birth", 1)), http.StatusBadRequest, "malformed") // with a nonce
	for name, body := range map[string]string{                                                                       // of which a description cannot say that it is wrong
		"a member twice": strings.Replace(good, `"key"`, `"key":"j","key"`, 1),
		"text after it":  good + `{}`,
		"too many":       `{"purpose":"enrolment","questions":[` + strings.Repeat(`{"name":"sex","key":"k","nonce":"n"},`, 3) + `{"name":"sex","key":"k","nonce":"n"}]}`,
	} {
		if p := w.closed(w.do(http.MethodPost, statuses, jsonType, body, "Authorization", "Bearer "+schoolToken), http.StatusBadRequest, "malformed"); p.Detail == "" {
			t.Errorf("%s: %+v", name, p)
		}
	}
	if after := len(issuertest.Log(t, w.issuer.Store())); after != before {
		t.Errorf("%d records were written", after-before)
	}
}

func TestConsultTransport(t *testing.T) {
	w := newWorld(t, withSchool)
	good := question(civil.KnownNumber)
	bearer := []string{"Authorization", "Bearer " + schoolToken}
	for _, header := range [][]string{
		nil,
		{"Authorization", "Bearer"},
		{"Authorization", "Bearer " + schoolToken + "x"},
		{"Authorization", "Basic " + schoolToken},
		{"Authorization", "Bearer " + access.Digest(schoolToken)},
		{"Authorization", schoolToken},
	} {
		r := w.do(http.MethodPost, statuses, jsonType, good, header...)
		want := "Bearer" // and no error where no token was shown (RFC 6750, section 3.1)
		if header != nil && strings.HasPrefix(header[1], "Bearer ") {
			want = `Bearer error="invalid_token"`
		}
		if w.closed(r, http.StatusUnauthorized, "unauthorized"); r.Header().Get("WWW-Authenticate") != want {
			t.Errorf("%v: %v", header, r.Header())
		}
	}
	w.closed(w.do(http.MethodPost, statuses, formType, good, bearer...), http.StatusUnsupportedMediaType, "media-type")
	w.closed(w.do(http.MethodPost, statuses, "", good, bearer...), http.StatusUnsupportedMediaType, "media-type")
	w.closed(w.do(http.MethodPost, statuses, jsonType, question(strings.Repeat("x", 2<<20)), bearer...), http.StatusRequestEntityTooLarge, "too-large")
	w.closed(w.do(http.MethodGet, statuses, jsonType, "", bearer...), http.StatusMethodNotAllowed, "method")
	w.closed(w.do(http.MethodPost, "/v1/records", jsonType, good, bearer...), http.StatusNotFound, "not-found")
	if r := w.do(http.MethodPost, statuses, jsonType+"; charset=utf-8", good, bearer...); r.Code != http.StatusOK {
		t.Errorf("with a charset: %d", r.Code)
	}
	if strings.Contains(w.log.String(), schoolToken) || strings.Contains(w.log.String(), civil.KnownNumber) {
		t.Errorf("the service's log has a token or a key: %s", w.log)
	}
}

// TestNobodyMayAsk: without callers there is nothing to ask at.
func TestNobodyMayAsk(t *testing.T) {
	w := newWorld(t)
	w.closed(w.do(http.MethodPost, statuses, jsonType, question("k"), "Authorization", "Bearer "+schoolToken), http.StatusNotFound, "not-found")
}

// TestRegisterGone: that the register cannot be asked is no refusal.
func TestRegisterGone(t *testing.T) {
	w := newWorld(t, withSchool)
	register := filepath.Join(w.dir, issuertest.RegisterFile)
	if err := os.Rename(register, register+".old"); err != nil {
		t.Fatal(err)
	}
	p := w.closed(w.ask(statuses, question(civil.KnownNumber)), http.StatusServiceUnavailable, "unavailable")
	if !strings.Contains(p.Detail, "again") {
		t.Errorf("%+v", p)
	}
}
