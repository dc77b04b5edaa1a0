package issuer_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/internal/issuertest"
	"github.com/chancery-vc/chancery/issuer"
	"github.com/chancery-vc/chancery/issuer/access"
	"github.com/chancery-vc/chancery/issuer/issuerhttp"
	"github.com/chancery-vc/chancery/issuer/oid4vci"
	"github.com/chancery-vc/chancery/issuer/store"
	"github.com/chancery-vc/chancery/verifier/logproof"
	"github.com/chancery-vc/chancery/verifier/statement"
)

// The register behind a network: one record, and the school that asks for it.
const (
	faultKey    = "2019-000042"
	faultPlace  = "Novi Sad"
	faultToken  = "c4nary-token-AAECAwQFBgcICQoLDA0ODxAREhMUFRY"
	faultSecret = "c4nary-of-the-register"
	// soon is how long an answer may take, whatever happens to the source, on a
	// machine that has other things to do. A deadline of the driver's own may be
	// longer, and is not waited for.
	soon = 4 * time.Second
)

// withAskers is the edit of an issuer whom the school may ask.
func withAskers(text string) string {
	const of = "source: births, table: births, key: registration_number"
	return text + `
purposes: [enrolment]
facts:
  born-in: {` + of + `, rule: {field: {column: place_of_birth}}, disclosure: value}
  of-age: {` + of + `, rule: {compare: {column: date_of_birth, as: date, is: at most, to: today - 18 years}}}
statuses:
  place: {` + of + `, column: place_of_birth, states: {` + faultPlace + `: south}}
consult:
  refusal_step: 5ms
  callers:
    - {name: school, token_sha256: ` + access.Digest(faultToken) + `, purposes: [enrolment], facts: [born-in, of-age], statuses: [place], credentials: [birth]}
`
}

// front is an issuer as the school has it before itself, and the network behind.
type front struct {
	*testing.T
	dir    string
	issuer *issuer.Issuer
	public http.Handler
	log    *strings.Builder
	net    *proxy
	paced  bool // the driver pauses between tries to connect
}

func newFront(t *testing.T, dir string, p *proxy, paced bool) *front {
	t.Helper()
	f := &front{T: t, dir: dir, issuer: issuertest.Open(t, dir, issuertest.NewClock()), log: &strings.Builder{}, net: p, paced: paced}
	service, err := oid4vci.New(f.issuer)
	must(t, err)
	log := slog.New(slog.NewJSONHandler(&locked{to: f.log}, nil))
	f.public, err = issuerhttp.Public(f.issuer, service, log)
	must(t, err)
	t.Cleanup(f.check)
	return f
}

// locked is a log that many may write to.
type locked struct {
	mu sync.Mutex
	to *strings.Builder
}

func (l *locked) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.to.Write(p)
}

// check: each question has one end, and no log has a value, a key or the token.
func (f *front) check() {
	f.Helper()
	open := map[uint64]bool{}
	for n, r := range issuertest.Log(f.T, f.issuer.Store()) {
		switch {
		case r.Kind == logproof.Asked:
			open[uint64(n)] = true
		case r.Question != nil:
			delete(open, *r.Question)
		}
	}
	if len(open) > 0 {
		f.Errorf("%d questions have no end", len(open))
	}
	state, err := os.ReadFile(stateFile(f.dir))
	must(f.T, err)
	for where, text := range map[string]string{"the service's log": f.log.String(), "the state": string(state)} {
		for _, secret := range []string{"c4nary", faultKey, faultPlace, "Žižek"} {
			if strings.Contains(text, secret) {
				f.Errorf("%s has %q", where, secret)
			}
		}
	}
}

// reply is what the school was told.
type reply struct {
	status int
	kind   string // of a problem
	said   string // value or state of an answer
	took   time.Duration
}

var questions = map[string]string{"born-in": "facts", "of-age": "facts", "place": "statuses", "birth": "credentials"}

// ask asks one of the questions, and holds what comes against what may come at
// all: an answer that is whole and true, or a problem that tells nothing.
func (f *front) ask(ctx context.Context, name string) reply {
	f.Helper()
	return f.askOf(ctx, name, faultKey)
}

func (f *front) askOf(ctx context.Context, name, key string) reply {
	f.Helper()
	quoted, err := json.Marshal(key)
	must(f.T, err)
	body := fmt.Sprintf(`{"purpose":"enrolment","nonce":"n-1","name":%q,"key":%s}`, name, quoted)
	if name == "birth" {
		body = strings.Replace(body, `"nonce":"n-1",`, "", 1)
	}
	r := httptest.NewRequestWithContext(ctx, http.MethodPost, "/v1/"+questions[name], strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+faultToken)
	w := httptest.NewRecorder()
	begun := time.Now()
	f.public.ServeHTTP(w, r)
	got := reply{status: w.Code, took: time.Since(begun)}
	var said struct {
		Type   string
		Answer json.RawMessage
	}
	if err := json.Unmarshal(w.Body.Bytes(), &said); err != nil {
		f.Errorf("%s: %d %s: %v", name, w.Code, w.Body, err)
	}
	got.kind = strings.TrimPrefix(said.Type, "urn:chancery:problem:")
	if w.Code == http.StatusOK {
		got.said = f.judged(name, said.Answer)
	} else if strings.Contains(w.Body.String(), faultPlace) || strings.Contains(w.Body.String(), "c4nary") || len(said.Answer) > 0 {
		f.Errorf("%s: the problem tells something: %s", name, w.Body)
	}
	if got.took > soon {
		f.Errorf("%s took %s", name, got.took)
	}
	return got
}

// judged returns what an answer says, which must be true.
func (f *front) judged(name string, answer json.RawMessage) (said string) {
	f.Helper()
	if name == "birth" {
		var credential struct {
			CredentialSubject struct{ BirthPlace string }
			Proof             json.RawMessage
		}
		if err := json.Unmarshal(answer, &credential); err != nil || credential.CredentialSubject.BirthPlace != faultPlace || credential.Proof == nil {
			f.Errorf("%s: %s", name, answer)
		}
		return credential.CredentialSubject.BirthPlace
	}
	u, err := statement.Peek([]byte(strings.Trim(string(answer), `"`)))
	if err != nil {
		f.Fatal(err)
	}
	said = "south"
	if s := u.Statement; s.Fact != nil {
		said = string(s.Fact.Value)
	} else if s.Status.State != said {
		f.Errorf("%s: %+v", name, s.Status)
	}
	if want := map[string]string{"born-in": `"` + faultPlace + `"`, "of-age": "false", "place": "south"}[name]; said != want {
		f.Errorf("%s: %s", name, said)
	}
	return said
}

// want asks, and wants an answer, or a problem of this kind.
func (f *front) want(name string, status int, kind string) {
	f.Helper()
	if got := f.ask(f.Context(), name); got.status != status || got.kind != kind {
		f.Errorf("%s: %+v, want %d %s", name, got, status, kind)
	}
}

// recovers waits until all is answered again, which nobody has to do anything
// for.
func (f *front) recovers() {
	f.Helper()
	waitFor(f.T, "the source to be found again", func() bool { return f.ask(f.Context(), "born-in").status == http.StatusOK })
	for name := range questions {
		f.want(name, http.StatusOK, "")
	}
}

// reason returns why the last question was refused, by the log.
func (f *front) reason() string {
	f.Helper()
	var data []byte
	must(f.T, f.issuer.Store().View(func(tx *store.Tx) error {
		_, data = tx.Last("log")
		return nil
	}))
	r, err := logproof.Decode(data)
	must(f.T, err)
	return r.Reason
}
