package schema

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
)

// Caps on the text about one credential.
const (
	maxProblems = 5
	maxPointer  = 150
	maxReason   = 150
)

// describe says where a credential does not conform and to which keyword. The
// library's own text would quote what the credential says.
func describe(err error) string {
	var problems []string
	for _, leaf := range leaves(err) {
		problems = append(problems, describeLeaf(leaf))
	}
	slices.Sort(problems)
	problems = slices.Compact(problems)
	text := strings.Join(problems[:min(len(problems), maxProblems)], "; ")
	if more := len(problems) - maxProblems; more > 0 {
		text += fmt.Sprintf("; and %d more", more)
	}
	return text
}

// leaves returns the ends of the tree of causes that the library answers with.
func leaves(err error) []*jsonschema.ValidationError {
	failed, ok := errors.AsType[*jsonschema.ValidationError](err)
	if !ok {
		return nil
	}
	return appendLeaves(nil, failed)
}

// appendLeaves: where one of several schemas had to fit, why each did not would
// say little.
func appendLeaves(found []*jsonschema.ValidationError, failed *jsonschema.ValidationError) []*jsonschema.ValidationError {
	switch failed.ErrorKind.(type) {
	case *kind.Schema, *kind.Group, *kind.Reference, *kind.AllOf:
		for _, cause := range failed.Causes {
			found = appendLeaves(found, cause)
		}
		return found
	}
	return append(found, failed)
}

func describeLeaf(leaf *jsonschema.ValidationError) string {
	if _, ok := leaf.ErrorKind.(*kind.PropertyNames); ok { // its place is not reliable
		return "the name of a member does not fit propertyNames"
	}
	return fmt.Sprintf("at %.*q: %.*s", maxPointer, pointer(leaf.InstanceLocation), maxReason, reason(leaf.ErrorKind))
}

// pointer writes a place in the credential as a JSON pointer.
func pointer(names []string) string {
	var text strings.Builder
	for _, name := range names {
		text.WriteString("/" + escape(name))
	}
	return text.String()
}

// reason names a keyword, and what it asks for where the schema alone says it.
func reason(k jsonschema.ErrorKind) string {
	switch k := k.(type) {
	case *kind.FalseSchema:
		return "must not be here"
	case *kind.Not:
		return "not"
	case *kind.Type:
		return "type: must be " + strings.Join(k.Want, " or ")
	case *kind.Format:
		return "format: must be " + k.Want
	case *kind.Required:
		return fmt.Sprintf("required: %q", k.Missing)
	}
	if path := k.KeywordPath(); len(path) > 0 {
		return path[0]
	}
	return "does not fit"
}
