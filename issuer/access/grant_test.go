package access_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/internal/issuertest"
	"github.com/chancery-vc/chancery/issuer/access"
)

// withTerms is a caller with these grants, each of which is for the same.
func withTerms(grants ...string) string {
	text := "purposes: [enrolment, checkup]\nconsult:\n  callers:\n    - name: school\n      token_sha256: " + strings.Repeat("1a", 32) + "\n      grants:\n"
	for _, g := range grants {
		text += "        - {purposes: [enrolment], credentials: [birth], " + g + "}\n"
	}
	return text
}

func openGrants(t testing.TB, now func() time.Time, text string, files ...string) (*access.Grants, error) {
	t.Helper()
	dir := issuertest.Folder(t, 1, func(before string) string { return before + "\n" + text })
	for n := 0; n < len(files); n += 2 {
		writeFile(t, dir, files[n], []byte(files[n+1]))
	}
	return access.OpenGrants(issuertest.Load(t, dir), now)
}

func TestFit(t *testing.T) {
	clock := issuertest.NewClock() // 2026-07-01T12:00:00Z
	g, err := openGrants(t, clock.Now, withTerms(
		"name: north, keys: {prefix: N-}", "name: list, keys: {file: list.txt}", "name: summer, keys: {prefix: S-}, until: 2026-08-01T00:00:00Z",
		"name: winter, keys: {prefix: S-}, not_before: 2026-12-01T00:00:00Z",
	), "list.txt", "K-1\r\nK-2\n\nK 3")
	if err != nil {
		t.Fatal(err)
	}
	good := access.Question{Caller: "school", Purpose: "enrolment", Kind: "credential", Name: "birth"}
	for key, want := range map[string]string{"N-": "north", "N-1": "north", "K-1": "list", "K-2": "list", "K 3": "list", "S-1": "summer"} {
		q := good
		q.Key = key
		if grant, err := g.Fit(q); err != nil || grant.Name != want || grant.Caller != "school" {
			t.Errorf("%q: %+v, %v", key, grant, err)
		}
	}
	for name, edit := range map[string]func(q *access.Question){
		"another caller":   func(q *access.Question) { q.Caller = "clinic" },
		"no caller":        func(q *access.Question) { q.Caller = "" },
		"another purpose":  func(q *access.Question) { q.Purpose = "checkup" },
		"no purpose":       func(q *access.Question) { q.Purpose = "" },
		"another kind":     func(q *access.Question) { q.Kind = "fact" },
		"no kind":          func(q *access.Question) { q.Kind = "" },
		"another name":     func(q *access.Question) { q.Name = "death" },
		"another key":      func(q *access.Question) { q.Key = "n-1" },
		"a key after a":    func(q *access.Question) { q.Key = " N-1" },
		"no key":           func(q *access.Question) { q.Key = "" },
		"a line of many":   func(q *access.Question) { q.Key = "K-1\nK-2" },
		"a part of a line": func(q *access.Question) { q.Key = "K" },
	} {
		q := good
		q.Key = "N-1"
		edit(&q)
		if grant, err := g.Fit(q); !errors.Is(err, access.ErrNoGrant) {
			t.Errorf("%s: %+v, %v", name, grant, err)
		}
	}
	good.Key = "S-1"
	clock.Advance(time.Date(2026, 8, 1, 0, 0, 0, 0, time.UTC).Sub(clock.Now()))
	if grant, err := g.Fit(good); !errors.Is(err, access.ErrNotNow) {
		t.Errorf("at its end: %+v, %v", grant, err)
	}
	clock.Advance(time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC).Sub(clock.Now()))
	if grant, err := g.Fit(good); err != nil || grant.Name != "winter" {
		t.Errorf("at its beginning: %+v, %v", grant, err)
	}
}

// TestAmbiguous: grants that both have a key of a file are refused, and so is a
// file that is not there or has nothing.
func TestAmbiguous(t *testing.T) {
	now := issuertest.NewClock().Now
	for name, c := range map[string]struct {
		first, second string
		ok            bool
	}{
		"a file and a prefix that has a key of it": {"keys: {file: a.txt}", "keys: {prefix: A-}", false},
		"a file and a prefix that has none":        {"keys: {file: a.txt}", "keys: {prefix: C-}", true},
		"two files with a key of both":             {"keys: {file: a.txt}", "keys: {file: b.txt}", false},
		"two files with none":                      {"keys: {file: a.txt}", "keys: {file: c.txt}", true},
		"a key of both, at other times":            {"keys: {file: a.txt}, until: 2027-01-01T00:00:00Z", "keys: {file: b.txt}, not_before: 2027-01-01T00:00:00Z", true},
		"an empty file":                            {"keys: {file: empty.txt}", "keys: {prefix: Z}", false},
		"no file":                                  {"keys: {file: none.txt}", "keys: {prefix: Z}", false},
	} {
		for _, text := range []string{withTerms("name: one, "+c.first, "name: two, "+c.second), withTerms("name: two, "+c.second, "name: one, "+c.first)} {
			g, err := openGrants(t, now, text, "a.txt", "A-1\nX\n", "b.txt", "B-1\nX\n", "c.txt", "C-2\n", "empty.txt", "\n")
			if (err == nil) != c.ok || (g != nil) != c.ok {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}
