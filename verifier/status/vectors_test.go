package status_test

import (
	"regexp"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chancery-vc/chancery/internal/testdata"
	"github.com/chancery-vc/chancery/verifier/credential"
	"github.com/chancery-vc/chancery/verifier/status"
)

var (
	example = regexp.MustCompile(`(?s)<pre class="example nohighlight[^>]*>([^<]*(?:<span[^>]*>[^<]*</span>[^<]*)*)</pre>`)
	markup  = regexp.MustCompile(`</?span[^>]*>`)
	list    = regexp.MustCompile(`"BitstringStatusListCredential"`)
)

// TestVectorsLists reads the lists among the examples of Bitstring Status List:
// 131,072 entries, none of them set.
func TestVectorsLists(t *testing.T) {
	page := testdata.Read(t, "vectors/bitstring-status-list/index.html")
	read := 0
	for i, match := range example.FindAllSubmatch(page, -1) {
		text := markup.ReplaceAll(match[1], nil)
		if !list.Match(text) {
			continue
		}
		read++
		t.Run(strconv.Itoa(i+1), func(t *testing.T) {
			c, err := credential.Parse(text)
			if err != nil {
				t.Fatal(err)
			}
			l, err := status.Read(c)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]string{status.Revocation}, l.Purposes); diff != "" {
				t.Error(diff)
			}
			const entries = 131_072
			for index, want := range map[int]bool{0: true, entries - 1: true, entries: false} {
				set, err := l.Get(credential.StatusEntry{Purpose: status.Revocation, Index: index})
				if set || (err == nil) != want {
					t.Errorf("entry %d: got %v, %v", index, set, err)
				}
			}
		})
	}
	if read != 2 {
		t.Errorf("%d lists, not 2", read)
	}
}
