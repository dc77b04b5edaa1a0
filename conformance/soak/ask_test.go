package soak

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	mathrand "math/rand/v2"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/chancery-vc/chancery/conformance/load/registertest"
	"github.com/chancery-vc/chancery/internal/issuertest"
	"github.com/chancery-vc/chancery/issuer/access/accesstest"
)

// asker asks at /v1 as all its callers.
type asker struct {
	*soak
	key   accesstest.Key // of the caller with access tokens
	nonce atomic.Value   // the issuer's last one for its proofs, a string
}

// request is one request, and what it should come to.
type request struct {
	what, caller string
	path, body   string
	nonces       []string // of the questions; one empty one for a credential
	codes        []string // that it may be refused with, beside "unavailable"
}

// ways are the requests that are made, by how often of a hundred.
var ways = []struct {
	share int
	make  func(key string) request
}{
	{30, func(key string) request { return question("fact", "/v1/facts", key, factName()) }},
	{15, func(key string) request { return question("status", "/v1/statuses", key, registertest.Status) }},
	{8, credential},
	{7, batch},
	{20, func(key string) request { return question("fact, by DPoP", "/v1/facts", key, factName()).by(bound) }},
	{8, func(key string) request {
		return question("fact, beyond a budget", "/v1/facts", key, "of-age").by(walker).refused("limited", "budget-exhausted")
	}},
	{3, func(string) request {
		return question("no record", "/v1/facts", registertest.KeyNone, "born-in").refused("refused")
	}},
	{3, func(key string) request {
		return question("another purpose", "/v1/facts", key, "of-age").edit(`"enrolment"`, `"marketing"`).refused("refused")
	}},
	{3, func(key string) request {
		return question("nobody", "/v1/facts", key, "of-age").by("nobody").refused("unauthorized")
	}},
	{3, func(key string) request {
		return question("no question", "/v1/facts", key, "of-age").edit(`"name"`, `"name":1,"name"`).refused("malformed")
	}},
}

func factName() string {
	facts := registertest.Facts()
	return facts[mathrand.N(len(facts))]
}

func question(what, path, key, name string) request {
	nonce := rand.Text()
	return request{what: what, caller: registertest.Caller, path: path, body: registertest.Question(registertest.Purpose, nonce, name, key), nonces: []string{nonce}}
}

func credential(key string) request {
	r := question("credential", "/v1/credentials", key, registertest.Credential)
	r.body, r.nonces = registertest.Question(registertest.Purpose, "", registertest.Credential, key), []string{""}
	return r
}

// batchSize is how many questions a batch has.
const batchSize = 8

func batch(string) request {
	nonce, pairs := rand.Text(), make([][2]string, batchSize)
	for i := range pairs {
		pairs[i] = [2]string{factName(), anyKey()}
	}
	body := registertest.Questions(registertest.Purpose, nonce, pairs...)
	return request{what: "fact, of a batch", caller: registertest.Caller, path: "/v1/facts", body: body, nonces: slices.Repeat([]string{nonce}, batchSize)}
}

func (r request) by(caller string) request { r.caller = caller; return r }

func (r request) edit(from, to string) request {
	r.body = strings.Replace(r.body, from, to, 1)
	return r
}

func (r request) refused(codes ...string) request { r.codes = codes; return r }

// anyKey is that of a record that is not offered to wallets.
func anyKey() string { return registertest.Key(1 + mathrand.N(offered)) }

// one makes a request.
func (a *asker) one() {
	n := mathrand.N(100)
	for _, way := range ways {
		if n -= way.share; n < 0 {
			a.ask(way.make(anyKey()))
			return
		}
	}
}

func (a *asker) ask(r request) {
	asked := a.clock.now()
	response, data, err := a.post(r)
	if err != nil {
		a.gone(r.what, err)
		return
	}
	if response.StatusCode != http.StatusOK {
		a.judge(r, data)
		return
	}
	var said struct {
		outcome
		Answers []outcome
	}
	if err := json.Unmarshal(data, &said); err != nil {
		a.tally.wrong(fmt.Sprintf("%s: %v: %.200s", r.what, err, data))
		return
	}
	if said.Answers == nil {
		said.Answers = []outcome{said.outcome}
	}
	if len(said.Answers) != len(r.nonces) {
		a.tally.wrong(fmt.Sprintf("%s: %d questions have %d answers", r.what, len(r.nonces), len(said.Answers)))
		return
	}
	for n, one := range said.Answers {
		if one.Problem != nil {
			a.judge(r, one.Problem)
			continue
		}
		a.tally.add(r.what, "answered")
		a.party.receive(r.what, one.bytes(), asked, r.caller, r.nonces[n])
	}
}

// outcome is what a question comes to.
type outcome struct {
	Answer  json.RawMessage
	Problem json.RawMessage
}

// bytes are the very ones that the log has the digest of.
func (o outcome) bytes() []byte {
	var text string
	if json.Unmarshal(o.Answer, &text) == nil {
		return []byte(text)
	}
	return o.Answer
}

// gone counts that the issuer was away.
func (s *soak) gone(what string, err error) {
	if !errors.Is(err, errAway) {
		s.tally.wrong(what + ": " + err.Error())
	}
	s.tally.add(what, "away")
}

// judge takes a problem document.
func (a *asker) judge(r request, data []byte) {
	var problem struct{ Type string }
	_ = json.Unmarshal(data, &problem) // no type is none that is known
	code := strings.TrimPrefix(problem.Type, "urn:chancery:problem:")
	a.tally.add(r.what, code)
	if !slices.Contains(a.codes(), code) || code != "unavailable" && !slices.Contains(r.codes, code) {
		a.tally.wrong(fmt.Sprintf("%s is refused as %q: %.300s", r.what, code, data))
	}
}

var problemCode = regexp.MustCompile("`urn:chancery:problem:([a-z-]+)`")

// documented are the codes that docs/errors.md has.
var documented = sync.OnceValues(func() (codes []string, err error) {
	page, err := os.ReadFile("../../docs/errors.md")
	for _, match := range problemCode.FindAllStringSubmatch(string(page), -1) {
		codes = append(codes, match[1])
	}
	return codes, err
})

func (a *asker) codes() []string {
	codes, err := documented()
	if err != nil {
		a.t.Error(err)
	}
	return codes
}

// post sends a request as its caller: with a newer nonce if its proof needs one,
// and again if the clock was moved meanwhile.
func (a *asker) post(r request) (response *http.Response, data []byte, err error) {
	nonce, _ := a.nonce.Load().(string)
	for {
		moves := a.clock.moves()
		for range 2 {
			response, data, err = a.party.send(http.MethodPost, r.path, a.header(r, nonce), strings.NewReader(r.body))
			if err != nil || r.caller != bound || response.StatusCode != http.StatusUnauthorized {
				return response, data, err
			}
			nonce = response.Header.Get("DPoP-Nonce")
			a.nonce.Store(nonce)
		}
		if a.clock.moves() == moves {
			return response, data, err
		}
	}
}

// header says who asks.
func (a *asker) header(r request, nonce string) http.Header {
	h := http.Header{"Content-Type": {"application/json"}}
	switch r.caller {
	case registertest.Caller:
		h.Set("Authorization", "Bearer "+registertest.Token)
	case walker:
		h.Set("Authorization", "Bearer "+walkerToken)
	case bound:
		now := a.clock.now()
		token := a.auth.Token(a.t, now, a.key)
		h.Set("Authorization", "DPoP "+token)
		h.Set("DPoP", a.key.Proof(a.t, now, token, issuertest.URL+r.path, nonce))
	default:
		h.Set("Authorization", "Bearer "+rand.Text())
	}
	return h
}
