package issuer_test

import (
	"bytes"
	"encoding/binary"
	"net/http"
	"path/filepath"
	"slices"
	"testing"

	"github.com/chancery-vc/chancery/internal/issuertest"
)

// TestLyingPostgres: a server that answers with more than was asked, or with
// less, gets no record taken for the one, and no question stays without an end.
func TestLyingPostgres(t *testing.T) {
	folder := t.TempDir()
	from := server.Start(t)
	p := newProxy(t, "unix", filepath.Join(folder, ".s.PGSQL.5432"), "unix", filepath.Join(from, ".s.PGSQL.5432"))
	dir := onPostgres(t, "lying", issuertest.Replace("host="+from, "host="+folder), withAskers)
	f := newFront(t, dir, p, true)
	f.recovers()
	for name, c := range map[string]struct {
		row  func(row []byte) []byte // what comes for a row
		want string
	}{
		"the row twice":       {func(row []byte) []byte { return slices.Concat(row, row) }, "refused"},
		"the row very often":  {func(row []byte) []byte { return bytes.Repeat(row, 10_000) }, "refused"},
		"no row":              {func([]byte) []byte { return nil }, "refused"},
		"a row of nothing":    {func([]byte) []byte { return message('D', 0, 0) }, "refused"},
		"a row of one column": {func([]byte) []byte { return message('D', 0, 1, 0, 0, 0, 1, 'x') }, "refused"},
		"more columns":        {moreColumns, "refused"},
		"a row cut short":     {func([]byte) []byte { return message('D', 0, 9, 0, 0) }, "unavailable"},
		"a row of any length": {func([]byte) []byte { return []byte{'D', 0x7f, 0xff, 0xff, 0xff, 0, 1} }, "unavailable"},
		"a row below zero":    {func([]byte) []byte { return []byte{'D', 0xff, 0xff, 0xff, 0xff} }, "unavailable"},
		"an error of its own": {func([]byte) []byte {
			return message('E', []byte("SERROR\x00C42501\x00Mc4nary "+faultPlace+"\x00\x00")...)
		}, "refused"},
		"nothing known": {func([]byte) []byte { return message(0xff, []byte(planted)...) }, "unavailable"},
		"a notice of much": {func(row []byte) []byte {
			return slices.Concat(message('N', []byte("SNOTICE\x00Mc4nary\x00\x00")...), row)
		}, ""},
	} {
		p.set(func(p *proxy) { p.edit = rows(c.row) })
		if got := f.ask(t.Context(), "born-in"); got.kind != c.want {
			t.Errorf("%s: %+v", name, got)
		}
		p.heal()
		waitFor(t, "the source to be found again", func() bool { return f.ask(t.Context(), "born-in").status == http.StatusOK })
	}
	f.recovers()
}

// rows has an edit of each row of data among the messages of a server.
func rows(edit func([]byte) []byte) func([]byte) []byte {
	return func(data []byte) (edited []byte) {
		for len(data) >= 5 {
			length := 1 + int(binary.BigEndian.Uint32(data[1:]))
			if length > len(data) {
				break
			}
			if data[0] == 'D' {
				edited = append(edited, edit(data[:length])...)
			} else {
				edited = append(edited, data[:length]...)
			}
			data = data[length:]
		}
		return append(edited, data...)
	}
}

// message is one of the protocol of PostgreSQL, section 55.7.
func message(kind byte, content ...byte) []byte {
	return append(binary.BigEndian.AppendUint32([]byte{kind}, uint32(4+len(content))), content...)
}

// moreColumns adds a column to a row.
func moreColumns(row []byte) []byte {
	content := append(binary.BigEndian.AppendUint16(nil, binary.BigEndian.Uint16(row[5:])+1), row[7:]...)
	return message('D', append(content, 0, 0, 0, 6, 'c', '4', 'n', 'a', 'r', 'y')...)
}
