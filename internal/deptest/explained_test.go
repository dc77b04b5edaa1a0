package deptest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/mod/modfile"
)

// TestDependenciesAreExplained: docs/dependencies.md says of each direct
// dependency why it is there.
func TestDependenciesAreExplained(t *testing.T) {
	data, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	mod, err := modfile.Parse("go.mod", data, nil)
	if err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile(filepath.Join(root, "docs/dependencies.md"))
	if err != nil {
		t.Fatal(err)
	}
	checked := 0
	for _, r := range mod.Require {
		if r.Indirect {
			continue
		}
		checked++
		if name := shortName(r.Mod.Path); !strings.Contains(string(page), name) {
			t.Errorf("docs/dependencies.md does not say what %s is for", r.Mod.Path)
		}
	}
	if checked == 0 {
		t.Error("go.mod has no direct dependency")
	}
}

// shortName returns what the page calls a module: without host and version.
func shortName(path string) string {
	parts := strings.Split(path, "/")
	name := parts[len(parts)-1]
	if len(parts) > 1 && len(name) == 2 && name[0] == 'v' {
		name = parts[len(parts)-2]
	}
	return name
}
