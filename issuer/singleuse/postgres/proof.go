package postgres

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

var (
	// ErrRights says that the account can do less than it must, or more.
	ErrRights = errors.New("the account of the shared store must be able to use its tables, and nothing else")
	// ErrClock says that this clock and the server's are too far apart.
	ErrClock = errors.New("the clocks of this machine and of the shared store's server differ")
)

// looks are what the catalogs say of the account: each row is something that it
// must not be able to do, or cannot do and must.
const looks = `WITH
me AS (SELECT * FROM pg_roles WHERE rolname = current_user),
ours AS (SELECT c.oid, c.relowner, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname::text = $1 AND c.relname::text IN ($2, $3)),
others AS (SELECT c.oid, format('%I.%I', n.nspname, c.relname) AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
	WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname::text NOT LIKE 'pg_toast%' AND c.oid NOT IN (SELECT oid FROM ours))
SELECT 'it is a superuser' FROM me WHERE rolsuper
UNION ALL SELECT 'it may make roles' FROM me WHERE rolcreaterole
UNION ALL SELECT 'it may make databases' FROM me WHERE rolcreatedb
UNION ALL SELECT 'it may replicate' FROM me WHERE rolreplication
UNION ALL SELECT 'it may make schemas' FROM me WHERE has_database_privilege(current_database(), 'CREATE')
UNION ALL SELECT 'it may make tables in ' || quote_ident($1) WHERE has_schema_privilege($1, 'CREATE')
UNION ALL SELECT 'it owns ' || relname FROM ours WHERE pg_has_role(relowner, 'MEMBER')
UNION ALL SELECT 'it may not ' || p || ' ' || relname FROM ours, unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE']) p
	WHERE relname::text = $2 AND NOT has_table_privilege(oid, p)
UNION ALL SELECT 'it may ' || p || ' ' || relname FROM ours, unnest(ARRAY['TRUNCATE', 'TRIGGER', 'REFERENCES']) p WHERE has_table_privilege(oid, p)
UNION ALL SELECT 'it may ' || p || ' ' || relname FROM ours, unnest(ARRAY['INSERT', 'UPDATE', 'DELETE']) p WHERE relname::text = $3 AND has_table_privilege(oid, p)
UNION ALL SELECT 'it may read or change ' || name FROM others
	WHERE has_any_column_privilege(oid, 'SELECT, INSERT, UPDATE') OR has_table_privilege(oid, 'DELETE, TRUNCATE')
LIMIT 20`

// Prove returns [ErrRights] with what the account can do too much, or cannot do,
// by the database's own catalogs. A superuser of the server can do everything
// all the same.
func (s *Store) Prove(ctx context.Context) error {
	result, err := s.pool.read(ctx, looks, s.schema, tableEntries, tableVersion)
	if err != nil {
		return err
	}
	var found []string
	for _, row := range result.Rows {
		found = append(found, string(row[0]))
	}
	if len(found) > 0 {
		return fmt.Errorf("%w: %s", ErrRights, strings.Join(found, "; "))
	}
	return nil
}

// CheckClock returns [ErrClock] if replicas could see entries end at times that
// are further apart than they may be.
func (s *Store) CheckClock(ctx context.Context) error {
	result, err := s.pool.read(ctx, "SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint")
	if err != nil {
		return err
	}
	there, err := strconv.ParseInt(string(result.Rows[0][0]), 10, 64)
	if err != nil {
		return fmt.Errorf("%w: a time that is no number", ErrSchema)
	}
	if off := s.now().Sub(time.UnixMilli(there)); off.Abs() > MaxSkew/2 {
		return fmt.Errorf("%w: by %s; set them by a time service", ErrClock, off.Round(time.Second))
	}
	return nil
}
