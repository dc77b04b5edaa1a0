package verifierhttp_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/chancery-vc/chancery/internal/adversarytest"
	"github.com/chancery-vc/chancery/internal/credtest"
	"github.com/chancery-vc/chancery/internal/web"
	"github.com/chancery-vc/chancery/verifier"
	"github.com/chancery-vc/chancery/verifier/verifierhttp"
)

const maxRequest = 3<<20 + 64<<10

// TestAdversary: every endpoint of a verifier's service, as it is served with a
// token, against the list of attacks.
func TestAdversary(t *testing.T) {
	const token = "dG9rZW4gb2YgYSB0ZXN0IHRoYXQgaXMgbG9uZw"
	s, log := serve(t), &adversarytest.Log{}
	v, err := verifier.New(s.policy)
	if err != nil {
		t.Fatal(err)
	}
	handler := verifierhttp.New(func() (*verifier.Verifier, error) { return v, nil }, verifierhttp.Options{Identifiers: "/1.0/identifiers", Log: log.Logger()})
	var routes []string
	for _, route := range handler.(*gin.Engine).Routes() {
		routes = append(routes, route.Method+" "+route.Path)
	}
	auth := []string{"Authorization: Bearer " + token, "Content-Type: application/json"}
	credential := s.issuer.Signed(t)
	endpoints := []adversarytest.Endpoint{
		{Method: http.MethodPost, Route: credentialsVerify, Body: `{"verifiableCredential":` + string(credential) + `}`, Most: maxRequest},
		{Method: http.MethodPost, Route: presentationsVerify, Body: `{"verifiablePresentation":` + string(s.presentation(credential)) + `}`, Most: maxRequest},
		{Method: http.MethodGet, Route: "/1.0/identifiers/*did", Target: "/1.0/identifiers/" + credtest.NewIssuer(t, "registry").ID},
	}
	for i := range endpoints {
		e := &endpoints[i]
		e.Header, e.Known, e.Good = auth, true, http.StatusOK
		if e.Target == "" {
			e.Target = e.Route
		}
	}
	server := adversarytest.Server{
		Handler: web.RequireBearer(token, handler, log.Logger()), Routes: routes, Log: log.Logger(), Logged: log,
		Endpoints: func(testing.TB) []adversarytest.Endpoint { return slices.Clone(endpoints) },
		Private:   func() []string { return []string{token} },
	}
	adversarytest.Attack(t, server)
	server.Handler, server.Host, server.Loopback = web.Loopback(handler, nil, log.Logger()), "127.0.0.1:8444", true
	adversarytest.Attack(t, server, "hosts") // as it is served without a token
	if strings.Contains(log.String(), "panic") {
		t.Errorf("something panicked: %s", log)
	}
}

// TestLargeAtATime: so many large documents are read and judged at a time, and no
// small one waits for them.
func TestLargeAtATime(t *testing.T) {
	s := serve(t)
	asked := func() *http.Request {
		return httptest.NewRequest(http.MethodPost, credentialsVerify, strings.NewReader("{}"))
	}
	if most := adversarytest.Large(t, s.handler, 16, asked, asked); most != 16 {
		t.Errorf("%d were read at a time", most)
	}
}
