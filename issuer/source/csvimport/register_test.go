package csvimport

import (
	"bytes"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chancery-vc/chancery/internal/testdata"
	"github.com/chancery-vc/chancery/issuer/source"
	"github.com/chancery-vc/chancery/issuer/source/sqlite"
)

// TestRegister imports a real register and compares every cell.
func TestRegister(t *testing.T) {
	data := testdata.Read(t, "data/ror/ror.csv")
	records, _, ok := parse(data)
	if !ok {
		t.Fatal("the register is not valid CSV")
	}
	path := filepath.Join(t.TempDir(), "ror.db")
	var heard []int
	start := time.Now()
	result, err := Import(t.Context(), bytes.NewReader(data), path, Options{
		Table: "ror", Key: "ror_id", Progress: func(rows int) { heard = append(heard, rows) },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("imported %d rows of %d columns in %v", result.Rows, len(result.Columns), time.Since(start))
	if diff := cmp.Diff(Result{Rows: 35990, Columns: records[0]}, result); diff != "" {
		t.Errorf("result (-want +got):\n%s", diff)
	}
	if !slices.IsSorted(heard) || len(heard) < 10 || heard[len(heard)-1] != 35990 {
		t.Errorf("progress was told as %v", heard)
	}
	got := readBack(t, path, "ror", records[0], 0)
	compareRows(t, wantRows(records, 0), got)
	want := counts{blankEstablished: 11466, nonASCII: 12179, quotes: 204, spaces: 42}
	if kinds := count(got, slices.Index(records[0], "established")); kinds != want {
		t.Errorf("rows of each kind: got %+v, want %+v", kinds, want)
	}
	compareLookups(t, path, records)
}

// counts are the rows that ORIGIN.md, beside the register, counts.
type counts struct{ blankEstablished, nonASCII, quotes, spaces int }

func count(rows map[string][]any, established int) counts {
	var c counts
	for _, row := range rows {
		var nonASCII, quotes, spaces bool
		for _, value := range row {
			s, _ := value.(string)
			nonASCII = nonASCII || strings.ContainsFunc(s, func(r rune) bool { return r > 0x7f })
			quotes = quotes || strings.Contains(s, `"`)
			spaces = spaces || s != strings.TrimSpace(s)
		}
		c.blankEstablished += number(row[established] == nil)
		c.nonASCII += number(nonASCII)
		c.quotes += number(quotes)
		c.spaces += number(spaces)
	}
	return c
}

func number(b bool) int {
	if b {
		return 1
	}
	return 0
}

// compareLookups reads the register as the issuer would.
func compareLookups(t *testing.T, path string, records [][]string) {
	t.Helper()
	db, err := sqlite.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	s, err := db.Source(t.Context(), source.Relation{Table: "ror", Key: "ror_id", Columns: records[0]})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]source.Record{}
	for _, record := range records[1:] {
		want[record[0]] = source.Record{}
		for i, field := range record {
			if field != "" {
				want[record[0]][records[0][i]] = field
			}
		}
	}
	seen := 0
	for key, err := range s.Keys(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		if seen++; seen%100 != 0 {
			continue
		}
		got, err := s.Lookup(t.Context(), key)
		if diff := cmp.Diff(want[key], got); diff != "" || err != nil {
			t.Fatalf("%s: %v (-want +got):\n%s", key, err, diff)
		}
	}
	if seen != len(want) {
		t.Errorf("Keys yielded %d keys of %d", seen, len(want))
	}
}
