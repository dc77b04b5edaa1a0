package issuerhttp_test

import (
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
	"github.com/chancery-vc/chancery/issuer/access/accesstest"
	"github.com/chancery-vc/chancery/issuer/issuerhttp"
	"github.com/chancery-vc/chancery/verifier/logproof"
)

const loginURL = "https://login.example"

// withGrants puts a clinic beside the school: it comes with access tokens, may
// ask for some records alone, and not often.
func withGrants(text string) string {
	return withSchool(text) + `    - name: clinic
      client: {issuer: ` + loginURL + `, id: school-app}
      grants:
        - {name: north, purposes: [enrolment], statuses: [sex], keys: {prefix: "` + civil.KnownNumber + `"}, rate: 60/1m}
        - {name: south, purposes: [enrolment], statuses: [sex], keys: {file: south.txt}, until: 2026-08-01T00:00:00Z}
access:
  issuers: [{url: "` + loginURL + `", jwks_file: keys.json}]
`
}

// clinic asks with an access token that is bound to its key.
type clinic struct {
	*world
	server accesstest.Server
	key    accesstest.Key
}

func newClinic(t *testing.T) *clinic {
	t.Helper()
	server := accesstest.NewServer(t, loginURL, issuertest.URL)
	w := newWorld(t, func(text string) string {
		return strings.Replace(withGrants(text), "keys.json", writeTemp(t, "keys.json", accesstest.JWKS(t, server)), 1)
	}, issuertest.Replace("south.txt", writeTemp(t, "south.txt", []byte(issuertest.Births(t, 5)[1].RegistrationNumber+"\n"))))
	return &clinic{w, server, accesstest.NewKey(t)}
}

func writeTemp(t *testing.T, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// asks posts a question with a proof that has this nonce.
func (c *clinic) asks(key, nonce string) *httptest.ResponseRecorder {
	c.Helper()
	now := c.clock.Now()
	token := c.server.Token(c.T, now, c.key)
	proof := c.key.Proof(c.T, now, token, issuertest.URL+statuses, nonce)
	return c.do(http.MethodPost, statuses, jsonType, question(key), "Authorization", "DPoP "+token, "DPoP", proof)
}

// TestAccessToken goes the way of RFC 9449, section 8: a refusal brings the
// nonce, and the second try is answered.
func TestAccessToken(t *testing.T) {
	c := newClinic(t)
	first := c.asks(civil.KnownNumber, "")
	c.closed(first, http.StatusUnauthorized, "unauthorized")
	if got := first.Header().Values("WWW-Authenticate"); len(got) != 2 || got[0] != "Bearer" || !strings.HasPrefix(got[1], `DPoP error="use_dpop_nonce", algs=`) {
		t.Errorf("%q", got)
	}
	nonce := first.Header().Get("DPoP-Nonce")
	if r := c.asks(civil.KnownNumber, nonce); r.Code != http.StatusOK || r.Header().Get("DPoP-Nonce") != nonce {
		t.Errorf("%d %v %s", r.Code, r.Header(), r.Body)
	}
	records := issuertest.Log(t, c.issuer.Store())
	for _, r := range records[len(records)-2:] {
		if r.Grant != "north" || r.Purpose != "enrolment" {
			t.Errorf("%+v", r)
		}
	}
	c.do(http.MethodPost, statuses, jsonType, question(civil.KnownNumber), "Authorization", "Bearer "+schoolToken)
	records = issuertest.Log(t, c.issuer.Store())
	if last := records[len(records)-1]; last.Kind != logproof.Answered || last.Grant != "" {
		t.Errorf("%+v", last)
	}
}

// TestGrants: what fits no grant, or one that is over, gets the one refusal.
func TestGrants(t *testing.T) {
	c := newClinic(t)
	births := issuertest.Births(t, 5)
	nonce := c.asks("none", "").Header().Get("DPoP-Nonce")
	want := c.asks(births[2].RegistrationNumber, nonce)
	c.closed(want, http.StatusForbidden, "refused")
	if r := c.asks(births[1].RegistrationNumber, nonce); r.Code != http.StatusOK {
		t.Errorf("%d %s", r.Code, r.Body)
	}
	c.clock.Advance(time.Date(2026, 8, 1, 0, 0, 0, 0, time.UTC).Sub(c.clock.Now()))
	nonce = c.asks("none", "").Header().Get("DPoP-Nonce")
	over := c.asks(births[1].RegistrationNumber, nonce)
	if over.Code != want.Code || over.Body.String() != want.Body.String() {
		t.Errorf("%d %s", over.Code, over.Body)
	}
	records := issuertest.Log(t, c.issuer.Store())
	if last := records[len(records)-1]; last.Kind != logproof.Refused || !strings.Contains(last.Reason, "ended") {
		t.Errorf("%+v", last)
	}
}

// TestRate: who asks too often is told when to ask again, alike for a record
// that is there and one that is not.
func TestRate(t *testing.T) {
	c := newClinic(t)
	missing := civil.KnownNumber + "x"
	nonce := c.asks(missing, "").Header().Get("DPoP-Nonce")
	for range 60 {
		c.closed(c.asks(missing, nonce), http.StatusForbidden, "refused")
	}
	var limited []string
	for _, key := range []string{missing, civil.KnownNumber} {
		r := c.asks(key, nonce)
		if p := c.closed(r, http.StatusTooManyRequests, "limited"); p.RetryAfter != 1 || r.Header().Get("Retry-After") != "1" {
			t.Errorf("%+v, %v", p, r.Header())
		}
		r.Header().Del("X-Request-Id") // by chance
		limited = append(limited, fmt.Sprint(r.Header(), r.Body))
	}
	if limited[0] != limited[1] {
		t.Errorf("%q", limited)
	}
	c.clock.Advance(time.Second)
	if r := c.asks(civil.KnownNumber, nonce); r.Code != http.StatusOK {
		t.Errorf("%d %s", r.Code, r.Body)
	}
	records := issuertest.Log(t, c.issuer.Store())
	refused := records[len(records)-3]
	if refused.Kind != logproof.Refused || refused.Reason != "the grant is used up for now" {
		t.Errorf("%+v", refused)
	}
}

// TestTurnedAwayInTheLog: why somebody is nobody is in the service's log, without
// what came.
func TestTurnedAwayInTheLog(t *testing.T) {
	c := newClinic(t)
	var problem issuerhttp.Problem
	for _, header := range []string{"Bearer c4n4ry", "DPoP c4n4ry.c4n4ry.c4n4ry", "Basic c4n4ry", "C4n4ry c4n4ry"} {
		r := c.do(http.MethodPost, statuses, jsonType, question("k"), "Authorization", header)
		p := c.closed(r, http.StatusUnauthorized, "unauthorized")
		if problem.Type != "" && p != problem {
			t.Errorf("%s: %+v", header, p)
		}
		problem = p
	}
	log := strings.ToLower(c.log.String())
	if strings.Contains(log, "c4n4ry") || strings.Count(log, `"msg":"unauthorized"`) != 4 || strings.Count(log, `"reason":"`) != 4 {
		t.Errorf("%s", log)
	}
	c.closed(c.do(http.MethodPost, statuses+"?access_token=c4n4ry", jsonType, question("k")), http.StatusBadRequest, "malformed")
}
