package schema_test

import (
	"errors"
	"testing"

	"github.com/chancery-vc/chancery/verifier/schema"
)

// FuzzValidate: whatever the schema and the credential, the answer is one of
// the errors, and the same each time.
func FuzzValidate(f *testing.F) {
	f.Add([]byte(residence), subject(`,"rooms":3`))
	f.Add([]byte(parts), []byte(`{"street":"x"}`))
	f.Add([]byte(tower("oneOf", 5)), []byte(`{}`))
	f.Add([]byte(head+`"$ref":"https://json-schema.org/draft/2020-12/schema"}`), []byte(`{"not":{"type":1}}`))
	f.Add([]byte(head+`"$dynamicAnchor":"a","items":{"$dynamicRef":"#a"},"uniqueItems":true}`), []byte(`[[1],[1.0]]`))
	f.Add([]byte(head+`"$id":"a","$defs":{"b":{"$id":"c","$anchor":"d","not":{"multipleOf":0.1}}},"$ref":"c#d"}`), []byte(`1e300`))
	f.Add([]byte(head+`"if":{"contains":{"const":1},"maxContains":2},"then":{"unevaluatedItems":false},"dependencies":{"a":["b"]}}`), []byte(`[1,2]`))
	f.Add([]byte(head+`"propertyNames":{"format":"regex","pattern":"^a"},"patternProperties":{"^a+$":{"enum":[1,"x",null]}}}`), []byte(`{"aa":1,"b(":2}`))
	f.Fuzz(func(t *testing.T, document, credential []byte) {
		set, err := schema.New(map[string][]byte{url: document, partURL: []byte(parts)})
		if err != nil {
			if !errors.Is(err, schema.ErrSchema) || set != nil {
				t.Fatalf("got %v, %v", set, err)
			}
			return
		}
		err = set.Validate(schema.Entry{ID: url}, credential)
		if err != nil && !errors.Is(err, schema.ErrMismatch) && !errors.Is(err, schema.ErrLimit) && !errors.Is(err, schema.ErrSchema) {
			t.Fatalf("got %v", err)
		}
		if err != nil && len(err.Error()) > 10_000 {
			t.Fatalf("%d bytes of text", len(err.Error()))
		}
		if again := set.Validate(schema.Entry{ID: url}, credential); (err == nil) != (again == nil) {
			t.Fatalf("got %v, then %v", err, again)
		}
	})
}
