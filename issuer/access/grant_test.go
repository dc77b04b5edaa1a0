package access_test

import (
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/chancery-vc/chancery/internal/issuertest"
	"github.com/chancery-vc/chancery/issuer/access"
	"github.com/chancery-vc/chancery/issuer/config"
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

// TestRate: whenever questions come, there are never more than twice the rate's in
// any of its times, nor more than the rate in the first; who waits as long as was
// said is let in.
func TestRate(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		questions := rapid.IntRange(1, 5).Draw(rt, "questions")
		clock := issuertest.NewClock()
		rate := config.Rate{Questions: questions, In: 10 * time.Second}
		g := grantsOf(t, clock, rate)
		start := clock.Now()
		var let []time.Time
		for range rapid.IntRange(1, 60).Draw(rt, "tries") {
			clock.Advance(time.Duration(rapid.IntRange(0, 4000).Draw(rt, "ms")) * time.Millisecond)
			_, err := g.Fit(anyQuestion)
			var limited access.Limited
			if errors.As(err, &limited) {
				if limited.After <= 0 || limited.After > rate.In+time.Microsecond {
					rt.Fatalf("ask again after %s", limited.After)
				}
				clock.Advance(limited.After)
				_, err = g.Fit(anyQuestion)
			}
			if err != nil {
				rt.Fatal(err)
			}
			let = append(let, clock.Now())
		}
		first := 0
		for i := range let {
			n := 0
			for _, other := range let[i:] {
				if other.Before(let[i].Add(rate.In)) {
					n++
				}
			}
			if n > 2*questions {
				rt.Fatalf("%d within %s, of %d", n, rate.In, questions)
			}
			if let[i].Before(start.Add(rate.In)) {
				first++
			}
		}
		if first > questions {
			rt.Fatalf("%d in the first %s, of %d", first, rate.In, questions)
		}
	})
}

var anyQuestion = access.Question{Caller: "school", Purpose: "enrolment", Kind: "credential", Name: "birth", Key: "1"}

func grantsOf(t testing.TB, clock *issuertest.Clock, rate config.Rate) *access.Grants {
	t.Helper()
	grant := config.Grant{Name: "all", Purposes: []string{"enrolment"}, Credentials: []string{"birth"}, Rate: rate}
	g, err := access.OpenGrants(&config.Config{Consult: config.Consult{Callers: []config.RelyingParty{{Name: "school", Grants: []config.Grant{grant}}}}}, clock.Now)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// TestRateAtOnce: many at once get no more than one after the other.
func TestRateAtOnce(t *testing.T) {
	clock := issuertest.NewClock()
	g := grantsOf(t, clock, config.Rate{Questions: 50, In: time.Hour})
	clock.Advance(time.Hour)
	var let atomic.Int32
	var group sync.WaitGroup
	for range 200 {
		group.Go(func() {
			if _, err := g.Fit(anyQuestion); err == nil {
				let.Add(1)
			}
		})
	}
	group.Wait()
	if let.Load() != 50 {
		t.Errorf("%d were let in", let.Load())
	}
}
