package jsonld

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
