package web

import (
	"bufio"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// patience is how long something may take on a machine that has other things to
// do.
const patience = 10 * time.Second

// line is a connection to a server of a test.
type line struct {
	*testing.T
	net.Conn
	in *bufio.Reader
}

func dial(t *testing.T, address string) line {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	return line{t, conn, bufio.NewReader(conn)}
}

func (l line) says(text string) {
	l.Helper()
	if _, err := io.WriteString(l, text); err != nil {
		l.Fatal(err)
	}
}

// hears wants an answer 200.
func (l line) hears() {
	l.Helper()
	response, err := http.ReadResponse(l.in, nil)
	if err != nil {
		l.Fatal(err)
	}
	response.Body.Close()
	if response.StatusCode != http.StatusOK {
		l.Fatalf("%s", response.Status)
	}
}

// isClosed wants the server to have hung up without a word.
func (l line) isClosed() {
	l.Helper()
	if data, err := io.ReadAll(l.in); len(data) > 0 || isTimeout(err) {
		l.Errorf("it is not closed: %q, %v", data, err)
	}
}

func isTimeout(err error) bool {
	timeout, ok := err.(net.Error)
	return ok && timeout.Timeout()
}

// records keeps a log for a test, which others write.
type records struct {
	mu   sync.Mutex
	text strings.Builder
}

func (r *records) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.text.Write(p)
}

func (r *records) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.text.String()
}

const request = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"

// TestCrowd: of too many connections those go that waited longest, and none that
// is being answered; who comes with a request is always answered while one waits.
func TestCrowd(t *testing.T) {
	told := &records{}
	began, finish := make(chan struct{}), make(chan struct{})
	server := NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/long" {
			began <- struct{}{}
			<-finish
		}
	}), slog.New(slog.NewTextHandler(told, nil)))
	server.ConnState = newCrowd(3, slog.New(slog.NewTextHandler(told, nil))).changed
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() { server.Close() })
	address := listener.Addr().String()

	long := dial(t, address)
	long.says(strings.Replace(request, "/ ", "/long ", 1))
	<-began
	silent, half := dial(t, address), dial(t, address)
	half.says(request[:10])
	for range 20 {
		last := dial(t, address)
		last.says(request)
		last.hears()
		last.Close()
	}
	for range 2 * 3 {
		dial(t, address) // and says nothing
	}
	silent.isClosed()
	half.isClosed()
	last := dial(t, address)
	last.says(request)
	last.hears()
	close(finish)
	long.hears()
	if n := strings.Count(told.String(), "too many connections"); n == 0 || n > 3 {
		t.Errorf("the log was told %d times:\n%s", n, told)
	}
}

// TestAllAreAnswered: if each connection is being answered, it is the new one
// that goes.
func TestAllAreAnswered(t *testing.T) {
	told := &records{}
	c := newCrowd(2, slog.New(slog.NewTextHandler(told, nil)))
	conns := make([]net.Conn, 4)
	for i := range conns {
		conns[i], _ = net.Pipe()
	}
	for _, conn := range conns[:2] {
		for _, state := range []http.ConnState{http.StateNew, http.StateActive} {
			if gone := c.note(conn, state); gone != nil {
				t.Errorf("%v: one goes", state)
			}
		}
	}
	if gone := c.note(conns[2], http.StateNew); gone != conns[2] {
		t.Errorf("another one goes")
	}
	for _, state := range []http.ConnState{http.StateActive, http.StateIdle, http.StateClosed} { // of the one that was let go
		if gone := c.note(conns[2], state); gone != nil {
			t.Errorf("%v: one goes", state)
		}
	}
	for _, state := range []http.ConnState{http.StateHijacked, http.StateClosed} {
		c.note(conns[0], state)
	}
	c.note(conns[1], http.StateIdle)
	c.note(conns[3], http.StateNew)
	if gone := c.note(conns[2], http.StateNew); gone != conns[1] || len(c.open) != 2 || c.waiting.Len() != 2 {
		t.Errorf("%v goes of %d, %d wait", gone, len(c.open), c.waiting.Len())
	}
}

// TestChunkedEndsTheConnection: what stands behind a request in chunks is never
// taken for another one.
func TestChunkedEndsTheConnection(t *testing.T) {
	var mu sync.Mutex
	var paths []string
	server := NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		mu.Lock()
		defer mu.Unlock()
		paths = append(paths, r.URL.Path)
	}), slog.New(slog.DiscardHandler))
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() { server.Close() })
	for _, headers := range []string{"Transfer-Encoding: chunked\r\nContent-Length: 40", "Content-Length: 40\r\nTransfer-Encoding: chunked", "Transfer-Encoding: chunked"} {
		l := dial(t, listener.Addr().String())
		l.says("POST /first HTTP/1.1\r\nHost: a\r\n" + headers + "\r\n\r\n0\r\n\r\nGET /second HTTP/1.1\r\nHost: a\r\n\r\n")
		l.hears()
		l.isClosed()
	}
	mu.Lock()
	defer mu.Unlock()
	if got := strings.Join(paths, " "); got != "/first /first /first" {
		t.Errorf("asked for %s", got)
	}
}
