package config_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/issuer/config"
)

// TestYAMLBombs: a file that stands for more than anybody has is refused for
// what makes it so, soon.
func TestYAMLBombs(t *testing.T) {
	laughs := "a0: &a0 [lol]\n"
	for i := 1; i < 30; i++ {
		laughs += fmt.Sprintf("a%d: &a%d [%s*a%d]\n", i, i, strings.Repeat(fmt.Sprintf("*a%d, ", i-1), 9), i-1)
	}
	for name, c := range map[string]struct{ text, says string }{
		"a billion laughs":    {laughs + least, "line 1: anchors"},
		"a billion purposes":  {least + laughs + "purposes: *a29\n", "anchors"},
		"many references":     {least + "purposes: &p [" + strings.Repeat("*p, ", 100_000) + "a]\n", "anchors"},
		"itself":              {least + "purposes: &p [*p]\n", "anchors"},
		"a merge":             {least + "consult:\n  <<: {batch: 3}\n", "anchors"},
		"lists in lists":      {least + "purposes: " + strings.Repeat("[", 100_000), "too deep"},
		"maps in maps":        {least + "consult: " + strings.Repeat("{a: ", 100_000), "too deep"},
		"lists of one item":   {least + "purposes:\n" + strings.Repeat("- ", 100_000) + "a\n", "too deep"},
		"a long address":      {"url: " + strings.Repeat("a", 900_000) + "\n", "https address"},
		"many of one key":     {strings.Repeat("\"a\": \"b\"\n", 50_000), `"a"`},
		"closing many things": {least + "purposes: " + strings.Repeat("]", 100_000), "line"},
	} {
		begun := time.Now()
		parsed, err := config.Parse([]byte(c.text), "")
		if !errors.Is(err, config.ErrInvalid) || parsed != nil || !strings.Contains(err.Error(), c.says) || len(err.Error()) > 10_000 {
			t.Errorf("%s: %.300v", name, err)
		}
		if took := time.Since(begun); took > 10*time.Second {
			t.Errorf("%s took %s", name, took)
		}
	}
}
