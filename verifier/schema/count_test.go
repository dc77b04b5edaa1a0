package schema

import (
	"encoding/json"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"pgregory.net/rapid"
)

// counter counts how often the library comes to the end of a schema.
type counter struct{ n int }

func (c *counter) Validate(*jsonschema.ValidatorContext, any) { c.n++ }

// TestEstimate: the library never does more than was estimated.
func TestEstimate(t *testing.T) { rapid.Check(t, checkEstimate) }

func FuzzEstimate(f *testing.F) { f.Fuzz(rapid.MakeFuzz(checkEstimate)) }

func checkEstimate(t *rapid.T) {
	defs := map[string]any{"a": drawSchema(t, 3), "b": drawSchema(t, 3)}
	text, err := json.Marshal(map[string]any{"$schema": draft, "$defs": defs, "$dynamicAnchor": "d", "allOf": []any{drawSchema(t, 3)}})
	if err != nil {
		t.Fatal(err)
	}
	c, count := newCompiler(), &counter{}
	c.library.RegisterVocabulary(&jsonschema.Vocabulary{
		URL:     "urn:count",
		Compile: func(*jsonschema.CompilerContext, map[string]any) (jsonschema.SchemaExt, error) { return count, nil },
	})
	c.library.AssertVocabs()
	const url = "https://registry.example/"
	if err := c.add(url, text); err != nil {
		t.Fatal(err)
	}
	compiled, err := c.compile(url)
	if err != nil {
		t.Fatal(err)
	}
	anchors, err := c.reach()
	if err != nil {
		t.Fatal(err)
	}
	value := drawValue(t, 4)
	w := work{anchors: anchors, seen: map[visit]*estimate{}}
	e, err := w.visit(visit{compiled, newNode(value)}, 0)
	if err != nil {
		t.Skip(err) // too much work, or round: the library is not asked
	}
	_ = compiled.Validate(value) // only the work counts here
	if count.n > e.steps {
		t.Fatalf("%d steps, estimated %d: %s", count.n, e.steps, text)
	}
}

// drawSchema draws a schema of keywords that lead to others.
func drawSchema(t *rapid.T, depth int) any {
	if depth == 0 {
		return rapid.SampledFrom([]any{
			true, false,
			map[string]any{"$ref": "#/$defs/a"},
			map[string]any{"$ref": "#/$defs/b"},
			map[string]any{"$dynamicRef": "#d"},
			map[string]any{"type": "object"},
			map[string]any{"required": []string{"x"}},
			map[string]any{"pattern": "x"},
			map[string]any{"uniqueItems": true},
		}).Draw(t, "leaf")
	}
	inner := func() any { return drawSchema(t, depth-1) }
	s := map[string]any{}
	for _, keyword := range rapid.SliceOfNDistinct(rapid.SampledFrom([]string{
		"allOf", "anyOf", "oneOf", "not", "if", "then", "else", "properties", "patternProperties", "additionalProperties", "unevaluatedProperties",
		"propertyNames", "dependentSchemas", "dependencies", "prefixItems", "items", "contains", "unevaluatedItems", "type",
	}), 0, 4, rapid.ID[string]).Draw(t, "keywords") {
		switch keyword {
		case "allOf", "anyOf", "oneOf", "prefixItems":
			s[keyword] = []any{inner(), inner()}
		case "properties", "patternProperties", "dependentSchemas", "dependencies":
			s[keyword] = map[string]any{"x": inner(), "y": inner()}
		case "type":
			s[keyword] = rapid.SampledFrom([]any{"object", "array", []string{"string", "object", "array", "number"}}).Draw(t, "type")
		default:
			s[keyword] = inner()
		}
	}
	return s
}

func drawValue(t *rapid.T, depth int) any {
	kind := rapid.IntRange(0, 4).Draw(t, "kind")
	switch {
	case depth == 0 || kind == 0:
		return rapid.SampledFrom([]any{nil, true, 1.0, 1.5, "x", "xx"}).Draw(t, "value")
	case kind < 3:
		object := map[string]any{}
		for _, name := range rapid.SliceOfDistinct(rapid.SampledFrom([]string{"x", "y", "xy"}), rapid.ID[string]).Draw(t, "names") {
			object[name] = drawValue(t, depth-1)
		}
		return object
	}
	list := []any{}
	for range rapid.IntRange(0, 3).Draw(t, "length") {
		list = append(list, drawValue(t, depth-1))
	}
	return list
}
