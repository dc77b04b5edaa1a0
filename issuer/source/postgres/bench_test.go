package postgres

import (
	"fmt"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/issuer/source/internal/servertest"
)

// BenchmarkLookup looks one record of a hundred thousand up after the other,
// each in its own read-only transaction.
func BenchmarkLookup(b *testing.B) { servertest.BenchLookup(b, benchSource(b)) }

// BenchmarkLookupParallel does so from as many callers as there are connections.
func BenchmarkLookupParallel(b *testing.B) {
	servertest.BenchLookupParallel(b, benchSource(b), maxConns)
}

// BenchmarkKeys lists a hundred thousand keys, with an index that fits.
func BenchmarkKeys(b *testing.B) { servertest.BenchKeys(b, benchSource(b)) }

// BenchmarkProve proves the scope of a register of a thousand tables.
func BenchmarkProve(b *testing.B) {
	r := emptyRegister(b)
	r.exec(b, createBirths)
	r.exec(b, "DO $$ BEGIN FOR i IN 1..1000 LOOP EXECUTE format('CREATE TABLE t%s (a text, b text)', i); END LOOP; END $$")
	db := r.open(b)
	for b.Loop() {
		if _, err := db.Prove(b.Context(), births, time.Now()); err != nil {
			b.Fatal(err)
		}
	}
}

func benchSource(b *testing.B) *Source {
	r := emptyRegister(b)
	r.exec(b, fmt.Sprintf(`CREATE TABLE births (number text PRIMARY KEY, given_names text, family_name text, born date, place text);
		INSERT INTO births SELECT 'n-' || n, 'given ' || n, 'family ' || n, '2000-01-01'::date + n %% 9000, 'place' FROM generate_series(1, %d) n;
		CREATE INDEX ON births (number COLLATE "C"); ANALYZE; GRANT SELECT ON births TO %s`, servertest.Records, r.account))
	return mustSource(b, r.open(b), "births", "number", "given_names", "family_name", "born", "place")
}
