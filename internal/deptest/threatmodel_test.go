package deptest

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const root = "../.."

var (
	shownHead = regexp.MustCompile(`^\| .+ \| (?:shown|fuzzed) by \|$`)
	shownRow  = regexp.MustCompile("^\\| [^|]+ \\| (`[a-z0-9/-]+`: `(?:Test|Fuzz).+) \\|$")
	shownBy   = regexp.MustCompile("^`([a-z0-9/-]+)`: (`\\w+`(?:, `\\w+`)*)$")
	testNames = regexp.MustCompile(`\w+`)
)

// TestThreatModel: each property of the threat model names tests that exist,
// in the package that it names, and each of its headings has properties.
func TestThreatModel(t *testing.T) {
	const page = "docs/threat-model.md"
	if rows := len(shownOn(t, page)); rows < 85 {
		t.Errorf("only %d properties were found", rows)
	}
	sections := sectionsOf(readPage(t, page))
	first := slices.IndexFunc(sections, func(s section) bool { return s.title == "## Properties and what shows them" })
	if first < 0 {
		t.Fatal("there are no properties")
	}
	for _, s := range sections[first+1:] {
		if !strings.HasPrefix(s.title, "### ") {
			break
		}
		if len(s.rows) == 0 {
			t.Errorf("%s has no property", s.title)
		}
	}
}

// section is a part of a page under one heading.
type section struct {
	title string
	rows  []string // of its table that says what shows something
}

// sectionsOf takes a page apart.
func sectionsOf(text string) []section {
	sections := []section{{}}
	within := false
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		last := &sections[len(sections)-1]
		switch {
		case strings.HasPrefix(line, "#"):
			sections, within = append(sections, section{title: line}), false
		case !strings.HasPrefix(line, "|"):
			within = false
		case shownHead.MatchString(line):
			within = true
		case within && !strings.HasPrefix(line, "|--"):
			last.rows = append(last.rows, line)
		}
	}
	return sections
}

func readPage(t *testing.T, page string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, page))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// shown is a row of a table that says what shows something: the tests and fuzz
// targets by their package.
type shown map[string][]string

// shownOn returns such rows of a page. Each names what shows it, all of which is
// there.
func shownOn(t *testing.T, page string) (rows []shown) {
	t.Helper()
	for _, s := range sectionsOf(readPage(t, page)) {
		for _, line := range s.rows {
			rows = append(rows, readShown(t, page, line))
		}
	}
	return rows
}

func readShown(t *testing.T, page, line string) shown {
	t.Helper()
	row := shown{}
	cell := shownRow.FindStringSubmatch(line)
	if cell == nil {
		t.Errorf("%s: nothing shows this: %s", page, line)
		return row
	}
	for part := range strings.SplitSeq(cell[1], "; ") {
		by := shownBy.FindStringSubmatch(part)
		if by == nil {
			t.Errorf("%s: %s does not name a package and its tests", page, part)
			continue
		}
		row[by[1]] = testNames.FindAllString(by[2], -1)
		wantTests(t, by[1], row[by[1]])
	}
	return row
}

// wantTests wants a package to have tests and fuzz targets of these names.
func wantTests(t *testing.T, folder string, names []string) {
	t.Helper()
	tests := testsOf(t, folder)
	for _, name := range names {
		argument := "(t *testing.T)"
		if strings.HasPrefix(name, "Fuzz") {
			argument = "(f *testing.F)"
		}
		if !strings.Contains(tests, "\nfunc "+name+argument) {
			t.Errorf("%s has no test %s", folder, name)
		}
	}
}

// testsOf returns the text of a package's tests.
func testsOf(t *testing.T, folder string) string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(root, folder, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		text.Write(data)
	}
	return text.String()
}

// TestSections: a heading without properties, and a property that nothing shows,
// are told from others.
func TestSections(t *testing.T) {
	sections := sectionsOf("# P\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n### Empty\n\n| property | shown by |\n|---|---|\n\n### Full\n\n| property | shown by |\n|---|---|\n| it holds | |\n| so does this | `x`: `TestX` |\n\ntext\n| no row | here |\n")
	var got []int
	for _, s := range sections {
		got = append(got, len(s.rows))
	}
	if !slices.Equal(got, []int{0, 0, 0, 2}) {
		t.Errorf("%v rows", got)
	}
	if shownRow.MatchString(sections[3].rows[0]) || !shownRow.MatchString(sections[3].rows[1]) {
		t.Error("a property that nothing shows is not told from one that is shown")
	}
}
