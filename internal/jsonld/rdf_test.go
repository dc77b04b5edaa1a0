package jsonld

import (
	"crypto"
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chancery-vc/chancery/internal/rdfc"
	"github.com/chancery-vc/chancery/schemas"
)

func TestStatements(t *testing.T) {
	for name, c := range map[string]struct{ members, want string }{
		"text":                {`"text":"a"`, `_:0 <text> "a" .`},
		"several":             {`"text":["b","a"]`, `_:0 <text> "a" .` + "\n" + `_:0 <text> "b" .`},
		"an id":               {`"id":"urn:x:y","text":"a"`, `<urn:x:y> <text> "a" .`},
		"types":               {`"type":["T","https://a.example/U"]`, "_:0 <rdf:type> <T> .\n_:0 <rdf:type> <U> ."},
		"escapes":             {`"text":"\"\\\n\t\u0000"`, `_:0 <text> "\"\\\n\t\u0000" .`},
		"true":                {`"text":true`, `_:0 <text> "true"^^<xsd:boolean> .`},
		"integer":             {`"text":12`, `_:0 <text> "12"^^<xsd:integer> .`},
		"negative":            {`"text":-12`, `_:0 <text> "-12"^^<xsd:integer> .`},
		"spelled otherwise":   {`"text":1.2e1`, `_:0 <text> "12"^^<xsd:integer> .`},
		"large integer":       {`"text":100000000000000000000`, `_:0 <text> "100000000000000000000"^^<xsd:integer> .`},
		"too large for one":   {`"text":1e21`, `_:0 <text> "1.0E21"^^<xsd:double> .`},
		"fraction":            {`"text":12.5`, `_:0 <text> "1.25E1"^^<xsd:double> .`},
		"small fraction":      {`"text":0.001`, `_:0 <text> "1.0E-3"^^<xsd:double> .`},
		"a double by type":    {`"double":3`, `_:0 <double> "3.0E0"^^<xsd:double> .`},
		"a date":              {`"date":"2026-01-31"`, `_:0 <date> "2026-01-31"^^<xsd:date> .`},
		"a reference":         {`"ref":"urn:x:y"`, `_:0 <ref> <urn:x:y> .`},
		"a word":              {`"word":"T"`, `_:0 <word> <T> .`},
		"a node":              {`"ref":{"text":"a"}`, "_:0 <ref> _:1 .\n_:1 <text> \"a\" ."},
		"an empty node":       {`"ref":{}`, `_:1 <ref> _:0 .`},
		"a default language":  {`"spanish":"a"`, `_:0 <spanish> "a"@es .`},
		"a language":          {`"text":{"@value":"a","@language":"EN-gb"}`, `_:0 <text> "a"@en-gb .`},
		"languages":           {`"words":{"en":"a","de":["b","c"]}`, "_:0 <words> \"a\"@en .\n_:0 <words> \"b\"@de .\n_:0 <words> \"c\"@de ."},
		"a list":              {`"list":["a",1]`, "_:0 <rdf:first> \"1\"^^<xsd:integer> .\n_:0 <rdf:rest> <rdf:nil> .\n_:1 <rdf:first> \"a\" .\n_:1 <rdf:rest> _:0 .\n_:2 <list> _:1 ."},
		"equal list items":    {`"refs":["urn:x:y","urn:x:y"]`, "_:0 <refs> _:1 .\n_:1 <rdf:first> <urn:x:y> .\n_:1 <rdf:rest> _:2 .\n_:2 <rdf:first> <urn:x:y> .\n_:2 <rdf:rest> <rdf:nil> ."},
		"a list of lists":     {`"list":[["a"]]`, "_:0 <rdf:first> \"a\" .\n_:0 <rdf:rest> <rdf:nil> .\n_:1 <list> _:2 .\n_:2 <rdf:first> _:0 .\n_:2 <rdf:rest> <rdf:nil> ."},
		"JSON":                {`"json":{"b":[1,2.50,null],"a":"é"}`, `_:0 <json> "{\"a\":\"é\",\"b\":[1,2.5,null]}"^^<rdf:JSON> .`},
		"JSON that is null":   {`"json":null`, `_:0 <json> "null"^^<rdf:JSON> .`},
		"JSON that is empty":  {`"json":[]`, `_:0 <json> "[]"^^<rdf:JSON> .`},
		"a graph in a graph":  {`"graph":{"graph":{"text":"b"}}`, "_:1 <text> \"b\" _:0 .\n_:2 <graph> _:4 .\n_:3 <graph> _:0 _:4 ."},
		"a graph":             {`"graph":{"text":"a"}`, "_:0 <graph> _:1 .\n_:2 <text> \"a\" _:1 ."},
		"one thing, two ways": {`"text":"a","alias":"b"`, "_:0 <text> \"a\" .\n_:0 <text> \"b\" ."},
		"the end of validity": {`"validUntil":"x"`, `_:0 <https://www.w3.org/2018/credentials#validUntil> "x" .`},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := nquads(t, c.members)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want+"\n", got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestRefused has each way in which a document can say more than its
// statements do, or nothing that RDF can hold.
func TestRefused(t *testing.T) {
	for name, members := range map[string]string{
		"undefined term":              `"undefined":"a"`,
		"undefined term in a node":    `"ref":{"text":"a","undefined":"b"}`,
		"null":                        `"text":null`,
		"null among values":           `"text":["a",null]`,
		"empty array":                 `"text":[]`,
		"empty array among values":    `"text":["a",[]]`,
		"empty list":                  `"list":[]`,
		"nothing":                     `"text":[[],null]`,
		"same value twice":            `"text":["a","a"]`,
		"same number twice":           `"text":[1,1.0]`,
		"same type twice":             `"type":["T","https://a.example/T"]`,
		"same value by two terms":     `"text":"a","alias":"a"`,
		"same node twice":             `"ref":["urn:x:y",{"id":"urn:x:y"}]`,
		"keyword for an id":           `"@id":"urn:x:y","text":"a"`,
		"keyword for a type":          `"@type":"T"`,
		"IRI for a name":              `"https://a.example/text":"a"`,
		"compact IRI for a name":      `"a:b":"a"`,
		"name like a keyword":         `"@foo":"a"`,
		"value object with a type":    `"text":{"@value":"a","@type":"https://a.example/T"}`,
		"value object with direction": `"text":{"@value":"a","@language":"en","@direction":"ltr"}`,
		"value object":                `"text":{"@value":"a"}`,
		"direction alone":             `"text":{"@value":"a","@direction":"ltr"}`,
		"number as a value object":    `"text":{"@value":1}`,
		"value object with index":     `"text":{"@value":"a","@language":"en","@index":"x"}`,
		"language of a number":        `"text":{"@value":1,"@language":"en"}`,
		"language that is none":       `"text":{"@value":"a","@language":"not a language"}`,
		"language that is empty":      `"text":{"@value":"a","@language":""}`,
		"direction by the term":       `"right":"a"`,
		"set":                         `"text":{"@set":["a"]}`,
		"list":                        `"text":{"@list":["a"]}`,
		"graph":                       `"@graph":[{"text":"a"}]`,
		"included":                    `"@included":{"text":"a"}`,
		"included by an alias":        `"text":"a","included":{"id":"urn:x:y","text":"b"}`,
		"reverse":                     `"@reverse":{"ref":{"text":"a"}}`,
		"reverse by a term":           `"of":{"text":"a"}`,
		"index":                       `"index":{"a":"b"}`,
		"map by id":                   `"byID":{"urn:x:y":{"text":"a"}}`,
		"end in a nest":               `"nest":{"validUntil":"x"}`,
		"end by an alias":             `"until":"x"`,
		"end of another":              `"id":"urn:x:y","ref":{"id":"urn:x:y","validUntil":"x"}`,
		"end within an array":         `"validUntil":[["x","y"]]`,
		"id in a nest":                `"nest":{"id":"urn:x:y"},"text":"a"`,
		"relative id":                 `"id":"x","text":"a"`,
		"empty id":                    `"id":"","text":"a"`,
		"id of spaces":                `"id":" ","text":"a"`,
		"id that is null":             `"id":null,"text":"a"`,
		"id that is a number":         `"id":1,"text":"a"`,
		"blank id":                    `"id":"_:b","text":"a"`,
		"id with a space":             `"id":"urn:x: y","text":"a"`,
		"id with a brace":             `"id":"urn:x:{y}","text":"a"`,
		"id with a control":           `"id":"urn:x:\u0001","text":"a"`,
		"id like a keyword":           `"id":"@foo","text":"a"`,
		"relative type":               `"type":"Unknown"`,
		"blank type":                  `"type":"_:b"`,
		"type that is null":           `"type":null`,
		"type that is a number":       `"type":[1]`,
		"type that is an object":      `"type":{}`,
		"relative reference":          `"ref":"y"`,
		"blank reference":             `"ref":"_:b"`,
		"term that is no IRI":         `"bad":"a"`,
		"datatype that is no IRI":     `"badtype":"a"`,
		"graph of values":             `"graph":"a"`,
		"context below":               `"ref":{"@context":"https://a.example/context","text":"a"}`,
		"context in JSON":             `"json":{"@context":{}}`,
		"number that is not kept":     `"text":9007199254740993`,
		"number with 17 digits":       `"text":0.30000000000000004`,
		"duplicate":                   `"text":"a","text":"b"`,
		"only an id":                  `"id":"urn:x:y"`,
	} {
		t.Run(name, func(t *testing.T) {
			if got, err := nquads(t, members); !errors.Is(err, ErrInvalid) {
				t.Errorf("got %v:\n%s", err, got)
			}
		})
	}
}

func TestRefusedDocuments(t *testing.T) {
	for name, c := range map[string]struct {
		document string
		want     error
	}{
		"nothing":            {``, ErrInvalid},
		"array":              {`[]`, ErrInvalid},
		"empty object":       {`{}`, ErrInvalid},
		"without a context":  {`{"text":"a"}`, ErrInvalid},
		"null context":       {`{"@context":null,"text":"a"}`, ErrInvalid},
		"inline context":     {`{"@context":{"text":"https://a.example/text"},"text":"a"}`, ErrInvalid},
		"one inline":         {`{"@context":["` + testURL + `",{"x":"https://a.example/x"}],"text":"a"}`, ErrInvalid},
		"context twice":      {`{"@context":["` + testURL + `","` + testURL + `"],"text":"a"}`, ErrInvalid},
		"unknown context":    {`{"@context":"https://evil.example/v1","text":"a"}`, schemas.ErrUnknownContext},
		"context of a file":  {`{"@context":"file:///etc/passwd","text":"a"}`, schemas.ErrUnknownContext},
		"context of a path":  {`{"@context":"/etc/passwd","text":"a"}`, schemas.ErrUnknownContext},
		"too deep":           {`{"@context":"` + testURL + `","text":` + strings.Repeat("[", 100) + strings.Repeat("]", 100) + `}`, ErrInvalid},
		"too many values":    {`{"@context":"` + testURL + `","text":[0` + strings.Repeat(",0", MaxQuads) + `]}`, ErrInvalid},
		"too many bytes":     {`{"@context":"` + testURL + `","text":"` + strings.Repeat("x", MaxBytes) + `"}`, ErrInvalid},
		"too many to expand": {`{"@context":"` + testURL + `","list":[` + numbers(MaxQuads-10) + `]}`, ErrInvalid},
	} {
		t.Run(name, func(t *testing.T) {
			quads, err := ToRDF([]byte(c.document), contexts(t))
			if !errors.Is(err, c.want) || quads != nil {
				t.Errorf("got %d statements, %v", len(quads), err)
			}
		})
	}
}

func numbers(n int) string {
	texts := make([]string, n)
	for i := range texts {
		texts[i] = fmt.Sprint(i)
	}
	return strings.Join(texts, ",")
}

// TestPoison shows that the budget of the canonicalization is kept.
func TestPoison(t *testing.T) {
	var nodes []string
	for range 12 {
		nodes = append(nodes, `{"ref":[{},{},{}]}`)
	}
	members := `"ref":[` + strings.Join(nodes, ",") + `]`
	for range 3 {
		members = `"ref":[{` + members + `},{` + members + `}]`
	}
	_, err := nquads(t, members)
	if !errors.Is(err, rdfc.ErrTooComplex) {
		t.Errorf("got %v", err)
	}
}

func TestHash(t *testing.T) {
	document := []byte(`{"@context":"` + testURL + `","text":"a"}`)
	got, err := Hash(t.Context(), document, contexts(t), crypto.SHA256)
	if err != nil {
		t.Fatal(err)
	}
	want := sha256.Sum256([]byte("_:c14n0 <https://a.example/text> \"a\" .\n"))
	if diff := cmp.Diff(want[:], got); diff != "" {
		t.Error(diff)
	}
	if _, err := Hash(t.Context(), []byte(`{}`), contexts(t), crypto.SHA256); !errors.Is(err, ErrInvalid) {
		t.Errorf("got %v", err)
	}
}
