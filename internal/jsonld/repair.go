package jsonld

import (
	"fmt"
	"maps"
	"strings"
)

// repaired returns a context that json-gold processes as JSON-LD has it.
// Where it would not, and that can be mended by saying the same in another
// way, it is; else the context is refused. Everything else is for json-gold to
// judge.
//
//   - json-gold looks for the container of a term in the context that the term
//     brings for its values (Expansion, step 13.4 and on: it is the context that
//     the term is in). Where that forgets all, it forgets the container: the
//     credentials of a presentation would be no graphs.
//   - It does not use the context that a term for @nest brings (step 14).
//   - It lets a protected term be defined that was protected as undefined
//     (Create Term Definition, step 27).
func repaired(value any) (any, error) {
	switch value := value.(type) {
	case []any:
		all := make([]any, len(value))
		for i, item := range value {
			var err error
			if all[i], err = repaired(item); err != nil {
				return nil, err
			}
		}
		return all, nil
	case map[string]any:
		if inner, ok := value["@context"]; ok && len(value) == 1 {
			return repaired(inner)
		}
		return repairedTerms(value)
	default:
		return value, nil
	}
}

func repairedTerms(context map[string]any) (any, error) {
	next := maps.Clone(context)
	for term, definition := range context {
		if strings.HasPrefix(term, "@") {
			continue
		}
		object, ok := definition.(map[string]any)
		if undefined(definition) && (context["@protected"] == true || ok && object["@protected"] == true) {
			return nil, fmt.Errorf("%w: its @context protects %.80q without defining it", ErrInvalid, term)
		}
		if !ok {
			continue
		}
		var err error
		if next[term], err = repairedTerm(term, object); err != nil {
			return nil, err
		}
	}
	return next, nil
}

func undefined(definition any) bool {
	object, ok := definition.(map[string]any)
	if !ok {
		return definition == nil
	}
	id, ok := object["@id"]
	return ok && id == nil
}

func repairedTerm(term string, definition map[string]any) (any, error) {
	scoped, ok := definition["@context"]
	if !ok {
		return definition, nil
	}
	if id, ok := definition["@id"].(string); ok && !strings.Contains(id, ":") { // a keyword, or an alias of one
		return nil, fmt.Errorf("%w: its @context gives %.80q, which is no IRI, a context", ErrInvalid, term)
	}
	inner, err := repaired(scoped)
	if err != nil {
		return nil, err
	}
	next := maps.Clone(definition)
	next["@context"] = inner
	container, ok := definition["@container"]
	if !ok || !forgets(inner) {
		return next, nil
	}
	id, _ := definition["@id"].(string)
	if !isAbsolute(id) {
		return nil, fmt.Errorf("%w: its @context does not say what %.80q is by its whole IRI", ErrInvalid, term)
	}
	again := map[string]any{term: map[string]any{"@id": id, "@container": container}}
	next["@context"] = append(append([]any{}, asArray(inner)...), again)
	return next, nil
}

// forgets tells whether a context starts anew.
func forgets(context any) bool {
	for _, entry := range asArray(context) {
		if entry == nil {
			return true
		}
	}
	return false
}

// repairedWithin returns a value of a document whose inline contexts are
// repaired.
func repairedWithin(value any) (any, error) {
	var err error
	switch value := value.(type) {
	case map[string]any:
		next := make(map[string]any, len(value))
		for name, member := range value {
			repair := repairedWithin
			if name == "@context" {
				repair = repaired
			}
			if next[name], err = repair(member); err != nil {
				return nil, err
			}
		}
		return next, nil
	case []any:
		next := make([]any, len(value))
		for i, item := range value {
			if next[i], err = repairedWithin(item); err != nil {
				return nil, err
			}
		}
		return next, nil
	default:
		return value, nil
	}
}
