package sdjwttest

import (
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"
)

var escape = strings.NewReplacer("~", "~0", "/", "~1")

// pairs returns the members of a mapping.
func pairs(node ast.Node) []*ast.MappingValueNode {
	switch node := node.(type) {
	case *ast.MappingNode:
		return node.Values
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{node}
	}
	return nil
}

// plain returns the value of a node as JSON has it, and appends the pointers
// of what is marked with "!sd".
func plain(node ast.Node, pointer string, marked *[]string) any {
	switch node := node.(type) {
	case *ast.TagNode:
		*marked = append(*marked, pointer)
		return plain(node.Value, pointer, marked)
	case *ast.MappingNode, *ast.MappingValueNode:
		object := map[string]any{}
		for _, pair := range pairs(node) {
			name, tagged := keyOf(pair)
			at := pointer + "/" + escape.Replace(name)
			if tagged {
				*marked = append(*marked, at)
			}
			object[name] = plain(pair.Value, at, marked)
		}
		return object
	case *ast.SequenceNode:
		array := []any{}
		for i, value := range node.Values {
			array = append(array, plain(value, pointer+"/"+strconv.Itoa(i), marked))
		}
		return array
	}
	return scalar(node)
}

func keyOf(pair *ast.MappingValueNode) (name string, tagged bool) {
	if tag, ok := pair.Key.(*ast.TagNode); ok {
		return tag.Value.(*ast.StringNode).Value, true
	}
	return pair.Key.(*ast.StringNode).Value, false
}

// scalar reads what is not quoted by itself: behind a tag, the parser takes
// everything for a text.
func scalar(node ast.Node) any {
	if text, ok := node.(*ast.StringNode); ok && text.Token.Type != token.StringType {
		return text.Value
	}
	text := strings.TrimSpace(node.GetToken().Value)
	switch text {
	case "null", "":
		return nil
	case "true", "True":
		return true
	case "false", "False":
		return false
	}
	if number, err := strconv.ParseFloat(text, 64); err == nil && !strings.HasPrefix(text, "+") {
		return number
	}
	return text
}
