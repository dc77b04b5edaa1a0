package deptest

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	code    = regexp.MustCompile("(?s)```.*?```")
	link    = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	heading = regexp.MustCompile(`(?m)^#+ (.*)$`)
	named   = regexp.MustCompile(`\[([^\]]*)\]\([^)]*\)`)
	unsaid  = regexp.MustCompile(`[^\p{L}\p{N}_ -]`) // what an anchor leaves out
)

// pages returns the Markdown pages of the project, by their path.
func pages(t *testing.T) map[string]string {
	t.Helper()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	err = filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && (entry.Name() == "node_modules" || entry.Name() == ".git" || entry.Name() == "dist"):
			return filepath.SkipDir
		case filepath.Ext(path) == ".md":
			data, err := os.ReadFile(path)
			found[path] = code.ReplaceAllString(string(data), "")
			return err
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// anchors are what leads to the headings of a page.
func anchors(page string) map[string]bool {
	found := map[string]bool{}
	for _, match := range heading.FindAllStringSubmatch(page, -1) {
		text := unsaid.ReplaceAllString(strings.ToLower(named.ReplaceAllString(match[1], "$1")), "")
		found[strings.ReplaceAll(strings.TrimSpace(text), " ", "-")] = true
	}
	return found
}

// TestLinks: each link from a page into the project leads to a file that there
// is, and to a heading that it has.
func TestLinks(t *testing.T) {
	all, checked := pages(t), 0
	for path, page := range all {
		for _, match := range link.FindAllStringSubmatch(page, -1) {
			file, anchor, _ := strings.Cut(match[1], "#")
			if strings.Contains(match[1], ":") { // elsewhere
				continue
			}
			target := path
			if file != "" {
				target = filepath.Join(filepath.Dir(path), file)
			}
			checked++
			if _, err := os.Stat(target); err != nil {
				t.Errorf("%s leads to %s, which is not there", path, match[1])
			} else if to, ok := all[target]; ok && anchor != "" && !anchors(to)[anchor] {
				t.Errorf("%s leads to %s, which has no such heading", path, match[1])
			}
		}
	}
	if checked < 100 {
		t.Errorf("only %d links were found", checked)
	}
}
