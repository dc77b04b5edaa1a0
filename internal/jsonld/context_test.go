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
