package csvimport

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"github.com/chancery-vc/chancery/issuer/source"
	"github.com/chancery-vc/chancery/issuer/source/sqlite"
)

var anyTable = Options{Table: "t", Key: "id"}

// importString imports into a fresh folder and returns the path.
func importString(t *testing.T, text string, opts Options) (string, Result, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "source.db")
	result, err := Import(t.Context(), strings.NewReader(text), path, opts)
	return path, result, err
}

func mustImport(t *testing.T, text string, opts Options) (string, Result) {
	t.Helper()
	path, result, err := importString(t, text, opts)
	if err != nil {
		t.Fatal(err)
	}
	wantFiles(t, path, "source.db")
	return path, result
}

// wantFiles wants these and no other files in the folder of path.
func wantFiles(t *testing.T, path string, want ...string) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		t.Fatal(err)
	}
	names := make([]string, 0)
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	if diff := cmp.Diff(append([]string{}, want...), names); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
}

func TestValuesKept(t *testing.T) {
	for _, c := range []struct {
		name, csv string
		want      []any
	}{
		{"plain", "id,v\na,b\n", []any{"a", "b"}},
		{"no line end at the end", "id,v\na,b", []any{"a", "b"}},
		{"half a line end at the end", "id,v\r\na,b\r", []any{"a", "b"}},
		{"CRLF", "id,v\r\na,b\r\n", []any{"a", "b"}},
		{"byte order mark", "\ufeffid,v\na,b\n", []any{"a", "b"}},
		{"byte order mark before a quote", "\ufeff\"id\",v\na,b\n", []any{"a", "b"}},
		{"byte order mark in a value", "id,v\na,\ufeffb\n", []any{"a", "\ufeffb"}},
		{"blank", "id,v\na,\n", []any{"a", nil}},
		{"blank in quotes", "id,v\na,\"\"\n", []any{"a", nil}},
		{"spaces alone", "id,v\na,  \n", []any{"a", "  "}},
		{"spaces at edges", "id,v\n a , b\t\n", []any{" a ", " b\t"}},
		{"spaces in quotes", "id,v\n\" a \",\" b \"\n", []any{" a ", " b "}},
		{"quotes", "id,v\na,\"say \"\"hi\"\"\"\n", []any{"a", `say "hi"`}},
		{"comma", "id,v\na,\"b, c\"\n", []any{"a", "b, c"}},
		{"LF in quotes", "id,v\na,\"b\nc\"\n", []any{"a", "b\nc"}},
		{"CRLF in quotes", "id,v\r\na,\"b\r\nc\r\n\"\r\n", []any{"a", "b\r\nc\r\n"}},
		{"CR CR LF in quotes", "id,v\na,\"b\r\r\nc\"\n", []any{"a", "b\r\r\nc"}},
		{"CR", "id,v\na,b\rc\n", []any{"a", "b\rc"}},
		{"not ASCII", "id,v\nŐ,東京 👩‍👩‍👧 e\u0301\n", []any{"Ő", "東京 👩‍👩‍👧 e\u0301"}},
		{"NUL", "id,v\na,b\x00c\n", []any{"a", "b\x00c"}},
		{"looks like a number", "id,v\n007,1.50\n", []any{"007", "1.50"}},
		{"looks like a date", "id,v\na,2020-01-02 03:04:05\n", []any{"a", "2020-01-02 03:04:05"}},
		{"looks like SQL", "id,v\n'); DROP TABLE t; --,NULL\n", []any{"'); DROP TABLE t; --", "NULL"}},
		{"empty lines", "\n\nid,v\n\r\n\na,b\n\n", []any{"a", "b"}},
		{"longest", "id,v\na," + strings.Repeat("x", MaxField) + "\n", []any{"a", strings.Repeat("x", MaxField)}},
	} {
		t.Run(c.name, func(t *testing.T) {
			path, result := mustImport(t, c.csv, anyTable)
			if diff := cmp.Diff(Result{1, []string{"id", "v"}}, result); diff != "" {
				t.Errorf("result (-want +got):\n%s", diff)
			}
			compareRows(t, map[string][]any{c.want[0].(string): c.want}, readBack(t, path, "t", result.Columns, 0))
		})
	}
}

// TestTable looks at the table as the schema has it.
func TestTable(t *testing.T) {
	path, _ := mustImport(t, "name,id,v\na,b,c\n", anyTable)
	db, err := sql.Open("sqlite", sqlite.URI(path, nil))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var columns string
	err = db.QueryRow(`SELECT group_concat(name || ' ' || type || ' ' || "notnull" || ' ' || pk, ', ') FROM pragma_table_info('t')`).Scan(&columns)
	if want := "name TEXT 0 0, id TEXT 1 1, v TEXT 0 0"; err != nil || columns != want {
		t.Errorf("got %q, %v; want %q", columns, err, want)
	}
}

func TestNamesKept(t *testing.T) {
	header := []string{"select", "two words", " edges ", `q"uote`, "it's", "É", "é", "rowid", "_ROWID_", "a.b", "comma, here", "line\nbreak", "1st", "?1", "東京", "--", "sqlite_x"}
	var text bytes.Buffer
	w := csv.NewWriter(&text)
	w.Write(header)
	w.Write(header)
	w.Flush()
	for _, name := range header[:len(header)-1] {
		path, result := mustImport(t, text.String(), Options{Table: name, Key: name})
		compareRows(t, wantRows([][]string{header, header}, 2), readBack(t, path, name, result.Columns, 2))
	}
}

func TestRefused(t *testing.T) {
	for _, c := range []struct {
		name, csv string
		line      int
		says      string
	}{
		{"nothing", "", 1, "empty"},
		{"mark alone", "\ufeff", 1, "empty"},
		{"empty lines", "\n\r\n", 1, "empty"},
		{"ragged: short", "id,v\na,b\nc\n", 3, "1, where the header has 2"},
		{"ragged: long", "id,v\na,b,c\n", 2, "3, where the header has 2"},
		{"ragged after a record of three lines", "id,v\na,\"b\n\nc\"\nd\n", 5, "1, where"},
		{"ragged record of two lines", "id,v\na,b\nc,d,\"e\nf\"\n", 3, "3, where"},
		{"ragged after empty lines", "\nid,v\n\n\na\n", 5, "1, where"},
		{"ragged after CRLF", "id,v\r\na,\"b\r\nc\"\r\nd\r\n", 4, "1, where"},
		{"duplicate key", "id,v\na,1\nb,2\na,3\n", 4, "that of line 2"},
		{"duplicate key, the same row", "id,v\nx,\"\n\"\na,1\na,1\n", 5, "that of line 4"},
		{"blank key", "id,v\na,b\n,c\n", 3, "key is blank"},
		{"blank key in quotes", "id,v\n\"\",c\n", 2, "key is blank"},
		{"key of spaces", "id,v\n \t\u00a0,c\n", 2, "key is blank"},
		{"not UTF-8", "id,v\na,b\nc,\xff\n", 3, `"v": not valid UTF-8`},
		{"Latin-1", "id,v\na,Z\xfcrich\n", 2, `"v": not valid UTF-8`},
		{"surrogate", "id,v\na,\xed\xa0\x80\n", 2, `"v": not valid UTF-8`},
		{"UTF-16", "\xff\xfei\x00d\x00\n\x00", 1, "UTF-8"},
		{"not UTF-8 on the second line of a record", "id,v\n\"a\",\"b\n\xff\"\n", 2, `"v": not valid UTF-8`},
		{"quote within a field", "id,v\na,b\nc,d\"e\n", 3, `at byte 4 of line 3: bare "`},
		{"text after a quote", "id,v\na,\"b\"c\n", 2, "at byte 5 of line 2: extraneous"},
		{"space before a quote", "id,v\na, \"b\"\n", 2, `bare "`},
		{"quote not closed", "id,v\na,b\nc,\"d\ne\nf\n", 3, "extraneous or missing"},
		{"quote not closed in the header", "id,\"v\na,b\n", 1, "extraneous or missing"},
		{"blank name", "id,,v\na,b,c\n", 1, "column 2 is blank"},
		{"blank name after lines", "\n\nid,\"\n \"\na,b\n", 3, "column 2 is blank"},
		{"same name", "id,v,w,v\na,b,c,d\n", 1, `columns 2 and 4 have the same name, "v"`},
		{"same name in another case", "id,Name,NAME\na,b,c\n", 1, "columns 2 and 3"},
		{"NUL in a name", "id,v\x00w\na,b\n", 1, "column 2: a name holds a NUL"},
		{"field too long", "id,v\na," + strings.Repeat("x", MaxField+1) + "\n", 2, `"v": a field of 65537 bytes`},
		{"name too long", "id," + strings.Repeat("x", MaxField+1) + "\n", 1, "column 2: a field of 65537 bytes"},
		{"too many columns", "id" + strings.Repeat(",v", MaxColumns) + "\n", 1, "1001 columns"},
	} {
		t.Run(c.name, func(t *testing.T) {
			path, result, err := importString(t, c.csv, anyTable)
			wrong, ok := errors.AsType[*LineError](err)
			if !ok || wrong.Line != c.line || !strings.Contains(err.Error(), c.says) {
				t.Errorf("got %.300v; want a LineError of line %d that says %q", err, c.line, c.says)
			}
			if diff := cmp.Diff(Result{}, result); diff != "" {
				t.Errorf("a result beside the error:\n%s", diff)
			}
			wantFiles(t, path)
		})
	}
}

func TestErrorHidesValues(t *testing.T) {
	for _, text := range []string{
		"id,v\ns3cret,a\ns3cret,b\n", "id,v\na,s3cret\xff\n", "id,v\ns3cret\n", "id,v\na,\"s3cret\"x\n", "id,v\na,s3cret" + strings.Repeat("x", MaxField) + "\n",
	} {
		if _, _, err := importString(t, text, anyTable); err == nil || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%.30q: got %v, want an error without the value", text, err)
		}
	}
}

func TestOptionsRefused(t *testing.T) {
	for says, opts := range map[string]Options{
		"no key column is named": {Table: "t"},
		"no table is named":      {Table: " ", Key: "id"},
		"NUL":                    {Table: "t\x00", Key: "id"},
		"UTF-8":                  {Table: "\xff", Key: "id"},
		`no column "ID"`:         {Table: "t", Key: "ID"},
		`it has ["id" "v"]`:      {Table: "t", Key: "x"},
		"reserved":               {Table: "sqlite_t", Key: "id"},
	} {
		path, _, err := importString(t, "id,v\na,b\n", opts)
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("got %v, want an error that says %q", err, says)
		}
		wantFiles(t, path)
	}
	path, _, err := importString(t, "id,rowid,OID,_rowid_\na,b,c,d\n", anyTable)
	if err == nil || !strings.Contains(err.Error(), "rename one") {
		t.Errorf("got %v, want an error about the names of the rowid", err)
	}
	wantFiles(t, path)
}

// TestRecordBounded reads an unclosed quote that would never end.
func TestRecordBounded(t *testing.T) {
	path := filepath.Join(t.TempDir(), "source.db")
	endless := io.MultiReader(strings.NewReader("id,v\na,b\nc,\""), endlessLines{})
	_, err := Import(t.Context(), endless, path, anyTable)
	if wrong, ok := errors.AsType[*LineError](err); !ok || wrong.Line != 3 || !strings.Contains(err.Error(), "closing quote") {
		t.Errorf("got %v, want a LineError of line 3 about a closing quote", err)
	}
	wantFiles(t, path)
}

type endlessLines struct{}

func (endlessLines) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = "abcdefg\n"[i%8]
	}
	return len(p), nil
}

// TestLargestRecord has as many columns as may be, and has the source select
// all of them at once.
func TestLargestRecord(t *testing.T) {
	header, row := make([]string, MaxColumns), make([]string, MaxColumns)
	want := source.Record{}
	for i := range header {
		header[i] = fmt.Sprint("column ", i)
		row[i] = strings.Repeat("x", MaxRecord/MaxColumns-2)
		want[header[i]] = row[i]
	}
	path, result := mustImport(t, strings.Join(header, ",")+"\n"+strings.Join(row, ",")+"\n", Options{Table: "t", Key: header[0]})
	db, err := sqlite.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	s, err := db.Source(t.Context(), source.Relation{Table: "t", Key: header[0], Columns: result.Columns})
	if err != nil {
		t.Fatal(err)
	}
	got, err := s.Lookup(t.Context(), row[0])
	if err != nil || !cmp.Equal(want, got) {
		t.Errorf("%d columns, %v; want %d", len(got), err, len(want))
	}
}

func TestHeaderAlone(t *testing.T) {
	var heard []int
	path, result := mustImport(t, "id,v\n", Options{Table: "t", Key: "id", Progress: func(rows int) { heard = append(heard, rows) }})
	if len(readBack(t, path, "t", []string{"id", "v"}, 0)) != 0 || result.Rows != 0 || !cmp.Equal(heard, []int{0}) {
		t.Errorf("got %+v, progress %v; want no rows", result, heard)
	}
}

// TestReaderFails fails at each byte of a file, and hands out one byte at a time.
func TestReaderFails(t *testing.T) {
	const text = "\ufeffid,v\r\na,\"b\r\nc\"\r\nd,e\r\n"
	broken := errors.New("the disk is gone")
	for n := range len(text) + 1 {
		path := filepath.Join(t.TempDir(), "source.db")
		in := iotest.OneByteReader(io.MultiReader(strings.NewReader(text[:n]), iotest.ErrReader(broken)))
		if _, err := Import(t.Context(), in, path, anyTable); !errors.Is(err, broken) {
			t.Errorf("after %d bytes: got %v, want %v", n, err, broken)
		}
		wantFiles(t, path)
	}
}

func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	path := filepath.Join(t.TempDir(), "source.db")
	in := io.MultiReader(strings.NewReader("id,v\n"), &numberedRows{})
	_, err := Import(ctx, in, path, Options{Table: "t", Key: "id", Progress: func(int) { cancel() }})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want %v", err, context.Canceled)
	}
	wantFiles(t, path)
}

// numberedRows never ends.
type numberedRows struct {
	n    int
	rest []byte
}

func (r *numberedRows) Read(p []byte) (int, error) {
	if len(r.rest) == 0 {
		r.n++
		r.rest = fmt.Appendf(nil, "%d,value\n", r.n)
	}
	n := copy(p, r.rest)
	r.rest = r.rest[n:]
	return n, nil
}
