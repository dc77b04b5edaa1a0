package csvimport

import (
	"bytes"
	"database/sql"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chancery-vc/chancery/issuer/source/sqlite"
)

// parse is a second reader of CSV, which shares nothing with the first one: it
// returns the records, header first, and the line that each starts on, or not
// ok for bad quotes.
func parse(data []byte) (records [][]string, lines []int, ok bool) {
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	rest := strings.TrimSuffix(string(data), "\r") // a line end cut in half
	for line := 1; rest != ""; {
		if tail, blank := cutLineEnd(rest); blank {
			rest, line = tail, line+1
			continue
		}
		before := rest
		var record []string
		if record, rest, ok = parseRecord(rest); !ok {
			return nil, nil, false
		}
		records, lines = append(records, record), append(lines, line)
		line += strings.Count(before[:len(before)-len(rest)], "\n")
	}
	return records, lines, true
}

func parseRecord(rest string) (record []string, tail string, ok bool) {
	for {
		var field string
		if field, rest, ok = parseField(rest); !ok {
			return nil, "", false
		}
		record = append(record, field)
		if tail, end := cutLineEnd(rest); end || rest == "" {
			return record, tail, true
		}
		if rest, ok = strings.CutPrefix(rest, ","); !ok {
			return nil, "", false
		}
	}
}

func parseField(rest string) (field, tail string, ok bool) {
	if !strings.HasPrefix(rest, `"`) {
		end := strings.IndexAny(rest, ",\n")
		if end < 0 {
			end = len(rest)
		}
		if end < len(rest) && rest[end] == '\n' && end > 0 && rest[end-1] == '\r' {
			end--
		}
		return rest[:end], rest[end:], !strings.Contains(rest[:end], `"`)
	}
	for i := 1; i < len(rest); i++ {
		switch {
		case rest[i] != '"':
			field += string(rest[i : i+1])
		case strings.HasPrefix(rest[i:], `""`):
			field += `"`
			i++
		default:
			return field, rest[i+1:], true
		}
	}
	return "", "", false
}

func cutLineEnd(s string) (tail string, found bool) {
	if tail, found = strings.CutPrefix(s, "\r\n"); found {
		return tail, true
	}
	return strings.CutPrefix(s, "\n")
}

// readBack returns the rows of a table by key, with NULL as nil.
func readBack(t testing.TB, dbPath, table string, columns []string, key int) map[string][]any {
	t.Helper()
	db, err := sql.Open("sqlite", sqlite.URI(dbPath, map[string][]string{"mode": {"ro"}}))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	rows, err := db.Query("SELECT * FROM " + sqlite.Quote(table))
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	if names, err := rows.Columns(); err != nil || !cmp.Equal(columns, names) {
		t.Fatalf("columns %q, %v; want %q", names, err, columns)
	}
	found := map[string][]any{}
	for rows.Next() {
		row, into := make([]any, len(columns)), make([]any, len(columns))
		for i := range row {
			into[i] = &row[i]
		}
		if err := rows.Scan(into...); err != nil {
			t.Fatal(err)
		}
		name, ok := row[key].(string)
		if _, twice := found[name]; !ok || twice {
			t.Fatalf("key %#v: not text, or twice", row[key])
		}
		found[name] = row
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return found
}

// wantRows is what readBack should return for records, header first.
func wantRows(records [][]string, key int) map[string][]any {
	want := map[string][]any{}
	for _, record := range records[1:] {
		row := make([]any, len(record))
		for i, field := range record {
			if field != "" {
				row[i] = field
			}
		}
		want[record[key]] = row
	}
	return want
}

// compareRows is quick where a million cells agree.
func compareRows(t testing.TB, want, got map[string][]any) {
	t.Helper()
	if len(want) != len(got) {
		t.Errorf("%d rows, want %d", len(got), len(want))
	}
	for key, row := range want {
		if !slices.Equal(row, got[key]) {
			t.Errorf("row %q (-want +got):\n%s", key, cmp.Diff(row, got[key]))
		}
	}
}
