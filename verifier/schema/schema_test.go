package schema_test

import (
	"crypto/sha512"
	"encoding/base64"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/chancery-vc/chancery/verifier/resource"
	"github.com/chancery-vc/chancery/verifier/schema"
)

const (
	url     = "https://registry.example/schemas/residence.json"
	partURL = "https://registry.example/schemas/parts.json"
	head    = `{"$schema":"https://json-schema.org/draft/2020-12/schema",`
)

// residence asks for what a credential of residence has to say.
const residence = head + `
  "$id": "https://registry.example/schemas/residence.json",
  "type": "object",
  "required": ["credentialSubject", "proof"],
  "properties": {
    "credentialSubject": {
      "type": "object",
      "required": ["name", "since"],
      "properties": {
        "name": {"type": "string", "minLength": 1, "pattern": "^[^0-9]*$"},
        "since": {"type": "string", "format": "date"},
        "mail": {"format": "email"},
        "rooms": {"type": "integer", "minimum": 1},
        "kind": {"enum": ["main", "other"]},
        "address": {"$ref": "parts.json#/$defs/address"}
      },
      "propertyNames": {"maxLength": 10},
      "additionalProperties": false
    }
  }
}`

const parts = head + `
  "$id": "https://registry.example/schemas/parts.json",
  "$defs": {"address": {"type": "object", "required": ["street"]}}
}`

func newSet(t testing.TB, documents ...string) *schema.Set {
	t.Helper()
	byURL := map[string][]byte{}
	for i := 0; i < len(documents); i += 2 {
		byURL[documents[i]] = []byte(documents[i+1])
	}
	set, err := schema.New(byURL)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// subject returns a credential with one more member of its subject.
func subject(member string) []byte {
	return []byte(`{"credentialSubject":{"name":"Ada Byron","since":"2026-01-31"` + member + `},"proof":{}}`)
}

func TestValidate(t *testing.T) {
	set := newSet(t, url, residence, partURL, parts)
	for _, member := range []string{
		``, `,"mail":"ada@registry.example"`, `,"rooms":2.0`, `,"kind":"main"`, `,"address":{"street":"High Street"}`,
	} {
		if err := set.Validate(schema.Entry{ID: url}, subject(member)); err != nil {
			t.Errorf("%s: %v", member, err)
		}
	}
}

// TestMismatch: what does not conform is refused, with its place and without
// what the credential says.
func TestMismatch(t *testing.T) {
	set := newSet(t, url, residence, partURL, parts)
	for name, test := range map[string]struct {
		document []byte
		want     string
	}{
		"not an object":      {[]byte(`["Ada Byron"]`), `at "": type: must be object`},
		"no subject":         {[]byte(`{"proof":{}}`), `at "": required: ["credentialSubject"]`},
		"no proof":           {[]byte(strings.Replace(string(subject(``)), `,"proof":{}`, ``, 1)), `at "": required: ["proof"]`},
		"format":             {subject(`,"mail":"Ada Byron"`), `at "/credentialSubject/mail": format: must be email`},
		"not a date":         {[]byte(strings.Replace(string(subject(``)), `01-31`, `02-31`, 1)), `at "/credentialSubject/since": format: must be date`},
		"type":               {subject(`,"rooms":"Ada Byron"`), `at "/credentialSubject/rooms": type: must be integer`},
		"number":             {subject(`,"rooms":0`), `at "/credentialSubject/rooms": minimum`},
		"enum":               {subject(`,"kind":"Ada Byron"`), `at "/credentialSubject/kind": enum`},
		"pattern":            {[]byte(strings.Replace(string(subject(``)), `Ada`, `Ada1`, 1)), `at "/credentialSubject/name": pattern`},
		"another schema":     {subject(`,"address":{"town":"Ada Byron"}`), `at "/credentialSubject/address": required: ["street"]`},
		"an unknown member":  {subject(`,"age":"Ada Byron"`), `at "/credentialSubject": additionalProperties`},
		"a name too long":    {subject(`,"agesofages":1,"agesofagesx":"Ada Byron"`), `the name of a member does not fit propertyNames`},
		"two problems":       {subject(`,"rooms":0,"kind":0`), `at "/credentialSubject/kind": enum; at "/credentialSubject/rooms": minimum`},
		"a doubled member":   {subject(`,"name":"Ada Byron"`), `not acceptable JSON`},
		"a number too large": {subject(`,"rooms":9007199254740993`), `not acceptable JSON`},
		"not JSON":           {[]byte(`Ada Byron`), `not acceptable JSON`},
		"empty":              {nil, `not acceptable JSON`},
	} {
		t.Run(name, func(t *testing.T) {
			err := set.Validate(schema.Entry{ID: url}, test.document)
			if !errors.Is(err, schema.ErrMismatch) {
				t.Fatalf("got %v", err)
			}
			if !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "Ada") || strings.Contains(err.Error(), "9007") {
				t.Errorf("got %q, want %q", err, test.want)
			}
		})
	}
}

// TestEveryKeyword: no keyword's text has what the credential says.
func TestEveryKeyword(t *testing.T) {
	for keyword, document := range map[string]string{
		`"const":1`: `"Ada"`, `"enum":[1,{}]`: `"Ada"`, `"type":"null"`: `"Ada"`, `"format":"uri"`: `"Ada%"`, `"format":"regex"`: `"Ada("`,
		`"format":"ipv6"`: `"Ada"`, `"format":"duration"`: `"Ada"`, `"format":"uuid"`: `"Ada"`, `"format":"date-time"`: `"Ada"`,
		`"minLength":9`: `"Ada"`, `"maxLength":1`: `"Ada"`, `"pattern":"^$"`: `"Ada"`, `"multipleOf":2`: `77777`, `"maximum":1`: `77777`,
		`"exclusiveMinimum":77778`: `77777`, `"exclusiveMaximum":1`: `77777`, `"minItems":3`: `["Ada"]`, `"maxItems":0`: `["Ada"]`,
		`"uniqueItems":true`: `["Ada","Ada"]`, `"contains":false`: `["Ada"]`, `"contains":{},"minContains":2`: `["Ada"]`,
		`"contains":{},"maxContains":1`: `["Ada",1]`, `"prefixItems":[false]`: `["Ada"]`, `"items":{"type":"null"}`: `["Ada"]`,
		`"unevaluatedItems":false`: `["Ada"]`, `"minProperties":3`: `{"a":"Ada"}`, `"maxProperties":0`: `{"a":"Ada"}`,
		`"dependentRequired":{"a":["b"]}`: `{"a":"Ada"}`, `"dependentSchemas":{"a":false}`: `{"a":"Ada"}`, `"dependencies":{"a":["b"]}`: `{"a":"Ada"}`,
		`"dependencies":{"a":{"required":["b"]}}`: `{"a":"Ada"}`, `"patternProperties":{"a":false}`: `{"a":"Ada"}`,
		`"additionalProperties":{"type":"null"}`: `{"a":"Ada"}`, `"unevaluatedProperties":false`: `{"a":"Ada"}`, `"not":{}`: `"Ada"`,
		`"allOf":[{"type":"null"},{"type":"number"}]`: `"Ada"`, `"anyOf":[false,{"type":"null"}]`: `"Ada"`, `"oneOf":[true,{}]`: `"Ada"`,
		`"oneOf":[false]`: `"Ada"`, `"if":true,"then":false`: `"Ada"`, `"if":false,"else":{"type":"null"}`: `"Ada"`, `"propertyNames":{"maxLength":0}`: `{"a":"Ada"}`,
		`"$ref":"#/$defs/no","$defs":{"no":{"type":"null"}}`: `"Ada"`, `"$dynamicRef":"#no","$defs":{"no":{"$dynamicAnchor":"no","type":"null"}}`: `"Ada"`,
	} {
		t.Run(keyword, func(t *testing.T) {
			err := newSet(t, url, head+keyword+`}`).Validate(schema.Entry{ID: url}, []byte(document))
			if !errors.Is(err, schema.ErrMismatch) || strings.Contains(err.Error(), "Ada") || strings.Contains(err.Error(), "77777") {
				t.Errorf("got %v", err)
			}
		})
	}
}

// TestTextIsShort: neither many problems nor long names make a long error.
func TestTextIsShort(t *testing.T) {
	set := newSet(t, url, head+`"additionalProperties":{"additionalProperties":{"type":"null"}}}`)
	document := `{"` + strings.Repeat("x", 5000) + `\u0007\n":{"0":1` + strings.Repeat(`,"`+strings.Repeat("y", 500)+`":1`, 1) + `,"1":1,"2":1,"3":1,"4":1,"5":1}}`
	err := set.Validate(schema.Entry{ID: url}, []byte(document))
	if !errors.Is(err, schema.ErrMismatch) || len(err.Error()) > 2000 || strings.ContainsAny(err.Error(), "\a\n") {
		t.Errorf("got %d bytes: %v", len(err.Error()), err)
	}
	many := `{"a":{"0":1,"1":1,"2":1,"3":1,"4":1,"5":1,"6":1}}`
	if err := set.Validate(schema.Entry{ID: url}, []byte(many)); !strings.HasSuffix(err.Error(), "; and 2 more") {
		t.Errorf("got %v", err)
	}
}

func TestUnknown(t *testing.T) {
	for _, set := range []*schema.Set{newSet(t), newSet(t, url, residence, partURL, parts)} {
		for _, id := range []string{"", url + "#", url + "#/properties/credentialSubject", "https://json-schema.org/draft/2020-12/schema", "https://registry.example/"} {
			if err := set.Validate(schema.Entry{ID: id}, subject(``)); !errors.Is(err, schema.ErrUnknown) {
				t.Errorf("%q: got %v", id, err)
			}
		}
	}
}

func TestDigest(t *testing.T) {
	sum := sha512.Sum384([]byte(residence))
	good := "sha384-" + base64.StdEncoding.EncodeToString(sum[:])
	set := newSet(t, url, residence, partURL, parts)
	for name, test := range map[string]struct {
		entry schema.Entry
		want  error
	}{
		"fits":         {schema.Entry{ID: url, DigestSRI: good}, nil},
		"of another":   {schema.Entry{ID: partURL, DigestSRI: good}, resource.ErrDigest},
		"malformed":    {schema.Entry{ID: url, DigestSRI: "sha1-"}, resource.ErrMalformed},
		"in Multibase": {schema.Entry{ID: url, DigestSRI: good, DigestMultibase: []string{"uM4RgWQc3RUDtjJCSgTJtTfvpZ7SPEg_LNO0ESlovQC0"}}, resource.ErrDigest},
	} {
		t.Run(name, func(t *testing.T) {
			if err := set.Validate(test.entry, subject(``)); !errors.Is(err, test.want) {
				t.Errorf("got %v, want %v", err, test.want)
			}
		})
	}
}

// TestGivenBytesAreKept: who changes the bytes afterwards changes nothing.
func TestGivenBytesAreKept(t *testing.T) {
	document := []byte(head + `"type":"null"}`)
	sum := sha512.Sum384(document)
	set, err := schema.New(map[string][]byte{url: document})
	if err != nil {
		t.Fatal(err)
	}
	clear(document)
	entry := schema.Entry{ID: url, DigestSRI: "sha384-" + base64.StdEncoding.EncodeToString(sum[:])}
	if err := set.Validate(entry, []byte(`null`)); err != nil {
		t.Error(err)
	}
}

func TestNewRefuses(t *testing.T) {
	file := filepath.Join(t.TempDir(), "given.json")
	if err := os.WriteFile(file, []byte(parts), 0o600); err != nil {
		t.Fatal(err)
	}
	many := map[string][]byte{}
	for i := range schema.MaxSchemas + 1 {
		many[url+strings.Repeat("x", i)] = []byte(parts)
	}
	one := func(document string) map[string][]byte { return map[string][]byte{url: []byte(document)} }
	named := func(name string) map[string][]byte { return map[string][]byte{name: []byte(parts)} }
	for name, documents := range map[string]map[string][]byte{
		"no $schema":                   one(`{"type":"object"}`),
		"$schema of draft 2019-09":     one(`{"$schema":"https://json-schema.org/draft/2019-09/schema"}`),
		"$schema of draft 7":           one(`{"$schema":"http://json-schema.org/draft-07/schema#"}`),
		"$schema by plain HTTP":        one(`{"$schema":"http://json-schema.org/draft/2020-12/schema"}`),
		"$schema not a text":           one(`{"$schema":1}`),
		"a boolean":                    one(`true`),
		"a list":                       one(`[]`),
		"not JSON":                     one(`{`),
		"a doubled member":             one(head + `"type":"object","type":"null"}`),
		"a number that rounds":         one(head + `"const":9007199254740993}`),
		"not a schema":                 one(head + `"type":"text"}`),
		"not a schema further down":    one(head + `"properties":{"a":{"minLength":-1}}}`),
		"another $schema further down": one(head + `"$defs":{"a":{"$id":"b","$schema":"http://json-schema.org/draft-07/schema#"}}}`),
		"a $ref to another draft":      one(head + `"$ref":"http://json-schema.org/draft-07/schema#"}`),
		"a $ref to draft 2019-09":      one(head + `"$ref":"https://json-schema.org/draft/2019-09/schema"}`),
		"a $ref not given":             one(head + `"$ref":"https://other.example/a.json"}`),
		"a $ref to a file":             one(head + `"$ref":"file://` + file + `"}`),
		"a $ref to no place":           one(head + `"$ref":"#/$defs/a"}`),
		"a $ref to no anchor":          one(head + `"$ref":"#a"}`),
		"a $ref to no schema":          one(head + `"$ref":"#/type","type":"object"}`),
		"an anchor where no schema is": one(head + `"const":{"$dynamicAnchor":"a","type":1}}`),
		"look-ahead":                   one(head + `"pattern":"(?=a)"}`),
		"back reference":               one(head + `"pattern":"(a)\\1"}`),
		"a pattern too long":           one(head + `"pattern":"` + strings.Repeat("a", 1025) + `"}`),
		"a pattern that repeats":       one(head + `"pattern":"((abcdefg){30}){30}"}`),
		"a pattern for names":          one(head + `"patternProperties":{"(":{}}}`),
		"too long":                     one(head + `"title":"` + strings.Repeat("x", schema.MaxSchemaBytes) + `"}`),
		"too deep":                     one(head + `"const":` + strings.Repeat("[", 64) + strings.Repeat("]", 64) + `}`),
		"too many values":              one(head + `"enum":[0` + strings.Repeat(",0", 8000) + `]}`),
		"too many":                     many,
		"a relative name":              named("parts.json"),
		"no name":                      named(""),
		"a name with a fragment":       named(url + "#a"),
		"a name too long":              named(url + strings.Repeat("x", 2<<10)),
		"a name that is no URL":        named("https://registry.example:port/"),
		"a name of JSON Schema's":      named("https://json-schema.org/draft/2020-12/schema"),
		"another name of its":          named("http://json-schema.org/ours.json"),
	} {
		t.Run(name, func(t *testing.T) {
			set, err := schema.New(documents)
			if !errors.Is(err, schema.ErrSchema) || set != nil {
				t.Fatalf("got %v, %v", set, err)
			}
			if len(err.Error()) > 1000 {
				t.Errorf("%d bytes of text", len(err.Error()))
			}
		})
	}
}

// TestSaysWhatToDo: who gives schemas learns which one is missing, and where
// one is wrong.
func TestSaysWhatToDo(t *testing.T) {
	_, err := schema.New(map[string][]byte{url: []byte(residence)})
	if err == nil || !strings.Contains(err.Error(), partURL+", which was not given; give it too") {
		t.Errorf("got %v", err)
	}
	_, err = schema.New(map[string][]byte{url: []byte(head + `"properties":{"a":{"pattern":"(?=a)"}}}`)})
	if err == nil || !strings.Contains(err.Error(), "'/properties/a/pattern'") || !strings.Contains(err.Error(), "Go's regexp") {
		t.Errorf("got %v", err)
	}
}

// TestMetaschema: a schema of schemas works; it is full of $dynamicRef.
func TestMetaschema(t *testing.T) {
	set := newSet(t, url, head+`"$ref":"https://json-schema.org/draft/2020-12/schema"}`)
	if err := set.Validate(schema.Entry{ID: url}, []byte(residence)); err != nil {
		t.Error(err)
	}
	err := set.Validate(schema.Entry{ID: url}, []byte(`{"properties":{"a":{"allOf":[{"type":1}]}}}`))
	if !errors.Is(err, schema.ErrMismatch) || !strings.Contains(err.Error(), `"/properties/a/allOf/0/type"`) {
		t.Errorf("got %v", err)
	}
}

func TestManyAtOnce(t *testing.T) {
	set := newSet(t, url, residence, partURL, parts)
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for range 20 {
				if err := set.Validate(schema.Entry{ID: url}, subject(`,"rooms":3`)); err != nil {
					t.Error(err)
				}
				if err := set.Validate(schema.Entry{ID: url}, subject(`,"rooms":0`)); !errors.Is(err, schema.ErrMismatch) {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
}
