package sqlite

import (
	"net/url"
	"strings"
)

// URI names the database file at the absolute path the way SQLite and its
// driver both read it, whatever characters the path has (sqlite.org/uri.html).
func URI(path string, query url.Values) string {
	return (&url.URL{Scheme: "file", Path: path, RawQuery: query.Encode()}).String()
}

// Quote writes a name as an SQL identifier. The name must not hold a NUL, at
// which SQLite would end the statement.
func Quote(name string) string {
	return `"` + strings.ReplaceAll(name, `"`, `""`) + `"`
}
