package deptest

import (
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const maxCorpus = 25 // files of a fuzz target

var fuzzTarget = regexp.MustCompile(`(?m)^func (Fuzz\w+)\(f \*testing\.F\)`)

// TestNegativeTests: each attack on the page names tests that exist, and each
// decoder a fuzz target that has a kept corpus. No fuzz target of a package
// that is named is left out.
func TestNegativeTests(t *testing.T) {
	rows := shownOn(t, "docs/negative-tests.md")
	if len(rows) < 60 {
		t.Errorf("only %d rows were found", len(rows))
	}
	named := shown{}
	for _, row := range rows {
		for folder, names := range row {
			for _, name := range names {
				if strings.HasPrefix(name, "Fuzz") {
					named[folder] = append(named[folder], name)
					wantCorpus(t, folder, name)
				}
			}
		}
	}
	for folder, names := range named {
		for _, target := range fuzzTarget.FindAllStringSubmatch(testsOf(t, folder), -1) {
			if !slices.Contains(names, target[1]) {
				t.Errorf("%s of %s is not on the page", target[1], folder)
			}
		}
	}
}

func wantCorpus(t *testing.T, folder, target string) {
	t.Helper()
	kept, err := filepath.Glob(filepath.Join(root, folder, "testdata/fuzz", target, "*"))
	if err != nil {
		t.Fatal(err)
	}
	if len(kept) == 0 || len(kept) > maxCorpus {
		t.Errorf("%s of %s has a corpus of %d, not 1 to %d", target, folder, len(kept), maxCorpus)
	}
}
