package credential_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/chancery-vc/chancery/internal/testdata"
	"github.com/chancery-vc/chancery/verifier/credential"
)

// TestVectorsDataModel parses each example beside the data model's own JSON
// Schemas.
func TestVectorsDataModel(t *testing.T) {
	examples(t, "verifiable-credential", func(t *testing.T, data []byte) {
		if u, err := credential.Parse(data); err != nil || !bytes.Equal(u.Bytes(), data) {
			t.Errorf("got %+v, %v", u, err)
		}
		if u, err := credential.Parse(bytes.Replace(data, []byte(`"credentialSubject"`), []byte(`"subject"`), 1)); !errors.Is(err, credential.ErrInvalid) {
			t.Errorf("without a subject: got %+v, %v", u, err)
		}
	})
	examples(t, "verifiable-presentation", func(t *testing.T, data []byte) {
		if p, err := credential.ParsePresentation(data); err != nil || !bytes.Equal(p.Bytes(), data) {
			t.Errorf("got %+v, %v", p, err)
		}
	})
}

func examples(t *testing.T, kind string, run func(t *testing.T, data []byte)) {
	t.Helper()
	dir := testdata.Path(t, "vectors/vc-data-model/schema/"+kind)
	files, err := filepath.Glob(filepath.Join(dir, "example-*.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%d examples in %s, %v", len(files), dir, err)
	}
	for _, file := range files {
		t.Run(kind+"/"+filepath.Base(file), func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			run(t, data)
		})
	}
}

var (
	example = regexp.MustCompile(`(?s)<pre class="example nohighlight[^>]*>(.*?)</pre>`)
	markup  = regexp.MustCompile(`(?s)<span class="comment">.*?</span>|</?[a-z][^>]*>`)
)

// TestVectorsStatusExamples parses each credential that is an example of
// Bitstring Status List, in the order of its text.
func TestVectorsStatusExamples(t *testing.T) {
	page := testdata.Read(t, "vectors/bitstring-status-list/index.html")
	all := example.FindAllSubmatch(page, -1)
	if len(all) != 7 {
		t.Errorf("%d examples, not 7", len(all))
	}
	for i, match := range all {
		t.Run(strconv.Itoa(i+1), func(t *testing.T) {
			text := markup.ReplaceAll(match[1], nil)
			u, err := credential.Parse(text)
			if reason := unusable(string(text)); reason != "" {
				testdata.NotApplicable(t, reason)
				if !errors.Is(err, credential.ErrInvalid) {
					t.Errorf("got %v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			statuses := strings.Count(string(text), `"BitstringStatusListEntry"`)
			if len(u.Statuses) != statuses {
				t.Errorf("%d entries, not %d", len(u.Statuses), statuses)
			}
			for _, s := range u.Statuses {
				if !s.Judged() || s.List == "" || s.Purpose == "" || s.Index == 0 {
					t.Errorf("got %+v", s)
				}
			}
		})
	}
}

// unusable says what is wrong with an example.
func unusable(text string) string {
	switch {
	case strings.Contains(text, "..."):
		return "the example is shortened by dots, and no JSON"
	case strings.Contains(text, `"issuanceDate"`):
		return "the example has issuanceDate, which the data model 2.0 does not have"
	}
	return ""
}
