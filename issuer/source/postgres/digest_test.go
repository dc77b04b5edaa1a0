package postgres

import (
	"strings"
	"testing"
)

// digest maps each catalog and each table of a database to a hash of all that
// is in it. pg_class and pg_database are without the counters that vacuum keeps,
// and statistics are left out.
func digest(t testing.TB, database string) map[string]string {
	t.Helper()
	parts := server.Exec(t, database, `SELECT format($$SELECT %L || ' ' || coalesce(sum(hashtextextended(x::text, 0)::numeric), 0) FROM %s x$$,
			format('%I.%I', n.nspname, c.relname),
			CASE c.relname
				WHEN 'pg_class' THEN '(SELECT oid, relname, relnamespace, relowner, relkind, relacl::text, reloptions, relfilenode FROM pg_class)'
				WHEN 'pg_database' THEN '(SELECT datname, datdba, datacl::text FROM pg_database)'
				ELSE format('%I.%I', n.nspname, c.relname)
			END)
		FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE c.relkind IN ('r', 'S') AND n.nspname NOT LIKE 'pg_toast%' AND c.relname NOT LIKE 'pg_statistic%'`)
	if len(parts) < 40 {
		t.Fatalf("only %d relations", len(parts))
	}
	hashes := map[string]string{}
	for _, line := range server.Exec(t, database, strings.Join(parts, " UNION ALL ")) {
		name, hash, _ := strings.Cut(line, " ")
		hashes[name] = hash
	}
	return hashes
}
