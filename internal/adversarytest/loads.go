package adversarytest

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Limits on what an adversary may have cost.
const (
	// MaxHeap is how far the heap may grow, in bytes, while a server is flooded:
	// the adversary's own part of it, too.
	MaxHeap = 256 << 20
	// MaxTaken is how much of a body without end is taken beyond what is read of
	// it: what sockets hold, and what is thrown away so that who writes all before
	// reading sees the answer.
	MaxTaken = 48 << 20
)

// maxBody is how large hostile bodies are where more is read.
const maxBody = 4 << 20

// A flood is of so many connections that send as much as they may, and of which
// some are nobody's.
const (
	crowdSize   = 100
	nobodysSize = 30
)

// bodies are none, of whatever kind the endpoint takes.
func (s *siege) bodies() {
	deep := func(n int, open, end string) string { return strings.Repeat(open, n) + strings.Repeat(end, n) }
	for _, e := range s.endpoints {
		if e.Most == 0 {
			continue
		}
		n := min(e.Most, maxBody) / 8
		for name, body := range map[string]string{
			"nothing":              "",
			"a NUL":                "\x00",
			"UTF-16":               "\xff\xfe{\x00}\x00",
			"a byte order mark":    "\ufeff" + e.Body,
			"bytes that are none":  Canary + "\xff\xc0\xaf\xed\xa0\x80",
			"nested lists":         deep(n, "[", "]"),
			"lists without end":    strings.Repeat("[", 4*n),
			"nested objects":       deep(n/8, `{"a":`, "}"),
			"a huge number":        `{"a":1e` + strings.Repeat("9", n) + "}",
			"blanks":               strings.Repeat(" ", 4*n),
			"members":              "{" + strings.Repeat(`"`+Canary+`":0,`, n/16) + `"a":0}`,
			"escapes":              `{"a":"` + strings.Repeat(`\u0041`, n/6) + `"}`,
			"a form of many parts": strings.Repeat("a=%41&", n/6),
			"twice":                e.Body + e.Body,
			"a part":               e.Body[:len(e.Body)/2],
			"XML":                  `<!DOCTYPE x [<!ENTITY y SYSTEM "file:///etc/passwd">]><key>&y;</key>`,
			"more than it may be":  e.Body + strings.Repeat(" ", 8*n+8),
			"the most, of nothing": strings.Repeat("x", 8*n+8),
		} {
			if name == "more than it may be" && e.Most > maxBody {
				continue // it is not, and good
			}
			s.refused(name+" for "+e.Route, s.raw(e.with(e.Method, e.Target, append([]string{length(body)}, e.Header...), body)))
		}
	}
}

// bombs say that they are compressed, and are much when they are inflated.
func (s *siege) bombs() {
	bomb := s.zipped(strings.Repeat(Canary+"  ", 4<<20))
	for _, e := range s.endpoints {
		if e.Most == 0 || e.Body == "" {
			continue
		}
		for _, encoding := range []string{"gzip", "GZIP", "x-gzip", "deflate", "br", "zstd", "gzip, gzip", "gzip, identity"} {
			for _, body := range []string{bomb, s.zipped(e.Body)} {
				s.refused(encoding+" for "+e.Route, s.raw(e.with(e.Method, e.Target, append([]string{length(body), "Content-Encoding: " + encoding}, e.Header...), body)))
			}
		}
		grown := s.growth(func() { // and none of it is inflated
			s.refused("gzip for "+e.Route, s.raw(e.with(e.Method, e.Target, append([]string{length(bomb), "Content-Encoding: gzip"}, e.Header...), bomb)))
		})
		if grown > 16<<20 {
			s.Errorf("%s: %d bytes for a bomb of %d", e.Route, grown, len(bomb))
		}
	}
}

func (s *siege) zipped(text string) string {
	s.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := io.WriteString(w, text); err != nil {
		s.Fatal(err)
	}
	if err := w.Close(); err != nil {
		s.Fatal(err)
	}
	return b.String()
}

// endless: of a body that does not end no more is taken than a server may.
func (s *siege) endless() {
	chunk := fmt.Sprintf("%x\r\n%s\r\n", 32<<10, strings.Repeat(Canary+"  ", 4<<10))
	var crowd sync.WaitGroup
	for _, e := range s.endpoints {
		for _, header := range []string{"Transfer-Encoding: chunked", "Content-Length: 9000000000000000000"} {
			crowd.Go(func() {
				conn := s.dial()
				if conn == nil {
					return
				}
				defer conn.Close()
				_, _ = io.WriteString(conn, e.with(e.Method, e.Target, append([]string{header}, without(e.Header, "Authorization")...), ""))
				go func() { _, _ = io.Copy(io.Discard, conn) }()
				taken := 0
				for {
					n, err := io.WriteString(conn, chunk)
					if taken += n; err != nil || taken > 2*(e.Most+MaxTaken) {
						break
					}
				}
				if taken > e.Most+MaxTaken {
					s.Errorf("%s: %d bytes were taken", e.Route, taken)
				}
			})
		}
	}
	crowd.Wait()
}

// hastyTries is how often somebody asks a server that waits for nobody: on a machine
// with other things to do, it may take a good request for a slow one.
const hastyTries = 10

// slow senders are let go, and keep nobody from being answered.
func (s *siege) slow() {
	const limit = 300 * time.Millisecond
	hasty := lay(s.T, s.Server, func(h *http.Server) { h.ReadHeaderTimeout, h.ReadTimeout, h.IdleTimeout = limit, limit, limit })
	var crowd sync.WaitGroup
	for _, e := range s.endpoints {
		whole := e.with(e.Method, e.Target, append([]string{"Content-Length: 4000"}, without(e.Header, "Authorization")...), "")
		for _, sent := range []int{0, 1, len(whole) / 2, len(whole) - 1, len(whole)} {
			crowd.Go(func() {
				conn := hasty.dial()
				if conn == nil {
					return
				}
				defer conn.Close()
				_, _ = io.WriteString(conn, whole[:sent])
				if _, err := io.Copy(io.Discard, conn); isTimeout(err) {
					s.Errorf("%s: it is not let go after %d bytes", e.Route, sent)
				}
			})
		}
	}
	e := hasty.endpoints[0]
	r := hasty.raw(e.request())
	for n := 1; r == nil && n < hastyTries; n++ {
		r = hasty.raw(e.request())
	}
	if r == nil || r.status != e.Good {
		s.Errorf("somebody else: %+v", r)
	}
	crowd.Wait()
}

func isTimeout(err error) bool {
	timeout, ok := err.(net.Error)
	return ok && timeout.Timeout()
}

// flood opens many connections that say nothing or too much, all at once.
func (s *siege) flood() {
	header := "X: " + strings.Repeat(Canary, 5000)
	grown := s.growth(func() {
		var crowd sync.WaitGroup
		for n := range crowdSize {
			e := s.endpoints[n%len(s.endpoints)]
			crowd.Go(func() {
				silent := s.dial()
				if silent == nil {
					return
				}
				defer silent.Close()
				s.refused("a large header for "+e.Route, s.raw(e.with(e.Method, e.Target, append(slices.Clone(e.Header), header), "")))
				if e.Body == "" {
					return
				}
				s.refused("a large body for "+e.Route, s.filled(e, e.Header))
				if n < nobodysSize {
					s.refused("a large body of nobody's for "+e.Route, s.filled(e, without(e.Header, "Authorization")))
				}
			})
		}
		crowd.Wait()
	})
	s.Logf("the heap grew by %d KiB", grown>>10)
	if grown > MaxHeap {
		s.Errorf("the heap grew by %d bytes, of %d that it may", grown, MaxHeap)
	}
}

// filled sends a body of the largest size that is read, and nothing in it.
func (s *siege) filled(e Endpoint, headers []string) *answer {
	conn := s.dial()
	if conn == nil {
		return nil
	}
	defer conn.Close()
	head := e.with(e.Method, e.Target, append([]string{fmt.Sprint("Content-Length: ", e.Most)}, headers...), "")
	_, _ = io.WriteString(conn, head)
	for left := e.Most; left > 0; { // it may hang up before the end
		n, err := io.WriteString(conn, filling[:min(left, len(filling))])
		if left -= n; err != nil {
			break
		}
	}
	return s.read(bufio.NewReader(conn), head)
}

var filling = strings.Repeat("[[[[", 4<<10)

// growth returns by how many bytes the heap grew at most while do ran.
func (s *siege) growth(do func()) uint64 {
	inUse := func() uint64 {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapInuse + m.StackInuse
	}
	runtime.GC()
	before := inUse()
	var most atomic.Uint64
	done, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		tick := time.NewTicker(5 * time.Millisecond)
		defer tick.Stop()
		for {
			most.Store(max(most.Load(), inUse()))
			select {
			case <-tick.C:
			case <-done:
				return
			}
		}
	}()
	do()
	close(done)
	<-stopped
	return most.Load() - min(before, most.Load())
}
