package issuerhttp

import (
	"os"
	"regexp"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// mostTypes is how many types of problems there may be: each is one that every
// relying party has to know.
const mostTypes = 12

// TestPublishedTypes: docs/errors.md has the types of problems that there are,
// with their statuses, and no others.
func TestPublishedTypes(t *testing.T) {
	page, err := os.ReadFile("../../docs/errors.md")
	if err != nil {
		t.Fatal(err)
	}
	published := map[string]int{}
	for _, row := range regexp.MustCompile("(?m)^\\| `([^`]*)` \\| ([0-9]+) \\| [^|]+ \\| [^|]+ \\|$").FindAllSubmatch(page, -1) {
		status, err := strconv.Atoi(string(row[2]))
		if _, twice := published[string(row[1])]; err != nil || twice {
			t.Errorf("%s is there twice, or has no status", row[1])
		}
		published[string(row[1])] = status
	}
	source, err := os.ReadFile("problem.go")
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]int{}
	for _, code := range regexp.MustCompile(`(?m)^\tcode[A-Za-z]+ += "([^"]+)"$`).FindAllSubmatch(source, -1) {
		p := problemOf(string(code[1]), "")
		known[p.Type] = p.Status
	}
	if len(known) != len(statuses) {
		t.Errorf("%d codes have %d statuses", len(known), len(statuses))
	}
	if diff := cmp.Diff(known, published); diff != "" {
		t.Errorf("-known +published:\n%s", diff)
	}
	if len(known) > mostTypes {
		t.Errorf("there are %d types, more than %d", len(known), mostTypes)
	}
}
