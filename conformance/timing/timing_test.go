package timing

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/conformance/load/registertest"
	"github.com/chancery-vc/chancery/internal/issuertest"
	"github.com/chancery-vc/chancery/internal/postgrestest"
)

var server postgrestest.Server

func TestMain(m *testing.M) {
	status := m.Run()
	server.Stop()
	os.Exit(status)
}

const (
	records = 10_000 // of the register
	callers = 8      // at a time, each over a connection of its own
	warmUp  = 40     // questions of each class that are not counted
)

// BenchmarkRefusals asks b.N questions of each class, and prints what it found.
func BenchmarkRefusals(b *testing.B) {
	atOnce := issuertest.Replace("\nconsult:\n", "\nconsult:\n  refusal_step: 1ns\n")
	sqlite := func(b *testing.B, edits ...issuertest.Edit) string { return registertest.SQLite(b, records, edits...) }
	databases := 0
	postgres := func(b *testing.B, edits ...issuertest.Edit) string {
		databases++
		return registertest.Postgres(b, &server, fmt.Sprint("refusals_", databases), records, edits...)
	}
	for _, each := range []struct {
		name   string
		folder func(*testing.B, ...issuertest.Edit) string
		edits  []issuertest.Edit
	}{
		{"sqlite", sqlite, nil},
		{"sqlite, control", sqlite, []issuertest.Edit{atOnce}},
		{"postgres", postgres, nil},
		{"postgres, control", postgres, []issuertest.Edit{atOnce}},
	} {
		b.Run(each.name, func(b *testing.B) {
			s := registertest.Serve(b, each.folder(b, each.edits...))
			must(b, ask(s, warmUp, make([][]float64, len(classes()))))
			times := make([][]float64, len(classes()))
			b.ResetTimer()
			must(b, ask(s, b.N, times))
			b.StopTimer()
			if b.N > 1 { // the first run of a benchmark is of one
				must(b, report(os.Stdout, each.name, times))
			}
		})
	}
}

// ask asks n questions of each class in a random order, and adds the times in
// seconds to those of the class.
func ask(s registertest.Service, n int, times [][]float64) error {
	order := make([]int, n*len(times))
	for i := range order {
		order[i] = i % len(times)
	}
	rand.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
	taken := make([]float64, len(order))
	var next atomic.Int64
	failures := make([]error, callers)
	var group sync.WaitGroup
	for i := range callers {
		group.Go(func() { failures[i] = work(s, order, taken, &next) })
	}
	group.Wait()
	for i, class := range order {
		times[class] = append(times[class], taken[i])
	}
	return errors.Join(failures...)
}

// work asks those questions that no other has yet.
func work(s registertest.Service, order []int, taken []float64, next *atomic.Int64) error {
	client, err := registertest.Dial(s)
	if err != nil {
		return err
	}
	defer client.Close()
	all := classes()
	for {
		i := int(next.Add(1)) - 1
		if i >= len(order) {
			return nil
		}
		start := time.Now()
		if err := refused(client, all[order[i]]); err != nil {
			return err
		}
		taken[i] = time.Since(start).Seconds()
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
