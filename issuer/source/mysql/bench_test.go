package mysql

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

func benchSource(b *testing.B) *Source {
	r := emptyRegister(b)
	r.exec(b, fmt.Sprintf(`CREATE TABLE births (number varchar(20) COLLATE utf8mb4_nopad_bin PRIMARY KEY, given_names varchar(100), family_name varchar(100), born date, place text) CHARACTER SET utf8mb4;
		INSERT INTO births SELECT CONCAT('n-', seq), CONCAT('given ', seq), CONCAT('family ', seq), '2000-01-01' + INTERVAL seq %% 9000 DAY, 'place' FROM seq_1_to_%d;
		ANALYZE TABLE births; GRANT SELECT ON births TO %s@localhost`, servertest.Records, r.account))
	return mustSource(b, r.open(b), "births", "number", "given_names", "family_name", "born", "place")
}
