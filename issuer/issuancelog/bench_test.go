package issuancelog_test

import (
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"github.com/chancery-vc/chancery/issuer/issuancelog"
	"github.com/chancery-vc/chancery/issuer/store"
	"github.com/chancery-vc/chancery/verifier/logproof"
)

// typical is a record as issuers write most.
func typical() logproof.Record {
	index := 4711
	return logproof.Record{
		Kind: logproof.Answered, Caller: "operator", Profile: "birth", Subject: "b6m4pS6cM1yq9wq2vVnqk2dYdH0kqJ0m1YVb9zE3i1o",
		Configuration: "3c5f0d9a7e4b2c1d8f6a5b4c3d2e1f0a9b8c7d6e5f4a3b2c1d0e9f8a7b6c5d4e", Credential: "urn:uuid:00000000-0000-4000-8000-000000000000",
		Disclosed: []string{"dateOfBirth", "placeOfBirth", "registrationNumber"}, Released: "lJz1U2vY5sTq9o0bQ3m7xWk4cR8dE6fG2hI1jK5lN0p",
		StatusIndex: &index, StatusList: "https://registry.example/status/1",
	}
}

// callers runs add n times, by so many callers at a time.
func callers(b *testing.B, n int, add func() error) {
	b.Helper()
	var done atomic.Int64
	var group sync.WaitGroup
	for range n {
		group.Go(func() {
			for done.Add(1) <= int64(b.N) {
				if err := add(); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	group.Wait()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "records/s")
}

var atOnce = []int{1, 16, 64, 256, 1024}

// BenchmarkAppend adds durable records with all that belongs to them: chain,
// tree and salt.
func BenchmarkAppend(b *testing.B) {
	for _, n := range atOnce {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			s, err := store.Open(filepath.Join(b.TempDir(), "s.db"))
			if err != nil {
				b.Fatal(err)
			}
			defer s.Close()
			l, err := issuancelog.Open(b.Context(), s, time.Now, rand.Reader)
			if err != nil {
				b.Fatal(err)
			}
			b.ResetTimer()
			callers(b, n, func() error {
				return s.Update(b.Context(), func(tx *store.Tx) error { return l.Append(tx, typical()) })
			})
		})
	}
}

// BenchmarkBareBbolt is what to compare with: the same records as they are,
// without chain or tree, by bbolt's own batches, tuned.
func BenchmarkBareBbolt(b *testing.B) {
	for _, n := range atOnce {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			db, err := bbolt.Open(filepath.Join(b.TempDir(), "b.db"), 0o600, nil)
			if err != nil {
				b.Fatal(err)
			}
			defer db.Close()
			db.MaxBatchDelay, db.MaxBatchSize = time.Millisecond, n
			record := typical()
			record.Time, record.Previous = "2026-07-01T12:00:00Z", record.Subject
			data, err := logproof.Encode(record)
			if err != nil {
				b.Fatal(err)
			}
			b.ResetTimer()
			callers(b, n, func() error {
				return db.Batch(func(tx *bbolt.Tx) error {
					bucket, err := tx.CreateBucketIfNotExists([]byte("log"))
					if err != nil {
						return err
					}
					sequence, err := bucket.NextSequence()
					if err != nil {
						return err
					}
					return bucket.Put(binary.BigEndian.AppendUint64(nil, sequence), data)
				})
			})
		})
	}
}

// BenchmarkVerify checks a whole log: each record, chain, tree and root.
func BenchmarkVerify(b *testing.B) {
	const records = 100_000
	s, err := store.Open(filepath.Join(b.TempDir(), "s.db"))
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	l, err := issuancelog.Open(b.Context(), s, time.Now, rand.Reader)
	if err != nil {
		b.Fatal(err)
	}
	for range records / 1000 {
		err := s.Update(b.Context(), func(tx *store.Tx) error {
			for range 1000 {
				if err := l.Append(tx, typical()); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	for b.Loop() {
		err := s.View(func(tx *store.Tx) error {
			if r := logproof.WalkTree(issuancelog.Entries(tx), nil, nil); r.Size != records || len(r.Findings) > 0 {
				b.Errorf("%+v", r)
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)*records/b.Elapsed().Seconds(), "records/s")
}
