package mysql

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"
)

// BenchmarkLookup looks one record of a hundred thousand up after the other,
// each in its own read-only transaction.
func BenchmarkLookup(b *testing.B) {
	s := benchSource(b)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		lookUp(b, s, i)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "lookups/s")
}

// BenchmarkLookupParallel does so from as many callers as there are connections.
func BenchmarkLookupParallel(b *testing.B) {
	s := benchSource(b)
	var next atomic.Int64
	b.ReportAllocs()
	b.SetParallelism(maxConns)
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			lookUp(b, s, int(next.Add(1)))
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "lookups/s")
}

// BenchmarkKeys lists a hundred thousand keys, with an index that fits.
func BenchmarkKeys(b *testing.B) {
	s := benchSource(b)
	for b.Loop() {
		n := 0
		for _, err := range s.Keys(b.Context()) {
			if err != nil {
				b.Fatal(err)
			}
			n++
		}
		if n != records {
			b.Fatal(n)
		}
	}
	b.ReportMetric(records*float64(b.N)/b.Elapsed().Seconds(), "keys/s")
}

// BenchmarkProve proves the scope of a register of a thousand tables.
func BenchmarkProve(b *testing.B) {
	r := emptyRegister(b)
	r.exec(b, createBirths)
	for i := range 1000 {
		r.exec(b, fmt.Sprintf("CREATE TABLE t%d (a text, b text)", i))
	}
	db := r.open(b)
	for b.Loop() {
		if _, err := db.Prove(b.Context(), births, time.Now()); err != nil {
			b.Fatal(err)
		}
	}
}

const records = 100000

func benchSource(b *testing.B) *Source {
	r := emptyRegister(b)
	r.exec(b, fmt.Sprintf(`CREATE TABLE births (number varchar(20) COLLATE utf8mb4_nopad_bin PRIMARY KEY, given_names varchar(100), family_name varchar(100), born date, place text) CHARACTER SET utf8mb4;
		INSERT INTO births SELECT CONCAT('n-', seq), CONCAT('given ', seq), CONCAT('family ', seq), '2000-01-01' + INTERVAL seq %% 9000 DAY, 'place' FROM seq_1_to_%d;
		ANALYZE TABLE births; GRANT SELECT ON births TO %s@localhost`, records, r.account))
	return mustSource(b, r.open(b), "births", "number", "given_names", "family_name", "born", "place")
}

func lookUp(b *testing.B, s *Source, i int) {
	if _, err := s.Lookup(b.Context(), fmt.Sprint("n-", i%records+1)); err != nil {
		b.Error(err)
	}
}
