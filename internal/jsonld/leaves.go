package jsonld

import "fmt"

// checkContexts refuses contexts that are not URLs and contexts below the top
// level: neither would be under the signature.
func checkContexts(object map[string]any) error {
	for _, entry := range asArray(object["@context"]) {
		if _, ok := entry.(string); !ok {
			return fmt.Errorf("%w: each @context must be a URL", ErrInvalid)
		}
	}
	for name, value := range object {
		if name != "@context" && hasContext(value) {
			return fmt.Errorf("%w: an @context below the top level, in %q", ErrInvalid, name)
		}
	}
	return nil
}

func hasContext(value any) bool {
	switch value := value.(type) {
	case map[string]any:
		if _, ok := value["@context"]; ok {
			return true
		}
		for _, member := range value {
			if hasContext(member) {
				return true
			}
		}
	case []any:
		for _, item := range value {
			if hasContext(item) {
				return true
			}
		}
	}
	return false
}

func asArray(value any) []any {
	if array, ok := value.([]any); ok {
		return array
	}
	return []any{value}
}

// leaves counts what a document says: its scalars, null included, and its
// empty arrays and objects. Of a value object only the value counts.
func leaves(value any) int {
	switch value := value.(type) {
	case map[string]any:
		if inner, ok := value["@value"]; ok {
			return leaves(inner)
		}
		n := 0
		for name, member := range value {
			if name != "@context" {
				n += leaves(member)
			}
		}
		return max(n, 1)
	case []any:
		n := 0
		for _, item := range value {
			n += leaves(item)
		}
		return max(n, 1)
	default:
		return 1
	}
}

// expandedLeaves is [leaves] for the expanded form of a document, in which an
// empty array is what expansion makes of something that it dropped.
func expandedLeaves(value any) int {
	switch value := value.(type) {
	case map[string]any:
		if inner, ok := value["@value"]; ok {
			return leaves(inner)
		}
		if len(value) == 0 {
			return 1
		}
		n := 0
		for _, member := range value {
			n += expandedLeaves(member)
		}
		return n
	case []any:
		n := 0
		for _, item := range value {
			n += expandedLeaves(item)
		}
		return n
	default:
		return 1
	}
}
