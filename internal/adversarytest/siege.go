package adversarytest

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/internal/web"
)

// patience is how long a hostile request may take, on a machine that has other
// things to do.
const patience = 20 * time.Second

// siege is a server that is attacked.
type siege struct {
	*testing.T
	Server
	endpoints []Endpoint
	address   string
	mu        sync.Mutex
	said      strings.Builder // in answers to an adversary
	answered  int             // of these, by the handler
	before    int             // lines of the log
}

// lay serves s as the programs do.
func lay(t *testing.T, s Server, edits ...func(*http.Server)) *siege {
	t.Helper()
	server := web.NewServer(s.Handler, s.Log)
	for _, edit := range edits {
		edit(server)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() { server.Close() })
	all := slices.DeleteFunc(s.Endpoints(t), func(e Endpoint) bool { return e.Method == http.MethodHead }) // they are as their GET
	for i := range all {
		all[i].host = s.Host
	}
	return &siege{T: t, Server: s, endpoints: all, address: listener.Addr().String(), before: s.lines()}
}

// lines is how long the log is.
func (s Server) lines() int { return strings.Count(s.Logged.String(), "\n") }

// after: each request is in the log, each endpoint still answers its good one, and
// nothing private was told or logged.
func (s *siege) after() {
	s.Helper()
	if n := s.lines() - s.before; n < s.answered && !s.Unlogged {
		s.Errorf("%d requests were answered, and the log has %d lines of them", s.answered, n)
	}
	for _, e := range s.endpoints {
		r := s.raw(e.request())
		if r == nil || r.status != e.Good {
			s.Errorf("%s %s after the attack: %+v", e.Method, e.Route, r)
		}
	}
	var private []string
	if s.Private != nil {
		private = s.Private()
	}
	s.hides("the log", s.Logged.String(), append([]string{Canary}, private...))
	s.hides("an answer to the adversary", s.said.String(), private) // who sent the canary may see it
}

func (s *siege) hides(where, text string, needles []string) {
	s.Helper()
	for _, needle := range needles {
		if at := strings.Index(text, needle); at >= 0 {
			s.Errorf("%s has %q: %.300s", where, needle, text[max(0, at-150):])
		}
	}
}

// answer is what came back.
type answer struct {
	status int
	media  string
	body   string
	header http.Header
}

// raw sends bytes on a connection of its own, and returns the answer, or nil if
// the server hung up without one.
func (s *siege) raw(text string) *answer {
	s.Helper()
	conn := s.dial()
	if conn == nil {
		return nil
	}
	defer conn.Close()
	_, _ = io.WriteString(conn, text) // the server may hang up before the end
	return s.read(bufio.NewReader(conn), text)
}

func (s *siege) dial() net.Conn {
	s.Helper()
	conn, err := net.Dial("tcp", s.address)
	if err != nil {
		s.Error(err)
		return nil
	}
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		s.Error(err)
	}
	return conn
}

// read reads the next answer on a connection.
func (s *siege) read(in *bufio.Reader, about string) *answer {
	s.Helper()
	method, _, _ := strings.Cut(about, " ")
	response, err := http.ReadResponse(in, &http.Request{Method: method})
	if errors.Is(err, os.ErrDeadlineExceeded) {
		s.Errorf("no answer in %s to %.100q", patience, about)
	}
	if err != nil {
		return nil
	}
	defer response.Body.Close()
	body, _ := io.ReadAll(response.Body)
	media, _, _ := strings.Cut(response.Header.Get("Content-Type"), ";")
	return &answer{response.StatusCode, media, string(body), response.Header}
}

// closed are the statuses of refusals.
var closed = []int{
	http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusNotAcceptable,
	http.StatusRequestTimeout, http.StatusConflict, http.StatusRequestEntityTooLarge, http.StatusRequestURITooLong, http.StatusUnsupportedMediaType, http.StatusExpectationFailed,
	http.StatusMisdirectedRequest, http.StatusUnprocessableEntity, http.StatusTooManyRequests, http.StatusRequestHeaderFieldsTooLarge,
	http.StatusNotImplemented, http.StatusHTTPVersionNotSupported,
}

// maxRefusal caps what is said to an adversary.
const maxRefusal = 8 << 10

// refused wants an answer to be a refusal, or none.
func (s *siege) refused(what string, r *answer) {
	s.Helper()
	if r == nil {
		return
	}
	switch r.media {
	case "application/problem+json", "application/json", "application/ld+json", "text/plain", "":
	default:
		s.Errorf("%s: it is answered as %s", what, r.media)
	}
	if !slices.Contains(closed, r.status) || len(r.body) > maxRefusal {
		s.Errorf("%s: %d %.300s", what, r.status, r.body)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.said.WriteString(r.body)
	if r.header.Get("Date") != "" && r.status != http.StatusExpectationFailed { // else net/http refused it by itself
		s.answered++
	}
}
