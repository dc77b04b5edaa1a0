package issuer_test

import (
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/internal/issuertest"
	"github.com/chancery-vc/chancery/issuer"
	"github.com/chancery-vc/chancery/issuer/config"
	"github.com/chancery-vc/chancery/issuer/source"
)

// celBombs are expressions that would take more than anybody has, or that would
// reach for what is not theirs.
func celBombs() []string {
	nested := func(n int, open, within, end string) string {
		return strings.Repeat(open, n) + within + strings.Repeat(end, n)
	}
	return []string{
		`l.all(a, l.all(b, l.all(c, l.all(d, a == b))))`,
		`l.exists(a, l.exists(b, (a + b).contains(s)))`,
		`l.map(a, l.map(b, a + b)).size() > 0`,
		`['x']` + strings.Repeat(`.map(x, x + x)`, 30) + `[0] == s`,
		`[s]` + strings.Repeat(`.map(x, x + x + x + x)`, 10) + `.size() > 0`,
		strings.Repeat("s + ", 800) + "s == s",
		`s == '' ` + strings.Repeat("|| s == ''", 300),
		nested(60, "(", "s == ''", ")"),
		nested(1000, "(", "s == ''", ")"),
		nested(2000, "[", "s", "]") + ".size() > 0",
		nested(500, "!(", "s == ''", ")"),
		nested(1000, "s == '' ? true : (", "false", ")"),
		`s.matches('(((a{1,100}){1,100}){1,100}){1,100}')`,
		`s.matches(s)`,
		`s.matches('` + strings.Repeat("(a|b)*", 700) + `')`,
		nested(12, "[1, 2, 3].exists(i, ", "s == ''", ")"),
		`dyn(s) == 1`, `type(s) == string`, `has(s.x)`, `s.getFullYear() == 1`, `now.getHours('../../etc/passwd') == 1`, `b'x' == b'y'`,
		`@blank_s`, `env.PATH == s`, `os.exit(1)`, `import('x')`, `s.constructor == s`, `__import__`, `s.format([])`, `s.split('').size() > 0`, `s.replace('a', s) == s`, `size(s) * 1.0 > 0.5`,
		"s == '\x00", "s == 'ѕ' &&", "ѕ == ''", "s\u200b == ''", "s == '' //\n)", `"`, `'''`, "s == r'\\", "",
	}
}

// TestCELBombs: an expression that could take too much is refused at the start,
// soon, and without taking it.
func TestCELBombs(t *testing.T) {
	dir := issuertest.Folder(t, 1, withRelyingParties)
	path := filepath.Join(dir, issuertest.ConfigFile)
	text, err := os.ReadFile(path)
	must(t, err)
	for _, bomb := range celBombs() {
		rule := fmt.Sprintf("rule: {cel: {expression: %q, fields: {s: {column: place_of_birth}, l: {column: remarks, as: list}}}}", bomb)
		if !strings.Contains(bomb, "l.") {
			rule = strings.Replace(rule, ", l: {column: remarks, as: list}", "", 1)
		}
		must(t, os.WriteFile(path, []byte(strings.Replace(string(text), "rule: {field: {column: father_name}}", rule, 1)), 0o600))
		begun := time.Now()
		err := opened(t, dir)
		if took := time.Since(begun); err == nil || took > soon {
			t.Errorf("%.80q: %v after %s", bomb, err, took)
		} else if len(err.Error()) > 10_000 {
			t.Errorf("%.80q: the error has %d bytes", bomb, len(err.Error()))
		}
	}
}

// TestDataBombs: an expression that was taken meets values that are as long as a
// register has them: it ends soon, in an answer or in a refusal.
func TestDataBombs(t *testing.T) {
	var facts strings.Builder
	names := []string{}
	for n, expression := range []string{
		`l.exists(i, i.matches('(x|y)*z'))`, `l.all(i, i.contains('xxxxxxxxxxxxxy'))`, `s.matches('^(x+x+)+y')`, `(s + s + s).contains('xy')`, `l.map(i, i + 'x').size() > 3`, `int(s) > 3`, `timestamp(s) < now`, `date(s) < today`,
	} {
		if strings.HasPrefix(expression, "date") {
			expression = `s.size() / (s.size() - 65536) > 3`
		}
		names = append(names, fmt.Sprint("bomb-", n))
		fields := "s: {column: place_of_birth}"
		if strings.HasPrefix(expression, "l.") {
			fields = "l: {column: place_of_birth, as: list}"
		}
		fmt.Fprintf(&facts, "  bomb-%d:\n    source: births\n    table: births\n    key: registration_number\n    rule: {cel: {expression: %q, fields: {%s}}}\n", n, expression, fields)
	}
	dir := issuertest.Folder(t, 1, withRelyingParties, issuertest.Replace("\nfacts:\n", "\nfacts:\n"+facts.String()), issuertest.Replace("facts: [of-age, born-in", "facts: ["+strings.Join(names, ", ")+", of-age, born-in"))
	i := issuertest.Open(t, dir, issuertest.NewClock())
	answered := 0
	for _, value := range []string{
		strings.Repeat("x", source.MaxValue), strings.Repeat("x", 4096), strings.Repeat("x; ", 20_000), strings.Repeat("xxxxxxxxxxxx; ", 300), strings.Repeat("x; ", 200), strings.Repeat("9", 4096), strings.Repeat("é", 2048),
		"c4nary", "", strings.Repeat("\U0010ffff", 1024), "-9223372036854775808", "9999-12-31T23:59:59Z", numbered(256), numbered(257),
	} {
		if _, err := issuertest.Register(t, dir).Exec("UPDATE births SET place_of_birth = ?", value); err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			begun := time.Now()
			_, err := i.Consult(t.Context(), query(func(q *issuer.Query) { q.Kind, q.Name = issuer.Fact, name }))
			if took := time.Since(begun); took > soon {
				t.Errorf("%s of %d bytes took %s", name, len(value), took)
			}
			if err == nil {
				answered++
			} else if text := err.Error(); strings.Contains(text, planted) || len(text) > 1000 {
				t.Errorf("%s: %.200s", name, text)
			}
		}
	}
	if answered == 0 {
		t.Error("nothing was answered")
	}
	records := issuertest.Log(t, i.Store())
	if len(slices.DeleteFunc(short(records), func(r string) bool { return !strings.HasPrefix(r, "refused") })) == 0 {
		t.Error("nothing was refused")
	}
}

func numbered(n int) string {
	var all []string
	for k := range n {
		all = append(all, fmt.Sprint("x", k))
	}
	return strings.Join(all, "; ")
}

// opened tries to open the issuer of a folder, whose configuration may be one
// that is not even read.
func opened(t *testing.T, dir string) error {
	t.Helper()
	c, err := config.Load(filepath.Join(dir, issuertest.ConfigFile))
	if err != nil {
		return err
	}
	return open(c, rand.Reader)
}
