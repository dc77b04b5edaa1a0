package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/chancery-vc/chancery/verifier"
	"github.com/chancery-vc/chancery/verifier/credential"
)

// row is one line of a table: a name and what it is.
type row struct{ name, text string }

// writeRows writes rows in two columns, safe for a terminal whatever they say.
func writeRows(out io.Writer, indent string, rows []row) error {
	width := 0
	for _, r := range rows {
		width = max(width, utf8.RuneCountInString(r.name))
	}
	var b strings.Builder
	for _, r := range rows {
		line := fmt.Sprintf("%s%-*s  %s", indent, width, verifier.Printable(r.name), verifier.Printable(r.text))
		b.WriteString(strings.TrimRight(line, " ") + "\n")
	}
	_, err := io.WriteString(out, b.String())
	return err
}

// title returns what the credential is called, or its last type.
func title(u *credential.Unverified) string {
	if u.Name != "" {
		return u.Name
	}
	types := slices.DeleteFunc(slices.Clone(u.Types), func(t string) bool { return t == credential.TypeCredential })
	if len(types) == 0 {
		return credential.TypeCredential
	}
	return types[len(types)-1]
}

// validity says from when to when the credential is valid.
func validity(u *credential.Unverified) string {
	from, until := "from the start", "without end"
	if !u.ValidFrom.IsZero() {
		from = "from " + credential.FormatTime(u.ValidFrom)
	}
	if !u.ValidUntil.IsZero() {
		until = "until " + credential.FormatTime(u.ValidUntil)
	}
	return from + " " + until
}

// remaining says how long the credential is valid from now on.
func remaining(u *credential.Unverified, now time.Time) string {
	switch {
	case u.ValidUntil.IsZero():
		return "without end"
	case !now.Before(u.ValidUntil):
		return "expired " + u.ValidUntil.UTC().Format(time.DateOnly)
	default:
		return "until " + u.ValidUntil.UTC().Format(time.DateOnly)
	}
}
