package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"

	"github.com/chancery-vc/chancery/verifier/credential"
	"github.com/chancery-vc/chancery/wallet"
)

type showCommand struct {
	ID string `arg:"" help:"The credential's id, or the start or end of it."`
}

// Help returns what --help shows below the flags' summary.
func (showCommand) Help() string {
	return `Show what one credential says. It was verified when it was stored; whether it is still
good, a verifier tells.

Example:

  chancery-wallet show 3f9c02d1`
}

// Run shows the credential.
func (s *showCommand) Run(e *env) error {
	w, err := wallet.Open(e.dir)
	if err != nil {
		return err
	}
	entry, err := w.Get(s.ID)
	if err != nil {
		return err
	}
	u := entry.Credential
	logged, err := logText(entry)
	if err != nil {
		return err
	}
	if err := writeRows(e.stdout, "", []row{
		{"Credential", title(u)},
		{"id", entry.ID},
		{"own id", u.ID},
		{"types", strings.Join(u.Types, ", ")},
		{"issuer", u.Issuer},
		{"valid", validity(u) + " (" + remaining(u, e.now()) + ")"},
		{"status", statusText(u)},
		{"in log", logged},
		{"in part", parts(entry)},
		{"file", entry.Path},
	}); err != nil {
		return err
	}
	return writeSubjects(e.stdout, u)
}

func statusText(u *credential.Unverified) string {
	if len(u.Statuses) == 0 {
		return "its issuer publishes none"
	}
	return "not looked at; its issuer can change it"
}

// parts says what of the credential can be shown without the rest.
func parts(entry wallet.Entry) string {
	if !entry.Selective() {
		return "no; it is shown as a whole"
	}
	return strings.Join(entry.Pointers(), ", ")
}

// writeSubjects marks the claims as what they are: nobody verified them just
// now.
func writeSubjects(out io.Writer, u *credential.Unverified) error {
	if _, err := io.WriteString(out, "\nThe credential says (its issuer's words, not verified now):\n"); err != nil {
		return err
	}
	for _, subject := range u.Subjects {
		if err := writeRows(out, "  ", claims("", subject)); err != nil {
			return err
		}
	}
	return nil
}

// claims returns a row for each claim within value; a nested one is called by
// its path.
func claims(path string, value any) []row {
	switch value := value.(type) {
	case map[string]any:
		var rows []row
		for _, name := range slices.Sorted(maps.Keys(value)) {
			rows = append(rows, claims(strings.TrimPrefix(path+"."+name, "."), value[name])...)
		}
		return rows
	case []any:
		var rows []row
		for i, item := range value {
			rows = append(rows, claims(fmt.Sprintf("%s[%d]", path, i+1), item)...)
		}
		return rows
	case string:
		return []row{{path, value}}
	default:
		text, err := json.Marshal(value)
		if err != nil {
			return []row{{path, "?"}}
		}
		return []row{{path, string(text)}}
	}
}
