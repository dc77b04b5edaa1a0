package load

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"path/filepath"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
	"go.etcd.io/bbolt"

	"github.com/chancery-vc/chancery/conformance/load/registertest"
	"github.com/chancery-vc/chancery/issuer/issuancelog"
	"github.com/chancery-vc/chancery/issuer/store"
)

// connections is how many package postgres has at most.
const connections = 8

// limit is what an answer needs of something else, bare.
type limit struct {
	name string
	run  func(b *testing.B, callers int) figures
}

func limits(s registertest.Service) []limit {
	return []limit{
		{"log", func(b *testing.B, callers int) figures { return bareLog(b, callers, recordSizes(b, s)) }},
		{"database", bareDatabase},
		{"signature", bareSignature},
	}
}

// recordSizes has a fact answered, and returns the sizes of its records in the
// log.
func recordSizes(b *testing.B, s registertest.Service) (sizes []int) {
	b.Helper()
	ask, _, err := consulting(s.Issuer)(mix{question: factsOnly})
	must(b, err)
	must(b, ask(b.Context(), 0, 1))
	must(b, s.Store().View(func(tx *store.Tx) error {
		for _, record := range issuancelog.Records(tx) {
			sizes = append(sizes, len(record))
		}
		return nil
	}))
	return sizes[len(sizes)-2:]
}

// bareLog writes what the answers of all callers would, if no commit waited for
// another and each were of one record of every caller: an answer is in two.
func bareLog(b *testing.B, callers int, sizes []int) figures {
	b.Helper()
	db, err := bbolt.Open(filepath.Join(b.TempDir(), "log.db"), 0o600, nil)
	must(b, err)
	b.Cleanup(func() { must(b, db.Close()) })
	var sequence uint64
	commit := func(count int, record []byte) error {
		return db.Update(func(tx *bbolt.Tx) error {
			bucket, err := tx.CreateBucketIfNotExists([]byte("log"))
			for i := 0; i < count && err == nil; i++ {
				sequence++
				err = bucket.Put(binary.BigEndian.AppendUint64(nil, sequence), record)
			}
			return err
		})
	}
	asked, answered := make([]byte, sizes[0]), make([]byte, sizes[1])
	return run(b, 1, callers, func(int) asker {
		return func(_ context.Context, _, count int) error {
			return errors.Join(commit(count, asked), commit(count, answered))
		}
	})
}

// bareDatabase looks records up by a prepared statement, outside of any
// transaction.
func bareDatabase(b *testing.B, callers int) figures {
	b.Helper()
	return run(b, min(callers, connections), 1, func(int) asker {
		conn, err := pgconn.Connect(b.Context(), server.Address(database, database+"_reader")+" password=p")
		must(b, err)
		b.Cleanup(func() { conn.Close(context.Background()) })
		_, err = conn.Prepare(b.Context(), "lookup", "SELECT date_of_birth FROM births WHERE registration_number = $1", nil)
		must(b, err)
		return func(ctx context.Context, n, _ int) error {
			result := conn.ExecPrepared(ctx, "lookup", [][]byte{[]byte(keyOf(n))}, nil, nil).Read()
			if result.Err == nil && len(result.Rows) != 1 {
				return errors.New("a record is missing")
			}
			return result.Err
		}
	})
}

// bareSignature signs a text of the size of a fact, and verifies it.
func bareSignature(b *testing.B, callers int) figures {
	b.Helper()
	public, private, err := ed25519.GenerateKey(rand.Reader)
	must(b, err)
	message := make([]byte, 700)
	return run(b, callers, 1, func(int) asker {
		return func(context.Context, int, int) error {
			if !ed25519.Verify(public, message, ed25519.Sign(private, message)) {
				return errors.New("it does not verify")
			}
			return nil
		}
	})
}
