package schema_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/chancery-vc/chancery/verifier/schema"
)

// tower has n schemas, each of which leads to the next one twice.
func tower(keyword string, n int) string {
	var text strings.Builder
	text.WriteString(head + `"$ref":"#/$defs/0","$defs":{`)
	for i := range n {
		fmt.Fprintf(&text, `"%d":{"%s":[{"$ref":"#/$defs/%d"},{"$ref":"#/$defs/%d"}]},`, i, keyword, i+1, i+1)
	}
	fmt.Fprintf(&text, `"%d":{"required":["a"]}}}`, n)
	return text.String()
}

// chain has n schemas, each within the one before.
func chain(n int) string {
	var text strings.Builder
	text.WriteString(head + `"$ref":"#/$defs/0","$defs":{`)
	for i := range n {
		fmt.Fprintf(&text, `"%d":{"$ref":"#/$defs/%d"},`, i, i+1)
	}
	fmt.Fprintf(&text, `"%d":{}}}`, n)
	return text.String()
}

// places has n schemas that one $dynamicRef may lead to.
func places(n int) string {
	var text strings.Builder
	text.WriteString(head + `"items":{"$dynamicRef":"0#a"},"$defs":{"":{}`)
	for i := range n {
		fmt.Fprintf(&text, `,"%d":{"$id":"%d","$dynamicAnchor":"a"}`, i, i)
	}
	text.WriteString(`}}`)
	return text.String()
}

func nested(name string, n int) string {
	return strings.Repeat(`{"`+name+`":`, n) + `1` + strings.Repeat(`}`, n)
}

func list(item string, n int) string {
	return `[` + strings.Repeat(item+`,`, n) + item + `]`
}

// TestWork: what would take time exponential in the schema or the document is
// refused at once; the library has no limit of its own.
func TestWork(t *testing.T) {
	twice := head + `"$ref":"#/$defs/n","$defs":{"n":{"%s":{"a":{"$ref":"#/$defs/n"}},"%s":{"a":{"$ref":"#/$defs/n"}}}}}`
	dynamic := head + `"$dynamicAnchor":"n","properties":{"a":{"$dynamicRef":"#n"}},"patternProperties":{"a":{"$dynamicRef":"#n"}}}`
	for name, test := range map[string]struct {
		schema, document string
		want             error
	}{
		"allOf, low":                   {tower("allOf", 8), `{"a":1}`, nil},
		"allOf":                        {tower("allOf", 50), `{"a":1}`, schema.ErrLimit},
		"anyOf":                        {tower("anyOf", 50), `{}`, schema.ErrLimit},
		"oneOf":                        {tower("oneOf", 50), `{}`, schema.ErrLimit},
		"not applied":                  {strings.Replace(tower("allOf", 50), `"$ref":"#/$defs/0",`, ``, 1), `{}`, nil},
		"two ways down, low":           {fmt.Sprintf(twice, "properties", "patternProperties"), nested("a", 6), nil},
		"two ways down":                {fmt.Sprintf(twice, "properties", "patternProperties"), nested("a", 40), schema.ErrLimit},
		"additionalProperties, uneval": {head + `"additionalProperties":{"$ref":"#"},"unevaluatedProperties":{"$ref":"#"}}`, nested("a", 40), schema.ErrLimit},
		"items and contains":           {head + `"items":{"$ref":"#"},"contains":{"$ref":"#"}}`, strings.Repeat("[", 40) + strings.Repeat("]", 40), schema.ErrLimit},
		"prefixItems, unevaluated":     {head + `"prefixItems":[{"$ref":"#"}],"unevaluatedItems":{"$ref":"#"}}`, strings.Repeat("[", 40) + strings.Repeat("]", 40), schema.ErrLimit},
		"$dynamicRef":                  {dynamic, nested("a", 40), schema.ErrLimit},
		"guarded by type":              {head + `"anyOf":[{"type":"object","additionalProperties":{"$ref":"#"}},{"type":"array","items":{"$ref":"#"}},{"type":"number"}]}`, nested("a", 60), nil},
		"dependentSchemas":             {head + `"dependentSchemas":{"a":{"properties":{"a":{"$ref":"#"}}}},"properties":{"a":{"$ref":"#"}}}`, nested("a", 40), schema.ErrLimit},
		"dependencies":                 {head + `"dependencies":{"a":{"properties":{"a":{"$ref":"#"}}}},"properties":{"a":{"$ref":"#"}}}`, nested("a", 40), schema.ErrLimit},
		"if, then":                     {head + `"if":{"properties":{"a":{"$ref":"#"}}},"then":{"properties":{"a":{"$ref":"#"}}}}`, nested("a", 40), schema.ErrLimit},
		"not":                          {head + `"not":{"not":{"properties":{"a":{"$ref":"#"}}}},"properties":{"a":{"$ref":"#"}}}`, nested("a", 40), schema.ErrLimit},
		"propertyNames":                {strings.Replace(tower("allOf", 50), `"$ref"`, `"propertyNames":{"$ref":"#/$defs/0"},"title":"","x"`, 1), `{"a":1}`, schema.ErrLimit},
		"many places for $dynamicRef":  {places(60), list(`1`, 5000), schema.ErrLimit},
		"a chain":                      {chain(400), `{}`, nil},
		"a chain too long":             {chain(600), `{}`, schema.ErrLimit},
		"chains added up":              {strings.Replace(chain(300), `"300":{}`, `"300":{"properties":{"a":{"$ref":"#"}}}`, 1), nested("a", 60), schema.ErrLimit},
		"round":                        {head + `"$ref":"#/$defs/a","$defs":{"a":{"allOf":[{"$ref":"#"}]}}}`, `{}`, schema.ErrSchema},
		"round, not for this":          {head + `"type":"array","$ref":"#/$defs/a","$defs":{"a":{"allOf":[{"$ref":"#"}]}}}`, `{}`, schema.ErrMismatch},
		"round by $dynamicRef":         {head + `"$dynamicAnchor":"a","allOf":[{"$dynamicRef":"#a"}]}`, `{}`, schema.ErrSchema},
		"a pattern and a long text":    {head + `"pattern":"(.*a.{1,90}){9}b"}`, `"` + strings.Repeat("a", 100_000) + `"`, schema.ErrLimit},
		"patterns and many names":      {head + `"patternProperties":{"(.*a.{1,90}){9}b":{}}}`, `{"` + strings.Repeat("a", 100_000) + `":1}`, schema.ErrLimit},
		"many expressions to compile":  {head + `"items":{"format":"regex"}}`, list(`"`+strings.Repeat("a{9}", 200)+`"`, 400), schema.ErrLimit},
		"a large enum, many values":    {head + `"items":{"enum":` + list(`1`, 1000) + `}}`, list(`1`, 1000), schema.ErrLimit},
		"const, many values":           {head + `"const":1,"additionalProperties":{"$ref":"#"}}`, strings.Repeat(`{"a":`, 60) + list(`1`, 5000) + strings.Repeat(`}`, 60), schema.ErrLimit},
		"uniqueItems":                  {head + `"uniqueItems":true,"items":{"$ref":"#"}}`, list(list(`1`, 10), 2000), schema.ErrLimit},
		"many values":                  {head + `"items":{"allOf":[{"type":"number"},{"minimum":1}]}}`, list(`1`, 20_000), nil},
		"too many values":              {head + `"items":{"allOf":[{"type":"number"},{"minimum":1}]}}`, list(`1`, 200_000), schema.ErrLimit},
	} {
		t.Run(name, func(t *testing.T) {
			set, err := schema.New(map[string][]byte{url: []byte(test.schema)})
			if err != nil {
				t.Fatal(err)
			}
			if err := set.Validate(schema.Entry{ID: url}, []byte(test.document)); !errors.Is(err, test.want) {
				t.Errorf("got %v, want %v", err, test.want)
			}
		})
	}
}

// TestTreesAreCheap: a schema whose parts lead to their values one way only
// is never too much work for a document of some size.
func TestTreesAreCheap(t *testing.T) {
	set := newSet(t, url, head+`"$ref":"#/$defs/any","$defs":{"any":{"anyOf":[
		{"type":"object","additionalProperties":{"$ref":"#/$defs/any"}},
		{"type":"array","items":{"$ref":"#/$defs/any"}},
		{"type":["string","number"]}]}}}`)
	rapid.Check(t, func(t *rapid.T) {
		document := tree(t, 8)
		if err := set.Validate(schema.Entry{ID: url}, []byte(document)); err != nil {
			t.Fatalf("%v: %s", err, document)
		}
	})
}

// tree draws a document without true, false and null.
func tree(t *rapid.T, depth int) string {
	kind := rapid.IntRange(0, 3).Draw(t, "kind")
	if depth == 0 || kind > 1 {
		return []string{`1`, `"x"`}[kind%2]
	}
	var parts []string
	for i := range rapid.IntRange(0, 3).Draw(t, "parts") {
		part := tree(t, depth-1)
		if kind == 0 {
			part = fmt.Sprintf(`"%d":%s`, i, part)
		}
		parts = append(parts, part)
	}
	return []string{`{`, `[`}[kind] + strings.Join(parts, ",") + []string{`}`, `]`}[kind]
}
