package issuerhttp_test

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/examples/births/civil"
	"github.com/chancery-vc/chancery/internal/issuertest"
	"github.com/chancery-vc/chancery/issuer"
)

// canary is in what an adversary sends, and must be nowhere after.
const canary = "c4nary"

// patience is how long a hostile request may take, on a machine that has other
// things to do.
const patience = 5 * time.Second

// besieged is a world with an adversary in front of it.
type besieged struct {
	*world
	register [sha256.Size]byte
	said     strings.Builder // in answers that are none
	secrets  []string        // of callers and holders
	offered  string          // key of a record that is offered, which the state has until then
}

// besiege returns a world that must have kept its register and its secrets when
// the test ends.
func besiege(t *testing.T, edits ...issuertest.Edit) *besieged {
	t.Helper()
	b := &besieged{world: newWorld(t, append([]issuertest.Edit{withSchool}, edits...)...)}
	b.register = b.digest()
	t.Cleanup(b.check)
	return b
}

func (b *besieged) digest() [sha256.Size]byte {
	b.Helper()
	data, err := os.ReadFile(filepath.Join(b.dir, issuertest.RegisterFile))
	if err != nil {
		b.Fatal(err)
	}
	return sha256.Sum256(data)
}

// check: the register is as it was, byte for byte, and nothing of it, of the
// token or of what was asked is in a log, in the state or in a refusal.
func (b *besieged) check() {
	if b.digest() != b.register {
		b.Error("the register has changed")
	}
	state, err := os.ReadFile(filepath.Join(b.dir, "state", issuer.StateFile))
	if err != nil {
		b.Error(err)
	}
	needles := []string{canary, schoolToken}
	for _, r := range issuertest.Births(b.T, 5) {
		needles = append(needles, r.RegistrationNumber, r.GivenNames, r.FamilyName, r.MotherName, r.PlaceOfBirth, r.Remarks)
	}
	for where, text := range map[string]string{"the service's log": b.log.String(), "the state": string(state), "a refusal": b.said.String()} {
		for _, needle := range needles {
			if needle == b.offered && where == "the state" {
				continue
			}
			if len(needle) > 5 && strings.Contains(text, needle) { // what is shorter is found by chance
				b.Errorf("%s has %q", where, needle)
			}
		}
	}
}

// records is how long the issuance log is.
func (b *besieged) records() int { return len(issuertest.Log(b.T, b.issuer.Store())) }

// post asks as the school does.
func (b *besieged) post(path, contentType, body string, header ...string) *httptest.ResponseRecorder {
	b.Helper()
	begun := time.Now()
	r := b.do(http.MethodPost, path, contentType, body, append([]string{"Authorization", "Bearer " + schoolToken}, header...)...)
	if took := time.Since(begun); took > patience {
		b.Errorf("%.60q took %s", body, took)
	}
	if r.Code != http.StatusOK {
		b.said.WriteString(r.Body.String())
	}
	return r
}

// TestHostileBodies: what is no question ends in one of the closed codes, soon,
// and before anything is asked.
func TestHostileBodies(t *testing.T) {
	b := besiege(t)
	good := question(canary)
	batch := `{"purpose":"enrolment","questions":[{"name":"sex","key":"c4nary","nonce":"n-1"}]}`
	replace := func(from, to string) string { return strings.Replace(good, from, to, 1) }
	deep := func(n int, open, end string) string { return strings.Repeat(open, n) + strings.Repeat(end, n) }
	for name, body := range map[string]string{
		"UTF-16":                      "\xff\xfe{\x00}\x00",
		"a byte order mark":           "\ufeff" + good,
		"no UTF-8":                    replace(canary, "c4nary\xff"),
		"an overlong slash":           replace(canary, "c4nary\xc0\xaf"),
		"a surrogate in UTF-8":        replace(canary, "c4nary\xed\xa0\x80"),
		"half a surrogate":            replace(canary, `c4nary\ud800`),
		"surrogates the wrong way":    replace(canary, `c4nary\udc00\ud800`),
		"a NUL in the text":           replace(canary, "c4nary\x00"),
		"a line break in the text":    replace(canary, "c4nary\n"),
		"a NUL between members":       replace(`,"nonce"`, ",\x00\"nonce\""),
		"a member twice":              replace(`"key"`, `"key":"a","key"`),
		"a member twice, by escapes":  replace(`"key"`, `"k\u0065y":"a","key"`),
		"a member twice in a batch":   strings.Replace(batch, `"key"`, `"key":"a","key"`, 1),
		"an unknown member":           replace(`"key"`, `"filter":"1=1","key"`),
		"an unknown one in a batch":   strings.Replace(batch, `"key"`, `"table":"x","key"`, 1),
		"a prototype":                 replace(`"key"`, `"__proto__":{"key":"a"},"key"`),
		"a member of wide letters":    replace(`"key"`, `"ｋｅｙ"`),
		"a member of other letters":   replace(`"key"`, `"kеy"`), // U+0435
		"a member with a joiner":      replace(`"key"`, "\"ke\u200dy\""),
		"a huge number":               replace(`"c4nary"`, "1e"+strings.Repeat("9", 100_000)),
		"a long number":               replace(`"c4nary"`, strings.Repeat("9", 500_000)),
		"a key of lists":              replace(`"c4nary"`, deep(400_000, "[", "]")),
		"a key of objects":            replace(`"c4nary"`, deep(100_000, `{"a":`, "}")),
		"an unknown member of lists":  replace(`"key"`, `"x":`+deep(400_000, "[", "]")+`,"key"`),
		"lists without end":           strings.Repeat("[", 1<<19),
		"many unknown members":        replace(`"key"`, manyMembers()+`"key"`),
		"a text of escapes":           replace(canary, strings.Repeat(`\u0041`, 150_000)),
		"nothing but blanks":          strings.Repeat(" ", 1<<19),
		"a batch of a hundred kilo":   `{"purpose":"enrolment","questions":[` + strings.Repeat(`{},`, 100_000) + `{}]}`,
		"a batch in a batch":          strings.Replace(batch, `{"name"`, `{"questions":[],"name"`, 1),
		"a batch of nothing":          strings.Replace(batch, `{"name":"sex","key":"c4nary","nonce":"n-1"}`, `null`, 1),
		"a batch that is an object":   strings.Replace(batch, `[{"name":"sex","key":"c4nary","nonce":"n-1"}]`, `{"0":{"name":"sex","key":"c4nary","nonce":"n-1"}}`, 1),
		"no batch":                    replace(`"key"`, `"questions":null,"key"`),
		"a name beside a batch":       strings.Replace(batch, `"questions"`, `"name":"","questions"`, 1),
		"a key that is null":          replace(`"c4nary"`, `null`),
		"a nonce that is null":        replace(`"n-1"`, `null`),
		"a comment":                   replace(`{"purpose"`, `{/*c4nary*/"purpose"`),
		"a comma too many":            replace(`"c4nary"`, `"c4nary",`),
		"quotes of another kind":      strings.ReplaceAll(good, `"`, `'`),
		"JSON in a text":              fmt.Sprintf("%q", good),
		"YAML":                        "purpose: enrolment\nnonce: n-1\nname: sex\nkey: c4nary\n",
		"XML":                         `<!DOCTYPE x [<!ENTITY y SYSTEM "file:///etc/passwd">]><key>&y;</key>`,
		"a form":                      "purpose=enrolment&nonce=n-1&name=sex&key=c4nary",
		"two questions":               good + good,
		"a question after a new line": good + "\n" + good,
		"compressed":                  zipped(t, good),
	} {
		r := b.post(statuses, jsonType, body)
		if b.closed(r, http.StatusBadRequest, "malformed").Detail == "" {
			t.Errorf("%s: nothing is said", name)
		}
	}
	b.closed(b.post("/v1/credentials", jsonType, `{"purpose":"enrolment","nonce":null,"name":"birth","key":"c4nary"}`), http.StatusBadRequest, "malformed")
	b.closed(b.post("/v1/credentials", jsonType, `{"purpose":"enrolment","nonce":"","name":"birth","key":"c4nary"}`), http.StatusBadRequest, "malformed")
	b.closed(b.post(statuses, jsonType, replace(canary, strings.Repeat("a", 1<<20))), http.StatusRequestEntityTooLarge, "too-large")
	if n := b.records(); n != 2 { // of the start
		t.Errorf("%d records were written", n-2)
	}
}

func manyMembers() string {
	var all strings.Builder
	for i := range 40_000 {
		fmt.Fprintf(&all, `"m%d":0,`, i)
	}
	return all.String()
}

func zipped(t *testing.T, text string) string {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestHostileMedia: a body that says it is anything but JSON is not read, and
// nothing is ever inflated.
func TestHostileMedia(t *testing.T) {
	b := besiege(t)
	good := question(civil.KnownNumber)
	for _, media := range []string{
		"", "text/plain", "text/json", "application/json-seq", "application/ld+json", "application/jwt", "multipart/form-data; boundary=a",
		"application/json, text/html", "application/json; a=b; a=c", "application/json;=", "application/" + strings.Repeat("x", 10_000), "\"application/json\"",
		"application/j\u017fon", "*/*",
	} {
		b.closed(b.post(statuses, media, good), http.StatusUnsupportedMediaType, "media-type")
	}
	bomb := zipped(t, `{"key":"`+strings.Repeat("c4nary", 8<<20)+`"}`)
	for _, encoding := range []string{"gzip", "GZIP", "deflate", "br", "zstd", "gzip, gzip", "gzip, identity", "x"} {
		b.closed(b.post(statuses, jsonType, bomb, "Content-Encoding", encoding), http.StatusUnsupportedMediaType, "media-type")
		b.closed(b.post(statuses, jsonType, good, "Content-Encoding", encoding), http.StatusUnsupportedMediaType, "media-type")
	}
	if n := b.records(); n != 2 {
		t.Errorf("%d records were written", n-2)
	}
	if r := b.post(statuses, jsonType, good, "Content-Encoding", "identity"); r.Code != http.StatusOK {
		t.Errorf("as it is: %d", r.Code)
	}
}
