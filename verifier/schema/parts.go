package schema

import (
	"maps"
	"slices"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// parts returns the schemas that s leads to, whatever is validated.
func parts(s *jsonschema.Schema) []*jsonschema.Schema {
	found := append(inPlace(s), dependencies(s)...)
	for _, byName := range []map[string]*jsonschema.Schema{s.DependentSchemas, s.Properties} {
		found = slices.AppendSeq(found, maps.Values(byName))
	}
	found = slices.AppendSeq(found, maps.Values(s.PatternProperties))
	found = append(found, s.PrefixItems...)
	if s.DynamicRef != nil {
		found = append(found, s.DynamicRef.Ref)
	}
	return append(found, some(s.PropertyNames, additional(s), s.UnevaluatedProperties, s.Items2020, s.Contains, s.UnevaluatedItems)...)
}

// inPlace returns the schemas that s applies to the same value, but for those
// that depend on a member and that of a $dynamicRef.
func inPlace(s *jsonschema.Schema) []*jsonschema.Schema {
	return append(some(s.Ref, s.Not, s.If, s.Then, s.Else), slices.Concat(s.AllOf, s.AnyOf, s.OneOf)...)
}

// some returns those of schemas that are there.
func some(schemas ...*jsonschema.Schema) []*jsonschema.Schema {
	return slices.DeleteFunc(schemas, func(s *jsonschema.Schema) bool { return s == nil })
}

func additional(s *jsonschema.Schema) *jsonschema.Schema {
	schema, _ := s.AdditionalProperties.(*jsonschema.Schema)
	return schema
}

// dependencies: a keyword of older drafts, which the library still honours.
func dependencies(s *jsonschema.Schema) []*jsonschema.Schema {
	var found []*jsonschema.Schema
	for _, dependency := range s.Dependencies {
		if schema, ok := dependency.(*jsonschema.Schema); ok {
			found = append(found, schema)
		}
	}
	return found
}
