package load

import (
	"fmt"
	"os"
	"testing"

	"github.com/chancery-vc/chancery/conformance/load/registertest"
	"github.com/chancery-vc/chancery/internal/postgrestest"
)

var server postgrestest.Server

func TestMain(m *testing.M) {
	status := m.Run()
	server.Stop()
	os.Exit(status)
}

const (
	database = "load"
	batch    = 20 // questions of a request that has several
	parallel = 16 // of which so many are answered at a time
)

func open(b *testing.B) registertest.Service {
	b.Helper()
	server.Start(b)
	return registertest.Serve(b, registertest.Postgres(b, &server, database, records))
}

// counts are how many callers there are at a time.
func counts() []int { return []int{1, 16, 64, 256} }

// BenchmarkConsult measures what bounds an answer, and then asks in each way,
// with more and more callers at a time. It ends with a table of it all.
func BenchmarkConsult(b *testing.B) {
	s := open(b)
	table := newTable()
	for _, l := range limits(s) {
		for _, callers := range counts() {
			b.Run(fmt.Sprintf("limit/%s/callers=%d", l.name, callers), func(b *testing.B) {
				table.limit(l.name, callers, l.run(b, callers))
			})
		}
	}
	facts, mixture := mix{"facts", factsOnly}, mix{"mixed", mixed}
	direct, single, several := way{"package", 1, consulting(s.Issuer)}, way{"http", 1, posting(s)}, way{"batch", batch, posting(s)}
	for _, each := range []row{{facts, direct}, {facts, single}, {facts, several}, {mixture, direct}, {mixture, single}} {
		for _, callers := range counts() {
			b.Run(fmt.Sprintf("%s/%s/callers=%d", each.mix.name, each.way.name, callers), func(b *testing.B) {
				table.row(each, callers, each.run(b, callers))
			})
		}
	}
	must(b, table.write(os.Stdout))
}

// row is questions, and the way they take.
type row struct {
	mix
	way
}

func (r row) run(b *testing.B, callers int) figures {
	b.Helper()
	return run(b, callers, r.each, func(int) asker {
		ask, done, err := r.asker(r.mix)
		must(b, err)
		b.Cleanup(func() { must(b, done()) })
		return ask
	})
}
