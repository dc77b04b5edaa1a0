package jsonld

import (
	"errors"
	"testing"

	"github.com/chancery-vc/chancery/internal/rdfc"
	"github.com/chancery-vc/chancery/schemas"
)

// FuzzToRDF wants no panic of the expansion, and only errors of this package.
func FuzzToRDF(f *testing.F) {
	known := contexts(f)
	for _, members := range []string{
		`"text":["a",1,true,{"@value":"a","@language":"en"}]`, `"list":["a",["b"]],"json":{"a":[null]}`, `"graph":{"text":"a"}`,
		`"nest":{"text":"a"},"included":[{"id":"urn:x:y","text":"b"}]`, `"index":{"a":{"text":"b"}},"byID":{"urn:a:b":{}}`, `"of":{"type":["T"]}`,
		`"words":{"en":["a"],"@none":"b"},"word":"T","refs":["urn:a:b"]`,
	} {
		f.Add([]byte(`{"@context":["` + schemas.CredentialsV2 + `","` + testURL + `"],"type":"VerifiableCredential",` + members + `}`))
		f.Add([]byte(`{"@context":"` + testURL + `",` + members + `}`))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		quads, err := ToRDF(data, known)
		if err == nil && len(quads) == 0 {
			t.Fatal("a document without a statement")
		}
		if err != nil && !errors.Is(err, ErrInvalid) && !errors.Is(err, rdfc.ErrTooComplex) && !errors.Is(err, schemas.ErrUnknownContext) {
			t.Fatal(err)
		}
	})
}
