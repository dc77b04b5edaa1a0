package selective

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/chancery-vc/chancery/verifier/proof"
)

// tree is the selected part of a value: all of it, or of some members or items,
// which for an array are named by their indexes.
type tree struct {
	whole bool
	under map[string]*tree
}

// newTree marks what pointers select in document.
func newTree(document map[string]any, pointers []string) (*tree, error) {
	if len(pointers) > MaxPointers {
		return nil, fmt.Errorf("%w: %d of them, at most %d", proof.ErrPointer, len(pointers), MaxPointers)
	}
	root := &tree{}
	for _, pointer := range pointers {
		tokens, err := parse(pointer)
		if err != nil {
			return nil, err
		}
		if !root.mark(document, tokens) {
			return nil, fmt.Errorf("%w: the document has nothing at %.200q", proof.ErrPointer, pointer)
		}
	}
	return root, nil
}

var unescape = strings.NewReplacer("~1", "/", "~0", "~")

// parse returns the reference tokens of a pointer (RFC 6901, sections 3 and 4).
func parse(pointer string) ([]string, error) {
	if pointer == "" {
		return nil, nil
	}
	tokens := strings.Split(pointer, "/")
	if tokens[0] != "" {
		return nil, fmt.Errorf("%w: %.200q does not start with /", proof.ErrPointer, pointer)
	}
	tokens = tokens[1:]
	for i, token := range tokens {
		if rest := strings.NewReplacer("~0", "", "~1", "").Replace(token); strings.Contains(rest, "~") {
			return nil, fmt.Errorf("%w: %.200q has a ~ that is neither ~0 nor ~1", proof.ErrPointer, pointer)
		}
		tokens[i] = unescape.Replace(token)
	}
	return tokens, nil
}

// mark selects what tokens point at in value, or tells that there is nothing.
func (t *tree) mark(value any, tokens []string) bool {
	if len(tokens) == 0 {
		t.whole = true
		return true
	}
	inner, ok := at(value, tokens[0])
	if !ok {
		return false
	}
	if t.under == nil {
		t.under = map[string]*tree{}
	}
	next, ok := t.under[tokens[0]]
	if !ok {
		next = &tree{}
		t.under[tokens[0]] = next
	}
	return next.mark(inner, tokens[1:])
}

// at returns the member of an object, or the item of an array by its index in
// decimal without a leading zero.
func at(value any, token string) (any, bool) {
	switch value := value.(type) {
	case map[string]any:
		member, ok := value[token]
		return member, ok
	case []any:
		i, err := strconv.Atoi(token)
		if err != nil || i < 0 || i >= len(value) || strconv.Itoa(i) != token {
			return nil, false
		}
		return value[i], true
	default:
		return nil, false
	}
}

// of returns the selected part of value. It shares with value what is selected
// whole.
func (t *tree) of(value any) any {
	switch value := value.(type) {
	case map[string]any:
		return t.object(value)
	case []any:
		if t.whole {
			return value
		}
		part := make([]any, 0, len(t.under))
		for i, item := range value {
			if inner, ok := t.under[strconv.Itoa(i)]; ok {
				part = append(part, inner.of(item))
			}
		}
		return part
	default:
		return value
	}
}

// onTheWay are the members that are selected of each object that holds a
// selected one (Data Integrity ECDSA Cryptosuites 1.0, section 3.4.11), and
// what these and the others mean.
var onTheWay = []string{"id", "type", "@context"}

func (t *tree) object(object map[string]any) map[string]any {
	if t.whole {
		return object
	}
	part := map[string]any{}
	for name, member := range object {
		if slices.Contains(onTheWay, name) {
			part[name] = member
		} else if inner, ok := t.under[name]; ok {
			part[name] = inner.of(member)
		}
	}
	return part
}
