package jsonld

import (
	"crypto"
	"fmt"
	"strings"
	"testing"

	"github.com/chancery-vc/chancery/schemas"
)

// testURL names a context with a term for each kind of value.
const testURL = "https://a.example/context"

const testContext = `{"@context":{
	"id": "@id",
	"type": "@type",
	"T": "https://a.example/T",
	"text": "https://a.example/text",
	"other": "https://a.example/other",
	"alias": "https://a.example/text",
	"ref": {"@id": "https://a.example/ref", "@type": "@id"},
	"word": {"@id": "https://a.example/word", "@type": "@vocab"},
	"date": {"@id": "https://a.example/date", "@type": "http://www.w3.org/2001/XMLSchema#date"},
	"double": {"@id": "https://a.example/double", "@type": "http://www.w3.org/2001/XMLSchema#double"},
	"spanish": {"@id": "https://a.example/spanish", "@language": "es"},
	"list": {"@id": "https://a.example/list", "@container": "@list"},
	"refs": {"@id": "https://a.example/refs", "@container": "@list", "@type": "@id"},
	"json": {"@id": "https://a.example/json", "@type": "@json"},
	"graph": {"@id": "https://a.example/graph", "@container": "@graph"},
	"words": {"@id": "https://a.example/words", "@container": "@language"},
	"index": {"@id": "https://a.example/index", "@container": "@index"},
	"byID": {"@id": "https://a.example/byID", "@container": "@id"},
	"of": {"@reverse": "https://a.example/ref"},
	"right": {"@id": "https://a.example/right", "@direction": "rtl"},
	"bad": "https://a.example/b ad",
	"badtype": {"@id": "https://a.example/badtype", "@type": "https://a.example/t{}"},
	"nest": "@nest",
	"included": "@included",
	"validUntil": {"@id": "https://www.w3.org/2018/credentials#validUntil"},
	"until": {"@id": "https://www.w3.org/2018/credentials#validUntil"}
}}`

func contexts(t testing.TB) *schemas.Contexts {
	t.Helper()
	embedded, err := schemas.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	all, err := embedded.With(testURL, []byte(testContext), schemas.Digest([]byte(testContext)))
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// nquads returns the canonical form of a document with the members given.
func nquads(t testing.TB, members string) (string, error) {
	t.Helper()
	document := fmt.Sprintf(`{"@context":%q,%s}`, testURL, members)
	out, err := Canonicalize(t.Context(), []byte(document), contexts(t), crypto.SHA256)
	// The names are long, and the same in each test.
	short := strings.NewReplacer("https://a.example/", "", "http://www.w3.org/1999/02/22-rdf-syntax-ns#", "rdf:", "http://www.w3.org/2001/XMLSchema#", "xsd:", "_:c14n", "_:")
	return short.Replace(string(out)), err
}
