package schema_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chancery-vc/chancery/internal/testdata"
	"github.com/chancery-vc/chancery/verifier/schema"
)

const (
	credentialURL   = "https://www.w3.org/2022/credentials/v2/verifiable-credential-schema.json"
	presentationURL = "https://www.w3.org/2022/credentials/v2/verifiable-presentation-schema.json"
)

// TestExamples: the examples of the data model conform to its schemas.
func TestExamples(t *testing.T) {
	set, err := schema.New(map[string][]byte{
		credentialURL:   testdata.Read(t, "vectors/vc-data-model/schema/verifiable-credential/verifiable-credential-schema.json"),
		presentationURL: testdata.Read(t, "vectors/vc-data-model/schema/verifiable-presentation/verifiable-presentation-schema.json"),
	})
	if err != nil {
		t.Fatal(err)
	}
	for folder, test := range map[string]struct {
		url   string
		count int
	}{
		"verifiable-credential":   {credentialURL, 9},
		"verifiable-presentation": {presentationURL, 3},
	} {
		files, err := filepath.Glob(testdata.Path(t, "vectors/vc-data-model/schema/"+folder) + "/example-*.json")
		if err != nil || len(files) != test.count {
			t.Fatalf("%d examples, %v", len(files), err)
		}
		for _, file := range files {
			t.Run(folder+"/"+filepath.Base(file), func(t *testing.T) {
				document, err := os.ReadFile(file)
				if err != nil {
					t.Fatal(err)
				}
				if err := set.Validate(schema.Entry{ID: test.url}, document); err != nil {
					t.Error(err)
				}
				broken := strings.Replace(string(document), `"type"`, `"tipe"`, 1)
				if err := set.Validate(schema.Entry{ID: test.url}, []byte(broken)); !errors.Is(err, schema.ErrMismatch) {
					t.Errorf("without its type: got %v", err)
				}
			})
		}
	}
}
