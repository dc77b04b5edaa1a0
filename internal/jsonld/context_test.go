package jsonld

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/chancery-vc/chancery/schemas"
)

// inlined is a document whose @context is of its own making.
func inlined(context, members string) []byte {
	return []byte(fmt.Sprintf(`{"@context":[%q,%s],%s}`, schemas.CredentialsV2, context, members))
}

// TestInline: who allows inline contexts gets what they say, and still nothing
// that is not signed.
func TestInline(t *testing.T) {
	open := contexts(t).WithInline()
	many := strings.Builder{}
	for i := range 1000 {
		fmt.Fprintf(&many, `"t%d":"urn:x:%d",`, i, i)
	}
	for name, c := range map[string]struct {
		document []byte
		ok       bool
	}{
		"a term":                  {inlined(`{"age":"urn:x:age"}`, `"age":7`), true},
		"a term below":            {inlined(`{}`, `"name":"x","relatedResource":{"@context":{"age":"urn:x:age"},"age":7}`), false}, // no type: the term is not in scope
		"a context below":         {inlined(`{"ref":"urn:x:ref"}`, `"ref":{"@context":{"age":"urn:x:age"},"age":7}`), true},
		"a vocabulary":            {inlined(`{"@vocab":"urn:x:"}`, `"age":7`), true},
		"no vocabulary":           {inlined(`{"@vocab":null}`, `"name":"x","age":7`), false},
		"base":                    {inlined(`{"@base":"urn:x:"}`, `"name":"x"`), false},
		"base below":              {inlined(`{"ref":"urn:x:ref"}`, `"ref":{"@context":{"@base":"urn:x:"},"name":"x"}`), false},
		"null":                    {inlined(`null`, `"name":"x"`), false},
		"number":                  {inlined(`7`, `"name":"x"`), false},
		"a protected term":        {inlined(`{"name":"urn:x:name"}`, `"name":"x"`), false},
		"a protected type":        {inlined(`{"VerifiableCredential":"urn:x:y"}`, `"name":"x"`), false},
		"a protected term below":  {inlined(`{"ref":"urn:x:ref"}`, `"ref":{"@context":{"name":"urn:x:name"},"name":"x"}`), false},
		"a term that is relative": {inlined(`{"age":"age"}`, `"age":7`), false},
		"an alias of @id":         {inlined(`{"key":"@id"}`, `"key":"urn:x:y","name":"x"`), false},
		"an alias of own":         {inlined(`{"until":"https://www.w3.org/2018/credentials#validUntil"}`, `"until":"x"`), false},
		"a nest with a context":   {inlined(`{"n":"@nest","x":{"@id":"n","@context":{"age":"urn:x:age"}}}`, `"x":{"age":7}`), false},
		"a graph for a document":  {[]byte(`{"@context":{"data":"@graph","age":"urn:x:age"},"data":{"age":7}}`), false},
		"two fragments":           {inlined(`{"ref":{"@id":"urn:x:ref","@type":"@id"}}`, `"ref":"urn:x:a#b#c"`), false},
		"nothing for a name":      {inlined(`{}`, `"":0`), false},
		"a term without meaning":  {inlined(`{"ex":null,"age":"ex:age"}`, `"age":7`), false},
		"a container of a number": {inlined(`{"age":{"@id":"urn:x:age","@container":1}}`, `"age":7`), false},
		"a keyword":               {inlined(`{"@graph":"urn:x:g"}`, `"name":"x"`), false},
		"like a keyword":          {inlined(`{"issuer":"@odd"}`, `"name":"x"`), false},
		"a direction":             {inlined(`{"age":{"@id":"urn:x:age","@direction":"up"}}`, `"name":"x"`), false},
		"a document as a context": {inlined(`{"@context":{"age":"urn:x:age"}}`, `"age":7`), true},
		"with more beside it":     {inlined(`{"@context":{"age":"urn:x:age"},"@vocab":"urn:x:"}`, `"age":7`), false},
		"with a base in it":       {inlined(`{"@context":{"@base":"urn:x:"}}`, `"name":"x"`), false},
		"with null in it":         {inlined(`{"@context":null}`, `"name":"x"`), false},
		"an empty vocabulary":     {inlined(`{"@vocab":""}`, `"name":"x"`), false},
		"a relative vocabulary":   {inlined(`{"@vocab":"x/"}`, `"name":"x"`), false},
		"a term without a name":   {inlined(`{"":"urn:x:age"}`, `"name":"x"`), false},
		"an index of nothing":     {inlined(`{"age":{"@id":"urn:x:age","@index":"urn:x:i"}}`, `"name":"x"`), false},
		"a base for a term":       {inlined(`{"ref":{"@id":"urn:x:ref","@type":"@id","@context":{"@base":"urn:x:"}}}`, `"ref":"urn:x:y"`), false},
		"a language":              {inlined(`{"@language":"not a tag"}`, `"type":"VerifiableCredential"`), false},
		"a language of a term":    {inlined(`{"age":{"@id":"urn:x:age","@language":7}}`, `"name":"x"`), false},
		"a direction of all":      {inlined(`{"@direction":"up"}`, `"type":"VerifiableCredential"`), false},
		"like one, as an object":  {inlined(`{"age":{"@id":"@odd"}}`, `"name":"x"`), false},
		"a graph of an id":        {inlined(`{"g":{"@id":"urn:x:g","@container":"@graph"}}`, `"g":{"id":"urn:x:y"}`), false},
		"a graph":                 {inlined(`{"g":{"@id":"urn:x:g","@container":"@graph"}}`, `"g":{"id":"urn:x:y","name":"x"}`), true},
		"an import":               {inlined(`{"@import":"https://evil.example/v1"}`, `"name":"x"`), false},
		"a URL below":             {inlined(`{"ref":"urn:x:ref"}`, `"ref":{"@context":"https://evil.example/v1","name":"x"}`), false},
		"too many terms":          {inlined(`{`+many.String()+`"list":"urn:x:l"}`, `"list":[`+numbers(600)+`]`), false},
	} {
		t.Run(name, func(t *testing.T) {
			quads, err := ToRDF(c.document, open)
			if (err == nil) != c.ok || (len(quads) > 0) != c.ok {
				t.Errorf("got %v, %v", quads, err)
			}
			if _, err := ToRDF(c.document, contexts(t)); !errors.Is(err, ErrInvalid) {
				t.Errorf("where none are allowed: %v", err)
			}
			if err := Check(c.document, contexts(t)); (err == nil) != c.ok {
				t.Errorf("as JSON: %v", err)
			}
		})
	}
}

// TestDirection: RDF does not hold it; who signs JSON may have it.
func TestDirection(t *testing.T) {
	document := inlined(`{}`, `"name":{"@value":"x","@language":"en","@direction":"ltr"}`)
	if _, err := ToRDF(document, contexts(t).WithInline()); !errors.Is(err, ErrInvalid) {
		t.Errorf("as RDF: %v", err)
	}
	if err := Check(document, contexts(t)); err != nil {
		t.Errorf("as JSON: %v", err)
	}
	if err := Check(inlined(`{}`, `"name":{"@value":"x","@direction":"up"}`), contexts(t)); !errors.Is(err, ErrInvalid) {
		t.Errorf("a direction that is none: %v", err)
	}
}

// TestContextsInside: in a presentation each credential has its own context,
// and so has each proof; nothing else may.
func TestContextsInside(t *testing.T) {
	const held = `{"@context":%s,"type":"VerifiableCredential","issuer":"urn:x:i","credentialSubject":{"id":"urn:x:s"%s},"proof":{%s"type":"DataIntegrityProof","created":"2026-01-01T00:00:00Z"}}`
	v2 := fmt.Sprintf("%q", schemas.CredentialsV2)
	for name, c := range map[string]struct {
		credential string
		ok         bool
	}{
		"a URL":            {fmt.Sprintf(held, v2, "", ""), true},
		"two":              {fmt.Sprintf(held, "["+v2+`,"`+testURL+`"]`, `,"text":"a"`, ""), true},
		"in the proof":     {fmt.Sprintf(held, v2, "", `"@context":`+v2+`,`), true},
		"inline":           {fmt.Sprintf(held, "["+v2+`,{"text":"urn:x:t"}]`, "", ""), false},
		"in the subject":   {fmt.Sprintf(held, v2, `,"@context":`+v2, ""), false},
		"an unknown one":   {fmt.Sprintf(held, `"https://evil.example/v1"`, "", ""), false},
		"inline in proof":  {fmt.Sprintf(held, v2, "", `"@context":{"a":"urn:x:a"},`), false},
		"undefined member": {fmt.Sprintf(held, v2, `,"undefined":"a"`, ""), false},
	} {
		t.Run(name, func(t *testing.T) {
			document := fmt.Sprintf(`{"@context":%s,"type":"VerifiablePresentation","holder":"urn:x:h","verifiableCredential":[%s]}`, v2, c.credential)
			quads, err := ToRDF([]byte(document), contexts(t))
			if (err == nil) != c.ok || (len(quads) > 5) != c.ok {
				t.Errorf("got %v, %v", quads, err)
			}
		})
	}
}

// TestCredentialsAreGraphs: a presentation says that it holds a credential; what
// the credential says stands in a graph of its own, and so does its proof.
func TestCredentialsAreGraphs(t *testing.T) {
	for _, base := range []string{schemas.CredentialsV2, schemas.CredentialsV1} {
		document := fmt.Sprintf(`{"@context":%[1]q,"type":"VerifiablePresentation","verifiableCredential":{"@context":[%[1]q,%[2]q],"type":"VerifiableCredential",
			"issuer":"urn:x:i","proof":{"type":"DataIntegrityProof","cryptosuite":"c"}}}`, base, schemas.DataIntegrityV2)
		quads, err := ToRDF([]byte(document), contexts(t))
		if err != nil {
			t.Fatal(err)
		}
		graphs := map[string]int{}
		for _, q := range quads {
			graphs[q.Graph.Value]++
		}
		if len(graphs) != 3 || graphs[""] != 2 {
			t.Errorf("%s: %d statements, %v", base, len(quads), graphs)
		}
	}
}

// TestManyDocuments: what is kept of contexts does not count for the next.
func TestManyDocuments(t *testing.T) {
	known, document := contexts(t), []byte(`{"@context":"https://a.example/scoped","ref":{"text":"a"}}`)
	scoped := `{"@context":{"ref":{"@id":"urn:x:ref","@context":"` + testURL + `"}}}`
	known, err := known.With("https://a.example/scoped", []byte(scoped), schemas.Digest([]byte(scoped)))
	if err != nil {
		t.Fatal(err)
	}
	for range 2 * maxLoads {
		if _, err := ToRDF(document, known); err != nil {
			t.Fatal(err)
		}
	}
}

// TestContextThatNamesItself ends; the stack would overflow.
func TestContextThatNamesItself(t *testing.T) {
	known := contexts(t)
	for url, document := range map[string]string{
		"https://a.example/self": `{"@context":["https://a.example/self",{"a":"urn:x:a"}]}`,
		"https://a.example/one":  `{"@context":"https://a.example/two"}`,
		"https://a.example/two":  `{"@context":{"a":{"@id":"urn:x:a","@context":"https://a.example/one"}}}`,
	} {
		var err error
		if known, err = known.With(url, []byte(document), schemas.Digest([]byte(document))); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := ToRDF([]byte(`{"@context":"https://a.example/self","a":"b"}`), known); !errors.Is(err, ErrInvalid) {
		t.Errorf("itself: %v", err)
	}
	deep := strings.Repeat(`{"a":`, 50) + `"b"` + strings.Repeat(`}`, 50)
	for _, url := range []string{"one", "two"} {
		document := `{"@context":"https://a.example/` + url + `",` + deep[1:]
		if _, err := ToRDF([]byte(document), known); err != nil && !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: %v", url, err)
		}
	}
}
