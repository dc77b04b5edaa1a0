package issuerhttp_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/chancery-vc/chancery/examples/births/civil"
	"github.com/chancery-vc/chancery/internal/issuertest"
	"github.com/chancery-vc/chancery/issuer/issuerhttp"
	"github.com/chancery-vc/chancery/verifier/statement"
)

// injections are texts that something on the way could take for more than a
// text, or for another one.
func injections() []string {
	wide := func(text string) string {
		return strings.Map(func(c rune) rune {
			if '0' <= c && c <= '9' {
				return c + '０' - '0'
			}
			return c
		}, text)
	}
	known := civil.KnownNumber
	return []string{
		"' OR '1'='1", `" OR ""="`, "') OR 1=1 --", "'; DROP TABLE births; --", `"; DROP TABLE births; --`, "' UNION SELECT given_names FROM births --",
		"1; ATTACH DATABASE 'x' AS y", "'; PRAGMA query_only = 0; --", "' || (SELECT given_names FROM births) || '", "%", "_", "*", "[a-z]", "?", "?1", "$1", ":1", "@key", "{key}",
		"{{.Key}}", "${jndi:ldap://127.0.0.1/a}", "#{1+1}", "$(id)", "`id`", "|id", "&& id", "../../../etc/passwd", "..%2f..%2f", "file:///etc/passwd", "%00", "%s%n%x",
		"\r\nSet-Cookie: a=b", "\n{\"level\":\"ERROR\"}", "\x1b[2J", "\\", "\\u0000", "null", "NULL", "true", "[]", "{}", "0", "-1", "1e308", "NaN", "!!python/object",
		"\x00", known + "\x00", "\x00" + known, known + " ", " " + known, known + "\t", known + "\u00a0", known + "\u200b", "\u200b" + known, "\u202e" + known, known + "\u202c",
		"\ufeff" + known, known + "\u0301", wide(known), strings.ReplaceAll(known, "-", "\u2010"), strings.ReplaceAll(known, "-", "\u2212"), strings.ReplaceAll(known, "-", "\uff0d"),
		strings.ReplaceAll(known, "-", "%2d"), strings.Replace(known, "0", "O", 1), "+" + known, known + ".0", known + "'", known + "--", known + ";", known + "\uffff", known + "\U0010ffff", known + "\U000e0041",
	}
}

// TestInjection: no text in a name, a key or a purpose is taken for anything but
// itself; each is refused as any other, byte for byte, and is in the log without
// what was said.
func TestInjection(t *testing.T) {
	b := besiege(t, issuertest.Replace("refusal_step: 5ms", "refusal_step: 1ms"))
	type selectors struct {
		Purpose string `json:"purpose"`
		Nonce   string `json:"nonce"`
		Name    string `json:"name"`
		Key     string `json:"key"`
	}
	want := b.post(statuses, jsonType, question("none")).Body.String()
	n := 1
	for i, text := range injections() {
		if testing.Short() && i%5 > 0 {
			continue
		}
		whole := selectors{"enrolment", "n-1", "sex", civil.KnownNumber}
		for _, put := range []func(*selectors){
			func(s *selectors) { s.Key = text },
			func(s *selectors) { s.Key = canary + text },
			func(s *selectors) { s.Name = text },
			func(s *selectors) { s.Name = "sex" + text },
			func(s *selectors) { s.Purpose = text },
			func(s *selectors) { s.Purpose = "enrolment" + text },
		} {
			said := whole
			put(&said)
			body, err := json.Marshal(said)
			if err != nil {
				t.Fatal(err)
			}
			if r := b.post(statuses, jsonType, string(body)); r.Code != http.StatusForbidden || r.Body.String() != want {
				t.Errorf("%+v: %d %s", said, r.Code, r.Body)
			}
			n++
		}
	}
	refused := 0
	for _, r := range issuertest.Log(t, b.issuer.Store()) {
		if r.Kind == "refused" {
			refused++
		}
	}
	if refused != n {
		t.Errorf("%d questions, and %d refusals in the log", n, refused)
	}
}

// TestLookAlikes: a name is one of the configuration's or is none, however like
// it looks.
func TestLookAlikes(t *testing.T) {
	b := besiege(t)
	want := b.post(statuses, jsonType, question("none")).Body.String()
	for _, name := range []string{"ѕex", "ｓｅｘ", "SEX", "Sex", "s\u00adex", "\u202exes", "ſex", "se\u0445", "sex\u0000", "sex ", "𝐬𝐞𝐱", "birth"} {
		body := strings.Replace(question(civil.KnownNumber), `"sex"`, quoted(t, name), 1)
		if r := b.post(statuses, jsonType, body); r.Code != http.StatusForbidden || r.Body.String() != want {
			t.Errorf("%q: %d %s", name, r.Code, r.Body)
		}
	}
	for _, name := range []string{"b\u0131rth", "Birth", "birth\u200b", "ｂirth", "bіrth", "sex"} {
		body := fmt.Sprintf(`{"purpose":"enrolment","name":%s,"key":%q}`, quoted(t, name), civil.KnownNumber)
		if r := b.post("/v1/credentials", jsonType, body); r.Code != http.StatusForbidden || r.Body.String() != want {
			t.Errorf("%q: %d %s", name, r.Code, r.Body)
		}
	}
	for _, purpose := range []string{"еnrolment", "ENROLMENT", "enrolment\u200d", "enrol\u2060ment"} {
		body := strings.Replace(question(civil.KnownNumber), `"enrolment"`, quoted(t, purpose), 1)
		if r := b.post(statuses, jsonType, body); r.Code != http.StatusForbidden || r.Body.String() != want {
			t.Errorf("%q: %d %s", purpose, r.Code, r.Body)
		}
	}
}

func quoted(t *testing.T, text string) string {
	t.Helper()
	data, err := json.Marshal(text)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// TestHostileNonces: a nonce comes back as the text that it was, and as nothing
// else; it is kept nowhere.
func TestHostileNonces(t *testing.T) {
	b := besiege(t)
	for _, text := range append(injections(), `","iss":"did:web:evil.example`, `"}.{"`, strings.Repeat("\U0010ffff", 122)) {
		nonce := canary + text
		body := strings.Replace(question(civil.KnownNumber), `"n-1"`, quoted(t, nonce), 1)
		var answer struct{ Answer string }
		b.decode(b.post(statuses, jsonType, body), http.StatusOK, &answer)
		u, err := statement.Peek([]byte(answer.Answer))
		if err != nil || u.Statement.Nonce != nonce || u.Statement.Issuer != b.issuer.ID() || u.Statement.Audience != "school" || u.Statement.Purpose != "enrolment" {
			t.Errorf("%q: %+v, %v", nonce, u, err)
		}
	}
}

// TestHostileBatch: a member of a batch is a question like any other, and what
// one of them holds changes no other one's outcome.
func TestHostileBatch(t *testing.T) {
	b := besiege(t, issuertest.Replace("batch: 3", "batch: 200"))
	var members []string
	for _, text := range injections() {
		members = append(members, fmt.Sprintf(`{"name":"sex","key":%s,"nonce":"n"},{"name":%s,"key":%q,"nonce":"n"},{"name":"sex","key":%[3]q,"nonce":"n"}`,
			quoted(t, canary+text), quoted(t, canary+text), civil.KnownNumber))
	}
	for begin := 0; begin < len(members); begin += 60 {
		some := members[begin:min(begin+60, len(members))]
		var answers struct {
			Answers []struct {
				Answer  string
				Problem *issuerhttp.Problem
			}
		}
		body := `{"purpose":"enrolment","questions":[` + strings.Join(some, ",") + `]}`
		b.decode(b.post(statuses, jsonType, body), http.StatusOK, &answers)
		if len(answers.Answers) != 3*len(some) {
			t.Fatalf("%d outcomes", len(answers.Answers))
		}
		for i, a := range answers.Answers {
			if known := i%3 == 2; known != (a.Problem == nil) || known != (a.Answer != "") || !known && *a.Problem != *answers.Answers[0].Problem {
				t.Errorf("number %d: %+v", begin+i, a)
			}
		}
	}
}
