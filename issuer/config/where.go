package config

import (
	"fmt"
	"maps"
	"slices"
	"unicode/utf8"

	"github.com/goccy/go-yaml/ast"

	"github.com/chancery-vc/chancery/issuer/source"
)

// Where filters records: by column, the values of which a record holds one.
type Where map[string]Values

// Values are texts that YAML must not read as anything else: 01 is no 1, and
// 0x10 no 16.
type Values []string

// UnmarshalYAML reads a list of scalars as they are written.
func (v *Values) UnmarshalYAML(node ast.Node) error {
	list, ok := node.(*ast.SequenceNode)
	if !ok {
		return fmt.Errorf("line %d: the values of a column are a list, such as [registered]", line(node))
	}
	for _, item := range list.Values {
		text, ok := written(item)
		if !ok {
			return fmt.Errorf("line %d: %.40s is no text to compare with; if it is meant as one, put it in quotes", line(item), item)
		}
		*v = append(*v, text)
	}
	return nil
}

func line(node ast.Node) int { return node.GetToken().Position.Line }

// written returns the text of a scalar, the content of which is what is in
// quotes; null is none.
func written(node ast.Node) (string, bool) {
	switch node := node.(type) {
	case *ast.StringNode:
		return node.Value, true
	case *ast.LiteralNode:
		return node.Value.Value, true
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode:
		return node.GetToken().Value, true
	}
	return "", false
}

// Filter returns the conditions that w puts on a relation, in the order of their
// columns.
func (w Where) Filter() []source.Condition {
	var filter []source.Condition
	for _, column := range slices.Sorted(maps.Keys(w)) {
		filter = append(filter, source.Condition{Column: column, Values: slices.Clone(w[column])})
	}
	return filter
}

func (w Where) check(where string) error {
	where += ".where"
	if len(w) > source.MaxConditions {
		return invalid(where, "it names more than %d columns", source.MaxConditions)
	}
	for _, c := range w.Filter() {
		if err := checkCondition(where, c); err != nil {
			return err
		}
	}
	return nil
}

func checkCondition(where string, c source.Condition) error {
	switch {
	case c.Column == "":
		return invalid(where, "a column has no name")
	case len(c.Values) == 0:
		return invalid(where, "column %q has no values: no record would be left", c.Column)
	case len(c.Values) > source.MaxOptions:
		return invalid(where, "column %q has more than %d values", c.Column, source.MaxOptions)
	}
	for i, value := range c.Values {
		if slices.Contains(c.Values[:i], value) {
			return invalid(where, "column %q has the value %.40q twice", c.Column, value)
		}
		if len(value) > source.MaxValue || !utf8.ValidString(value) {
			return invalid(where, "a value of column %q is no text, or more than %d bytes", c.Column, source.MaxValue)
		}
	}
	return nil
}
