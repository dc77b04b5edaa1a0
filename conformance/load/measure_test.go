package load

import (
	"cmp"
	"context"
	"errors"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// figures are what was measured of some callers, each of which has one request
// at a time.
type figures struct {
	rate           float64 // answers a second
	p50, p99       time.Duration
	here, database time.Duration // of the processors, for each answer
	allocations    uint64        // for each answer
}

// quantile is the time that a share q of sorted ones does not exceed (nearest
// rank).
func quantile(sorted []time.Duration, q float64) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[max(int(q*float64(len(sorted))+0.999999), 1)-1]
}

// run has callers ask b.N questions, each at a time of its own in a request,
// and says in the benchmark's line what it found.
func run(b *testing.B, callers, each int, ask func(caller int) asker) figures {
	b.Helper()
	var before, after runtime.MemStats
	var here, database time.Duration
	times, err := measure(b.Context(), b.N, callers, each, ask, func() {
		here, database = used(b)
		runtime.ReadMemStats(&before)
		b.ResetTimer()
	})
	b.StopTimer()
	runtime.ReadMemStats(&after)
	must(b, err)
	hereAfter, databaseAfter := used(b)
	slices.SortFunc(times, cmp.Compare)
	n := time.Duration(b.N)
	f := figures{
		float64(b.N) / b.Elapsed().Seconds(), quantile(times, 0.5), quantile(times, 0.99),
		(hereAfter - here) / n, (databaseAfter - database) / n, (after.Mallocs - before.Mallocs) / uint64(b.N),
	}
	b.ReportMetric(f.rate, "answers/s")
	b.ReportMetric(milliseconds(f.p50), "p50-ms")
	b.ReportMetric(milliseconds(f.p99), "p99-ms")
	b.ReportMetric(1000*milliseconds(f.here), "here-µs")
	b.ReportMetric(1000*milliseconds(f.database), "database-µs")
	b.ReportMetric(float64(f.allocations), "allocs/op")
	return f
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// measure returns how long each request took. The first caller that fails stops
// the others.
func measure(ctx context.Context, n, callers, each int, ask func(caller int) asker, start func()) ([]time.Duration, error) {
	askers := make([]asker, callers)
	for i := range askers {
		askers[i] = ask(i)
	}
	times := make([][]time.Duration, callers)
	failures := make([]error, callers)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var next atomic.Int64
	var group sync.WaitGroup
	start()
	for i := range askers {
		group.Go(func() {
			for ctx.Err() == nil {
				first := int(next.Add(int64(each))) - each
				if first >= n {
					return
				}
				before := time.Now()
				if failures[i] = askers[i](ctx, first, min(each, n-first)); failures[i] != nil {
					cancel()
					return
				}
				times[i] = append(times[i], time.Since(before))
			}
		})
	}
	group.Wait()
	return slices.Concat(times...), errors.Join(failures...)
}
