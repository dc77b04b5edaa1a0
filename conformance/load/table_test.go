package load

import (
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
	"text/tabwriter"
	"time"
)

// table has what was measured, the last run of each row.
type table struct {
	limits map[string]map[int]figures
	names  []string // of the limits, in their order
	rows   []measured
}

type measured struct {
	row
	callers int
	figures
}

func newTable() *table { return &table{limits: map[string]map[int]figures{}} }

func (t *table) limit(name string, callers int, f figures) {
	if t.limits[name] == nil {
		t.limits[name] = map[int]figures{}
		t.names = append(t.names, name)
	}
	t.limits[name][callers] = f
}

// row keeps what was measured. A benchmark is run several times, and the last
// one counts.
func (t *table) row(r row, callers int, f figures) {
	if last := len(t.rows) - 1; last >= 0 && t.rows[last].callers == callers && t.rows[last].mix.name == r.mix.name && t.rows[last].way.name == r.way.name {
		t.rows = t.rows[:last]
	}
	t.rows = append(t.rows, measured{r, callers, f})
}

// write prints the limits, and each row with its share of them.
func (t *table) write(out io.Writer) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(w, "\nlimit\tcallers\teach/s\tp50\tp99\tprocessor\t\n")
	for _, name := range t.names {
		for _, callers := range counts() {
			if f, ok := t.limits[name][callers]; ok {
				fmt.Fprintf(w, "%s\t%d\t%.0f\t%s\t%s\t%s\t\n", name, callers, f.rate, short(f.p50), short(f.p99), short(f.here+f.database))
			}
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	fmt.Fprintf(w, "\nquestions\tway\tcallers\tanswers/s\tp50\tp99\tallocations\tprocessor\tof the database\talone\t%s\tall of them\t\n", strings.Join(t.names, "\t"))
	for _, m := range t.rows {
		fmt.Fprintf(w, "%s\t%s\t%d\t%.0f\t%s\t%s\t%d\t%s\t%s\t%s\t%s\t\n", m.mix.name, m.way.name, m.callers, m.rate, short(m.p50), short(m.p99),
			m.allocations, short(m.here), short(m.database), m.alone(runtime.NumCPU()), strings.Join(t.shares(m), "\t"))
	}
	return w.Flush()
}

// alone is how many answers a second that many processors have the time for, if
// nothing else wants it.
func (f figures) alone(processors int) string {
	if f.here+f.database == 0 {
		return "-" // it is not known here
	}
	return fmt.Sprintf("%.0f", float64(processors)/(f.here+f.database).Seconds())
}

// shares is how much of each limit a row comes to, and of all of them one after
// the other. The limit is that of as many at a time as the requests of all
// callers have questions answered.
func (t *table) shares(m measured) (shares []string) {
	each := 0.0 // seconds
	most := counts()[len(counts())-1]
	for _, name := range t.names {
		f := t.limits[name][min(m.callers*min(max(m.way.each, 1), parallel), most)]
		shares, each = append(shares, percent(m.rate/f.rate)), each+1/f.rate
	}
	return append(shares, percent(m.rate*each))
}

func percent(share float64) string { return fmt.Sprintf("%.0f %%", 100*share) }

func short(d time.Duration) string {
	if d < 10*time.Millisecond {
		return fmt.Sprintf("%d µs", d.Microseconds())
	}
	return fmt.Sprintf("%d ms", d.Milliseconds())
}

func TestTable(t *testing.T) {
	table := newTable()
	table.limit("log", 1, figures{rate: 1})
	table.limit("log", 1, figures{rate: 200, p50: time.Second})
	table.limit("database", 1, figures{rate: 50, here: time.Millisecond, database: time.Millisecond})
	r := row{mix{name: "facts"}, way{name: "http"}}
	table.row(r, 1, figures{rate: 7})
	table.row(r, 1, figures{rate: 20, p50: 9 * time.Millisecond, p99: 90 * time.Millisecond, allocations: 3, here: time.Microsecond})
	table.row(row{mix{name: "mixed"}, way{name: "http"}}, 1, figures{rate: 10})
	var b strings.Builder
	must(t, table.write(&b))
	var got []string
	for line := range strings.Lines(b.String()) {
		got = append(got, strings.Join(strings.Fields(line), " "))
	}
	want := []string{
		"", "limit callers each/s p50 p99 processor", "log 1 200 1000 ms 0 µs 0 µs", "database 1 50 0 µs 0 µs 2000 µs",
		"", "questions way callers answers/s p50 p99 allocations processor of the database alone log database all of them",
		fmt.Sprintf("facts http 1 20 9000 µs 90 ms 3 1 µs 0 µs %d 10 %% 40 %% 50 %%", runtime.NumCPU()*1_000_000), "mixed http 1 10 0 µs 0 µs 0 0 µs 0 µs - 5 % 20 % 25 %",
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}
