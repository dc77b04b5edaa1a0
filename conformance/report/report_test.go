package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chancery-vc/chancery/internal/testdata"
)

const root = "../.."

var declared = regexp.MustCompile(`(?m)^func (Test\w+)\(t \*testing\.T\)`)

// TestRows: each row has a test, and each test of vectors, by its name, a row.
func TestRows(t *testing.T) {
	listed := map[key]bool{}
	for _, r := range rows {
		listed[key{r.pkg, r.test}] = false
	}
	if len(listed) != len(rows) {
		t.Error("a test stands in two rows")
	}
	err := filepath.WalkDir(root, func(file string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.Name() == "node_modules" {
			return filepath.SkipDir
		}
		if !strings.HasSuffix(file, "_test.go") {
			return nil
		}
		data, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		pkg, err := filepath.Rel(root, filepath.Dir(file))
		if err != nil {
			return err
		}
		for _, match := range declared.FindAllSubmatch(data, -1) {
			k := key{filepath.ToSlash(pkg), string(match[1])}
			if _, ok := listed[k]; ok {
				listed[k] = true
			} else if strings.HasPrefix(k.test, "TestVectors") {
				t.Errorf("%s of %s has no row", k.test, k.pkg)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for k, found := range listed {
		if !found {
			t.Errorf("%s has no test %s", k.pkg, k.test)
		}
	}
}

// columns returns the columns of the rows of the first table of a page.
func columns(page string) (table [][]string) {
	for text := range strings.Lines(page) {
		fields := strings.Split(strings.TrimSpace(text), " | ")
		if len(fields) == 7 && fields[0] != "| text" {
			fields[0] = strings.TrimPrefix(fields[0], "| ")
			fields[6] = strings.TrimSuffix(fields[6], " |")
			table = append(table, fields)
		}
	}
	return table
}

// TestPageIsCurrent: docs/conformance.md has the rows of today, by the vectors
// of today.
func TestPageIsCurrent(t *testing.T) {
	data, err := os.ReadFile(filepath.Join(root, "docs/conformance.md"))
	if err != nil {
		t.Fatal(err)
	}
	origins, err := readOrigins(testdata.Path(t, "vectors/ORIGIN.md"))
	if err != nil {
		t.Fatal(err)
	}
	var want strings.Builder
	if err := page(&want, origins, make([]result, len(rows)), nil); err != nil {
		t.Fatal(err)
	}
	names := func(table [][]string) (names []string) {
		for _, fields := range table {
			names = append(names, strings.Join(fields[:3], " | "))
		}
		return names
	}
	if diff := cmp.Diff(names(columns(want.String())), names(columns(string(data)))); diff != "" {
		t.Errorf("run: make conformance-report\n%s", diff)
	}
}

const events = `
{"Action":"run","Package":"github.com/chancery-vc/chancery/internal/rdfc","Test":"TestVectors"}
{"Action":"attr","Package":"github.com/chancery-vc/chancery/internal/rdfc","Test":"TestVectors/b","Key":"not-applicable","Value":"old"}
{"Action":"attr","Package":"github.com/chancery-vc/chancery/internal/rdfc","Test":"TestVectors/c","Key":"not-applicable","Value":"old"}
{"Action":"attr","Package":"github.com/chancery-vc/chancery/internal/rdfc","Test":"TestVectors/c","Key":"other","Value":"x"}
{"Action":"pass","Package":"github.com/chancery-vc/chancery/internal/rdfc","Test":"TestVectors/a"}
{"Action":"pass","Package":"github.com/chancery-vc/chancery/internal/rdfc","Test":"TestVectors/b"}
{"Action":"fail","Package":"github.com/chancery-vc/chancery/internal/rdfc","Test":"TestVectors/c"}
{"Action":"fail","Package":"github.com/chancery-vc/chancery/internal/rdfc","Test":"TestVectors"}
{"Action":"fail","Package":"github.com/chancery-vc/chancery/internal/rdfc"}
`

// outcomes returns one that passed for each row but rdf-canon's, which has the
// events.
func outcomes(t *testing.T) map[key]outcome {
	t.Helper()
	all, err := read(strings.NewReader(events))
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		if k := (key{r.pkg, r.test}); r.folders[0] != "rdf-canon" {
			all[k] = outcome{action: "pass"}
		}
	}
	return all
}

func TestCount(t *testing.T) {
	results, err := count(outcomes(t))
	if err != nil {
		t.Fatal(err)
	}
	at := slices.IndexFunc(rows, func(r row) bool { return r.folders[0] == "rdf-canon" })
	want := result{cases: 3, failed: 1, reasons: map[string]int{"old": 1}}
	if diff := cmp.Diff(want, results[at], cmp.AllowUnexported(result{})); diff != "" {
		t.Error(diff)
	}
	if r := results[0]; r.cases != 1 || r.failed != 0 || r.notApplicable() != 0 {
		t.Errorf("got %+v", r)
	}
}

func TestCountRefuses(t *testing.T) {
	k := key{rows[0].pkg, rows[0].test}
	for name, change := range map[string]func(map[key]outcome){
		"no case":        func(all map[key]outcome) { delete(all, k) },
		"a skipped case": func(all map[key]outcome) { all[k] = outcome{action: "skip"} },
		"a case no end":  func(all map[key]outcome) { all[k] = outcome{reason: "old"} },
	} {
		t.Run(name, func(t *testing.T) {
			all := outcomes(t)
			change(all)
			if results, err := count(all); err == nil {
				t.Errorf("got %v", results)
			}
		})
	}
	if got, err := read(strings.NewReader("go: no such package")); err == nil {
		t.Errorf("got %v", got)
	}
}

func TestPage(t *testing.T) {
	origins := []origin{{"elsewhere", "w3c/elsewhere", strings.Repeat("e", 40)}}
	for _, r := range rows {
		for _, folder := range r.folders {
			origins = append(origins, origin{folder, "w3c/" + folder, strings.Repeat("a", 40)})
		}
	}
	results, err := count(outcomes(t))
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	if err := page(&b, origins, results, []suite{{"vc-di-eddsa", strings.Repeat("b", 40), 10, 1, 2, "why"}}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"| rdf-canon aaaaaaaa | `internal/rdfc` TestVectors | 3 | 1 | 1 | 1 |\n",
		fmt.Sprintf("| all |  |  | %d | %d | 1 | 1 |\n", len(rows)+2, len(rows)),
		"| 1 | old |\n", "- elsewhere (w3c/elsewhere)\n", "| vc-di-eddsa | bbbbbbbb | 10 | 1 | 2 | why |\n",
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("the page does not have %q:\n%s", want, b.String())
		}
	}
	if err := page(&b, nil, results, nil); err == nil {
		t.Error("a page without the origins of its vectors")
	}
}

func TestSources(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	commit := strings.Repeat("c", 40)
	origins, err := readOrigins(write("good.md", "# x\n\n| folder | repo | path | commit | date |\n|---|---|---|---|---|\n| a | b/a | tests/ | "+commit+" | 2025 |\n"))
	if diff := cmp.Diff([]origin{{"a", "b/a", commit}}, origins, cmp.AllowUnexported(origin{})); diff != "" || err != nil {
		t.Errorf("%v\n%s", err, diff)
	}
	for _, file := range []string{write("empty.md", "# x\n"), filepath.Join(dir, "none.md")} {
		if got, err := readOrigins(file); err == nil {
			t.Errorf("%s: got %v", file, got)
		}
	}
	suites, err := readSuites(write("results.json", `[{"suite":"s","commit":"c","passed":1,"failed":2,"pending":3,"notes":"n"}]`))
	if diff := cmp.Diff([]suite{{"s", "c", 1, 2, 3, "n"}}, suites); diff != "" || err != nil {
		t.Errorf("%v\n%s", err, diff)
	}
	if got, err := readSuites(filepath.Join(dir, "none.json")); got != nil || err != nil {
		t.Errorf("got %v, %v", got, err)
	}
	if got, err := readSuites(write("bad.json", `{}`)); err == nil {
		t.Errorf("got %v", got)
	}
}
