package web

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// overHTTP2 serves a handler as the programs do.
func overHTTP2(t *testing.T, handler http.HandlerFunc) *httptest.Server {
	t.Helper()
	server := httptest.NewUnstartedServer(nil)
	server.Config, server.EnableHTTP2 = NewServer(handler, slog.New(slog.DiscardHandler)), true
	server.Config.TLSConfig.NextProtos = []string{"h2"} // as ServeTLS has it
	server.StartTLS()
	t.Cleanup(server.Close)
	return server
}

// TestStreams: one connection carries only so many requests at a time.
func TestStreams(t *testing.T) {
	const asked = maxStreams + 10
	var mu sync.Mutex
	at, all := map[string]int{}, 0
	begun, finish := make(chan struct{}), make(chan struct{})
	server := overHTTP2(t, func(_ http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/first" {
			return
		}
		mu.Lock()
		at[r.RemoteAddr]++
		if all++; all == asked {
			close(begun)
		}
		mu.Unlock()
		<-finish
	})
	ask := func(path string) {
		response, err := server.Client().Get(server.URL + path)
		if err != nil {
			t.Error(err)
			return
		}
		response.Body.Close()
	}
	ask("/first") // tells the client of the limit
	var crowd sync.WaitGroup
	for range asked {
		crowd.Go(func() { ask("/") })
	}
	<-begun
	close(finish)
	crowd.Wait()
	for address, n := range at {
		if n > maxStreams {
			t.Errorf("%s has %d at a time", address, n)
		}
	}
}

// TestUnread: of a body that nobody reads only so much is taken.
func TestUnread(t *testing.T) {
	body := &counted{more: make(chan struct{})}
	server := overHTTP2(t, func(http.ResponseWriter, *http.Request) {
		select {
		case <-body.more:
		case <-time.After(100 * time.Millisecond): // in which far more would come
		}
	})
	response, err := server.Client().Post(server.URL, "text/plain", body)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if n := body.taken.Load(); n > maxTaken {
		t.Errorf("%d bytes were taken", n)
	}
}

// maxTaken has what a client takes of a body and cannot send yet, too.
const maxTaken = 2 * maxUnread

// counted is a body without end, and how much of it was taken.
type counted struct {
	taken atomic.Int64
	once  sync.Once
	more  chan struct{} // closed when it is more than may be
}

func (c *counted) Read(p []byte) (int, error) {
	n := min(len(p), 1<<10)
	if c.taken.Add(int64(n)) > maxTaken {
		c.once.Do(func() { close(c.more) })
	}
	return n, nil
}

// TestBodiesOfUnknownSize: what a client sends as it comes is taken whole, one
// after the other, though each ends its connection where they are in chunks.
func TestBodiesOfUnknownSize(t *testing.T) {
	const size = 3 << 20
	handler := func(w http.ResponseWriter, r *http.Request) {
		n, err := io.Copy(io.Discard, r.Body)
		if n != size || err != nil {
			http.Error(w, fmt.Sprintf("%d bytes came, %v", n, err), http.StatusBadRequest)
		}
	}
	plain := httptest.NewUnstartedServer(nil)
	plain.Config = NewServer(http.HandlerFunc(handler), slog.New(slog.DiscardHandler))
	plain.Start()
	defer plain.Close()
	for _, server := range []*httptest.Server{plain, overHTTP2(t, handler)} {
		for range 5 {
			response, err := server.Client().Post(server.URL, "text/plain", io.MultiReader(strings.NewReader(strings.Repeat("x", size))))
			if err != nil {
				t.Fatal(err)
			}
			said, _ := io.ReadAll(response.Body)
			response.Body.Close()
			if response.StatusCode != http.StatusOK {
				t.Errorf("%s: %s %s", response.Proto, response.Status, said)
			}
		}
	}
}
