package schema

import (
	"iter"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// node is a value of the credential. Its address tells it from an equal one.
type node struct {
	value   any
	size    int // values in it, with itself
	members map[string]member
	names   int // bytes of the members' names
	items   []*node
}

// member is the name of an object's member, as a value, and its value.
type member struct{ name, value *node }

func newNode(value any) *node {
	n := &node{value: value, size: 1}
	switch value := value.(type) {
	case map[string]any:
		n.members = make(map[string]member, len(value))
		for name, inner := range value {
			m := member{&node{value: name, size: 1}, newNode(inner)}
			n.members[name] = m
			n.size += m.value.size
			n.names += len(name)
		}
	case []any:
		for _, inner := range value {
			item := newNode(inner)
			n.items = append(n.items, item)
			n.size += item.size
		}
	}
	return n
}

// typeFits tells whether the library looks further than at the type.
func typeFits(v visit) bool {
	if v.schema.Bool != nil {
		return false
	}
	if v.schema.Types == nil {
		return true
	}
	var types jsonschema.Types
	switch v.at.value.(type) {
	case nil:
		types.Add("null")
	case bool:
		types.Add("boolean")
	case float64:
		types.Add("number")
		types.Add("integer")
	case string:
		types.Add("string")
	case []any:
		types.Add("array")
	case map[string]any:
		types.Add("object")
	}
	return *v.schema.Types&types != 0
}

// applied returns the visits that a visit leads to, but for a $dynamicRef.
func applied(v visit) iter.Seq[visit] {
	return func(yield func(visit) bool) {
		if !typeFits(v) {
			return
		}
		for _, s := range inPlace(v.schema) {
			if !yield(visit{s, v.at}) {
				return
			}
		}
		switch v.at.value.(type) {
		case map[string]any:
			appliedToObject(v, yield)
		case []any:
			appliedToArray(v, yield)
		}
	}
}

func appliedToObject(v visit, yield func(visit) bool) {
	for _, s := range dependent(v) {
		if !yield(visit{s, v.at}) {
			return
		}
	}
	for name, m := range v.at.members {
		if s := v.schema.PropertyNames; s != nil && !yield(visit{s, m.name}) {
			return
		}
		for _, s := range forMember(v.schema, name) {
			if !yield(visit{s, m.value}) {
				return
			}
		}
	}
}

// dependent returns the schemas for an object that has a member.
func dependent(v visit) []*jsonschema.Schema {
	found := dependencies(v.schema)
	for name, s := range v.schema.DependentSchemas {
		if _, ok := v.at.members[name]; ok {
			found = append(found, s)
		}
	}
	return found
}

func forMember(s *jsonschema.Schema, name string) []*jsonschema.Schema {
	found := some(s.Properties[name], additional(s), s.UnevaluatedProperties)
	for expression, schema := range s.PatternProperties {
		if expression.MatchString(name) {
			found = append(found, schema)
		}
	}
	return found
}

func appliedToArray(v visit, yield func(visit) bool) {
	for i, item := range v.at.items {
		var prefix *jsonschema.Schema
		if i < len(v.schema.PrefixItems) {
			prefix = v.schema.PrefixItems[i]
		}
		for _, s := range some(prefix, v.schema.Items2020, v.schema.Contains, v.schema.UnevaluatedItems) {
			if !yield(visit{s, item}) {
				return
			}
		}
	}
}

// Bytes of text that cost as much as a step: to look at, and to match with
// each part of a pattern.
const (
	bytesAStep = 64
	matchAStep = 100
)

// own is what a visit costs apart from the visits that it leads to.
func own(v visit) int {
	s, at := v.schema, v.at
	steps := 1 + len(s.Required) + len(s.Dependencies) + len(s.DependentSchemas) + len(s.DependentRequired) + len(s.PrefixItems)
	if s.Enum != nil {
		steps += len(s.Enum.Values) * at.size
	}
	if s.Const != nil {
		steps += at.size
	}
	switch value := at.value.(type) {
	case string:
		return steps + ownText(s, len(value))
	case map[string]any:
		steps += len(value)
		for expression := range s.PatternProperties {
			steps += len(value) + matching(expression, at.names)
		}
	case []any:
		steps += len(value)
		if s.UniqueItems { // up to twenty items are compared each with each
			steps += 20 * at.size
		}
	}
	return steps
}

func ownText(s *jsonschema.Schema, length int) int {
	steps := length / bytesAStep
	if s.Pattern != nil {
		steps += matching(s.Pattern, length)
	}
	if s.Format != nil && s.Format.Name == "regex" { // it is compiled
		steps += length
	}
	return steps
}

func matching(expression jsonschema.Regexp, length int) int {
	return 1 + length*expression.(*pattern).size/matchAStep
}
