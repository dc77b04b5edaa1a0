package grantproxy_test

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/verifier/grantproxy"
)

// TestEnds: each thing that ends a grant ends its proxy, with the answer that was
// under way.
func TestEnds(t *testing.T) {
	used := `{"type":"urn:chancery:problem:grant-used-up","status":403}`
	for name, c := range map[string]struct {
		does func(*proxy)
		want grantproxy.End
	}{
		"used up": {func(p *proxy) {
			p.registry.will(says(http.StatusForbidden, used), nil)
			if status, said, _ := p.do(http.MethodPost, "/v1/facts", question); status != http.StatusForbidden || said != used {
				t.Errorf("%d %s", status, said)
			}
		}, grantproxy.EndUsedUp},
		"used up in a batch": {func(p *proxy) {
			p.registry.will(says(http.StatusOK, `{"answers":[{"answer":"signed"},{"problem":`+used+`}]}`), nil)
			p.do(http.MethodPost, "/v1/facts", question)
		}, grantproxy.EndUsedUp},
		"revoked, as a question finds": {func(p *proxy) {
			p.registry.will(denies("invalid_token"), nil)
			p.do(http.MethodPost, "/v1/facts", question)
		}, grantproxy.EndRevoked},
		"revoked, while nothing is asked": {func(p *proxy) { p.registry.will(nil, denies("invalid_token")) }, grantproxy.EndRevoked},
		"stopped":                         {func(p *proxy) { p.stop() }, grantproxy.EndStopped},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPartner(t).run()
			c.does(p)
			p.ends(c.want)
		})
	}
	t.Run("expired", func(t *testing.T) {
		p := newPartner(t)
		p.options.Now = func() time.Time { return begin.Add(time.Hour - 50*time.Millisecond) }
		p.run().ends(grantproxy.EndExpired)
	})
}

// TestGoesOn: that the registry is away, or refuses, or takes no proof, ends
// nothing.
func TestGoesOn(t *testing.T) {
	p := newPartner(t).run()
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		status int
	}{
		"away":             {says(http.StatusServiceUnavailable, `{"type":"urn:chancery:problem:unavailable"}`), 503},
		"refused":          {says(http.StatusForbidden, `{"type":"urn:chancery:problem:refused"}`), 403},
		"a bad proof":      {denies("invalid_dpop_proof"), 401},
		"no JSON":          {says(http.StatusBadGateway, "<html>"), 502},
		"a huge answer":    {says(http.StatusOK, strings.Repeat("a", 17<<20)), 502},
		"a redirect":       {says(http.StatusTemporaryRedirect, "", "Location", "https://attacker.example/v1/facts"), 502},
		"one to itself":    {says(http.StatusPermanentRedirect, "", "Location", "/v1/facts"), 502},
		"one to plain":     {says(http.StatusSeeOther, "", "Location", "http://127.0.0.1/v1/facts"), 502},
		"it breaks off":    {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, 502},
		"more than it has": {says(http.StatusOK, "x", "Content-Length", "100"), 502},
	} {
		p.registry.will(c.answer, says(http.StatusServiceUnavailable, "{}"))
		before := p.registry.count()
		if status, said, _ := p.do(http.MethodPost, "/v1/facts", question); status != c.status {
			t.Errorf("%s: %d %s", name, status, said)
		}
		if n := p.registry.count() - before; n != 1 {
			t.Errorf("%s: asked %d times", name, n)
		}
	}
	p.registry.will(nil, nil)
	if status, said, _ := p.do(http.MethodGet, "", ""); status != http.StatusOK || !strings.Contains(said, `"left":3`) {
		t.Errorf("%d %s", status, said)
	}
}

// TestLeft: what is left is told each time that it is something else, and at GET.
func TestLeft(t *testing.T) {
	p := newPartner(t).run()
	if first := <-p.told; first.Left != 3 || first.Records != 3 {
		t.Errorf("%+v", first)
	}
	p.registry.will(nil, says(http.StatusOK, `{"grant":"urn:uuid:1","partner":"partner:b","records":3,"left":2,"expires":"2027-03-01T10:00:00Z"}`))
	p.do(http.MethodPost, "/v1/facts", question)
	if next := <-p.told; next.Left != 2 {
		t.Errorf("%+v", next)
	}
	_, said, _ := p.do(http.MethodGet, "/", "")
	for _, want := range []string{`"left":2`, `"purposes":["transfer"]`, `"facts":["transferable"]`, `"expires":"2027-03-01T10:00:00Z"`} {
		if !strings.Contains(said, want) {
			t.Errorf("%s is not in %s", want, said)
		}
	}
	if strings.Contains(said, string(p.options.Grant)) {
		t.Error("the grant itself is told")
	}
}

// TestCannotBegin: what the registry does not take, or is not there to take, does
// not begin.
func TestCannotBegin(t *testing.T) {
	for name, c := range map[string]struct {
		left http.HandlerFunc
		at   time.Duration // after the begin
		end  grantproxy.End
	}{
		"revoked":     {denies("invalid_token"), 0, grantproxy.EndRevoked},
		"too early":   {denies("invalid_token"), -time.Second, grantproxy.EndEarly},
		"a bad clock": {denies("invalid_dpop_proof"), 0, ""},
		"away":        {says(http.StatusServiceUnavailable, "{}"), 0, ""},
		"a web page":  {says(http.StatusOK, "<html>"), 0, ""},
	} {
		p := newPartner(t)
		p.options.Now = func() time.Time { return begin.Add(c.at) }
		p.registry.will(nil, c.left)
		inner, err := grantproxy.New(p.options)
		p.must(err)
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		p.must(err)
		end, err := inner.Serve(context.Background(), listener, listener.Addr().String(), func() { t.Errorf("%s: it begins", name) })
		if err == nil || end != c.end {
			t.Errorf("%s: %q, %v", name, end, err)
		}
	}
}

// TestEndsWaiting: what waits for others when the grant is found to be revoked is
// not forwarded any more.
func TestEndsWaiting(t *testing.T) {
	const most = 16
	p := newPartner(t)
	inner, err := grantproxy.New(p.options)
	p.must(err)
	here, goOn := make(chan struct{}, most+1), make(chan struct{})
	p.registry.will(func(w http.ResponseWriter, r *http.Request) {
		here <- struct{}{}
		<-goOn
		denies("invalid_token")(w, r)
	}, nil)
	var group sync.WaitGroup
	var refused atomic.Int32
	for range most + 1 {
		group.Go(func() {
			r := httptest.NewRequest(http.MethodPost, "/v1/facts", strings.NewReader(question))
			r.Header.Set("Content-Type", "application/json")
			w := httptest.NewRecorder()
			inner.Handler("").ServeHTTP(w, r)
			if w.Code == http.StatusForbidden && strings.Contains(w.Body.String(), string(grantproxy.EndRevoked)) {
				refused.Add(1)
			}
		})
	}
	for range most {
		<-here
	}
	close(goOn)
	group.Wait()
	if p.registry.count() != most || refused.Load() != 1 {
		t.Errorf("%d were forwarded, and %d told that it ended", p.registry.count(), refused.Load())
	}
}
