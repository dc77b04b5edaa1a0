package servertest

import (
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/chancery-vc/chancery/issuer/source"
)

// Records is how many a benchmark's source has, with keys from n-1 on.
const Records = 100000

func lookUp(b *testing.B, s source.Source, i int) {
	if _, err := s.Lookup(b.Context(), fmt.Sprint("n-", i%Records+1)); err != nil {
		b.Error(err)
	}
}

// BenchLookup looks one record up after the other.
func BenchLookup(b *testing.B, s source.Source) {
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		lookUp(b, s, i)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "lookups/s")
}

// BenchLookupParallel does so from as many callers a processor as it is told.
func BenchLookupParallel(b *testing.B, s source.Source, callers int) {
	var next atomic.Int64
	b.ReportAllocs()
	b.SetParallelism(callers)
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			lookUp(b, s, int(next.Add(1)))
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "lookups/s")
}

// BenchKeys lists the keys.
func BenchKeys(b *testing.B, s source.Source) {
	for b.Loop() {
		n := 0
		for _, err := range s.Keys(b.Context()) {
			if err != nil {
				b.Fatal(err)
			}
			n++
		}
		if n != Records {
			b.Fatal(n)
		}
	}
	b.ReportMetric(Records*float64(b.N)/b.Elapsed().Seconds(), "keys/s")
}
