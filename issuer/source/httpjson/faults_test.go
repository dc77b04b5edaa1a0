package httpjson

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/issuer/source"
)

func zipped(n int) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = w.Write(bytes.Repeat([]byte(" "), n))
	_ = w.Close()
	return b.String()
}

func withEncoding(next http.Handler) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		next.ServeHTTP(w, r)
	}
}

// hijack answers with bytes that it chooses, and hangs up.
func hijack(text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			panic(err)
		}
		_, _ = io.WriteString(conn, text)
		_ = conn.Close()
	}
}

// TestFaults: each ends in its error, which quotes neither key nor answer.
func TestFaults(t *testing.T) {
	const good = `{"k":"k3y","v":"s3cret"}`
	for name, c := range map[string]struct {
		handler http.Handler
		want    error
		says    string
	}{
		"no record":             {answering(404, "text/html", "s3cret"), source.ErrNone, ""},
		"gone":                  {answering(410, "application/json", good), source.ErrUnavailable, "410"},
		"bad request":           {answering(400, "application/json", good), source.ErrUnavailable, "none"},
		"who are you":           {answering(401, "application/json", good), source.ErrUnavailable, "token"},
		"not yours":             {answering(403, "application/json", good), source.ErrUnavailable, "may not"},
		"too often":             {answering(429, "application/json", good), source.ErrUnavailable, "often"},
		"broken":                {answering(500, "application/json", good), source.ErrUnavailable, "500"},
		"away":                  {answering(503, "application/json", good), source.ErrUnavailable, "away"},
		"a part":                {answering(206, "application/json", good), source.ErrUnavailable, "206"},
		"nothing":               {answering(204, "application/json", ""), source.ErrUnavailable, "204"},
		"a page":                {answering(200, "text/html", good), source.ErrShape, "application/json"},
		"a problem":             {answering(200, "application/problem+json", good), source.ErrShape, "application/json"},
		"another character set": {answering(200, "application/json; charset=latin1", good), source.ErrShape, "UTF-8"},
		"no media type":         {answering(200, "", good), source.ErrShape, "application/json"},
		"empty":                 {jsonAnswer(""), source.ErrShape, "JSON"},
		"cut off":               {jsonAnswer(good[:len(good)-1]), source.ErrShape, "JSON"},
		"two answers":           {jsonAnswer(good + good), source.ErrShape, "JSON"},
		"a member twice":        {jsonAnswer(`{"k":"k3y","v":"s3cret","v":"s3cret"}`), source.ErrShape, "once"},
		"a member twice, deep":  {jsonAnswer(`{"k":"k3y","x":[{"s3cret":1,"s3cret":2}]}`), source.ErrShape, "once"},
		"not UTF-8":             {jsonAnswer("{\"k\":\"k3y\",\"v\":\"s3cret\xff\"}"), source.ErrShape, "UTF-8"},
		"half a surrogate":      {jsonAnswer(`{"k":"k3y","v":"\ud800"}`), source.ErrShape, "UTF-8"},
		"deep":                  {jsonAnswer(strings.Repeat(`[`, MaxDepth+1) + strings.Repeat(`]`, MaxDepth+1)), source.ErrShape, "deeper"},
		"very deep":             {jsonAnswer(strings.Repeat(`{"a":`, 100000)), source.ErrShape, "deeper"},
		"large":                 {jsonAnswer(`{"k":"k3y","v":"` + strings.Repeat("s3cret", 1<<18) + `"}`), source.ErrShape, "bytes"},
		"compressed":            {withEncoding(jsonAnswer(zipped(1 << 24))), source.ErrShape, "compressed"},
		"dropped":               {hijack("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{\"k\":"), source.ErrUnavailable, "broke off"},
		"dropped at once":       {hijack(""), source.ErrUnavailable, "broke off"},
		"no HTTP":               {hijack("s3cret k3y\r\n\r\n"), source.ErrUnavailable, "HTTP"},
		"large header":          {hijack("HTTP/1.1 200 OK\r\nX: " + strings.Repeat("s3cret", 20000) + "\r\n\r\n"), source.ErrUnavailable, ""},
	} {
		t.Run(name, func(t *testing.T) {
			begun := time.Now()
			record, err := lookup(t, c.handler, "k3y")
			if record != nil || !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.says) {
				t.Fatalf("got %v and %v, want %v that says %q", record, err, c.want, c.says)
			}
			if text := err.Error(); strings.Contains(text, "s3cret") || strings.Contains(text, "k3y") || !strings.Contains(text, `"things"`) {
				t.Errorf("the error holds a key or a value, or names no resource: %s", text)
			}
			if took := time.Since(begun); took > 5*time.Second {
				t.Errorf("it took %s", took)
			}
		})
	}
}

// TestRedirects: within the origin a few are followed, and the record must
// still be the one asked for.
func TestRedirects(t *testing.T) {
	var elsewhere atomic.Int32
	other := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { elsewhere.Add(1) }))
	defer other.Close()
	mux := http.NewServeMux()
	mux.HandleFunc("/things/moved", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "/new/moved", http.StatusMovedPermanently)
	})
	mux.HandleFunc("/new/moved", jsonAnswer(`{"k":"moved","v":"1"}`))
	mux.HandleFunc("/things/merged", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/things/kept", http.StatusFound) })
	mux.HandleFunc("/things/kept", jsonAnswer(`{"k":"kept","v":"2"}`))
	mux.HandleFunc("/things/round", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, r.URL.Path, http.StatusFound) })
	mux.HandleFunc("/things/away", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, other.URL+r.URL.Path, http.StatusFound)
	})
	mux.HandleFunc("/things/clear", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "http://"+r.Host+r.URL.Path, http.StatusFound)
	})
	mux.HandleFunc("/things/user", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "https://a:b@"+r.Host+"/new/moved", http.StatusFound)
	})
	mux.HandleFunc("/things/bad", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Location", "https://%zz")
		w.WriteHeader(http.StatusFound)
	})
	mux.HandleFunc("/things/none", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusFound) })
	for key, want := range map[string]error{
		"moved": nil, "merged": source.ErrNone, "round": source.ErrUnavailable, "away": source.ErrUnavailable,
		"clear": source.ErrUnavailable, "user": source.ErrUnavailable, "bad": source.ErrUnavailable, "none": source.ErrUnavailable,
	} {
		got, err := lookup(t, mux, key)
		if !errors.Is(err, want) || (err == nil) != (want == nil) || (got["v"] == "1") != (want == nil) {
			t.Errorf("%s: got %v, %v, want %v", key, got, err, want)
		}
		if err != nil && strings.Contains(err.Error(), key+`"`) {
			t.Errorf("the error holds the key: %v", err)
		}
	}
	if n := elsewhere.Load(); n != 0 {
		t.Errorf("another origin was asked %d times", n)
	}
}

// TestPostIsNotRedirected: a body is sent nowhere but where it was meant to go.
func TestPostIsNotRedirected(t *testing.T) {
	for _, status := range []int{301, 302, 303, 307, 308} {
		var followed atomic.Int32
		handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/search" {
				http.Redirect(w, r, "/other", status)
				return
			}
			followed.Add(1)
		})
		r := things()["things"]
		r.Get, r.Post, r.Body, r.KeyAt = "", "/search", `""`, ""
		r.Body, r.KeyAt = `{"q":""}`, "/q"
		s := mustCompile(t, mustOpen(t, serve(t, handler, map[string]Resource{"things": r})), thing)
		if got, err := s.Lookup(t.Context(), "a"); got != nil || !errors.Is(err, source.ErrUnavailable) || followed.Load() != 0 {
			t.Errorf("%d: got %v, %v, followed %d times", status, got, err, followed.Load())
		}
	}
}

// TestSlow: an API that does not answer, or not to the end, is given up in
// time, whoever's time it is.
func TestSlow(t *testing.T) {
	stop := make(chan struct{})
	hang := func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/things/half" {
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, `{"k":"half",`)
			w.(http.Flusher).Flush()
		}
		select {
		case <-stop:
		case <-r.Context().Done():
		}
	}
	t.Cleanup(func() { close(stop) })
	for _, key := range []string{"all", "half"} {
		begun := time.Now()
		got, err := lookup(t, http.HandlerFunc(hang), key, func(o *Options) { o.Timeout = 100 * time.Millisecond })
		if got != nil || !errors.Is(err, source.ErrUnavailable) || !errors.Is(err, context.DeadlineExceeded) || time.Since(begun) > 3*time.Second {
			t.Errorf("%s: got %v, %v after %s", key, got, err, time.Since(begun))
		}
	}
	s := mustCompile(t, mustOpen(t, serve(t, http.HandlerFunc(hang), things())), thing)
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(50*time.Millisecond, cancel)
	if got, err := s.Lookup(ctx, "all"); got != nil || !errors.Is(err, source.ErrUnavailable) || !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: got %v, %v", got, err)
	}
}

// TestRecovery: an API that is away is refused at once, and found again; and
// never more than so many requests are under way.
func TestRecovery(t *testing.T) {
	var under, most atomic.Int32
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n := under.Add(1)
		defer under.Add(-1)
		for now := most.Load(); n > now && !most.CompareAndSwap(now, n); now = most.Load() {
		}
		time.Sleep(5 * time.Millisecond)
		jsonAnswer(`{"k":"a","v":"1"}`)(w, r)
	})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	_ = listener.Close()
	o := serve(t, handler, things())
	o.URL, o.Loopback = "http://"+address, true
	s := mustCompile(t, mustOpen(t, o), thing)
	if got, err := s.Lookup(t.Context(), "a"); got != nil || !errors.Is(err, source.ErrUnavailable) || !strings.Contains(err.Error(), "refused") {
		t.Fatalf("away: got %v, %v", got, err)
	}
	if listener, err = net.Listen("tcp", address); err != nil {
		t.Skip("somebody else has the port now")
	}
	server := &http.Server{Handler: handler, ErrorLog: quiet}
	go func() { _ = server.Serve(listener) }()
	defer server.Close()
	var group sync.WaitGroup
	for range 8 * MaxAtOnce {
		group.Go(func() {
			if got, err := s.Lookup(t.Context(), "a"); err != nil || got["v"] != "1" {
				t.Errorf("back: got %v, %v", got, err)
			}
		})
	}
	group.Wait()
	if n := most.Load(); n > MaxAtOnce || n < 2 {
		t.Errorf("%d requests were under way at once", n)
	}
}

// TestEnvironmentProxy: no proxy is gone through, whatever the environment
// says.
func TestEnvironmentProxy(t *testing.T) {
	var asked atomic.Int32
	proxy := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Add(1) }))
	defer proxy.Close()
	for _, name := range []string{"HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "https_proxy", "http_proxy"} {
		t.Setenv(name, proxy.URL)
	}
	got, err := lookup(t, jsonAnswer(`{"k":"a","v":"1"}`), "a", func(o *Options) {
		if transport := newClient(*o).Transport.(*http.Transport); transport.Proxy != nil {
			t.Error("a proxy is looked for")
		}
	})
	if err != nil || got["v"] != "1" || asked.Load() != 0 {
		t.Errorf("got %v, %v; the proxy was asked %d times", got, err, asked.Load())
	}
}
