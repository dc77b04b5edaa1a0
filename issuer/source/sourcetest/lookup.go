package sourcetest

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chancery-vc/chancery/issuer/source"
)

func people() Table {
	return Table{
		Name: "people", Columns: []string{"id", "name", "born", "note"}, Key: "id",
		Rows: [][]*string{
			text("p-1", "Zoë", "1990-02-28", nil),
			text("p-2", "秀英", nil, ""),
			text("p-3", "twin", "2001-01-01", "first"),
			text("p-3", "twin", "2001-01-01", "second"),
			text("p-4", nil, nil, nil),
		},
	}
}

func testLookup(t *testing.T, open Open) {
	s := compile(t, open, people(), "name", "born", "note")
	for key, want := range map[string]source.Record{
		"p-1": {"name": "Zoë", "born": "1990-02-28"},
		"p-2": {"name": "秀英", "note": ""},
		"p-4": {},
	} {
		mustGet(t, s, key, want)
	}
	refuse(t, s, "p-3", source.ErrMany)
	for _, key := range []string{"p-5", "", "p", "p-1 ", "twin"} {
		refuse(t, s, key, source.ErrNone)
	}
}

func testColumns(t *testing.T, open Open) {
	compiled := open(t, people())
	for _, columns := range [][]string{{"born"}, {"id"}, {"name", "id"}, {"note", "born", "name", "id"}} {
		s, err := compiled(source.Relation{Table: "people", Key: "id", Columns: columns})
		if err != nil {
			t.Fatal(err)
		}
		whole := source.Record{"id": "p-1", "name": "Zoë", "born": "1990-02-28"}
		want := source.Record{}
		for _, column := range columns {
			if value, ok := whole[column]; ok {
				want[column] = value
			}
		}
		columns[0] = "note" // a relation already compiled does not change
		mustGet(t, s, "p-1", want)
	}
}

func testText(t *testing.T, open Open) {
	values := []string{
		"", " ", "  at both edges\t", "line\nbreak", "carriage\r\nreturn", `"quoted"`, `it's`, "`tick`", `back\slash`, "a;b,c|d",
		"Ærøskøbing", "東京都", "العربية", "e\u0301 is not \u00e9", "\u200fmarks\u200e", "👩‍👩‍👧", "\ufeffbom", "\uffff", "\U0010ffff",
		"\x01\x1b[2J\x7f", "\u0085\u2028\u2029", "\u202edesrever", "\ud7ff\ue000",
		"007", "1.0", "1e3", "-0", "NULL", "null", "true", "2020-01-02", "2020-01-02 03:04:05+00:00", "0x10", "{}", "%s%d", "?1", "$1",
		strings.Repeat("a", source.MaxValue),
	}
	table := Table{Name: "texts", Columns: []string{"k", "v"}, Key: "k"}
	for i, value := range values {
		table.Rows = append(table.Rows, text(fmt.Sprint("k", i), value))
	}
	s := compile(t, open, table, "v")
	for i, value := range values {
		mustGet(t, s, fmt.Sprint("k", i), source.Record{"v": value})
	}
}

// lookalikes are texts that a sloppy comparison or spliced SQL would take for
// each other.
func lookalikes() []string {
	return []string{
		"a", "A", "a ", " a", "é", "e\u0301", "ß", "ss", "1", "01", "1.0", "1e0", "+1", "", " ", "0", "-0",
		"9007199254740993", "9007199254740992", "9223372036854775808", "%", "_", "a%", "*", "?", "'", `"`, `\`, "''", "x' OR '1'='1",
		"x'; DROP TABLE lookalikes; --", "2020-01-02", "NULL",
	}
}

// unlike are texts that are none of lookalikes.
func unlike() []string {
	return []string{
		"É", "SS", "001", "1.00", "a  ", "\ta", "a\x00", "null", `" OR ""="`, "' OR ''='", "a' --", "9007199254740993.0",
	}
}

// testExactKey looks each of a set of look-alikes up beside the others, and
// then others.
func testExactKey(t *testing.T, open Open) {
	keys := lookalikes()
	table := Table{Name: "lookalikes", Columns: []string{"k"}, Key: "k", Rows: [][]*string{text(nil)}}
	for _, key := range keys {
		table.Rows = append(table.Rows, text(key))
	}
	s := compile(t, open, table, "k")
	for _, key := range keys {
		mustGet(t, s, key, source.Record{"k": key})
	}
	for _, key := range append(unlike(), "\xff", "a\xff", strings.Repeat("a", source.MaxValue+1)) {
		refuse(t, s, key, source.ErrNone)
	}
}

func testOversize(t *testing.T, open Open) {
	secret := strings.Repeat("s3cret", source.MaxValue/6+1)
	s := compile(t, open, Table{
		Name: "large", Columns: []string{"k", "a", "b"}, Key: "k",
		Rows: [][]*string{
			text("over", "small", secret), text("under", "small", secret[:source.MaxValue]),
			text("bytes, not characters", "small", strings.Repeat("é", source.MaxValue/2+1)),
		},
	}, "a", "b")
	mustGet(t, s, "under", source.Record{"a": "small", "b": secret[:source.MaxValue]})
	for _, key := range []string{"over", "bytes, not characters"} {
		if err := refuse(t, s, key, source.ErrShape); err != nil && !strings.Contains(err.Error(), `"b"`) {
			t.Errorf("the error does not name the column: %v", err)
		}
	}
}

func mustGet(t *testing.T, s source.Source, key string, want source.Record) {
	t.Helper()
	got, err := s.Lookup(t.Context(), key)
	if err != nil {
		t.Errorf("Lookup(%.40q): %.200v", key, err)
	} else if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Lookup(%.40q) (-want +got):\n%.1000s", key, diff)
	}
}

// refuse wants one kind of error and no record, and a text without the values.
func refuse(t *testing.T, s source.Source, key string, want error) error {
	t.Helper()
	got, err := s.Lookup(t.Context(), key)
	switch {
	case got != nil:
		t.Errorf("Lookup(%.40q) returned a record of %d values beside the error %v", key, len(got), err)
	case !errors.Is(err, want):
		t.Errorf("Lookup(%.40q): got %v, want %v", key, err, want)
	case strings.Contains(err.Error(), "s3cret"), len(key) > 3 && strings.Contains(err.Error(), key):
		t.Errorf("Lookup(%.40q): the error holds a key or a value: %.200v", key, err)
	}
	return err
}
