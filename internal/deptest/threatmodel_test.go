package deptest

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

const root = "../.."

var (
	shownRow  = regexp.MustCompile("^\\| [^|]+ \\| (`[a-z0-9/-]+`: `(?:Test|Fuzz).+) \\|$")
	shownBy   = regexp.MustCompile("^`([a-z0-9/-]+)`: (`\\w+`(?:, `\\w+`)*)$")
	testNames = regexp.MustCompile(`\w+`)
)

// TestThreatModel: each property of the threat model names tests that exist,
// in the package that it names.
func TestThreatModel(t *testing.T) {
	if rows := len(shownOn(t, "docs/threat-model.md")); rows < 15 {
		t.Errorf("only %d properties were found", rows)
	}
}

// shown is a row of a table that says what shows something: the tests and fuzz
// targets by their package.
type shown map[string][]string

// shownOn returns such rows of a page, all of which is there.
func shownOn(t *testing.T, page string) (rows []shown) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, page))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		cell := shownRow.FindStringSubmatch(strings.TrimSpace(line))
		if cell == nil {
			continue
		}
		row := shown{}
		for part := range strings.SplitSeq(cell[1], "; ") {
			by := shownBy.FindStringSubmatch(part)
			if by == nil {
				t.Errorf("%s: %s does not name a package and its tests", page, part)
				continue
			}
			row[by[1]] = testNames.FindAllString(by[2], -1)
			wantTests(t, by[1], row[by[1]])
		}
		rows = append(rows, row)
	}
	return rows
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
