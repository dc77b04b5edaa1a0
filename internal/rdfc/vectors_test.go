package rdfc

import (
	"context"
	"crypto"
	"encoding/json"
	"errors"
	"path"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chancery-vc/chancery/internal/testdata"
)

const vectors = "vectors/rdf-canon/tests"

// vector is an entry of the test suite's manifest.
type vector struct {
	ID            string
	Type          string
	Name          string
	Action        string
	Result        string
	HashAlgorithm string
}

func (v vector) options(t *testing.T) Options {
	switch v.HashAlgorithm {
	case "":
		return Options{}
	case "SHA384":
		return Options{Hash: crypto.SHA384}
	}
	t.Fatalf("hash algorithm %s is unknown to this test", v.HashAlgorithm)
	return Options{}
}

// TestVectors runs the W3C test suite, every entry of it.
func TestVectors(t *testing.T) {
	var manifest struct{ Entries []vector }
	if err := json.Unmarshal(testdata.Read(t, path.Join(vectors, "manifest.jsonld")), &manifest); err != nil {
		t.Fatal(err)
	}
	if len(manifest.Entries) == 0 {
		t.Fatal("the manifest lists no test")
	}
	for _, v := range manifest.Entries {
		t.Run(strings.TrimPrefix(v.ID, "#"), v.run)
	}
}

func (v vector) run(t *testing.T) {
	t.Log(v.Name)
	quads := mustParse(t, string(testdata.Read(t, path.Join(vectors, v.Action))))
	document, labels, err := CanonicalizeWithLabels(context.Background(), quads, v.options(t))
	if v.Type == "rdfc:RDFC10NegativeEvalTest" {
		if !errors.Is(err, ErrTooComplex) {
			t.Fatalf("got %v, want ErrTooComplex", err)
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	want := testdata.Read(t, path.Join(vectors, v.Result))
	switch v.Type {
	case "rdfc:RDFC10EvalTest":
		if diff := cmp.Diff(string(want), string(document)); diff != "" {
			t.Errorf("document differs (-want +got):\n%s", diff)
		}
	case "rdfc:RDFC10MapTest":
		var issued map[string]string
		if err := json.Unmarshal(want, &issued); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(issued, labels); diff != "" {
			t.Errorf("labels differ (-want +got):\n%s", diff)
		}
	default:
		t.Fatalf("type %s is unknown to this test", v.Type)
	}
}
