// Command picture draws the parts of the demo's output that show what it is
// about, as a terminal in SVG. `make picture` pipes the demo into it.
package main

import (
	"fmt"
	"io"
	"os"
	"strings"
)

// part is a stretch of the output: from the next line that contains from, to
// the line that contains to. A blank line comes after it if gap is set.
type part struct {
	from, to string
	gap      bool
}

var parts = []part{
	{"$ chancery offer", "good until", true},
	{"and the right one", "$ chancery-wallet accept", false},
	{"Stored", "valid", false},
	{"checked", "checked", true},
	{"verify credential.json", "holder", true},
	{"# altered.json", "because of", true},
	{"# with a fresh bundle", "because of", true},
	{"# a copy of the log without", "cut off", false},
}

func main() {
	if err := run(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "picture:", err)
		os.Exit(1)
	}
}

func run(in io.Reader, out io.Writer) error {
	data, err := io.ReadAll(in)
	if err != nil {
		return err
	}
	lines, err := excerpt(strings.Split(string(data), "\n"))
	if err != nil {
		return err
	}
	_, err = io.WriteString(out, draw(lines))
	return err
}

// excerpt returns the parts of the output.
func excerpt(all []string) ([]string, error) {
	var lines []string
	next := 0
	for _, p := range parts {
		start := index(all, p.from, next)
		end := index(all, p.to, start)
		if start < 0 || end < 0 {
			return nil, fmt.Errorf("the demo does not show %q to %q", p.from, p.to)
		}
		for _, line := range all[start : end+1] {
			lines = append(lines, shorten(strings.TrimPrefix(line, "  ")))
		}
		next = end + 1
		if p.gap {
			lines = append(lines, "")
		}
	}
	return lines, nil
}

func index(lines []string, text string, from int) int {
	for i := max(from, 0); from >= 0 && i < len(lines); i++ {
		if strings.Contains(lines[i], text) {
			return i
		}
	}
	return -1
}

const width = 104 // characters

func shorten(line string) string {
	runes := []rune(strings.ReplaceAll(line, "unshare -rn ", ""))
	if len(runes) > width {
		runes = append(runes[:width-1], '…')
	}
	return string(runes)
}
