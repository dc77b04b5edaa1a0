package issuer_test

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chancery-vc/chancery/internal/issuertest"
	"github.com/chancery-vc/chancery/issuer"
	"github.com/chancery-vc/chancery/issuer/source"
	"github.com/chancery-vc/chancery/verifier/logproof"
)

// TestSourceFaults: whatever the network or the server does, each question ends
// in an answer that is true or in its problem, in bounded time, with its record;
// and when all is well again it is answered again.
func TestSourceFaults(t *testing.T) {
	for name, start := range map[string]func(*testing.T) faulty{
		"PostgreSQL": faultsOnPostgres, "MariaDB": faultsOnMariaDB, "HTTP": faultsOnHTTP,
	} {
		t.Run(name, func(t *testing.T) {
			if testing.Short() && name == "MariaDB" {
				t.Skip("it needs a server of its own")
			}
			f := start(t)
			f.recovers()
			before := f.digest()
			t.Run("refused", f.in(faultRefused))
			t.Run("cut", f.in(faultCut))
			t.Run("slow", f.in(faultSlow))
			t.Run("away", f.in(faultAway))
			t.Run("crashed", f.in(faultCrashed))
			t.Run("failover", f.in(func(own *front) { faultFailover(own, f.restart) }))
			t.Run("injected", f.in(injected))
			if diff := cmp.Diff(before, f.digest()); diff != "" {
				t.Errorf("the register has changed: %s", diff)
			}
			for name, c := range f.changes {
				t.Run(name, f.in(func(own *front) { faultChanged(own, c) }))
			}
		})
	}
}

// faulty is a source to which much can be done.
type faulty struct {
	*front
	restart func()
	digest  func() string
	changes map[string]change
}

// in has a part of a test use the front as its own.
func (f *front) in(part func(*front)) func(*testing.T) {
	return func(t *testing.T) {
		own := *f
		own.T = t
		part(&own)
	}
}

func faultRefused(f *front) {
	f.net.refuse()
	for name := range questions {
		f.want(name, http.StatusServiceUnavailable, "unavailable")
	}
	if got := f.reason(); got != source.ErrUnavailable.Error() {
		f.Errorf("the log has %q", got)
	}
	if !strings.Contains(f.log.String(), "refused") && !strings.Contains(f.log.String(), "no such file") {
		f.Error("the operator is not told why")
	}
	f.net.listen(f.T)
	f.recovers()
}

// faultCut cuts the connection in the middle of what the source says, wherever
// that is.
func faultCut(f *front) {
	outcomes := map[int]int{}
	for n := 0; n < 1400; n = n*3/2 + 7 {
		if testing.Short() && n > 100 {
			break
		}
		f.net.set(func(p *proxy) { p.limit = n })
		for _, name := range []string{"born-in", "birth"} {
			got := f.ask(f.Context(), name)
			outcomes[got.status]++
			if got.status != http.StatusOK && got.kind != "unavailable" {
				f.Errorf("cut after %d bytes, %s: %+v", n, name, got)
			}
		}
		f.net.heal()
		waitFor(f.T, "the source to be found again", func() bool { return f.ask(f.Context(), "of-age").status == http.StatusOK })
	}
	if outcomes[http.StatusServiceUnavailable] < 4 {
		f.Errorf("%v", outcomes)
	}
	f.recovers()
}

// faultSlow has the source say nothing until the caller's time is up.
func faultSlow(f *front) {
	f.net.set(func(p *proxy) { p.stalled = true })
	var crowd sync.WaitGroup
	for range 20 { // more than there are connections
		crowd.Go(func() {
			ctx, cancel := context.WithTimeout(f.Context(), 300*time.Millisecond)
			defer cancel()
			if got := f.ask(ctx, "born-in"); got.status != http.StatusServiceUnavailable || got.kind != "unavailable" {
				f.Errorf("%+v", got)
			}
		})
	}
	crowd.Wait()
	if got := f.reason(); got != issuer.ErrStopped.Error() && got != source.ErrUnavailable.Error() {
		f.Errorf("the log has %q", got)
	}
	f.net.heal()
	f.recovers()
}

// faultAway has a crowd ask while everybody who connects is hung up on, and go
// on asking when that ends: few connections are tried meanwhile, and no more are
// opened after than there may be.
func faultAway(f *front) {
	const most = 24 // 16 of any driver, and those that are being closed
	f.net.set(func(p *proxy) { p.away = true })
	f.net.drop()
	f.net.tried.Store(0)
	f.net.most.Store(0)
	stop := make(chan struct{})
	var refused, answered atomic.Int64
	var crowd sync.WaitGroup
	for range 40 {
		crowd.Go(func() {
			for {
				select {
				case <-stop:
					return
				case <-time.After(10 * time.Millisecond):
				}
				switch got := f.ask(f.Context(), "born-in"); got.status {
				case http.StatusOK:
					answered.Add(1)
				case http.StatusServiceUnavailable:
					refused.Add(1)
				default:
					f.Errorf("%+v", got)
				}
			}
		})
	}
	time.Sleep(time.Second)
	asked, tried := refused.Load(), f.net.tried.Swap(0)
	if asked < 20 || answered.Load() > 0 || f.paced && tried > 12 || f.net.most.Load() > most {
		f.Errorf("%d questions were refused, %d answered, %d connections tried, %d at once", asked, answered.Load(), tried, f.net.most.Load())
	}
	f.net.most.Store(0)
	f.net.heal()
	waitFor(f.T, "the source to be found again", func() bool { return answered.Load() > 40 })
	close(stop)
	crowd.Wait()
	if opened := f.net.tried.Load(); opened > most || f.net.most.Load() > most {
		f.Errorf("%d connections were opened, %d at once", opened, f.net.most.Load())
	}
	f.Logf("%d questions were refused, %d connections tried; then %d opened", asked, tried, f.net.tried.Load())
	f.recovers()
}

// faultCrashed has the issuer end while the source is asked: who opens its state
// again finds the question, and ends it.
func faultCrashed(f *front) {
	f.net.set(func(p *proxy) { p.stalled = true })
	ctx, cancel := context.WithCancel(f.Context())
	defer cancel()
	ended := make(chan reply)
	before := len(inFile(f.T, f.dir))
	go func() { ended <- f.ask(ctx, "born-in") }()
	waitFor(f.T, "the question", func() bool { return len(inFile(f.T, f.dir)) > before })
	dir := f.TempDir()
	must(f.T, os.CopyFS(dir, os.DirFS(f.dir)))
	must(f.T, os.Chmod(filepath.Join(dir, issuertest.KeyFile), 0o600))
	_ = os.Chmod(filepath.Join(dir, "password"), 0o600)
	cancel()
	if got := <-ended; got.status == http.StatusOK {
		f.Errorf("%+v", got)
	}
	f.net.heal()
	f.recovers()
	again := issuertest.Open(f.T, dir, issuertest.NewClock())
	records := issuertest.Log(f.T, again.Store())[before:]
	if len(records) < 2 || records[0].Kind != logproof.Asked || records[1].Kind != logproof.Abandoned || *records[1].Question != uint64(before) {
		f.Errorf("%+v", records)
	}
	must(f.T, again.Close())
}

// faultFailover has the server end as kill -9 does, and another one take its
// place, while a crowd asks.
func faultFailover(f *front, restart func()) {
	stop := make(chan struct{})
	outcomes := make([]map[int]int, 8)
	var crowd sync.WaitGroup
	for i := range outcomes {
		outcomes[i] = map[int]int{}
		crowd.Go(func() {
			for {
				select {
				case <-stop:
					return
				case <-time.After(5 * time.Millisecond):
					got := f.ask(f.Context(), "of-age")
					outcomes[i][got.status]++
				}
			}
		})
	}
	restart()
	f.recovers()
	close(stop)
	crowd.Wait()
	for _, counts := range outcomes {
		if counts[http.StatusServiceUnavailable] == 0 || counts[http.StatusServiceUnavailable]+counts[http.StatusOK] != total(counts) {
			f.Errorf("%v", counts)
		}
	}
}

func total(counts map[int]int) (n int) {
	for _, each := range counts {
		n += each
	}
	return n
}
