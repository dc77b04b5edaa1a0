package csvimport

import (
	"bytes"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

// FuzzImport wants either an error and no file, or every cell back as a second
// reader of CSV reads it; and an error just where that one finds a reason.
func FuzzImport(f *testing.F) {
	for _, seed := range []string{
		"id,v\na,b\n", "\ufeff\"id\",v\r\na,\"b\r\n\"\"c\"\"\"\r\n", "id,v\na,\nb, \n", "id\n\na\n\"\"\n", "id,v\na\n", "id,v\na,b\na,c\n",
		"id,id\n", "id,Id\n", ",v\n", "id,\"v\n", "id,v\na,b\"c\n", "id,v\na,\"b\"c\n", "id,v\n\xff,b\n", "id\x00,v\n", "rowid,oid,_rowid_\n", "id,v\na,b\r", "\r\r\n", "",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		records, _, ok := parse(data)
		key := "id"
		if ok && len(records) > 0 {
			key = records[0][0]
		}
		path := filepath.Join(t.TempDir(), "source.db")
		result, err := Import(t.Context(), bytes.NewReader(data), path, Options{Table: "t", Key: key})
		if valid := ok && importable(records); valid != (err == nil) {
			t.Fatalf("valid is %v, and the import says %v", valid, err)
		}
		if err != nil {
			wantFiles(t, path)
			return
		}
		wantFiles(t, path, "source.db")
		if diff := cmp.Diff(Result{len(records) - 1, records[0]}, result); diff != "" {
			t.Errorf("result (-want +got):\n%s", diff)
		}
		compareRows(t, wantRows(records, 0), readBack(t, path, "t", records[0], 0))
	})
}

// importable tells whether records, header first, make a table whose key is
// the first column.
func importable(records [][]string) bool {
	if len(records) == 0 || len(records[0]) > MaxColumns {
		return false
	}
	names, keys := map[string]bool{}, map[string]bool{}
	for _, name := range records[0] {
		names[fold(name)] = true
		if strings.TrimSpace(name) == "" || strings.Contains(name, "\x00") {
			return false
		}
	}
	for i, record := range records {
		if len(record) != len(records[0]) || slices.ContainsFunc(record, func(field string) bool { return len(field) > MaxField || !utf8.ValidString(field) }) {
			return false
		}
		if i > 0 && (strings.TrimSpace(record[0]) == "" || keys[record[0]]) {
			return false
		}
		keys[record[0]] = i > 0
	}
	return len(names) == len(records[0]) && !(names["rowid"] && names["oid"] && names["_rowid_"])
}
