package postgres

import (
	"context"
	"encoding/hex"
	"fmt"
	"math"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/chancery-vc/chancery/issuer/singleuse"
)

// never is the end of what has none. Ends are milliseconds since 1970.
const never = math.MaxInt64

func endOf(t time.Time) string {
	if t.IsZero() {
		return strconv.FormatInt(never, 10)
	}
	return strconv.FormatInt(t.UnixMilli(), 10)
}

// get returns the row at key, over or not; nil if there is none.
func (s *Store) get(ctx context.Context, key singleuse.Key) (*singleuse.Entry, error) {
	if err := key.Check(); err != nil {
		return nil, err
	}
	result, err := s.pool.read(ctx, "SELECT value, expires FROM "+s.table+" WHERE kind = $1 AND id = $2", key.Kind, bytea(key.ID))
	if err != nil || len(result.Rows) == 0 {
		return nil, err
	}
	return entry(key, result.Rows[0])
}

// entry reads a row as the server prints it.
func entry(key singleuse.Key, row [][]byte) (*singleuse.Entry, error) {
	e := &singleuse.Entry{Key: key}
	var err error
	if len(row) != 2 || len(row[0]) < 2 {
		return nil, fmt.Errorf("%w: the server answers with another row than was asked for", ErrSchema)
	}
	if e.Value, err = hex.DecodeString(string(row[0][2:])); err != nil {
		return nil, fmt.Errorf("%w: a value that is not hexadecimal", ErrSchema)
	}
	end, err := strconv.ParseInt(string(row[1]), 10, 64)
	if err != nil {
		return nil, fmt.Errorf("%w: an end that is no number", ErrSchema)
	}
	if end != never {
		e.Expires = time.UnixMilli(end).UTC()
	}
	return e, nil
}

// bytea writes any bytes as the server reads them.
func bytea[T string | []byte](data T) string { return `\x` + hex.EncodeToString([]byte(data)) }

// insert adds a row unless there is one, whoever's it is.
func (s *Store) insert(ctx context.Context, e *singleuse.Entry) (bool, error) {
	return one(s.pool.write(ctx, "INSERT INTO "+s.table+" (kind, id, value, expires) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
		e.Kind, bytea(e.ID), bytea(e.Value), endOf(e.Expires)))
}

// same compares a row with what was read of it.
const same = " WHERE kind = $1 AND id = $2 AND value = $3 AND expires = $4"

func (s *Store) remove(ctx context.Context, kept *singleuse.Entry) (bool, error) {
	return one(s.pool.write(ctx, "DELETE FROM "+s.table+same, kept.Kind, bytea(kept.ID), bytea(kept.Value), endOf(kept.Expires)))
}

// replace makes one row of another, also under another key.
func (s *Store) replace(ctx context.Context, kept, e *singleuse.Entry) (bool, error) {
	done, err := one(s.pool.write(ctx, "UPDATE "+s.table+" SET kind = $5, id = $6, value = $7, expires = $8"+same,
		kept.Kind, bytea(kept.ID), bytea(kept.Value), endOf(kept.Expires), e.Kind, bytea(e.ID), bytea(e.Value), endOf(e.Expires)))
	if sqlState(err) == uniqueViolation {
		return false, fmt.Errorf("%w: of kind %s", singleuse.ErrTaken, e.Kind)
	}
	return done, err
}

func (s *Store) sweepSome(ctx context.Context, most int) (int64, error) {
	result, err := s.pool.write(ctx, "DELETE FROM "+s.table+" WHERE (kind, id) IN (SELECT kind, id FROM "+s.table+
		" WHERE expires <= $1 ORDER BY expires LIMIT $2 FOR UPDATE SKIP LOCKED)", endOf(s.now().Add(-MaxSkew)), strconv.Itoa(most))
	if err != nil {
		return 0, err
	}
	return result.CommandTag.RowsAffected(), nil
}

// one tells whether a statement changed a row.
func one(result *pgconn.Result, err error) (bool, error) {
	if err != nil {
		return false, err
	}
	return result.CommandTag.RowsAffected() == 1, nil
}
