// Package adversarytest is an adversary for the tests of HTTP servers: it has the
// same list of hostile requests for each of them, and tries it on every endpoint.
//
// What is attacked is a handler behind the server that the programs use, on a
// socket. Each attack must end in an error of the protocol, or with the server
// hanging up: soon, with nothing private in the answer, with a line in the log and
// nothing of the request in it, and in bounded memory. Each endpoint must answer a
// good request after it.
//
// Source: RFC 9110; RFC 9112, sections 2.2, 3, 5, 6 and 7; RFC 6750.
package adversarytest

import (
	"bytes"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"sync"
	"testing"
)

// Canary is in what an adversary sends, and must be nowhere after.
const Canary = "c4nary"

// Endpoint is one thing that a server can be asked for, with a good request.
type Endpoint struct {
	Method, Route string // as the router has them
	Target        string // path, and a query if it has one
	Header        []string
	Body          string
	Good          int  // status of the good request
	Known         bool // nobody gets an answer without the header Authorization
	Most          int  // bytes of a body that are read; 0 if none are

	host string
}

// Server is what is attacked.
type Server struct {
	Handler http.Handler
	// Routes are METHOD, a space and a path, as the router itself tells them.
	Routes []string
	// Endpoints returns one for each route, with good requests that were not used.
	Endpoints func(t testing.TB) []Endpoint
	// Private returns what no answer to an adversary and no line of the log may
	// have; nil for nothing.
	Private func() []string
	// Host is what the header Host has. A server that has Loopback answers to
	// no other one.
	Host     string
	Loopback bool
	Log      *slog.Logger
	Logged   fmt.Stringer // all that was logged
	Unlogged bool         // it writes no line a request
}

// Log keeps what a server logs.
type Log struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write keeps a line.
func (l *Log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

// String returns all lines.
func (l *Log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// Logger writes to the log.
func (l *Log) Logger() *slog.Logger { return slog.New(slog.NewJSONHandler(l, nil)) }

// attacks are all that is tried.
var attacks = map[string]func(*siege){
	"strangers": (*siege).strangers, "methods": (*siege).methods, "paths": (*siege).paths, "hosts": (*siege).hosts,
	"framing": (*siege).framing, "bodies": (*siege).bodies, "bombs": (*siege).bombs,
	"endless": (*siege).endless, "slow": (*siege).slow, "flood": (*siege).flood,
}

// Attack tries everything on a server, or the attacks of these names: strangers,
// methods, paths, hosts, framing, bodies, bombs, endless, slow and flood.
func Attack(t *testing.T, server Server, only ...string) {
	t.Helper()
	if server.Host == "" {
		server.Host = "registry.example"
	}
	if !t.Run("listed", server.listed) {
		return
	}
	if len(only) == 0 {
		only = slices.Sorted(maps.Keys(attacks))
	}
	for _, name := range only {
		t.Run(name, func(t *testing.T) {
			s := lay(t, server)
			attacks[name](s)
			s.after()
		})
	}
}

// listed: an endpoint for each route, and none that there is not.
func (s Server) listed(t *testing.T) {
	var listed []string
	for _, e := range s.Endpoints(t) {
		listed = append(listed, e.Method+" "+e.Route)
	}
	for _, route := range s.Routes {
		if !slices.Contains(listed, route) {
			t.Errorf("%s is not in the list of endpoints: say there who may ask it for what, and it is attacked like the others", route)
		}
	}
	for _, one := range listed {
		if !slices.Contains(s.Routes, one) {
			t.Errorf("%s is in the list of endpoints, and not served", one)
		}
	}
}
