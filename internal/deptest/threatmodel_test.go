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
	propertyRow = regexp.MustCompile("^\\| [^|]+ \\| `([a-z0-9/-]+)`: (.+) \\|$")
	testName    = regexp.MustCompile("`(Test\\w+)`")
)

// TestThreatModel: each property of the threat model names tests that exist,
// in the package that it names.
func TestThreatModel(t *testing.T) {
	page, err := os.ReadFile(filepath.Join(root, "docs/threat-model.md"))
	if err != nil {
		t.Fatal(err)
	}
	rows := 0
	for line := range strings.Lines(string(page)) {
		row := propertyRow.FindStringSubmatch(strings.TrimSpace(line))
		if row == nil {
			continue
		}
		rows++
		tests := testsOf(t, row[1])
		for _, name := range testName.FindAllStringSubmatch(row[2], -1) {
			if !strings.Contains(tests, "\nfunc "+name[1]+"(t *testing.T)") {
				t.Errorf("%s has no test %s", row[1], name[1])
			}
		}
	}
	if rows < 15 {
		t.Errorf("only %d properties were found", rows)
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
