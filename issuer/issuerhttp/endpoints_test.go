package issuerhttp_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/chancery-vc/chancery/examples/births/civil"
	"github.com/chancery-vc/chancery/internal/adversarytest"
	"github.com/chancery-vc/chancery/internal/web"
	"github.com/chancery-vc/chancery/issuer/issuerhttp"
)

// withAll is the edit of an issuer with a school, so that it serves everything
// that one can.
func withAll(text string) string {
	text = strings.Replace(text, "      statuses: [sex]\n", "      statuses: [sex]\n      facts: [adult]\n", 1)
	return withOffice(text + `facts:
  adult:
    source: births
    table: births
    key: registration_number
    rule: {compare: {column: date_of_birth, as: date, is: at most, to: today - 18 years}}
`)
}

// routesOf returns the routes of a handler, as its router tells them.
func routesOf(h http.Handler) (routes []string) {
	for _, route := range h.(*gin.Engine).Routes() {
		routes = append(routes, route.Method+" "+route.Path)
	}
	return routes
}

// adversary returns the server of a handler of the besieged issuer.
func (b *besieged) adversary(h http.Handler, endpoints func(t testing.TB) []adversarytest.Endpoint) adversarytest.Server {
	return adversarytest.Server{
		Handler: h, Routes: routesOf(h), Endpoints: endpoints, Log: b.log.Logger(), Logged: b.log,
		Private: func() []string { return b.secrets },
	}
}

// at is an endpoint that anybody may ask, at a path without parts.
func at(method, path string) adversarytest.Endpoint {
	return adversarytest.Endpoint{Method: method, Route: path, Target: path, Good: http.StatusOK}
}

// cached are the two endpoints of what anybody may keep.
func cached(route, target string) []adversarytest.Endpoint {
	e := at(http.MethodGet, route)
	e.Target = target
	head := e
	head.Method = http.MethodHead
	return []adversarytest.Endpoint{e, head}
}

// asking is an endpoint that takes a body of at most so many bytes.
func asking(path, body string, most int) adversarytest.Endpoint {
	e := at(http.MethodPost, path)
	e.Header, e.Body, e.Most = []string{"Content-Type: " + jsonType}, body, most
	return e
}

// by has an endpoint asked with a token.
func by(token string, e adversarytest.Endpoint) adversarytest.Endpoint {
	e.Header = append(slices.Clone(e.Header), "Authorization: Bearer "+token)
	e.Known = true
	return e
}

// forAnybody are the endpoints of the public side that need no token.
func (b *besieged) forAnybody() (all []adversarytest.Endpoint) {
	b.Helper()
	for _, path := range []string{
		"/.well-known/openid-credential-issuer", "/.well-known/oauth-authorization-server", "/.well-known/did.json",
		"/.well-known/chancery/scope", "/checkpoint", "/bundle", "/log/checkpoint",
	} {
		all = append(all, cached(path, path)...)
	}
	all = append(all, cached("/status/:list", "/status/1")...)
	all = append(all, cached("/log/tile/*tile", "/log/tile/0/000.p/1")...)
	offered, _ := b.offer()
	b.secrets = append(b.secrets, offered)
	offer := at(http.MethodGet, "/offers/:code")
	offer.Target = "/offers/" + offered
	code, digits := b.offer()
	b.secrets = append(b.secrets, code)
	token := asking("/token", form(code, digits), 8<<10)
	token.Header = []string{"Content-Type: " + formType}
	return append(all, offer, token, at(http.MethodPost, "/nonce"))
}

// forSome are those that ask who asks.
func (b *besieged) forSome() []adversarytest.Endpoint {
	b.Helper()
	token := b.token()
	b.secrets = append(b.secrets, token, schoolToken, officeToken)
	issue := by(officeToken, asking("/credentials/issue", `{"credential":`+worded+`}`, 1<<20))
	issue.Good = http.StatusCreated
	issued := b.issued(b.askFor(issue.Body))
	identifiers := by(officeToken, at(http.MethodGet, "/identifiers/*did"))
	identifiers.Target = "/identifiers/" + b.holder.DID
	left := by(schoolToken, at(http.MethodGet, "/v1/grant"))
	left.Good = http.StatusNotFound // it is no partner
	presented := by(officeToken, asking("/presentations/verify", `{"verifiablePresentation":`+issued+`}`, 3<<20+64<<10))
	presented.Good = http.StatusUnprocessableEntity // it is none
	return []adversarytest.Endpoint{
		by(token, asking("/credential", b.request(), 64<<10)), issue,
		by(officeToken, asking("/credentials/verify", `{"verifiableCredential":`+issued+`}`, 3<<20+64<<10)), presented, identifiers, left,
		by(schoolToken, asking("/v1/facts", strings.Replace(question(civil.KnownNumber), "sex", "adult", 1), 1<<20)),
		by(schoolToken, asking("/v1/statuses", question(civil.KnownNumber), 1<<20)),
		by(schoolToken, asking("/v1/credentials", fmt.Sprintf(`{"purpose":"enrolment","name":"birth","key":%q}`, civil.KnownNumber), 1<<20)),
	}
}

// TestAdversary: every endpoint of the public side against the list of attacks.
func TestAdversary(t *testing.T) {
	b := besiege(t, withAll)
	b.offered = civil.KnownNumber
	adversarytest.Attack(t, b.adversary(b.public, func(testing.TB) []adversarytest.Endpoint { return append(b.forAnybody(), b.forSome()...) }))
}

// TestAdversaryOfOperations: the same for probes and metrics.
func TestAdversaryOfOperations(t *testing.T) {
	b := besiege(t)
	metrics := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "chancery_up 1") })
	h := issuerhttp.Operations(b.issuer, metrics, b.log.Logger())
	server := b.adversary(h, func(testing.TB) []adversarytest.Endpoint {
		return slices.Concat(cached("/livez", "/livez"), cached("/readyz", "/readyz"), []adversarytest.Endpoint{at(http.MethodGet, "/metrics")})
	})
	server.Handler, server.Host, server.Loopback = web.Loopback(h, nil, b.log.Logger()), "127.0.0.1:9464", true
	adversarytest.Attack(t, server, "methods", "paths", "hosts", "framing", "endless")
}

// forOperator are the endpoints of the operator's socket. Some have nothing to do
// here, and say so.
func (b *besieged) forOperator() (all []adversarytest.Endpoint) {
	b.Helper()
	post := func(path, body string, good int) {
		e := asking(path, body, 64<<20)
		e.Good = good
		all = append(all, e)
	}
	post("/offers", fmt.Sprintf(`{"profile":"birth","key":%q}`, civil.KnownNumber), http.StatusOK)
	post("/revocations", fmt.Sprintf(`{"credentials":[%q]}`, b.issue()), http.StatusOK)
	post("/budgets", `{"caller":"school"}`, http.StatusOK)
	post("/forget", `{}`, http.StatusOK)
	for _, path := range []string{"/seal", "/keys/revocations", "/grants", "/grants/revocations", "/replicas/forget"} {
		post(path, `{}`, http.StatusConflict)
	}
	for _, target := range []string{
		"/budgets", "/keys", "/grants", "/replicas", "/publication", "/snapshot", "/checkpoint",
		"/entries?profile=birth&key=" + civil.KnownNumber, "/tiles?since=0&size=1",
	} {
		path, _, _ := strings.Cut(target, "?")
		e := at(http.MethodGet, path)
		e.Target = target
		all = append(all, e)
	}
	all = append(all, at(http.MethodPost, "/reload"))
	return slices.Concat(all, cached("/livez", "/livez"), cached("/readyz", "/readyz"))
}

// TestAdversaryOfOperator: the same for the operator's socket, as far as a program
// could be brought to send it there that the operator runs.
func TestAdversaryOfOperator(t *testing.T) {
	b := besiege(t)
	b.offered = civil.KnownNumber
	h := issuerhttp.Operator(b.issuer, b.service, b.log.Logger())
	server := b.adversary(h, func(testing.TB) []adversarytest.Endpoint { return b.forOperator() })
	server.Handler = issuerhttp.Reloading(h, func(context.Context) (issuerhttp.Reloaded, error) { return issuerhttp.Reloaded{}, nil })
	server.Routes = append(server.Routes, "POST /reload")
	adversarytest.Attack(t, server, "methods", "paths", "framing")
}

// TestLargeAtATime: so many large questions, and wordings of credentials, are read
// at a time, and no small one waits for them.
func TestLargeAtATime(t *testing.T) {
	b := besiege(t, withAll)
	for path, token := range map[string]string{statuses: schoolToken, "/credentials/issue": officeToken} {
		asked := func() *http.Request {
			r := httptest.NewRequest(http.MethodPost, path, strings.NewReader("{}"))
			r.Header.Set("Authorization", "Bearer "+token)
			r.Header.Set("Content-Type", jsonType)
			return r
		}
		if most := adversarytest.Large(t, b.public, 16, asked, asked); most != 16 {
			t.Errorf("%s: %d were read at a time", path, most)
		}
	}
}
