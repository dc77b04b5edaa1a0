package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/internal/issuertest"
	"github.com/chancery-vc/chancery/issuer/access/accesstest"
	"github.com/chancery-vc/chancery/verifier/logproof"
)

const loginURL = "https://login.example"

// What the two callers of the load may ask: the school about so many records, the
// clinic so often. In the log the school has no grant but its name.
const (
	schoolRecords   = 25
	clinicQuestions = 30
	clinicGrant     = "all"
)

// withAskers lets two clients of an authorization server ask for a fact.
var withAskers = fmt.Sprintf(`
purposes: [enrolment]
facts:
  registered: {source: births, table: births, key: registration_number, rule: {exists: true}}
access:
  issuers:
    - {url: %q, jwks_file: login.json, bound: dpop}
consult:
  refusal_step: 20ms
  callers:
    - {name: school, client: {issuer: %[1]q, id: school-app}, purposes: [enrolment], facts: [registered], budget: {subjects: %d/24h}}
    - name: clinic
      client: {issuer: %[1]q, id: clinic-app}
      budget: {subjects: unlimited, questions_per_subject: unlimited}
      grants:
        - {name: %[3]s, purposes: [enrolment], facts: [registered], rate: %[4]d/24h}
`, loginURL, schoolRecords, clinicGrant, clinicQuestions)

// asker is a caller that asks through the balancer, with each proof at two
// replicas at once.
type asker struct {
	load   *load
	client string
	login  accesstest.Server
	key    accesstest.Key

	mu     sync.Mutex
	nonce  string
	next   int
	told   []string // answers
	over   int      // questions that its budget or rate does not allow
	failed int      // questions that got no answer from any replica that could give one
}

func newAskers(l *load, login accesstest.Server) (all []*asker) {
	for _, client := range []string{"school-app", "clinic-app"} {
		all = append(all, &asker{load: l, client: client, login: login, key: accesstest.NewKey(l.t)})
	}
	return all
}

// newLogin returns an authorization server, whose keys are in a folder.
func newLogin(t *testing.T, dir string) accesstest.Server {
	t.Helper()
	login := accesstest.NewServer(t, loginURL, issuertest.URL)
	must(t, os.WriteFile(filepath.Join(dir, "login.json"), accesstest.JWKS(t, login), 0o600))
	return login
}

// one asks about the next record until some replica judges the proof.
func (a *asker) one() {
	a.mu.Lock()
	key := a.load.births[a.next%len(a.load.births)].RegistrationNumber
	a.next++
	a.mu.Unlock()
	for n := range tries {
		if a.twice(key) {
			return
		}
		time.Sleep(time.Duration(n) * 5 * time.Millisecond)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.failed++
}

// rest asks on until it may not, while nothing is wrong with any replica.
func (a *asker) rest() {
	for range schoolRecords + clinicQuestions {
		if a.over > 0 {
			return
		}
		a.one()
	}
}

// twice sends one proof two times at once, of which one at most is taken, and
// tells whether one was.
func (a *asker) twice(key string) bool {
	now := time.Now()
	token := a.login.Token(a.load.t, now, a.key, accesstest.Claim("client_id", a.client))
	a.mu.Lock()
	proof := a.key.Proof(a.load.t, now, token, issuertest.URL+"/v1/facts", a.nonce)
	a.mu.Unlock()
	var statuses [2]int
	var group sync.WaitGroup
	for n := range statuses {
		group.Go(func() { statuses[n] = a.send(key, token, proof) })
	}
	group.Wait()
	taken := 0
	for _, status := range statuses {
		switch status {
		case 0, http.StatusUnauthorized, http.StatusBadGateway, http.StatusServiceUnavailable:
		default:
			taken++
		}
	}
	if taken > 1 {
		a.load.t.Errorf("a proof was good twice: %v", statuses)
	}
	return taken > 0
}

// send returns the status of the answer, or 0 if there is none.
func (a *asker) send(key, token, proof string) int {
	body := fmt.Sprintf(`{"purpose":"enrolment","nonce":"n","name":"registered","key":%q}`, key)
	request, err := http.NewRequest(http.MethodPost, a.load.cluster.balancer.URL+"/v1/facts", strings.NewReader(body))
	if err != nil {
		return 0
	}
	request.Header = http.Header{"Content-Type": {"application/json"}, "Authorization": {"DPoP " + token}, "DPoP": {proof}} // by its own spelling, as senders do
	response, err := a.load.client.Do(request)
	if err != nil {
		return 0
	}
	data, err := io.ReadAll(response.Body)
	if err := errors.Join(err, response.Body.Close()); err != nil {
		return 0
	}
	a.keep(response, data)
	return response.StatusCode
}

// keep remembers the nonce of an answer, and what it says.
func (a *asker) keep(response *http.Response, data []byte) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if nonce := response.Header.Get("DPoP-Nonce"); nonce != "" {
		a.nonce = nonce
	}
	var said struct {
		Answer string
	}
	switch response.StatusCode {
	case http.StatusOK:
		if err := json.Unmarshal(data, &said); err != nil || said.Answer == "" {
			a.load.t.Errorf("%v: %s", err, data)
		}
		a.told = append(a.told, said.Answer)
	case http.StatusTooManyRequests:
		a.over++
	case http.StatusUnauthorized, http.StatusBadGateway, http.StatusServiceUnavailable:
	default:
		a.load.t.Errorf("status %d: %s", response.StatusCode, data)
	}
}

// judgeAskers holds what callers were told against the logs: no more was asked
// than one budget and one rate allow, and each answer is in one log.
func judgeAskers(t *testing.T, records []logproof.Record, askers []*asker, lasted time.Duration) {
	t.Helper()
	asked, released := map[string]int{}, map[string]int{}
	for _, r := range records {
		if r.Kind == logproof.Asked && r.Asks != "" {
			asked[r.Grant]++
		}
		if r.Kind == logproof.Answered {
			released[r.Released]++
		}
	}
	most := map[string]int{"": schoolRecords, clinicGrant: clinicQuestions + 1 + int(lasted*clinicQuestions/(24*time.Hour))}
	for grant, n := range asked {
		if n == 0 || n > most[grant] {
			t.Errorf("under the grant %q %d were asked, of %d", grant, n, most[grant])
		}
	}
	if len(asked) != len(most) {
		t.Errorf("asked were %v", asked)
	}
	for _, a := range askers {
		for _, answer := range a.told {
			if n := released[logproof.HashOf([]byte(answer)).String()]; n != 1 {
				t.Errorf("an answer to %s is in %d logs", a.client, n)
			}
		}
		if len(a.told) == 0 || a.over == 0 {
			t.Errorf("%s was told %d answers, and %d times that it may not ask", a.client, len(a.told), a.over)
		}
		t.Logf("%s was told %d answers, and %d times that it may not ask; %d questions got no answer in %d tries", a.client, len(a.told), a.over, a.failed, tries)
	}
	t.Logf("asked were %v", asked)
}
