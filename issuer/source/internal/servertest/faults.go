// Package servertest has what drivers of database servers are tested by alike:
// what a fault of the server makes of a read, and how fast reads are.
//
// Sources are of a relation whose key p-1 has "name 1" for its name, and whose
// secrets begin with s3cret.
package servertest

import (
	"context"
	"errors"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/issuer/scope"
	"github.com/chancery-vc/chancery/issuer/source"
)

// Within fails a test whose part takes too long.
func Within(t *testing.T, limit time.Duration, do func()) {
	t.Helper()
	began := time.Now()
	do()
	if took := time.Since(began); took > limit {
		t.Errorf("it took %v, more than %v", took, limit)
	}
}

// Refused wants a lookup to end in an error that says something, and no secret.
func Refused(t *testing.T, s source.Source, kind error, says string) {
	t.Helper()
	record, err := s.Lookup(t.Context(), "p-1")
	if record != nil || !errors.Is(err, kind) || !strings.Contains(err.Error(), says) || strings.Contains(err.Error(), "s3cret") {
		t.Errorf("got %v and %v, want %v that says %q", record, err, kind, says)
	}
}

// Answers wants a lookup to find its record.
func Answers(t *testing.T, s source.Source) {
	t.Helper()
	if record, err := s.Lookup(t.Context(), "p-1"); err != nil || record["name"] != "name 1" {
		t.Errorf("got %v, %v", record, err)
	}
}

// Closed is a test of a source whose database was closed.
func Closed(t *testing.T, s source.Source) {
	Refused(t, s, source.ErrUnavailable, "closed")
	for _, err := range s.Keys(t.Context()) {
		if !errors.Is(err, source.ErrUnavailable) {
			t.Errorf("Keys: %v", err)
		}
	}
}

// Silent is a test of a server, at the path of a socket, that takes a connection
// and says nothing: to open it ends in an error, soon after connect, as it does
// for a caller who goes away from it.
func Silent(t *testing.T, path string, connect time.Duration, open func(context.Context) error) {
	listener, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	Within(t, connect/2, func() {
		if err := open(ctx); !errors.Is(err, source.ErrUnavailable) || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
	})
	Within(t, 2*connect, func() {
		if err := open(t.Context()); !errors.Is(err, source.ErrUnavailable) {
			t.Errorf("got %v", err)
		}
	})
}

// Killed is a test of a server that goes away under a crowd of readers, and
// comes back: they are told, and not long after answered again.
func Killed(t *testing.T, s source.Source, goAway, comeBack func(), soon time.Duration) {
	var readers sync.WaitGroup
	stop := make(chan struct{})
	var failed, answered atomic.Int64
	for range 16 {
		readers.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				record, err := s.Lookup(t.Context(), "p-1")
				switch {
				case err == nil && record["name"] == "name 1":
					answered.Add(1)
				case errors.Is(err, source.ErrUnavailable):
					failed.Add(1)
					time.Sleep(time.Millisecond)
				default:
					t.Errorf("got %v, %v", record, err)
				}
			}
		})
	}
	goAway()
	comeBack()
	before := answered.Load()
	Within(t, soon, func() {
		for deadline := time.Now().Add(soon); answered.Load() == before && time.Now().Before(deadline); {
			time.Sleep(time.Millisecond)
		}
	})
	close(stop)
	readers.Wait()
	if failed.Load() == 0 || answered.Load() == before {
		t.Errorf("%d failed, %d answered after", failed.Load(), answered.Load()-before)
	}
	Answers(t, s)
}

// Stampede has a crowd connect, for a second, to the path of a socket at which
// there is no server any more. It wants each to be told at once, and the socket
// to be tried at 0, 100, 300 and 700 ms, and most times at the most.
func Stampede(t *testing.T, path string, most int64, connect func(context.Context) error) {
	listener, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	var tries, asked atomic.Int64
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			tries.Add(1)
			conn.Close()
		}
	}()
	var crowd sync.WaitGroup
	began := time.Now()
	for range 50 {
		crowd.Go(func() {
			for time.Since(began) < time.Second {
				if err := connect(t.Context()); !errors.Is(err, source.ErrUnavailable) {
					t.Errorf("got %v", err)
				}
				asked.Add(1)
				time.Sleep(time.Millisecond)
			}
		})
	}
	crowd.Wait()
	if n := tries.Load(); n < 2 || n > most || asked.Load() < 500 {
		t.Errorf("%d tries for %d questions", n, asked.Load())
	}
}

// Found wants a proof to have a finding of a kind that says something and how to
// mend it, and no secret.
func Found(t *testing.T, proof scope.Proof, kind scope.Kind, says string) {
	t.Helper()
	if err := proof.Err(); !errors.Is(err, scope.ErrWide) || !strings.Contains(err.Error(), says) || strings.Contains(err.Error(), "s3cret") || strings.Contains(err.Error(), "PASSWORD") {
		t.Errorf("got %v", err)
	}
	for _, f := range proof.Findings {
		if f.Kind == kind && strings.Contains(f.Says, says) && len(f.Mend) > 0 {
			return
		}
	}
	t.Errorf("no finding %s says %q: %+v", kind, says, proof.Findings)
}
