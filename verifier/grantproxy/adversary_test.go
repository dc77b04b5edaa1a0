package grantproxy_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/chancery-vc/chancery/internal/adversarytest"
	"github.com/chancery-vc/chancery/verifier/grantproxy"
)

// TestAdversary: what a program or a page on the machine can send to a proxy, also
// one that was told where it is, against the list of attacks. Of none of it the
// registry hears.
func TestAdversary(t *testing.T) {
	p := newPartner(t)
	proxy, err := grantproxy.New(p.options)
	p.must(err)
	const host = "127.0.0.1:8081"
	at := func(method, path, body string, good int) adversarytest.Endpoint {
		e := adversarytest.Endpoint{Method: method, Route: path, Target: proxy.Path() + path, Body: body, Good: good}
		if body != "" {
			e.Header, e.Most = []string{"Content-Type: application/json"}, 1<<20
		}
		return e
	}
	endpoints := []adversarytest.Endpoint{
		at(http.MethodGet, "/", "", http.StatusOK),
		at(http.MethodPost, "/v1/facts", question, http.StatusOK),
		at(http.MethodPost, "/v1/statuses", strings.Replace(question, "transferable", "domain", 1), http.StatusOK),
		at(http.MethodPost, "/v1/credentials", question, http.StatusForbidden), // the grant is for none
	}
	attacks := []string{"methods", "paths", "hosts", "framing", "bodies", "bombs", "endless"}
	log := &adversarytest.Log{}
	adversarytest.Attack(t, adversarytest.Server{
		Handler: proxy.Handler(host), Routes: grantproxy.Routes(), Host: host, Loopback: true, Log: log.Logger(), Logged: log, Unlogged: true,
		Endpoints: func(testing.TB) []adversarytest.Endpoint { return slices.Clone(endpoints) },
		Private:   func() []string { return []string{string(p.options.Grant), proxy.Path()} },
	}, attacks...)
	if n, good := p.registry.count(), 2*len(attacks); n != good {
		t.Errorf("the registry was asked %d times, and %d were good questions", n, good)
	}
}
