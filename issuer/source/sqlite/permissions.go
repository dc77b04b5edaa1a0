package sqlite

import (
	"path/filepath"
	"strings"
)

// permissions says what the system lets the user that this program runs as do
// to a database file, which is asked of it anew: a file that is opened and
// closed would end the locks that SQLite holds on it.
func permissions(path string) string {
	return permit(mayWrite(path), mayChangeMode(path), mayWrite(filepath.Dir(path)))
}

func permit(write, change, replace bool) string {
	var can []string
	for _, p := range []struct {
		can  bool
		says string
	}{{write, "write it"}, {change, "change its permissions"}, {replace, "put another file in its place"}} {
		if p.can {
			can = append(can, p.says)
		}
	}
	if len(can) == 0 {
		return "the permissions of the file and its folder, by which the user that the issuer runs as can neither write it, nor change its permissions, nor put another file in its place"
	}
	return "not the permissions of the file and its folder, by which the user that the issuer runs as can " + strings.Join(can, ", ")
}
