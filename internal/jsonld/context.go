package jsonld

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/piprate/json-gold/ld"
)

// maxOwnWork caps the terms that a document defines for itself, times its
// values: each value can make expansion read the definitions again.
const maxOwnWork = 500_000

// checkContexts wants contexts to be URLs and to stand at the top of the
// document, of each credential in a presentation, and of their proofs. Where
// contexts allows inline ones, objects are taken, anywhere.
func checkContexts(object map[string]any, contexts Contexts, values int) error {
	if _, ok := object["@context"]; !ok {
		return fmt.Errorf("%w: it has no @context", ErrInvalid)
	}
	if err := checkContextsOf(object, true, contexts); err != nil {
		return err
	}
	if own := ownTerms(object); own*values > maxOwnWork {
		return fmt.Errorf("%w: it defines %d terms of its own for %d values; at most %d for their product", ErrInvalid, own, values, maxOwnWork)
	}
	return nil
}

// checkContextsOf is checkContexts for a value; a document may have an @context
// and hold credentials and proofs that do.
func checkContextsOf(value any, document bool, contexts Contexts) error {
	switch value := value.(type) {
	case map[string]any:
		if context, ok := value["@context"]; ok {
			if !document && !contexts.Inline() {
				return fmt.Errorf("%w: an @context within the document", ErrInvalid)
			}
			if err := checkContext(context, contexts); err != nil {
				return err
			}
		}
		for name, member := range value {
			if name == "@context" {
				continue
			}
			inner := document && (name == "verifiableCredential" || name == "proof")
			for _, item := range asArray(member) {
				if err := checkContextsOf(item, inner, contexts); err != nil {
					return err
				}
			}
		}
	case []any:
		for _, item := range value {
			if err := checkContextsOf(item, false, contexts); err != nil {
				return err
			}
		}
	}
	return nil
}

func checkContext(value any, contexts Contexts) error {
	for _, entry := range asArray(value) {
		switch entry := entry.(type) {
		case string:
		case map[string]any:
			if !contexts.Inline() {
				return ErrInline
			}
			if err := checkInline(entry, contexts); err != nil {
				return err
			}
		default:
			return fmt.Errorf("%w: an @context is neither a URL nor an object", ErrInvalid)
		}
	}
	return nil
}

// checkInline checks a context that is written out. A whole context document
// stands for the context in it.
func checkInline(context map[string]any, contexts Contexts) error {
	if inner, ok := context["@context"]; ok && len(context) == 1 {
		return checkContext(inner, contexts)
	}
	return checkDefinitions(context, contexts)
}

// contextKeywords are the keywords that an inline context may have as members.
var contextKeywords = []string{"@vocab", "@language", "@direction", "@version", "@propagate", "@protected", "@import", "@type"}

// aliased are the keywords that a term can stand for.
var aliased = []string{"@id", "@type", "@value", "@language", "@direction", "@list", "@set", "@graph", "@included", "@index", "@json", "@nest", "@none", "@reverse"}

// checkDefinitions refuses what json-gold takes against the text: keywords that
// are defined, what looks like one as a meaning, terms without a name, and
// null, by which even a protected term would lose its meaning (JSON-LD 1.1 API,
// sections 4.1.2 and 4.2.2).
func checkDefinitions(context map[string]any, contexts Contexts) error {
	if _, ok := context["@base"]; ok {
		return fmt.Errorf("%w: an @context with @base gives identifiers another meaning than what is read", ErrInvalid)
	}
	if hasNull(context) {
		return fmt.Errorf("%w: an @context takes the meaning from a term", ErrInvalid)
	}
	if vocabulary, ok := context["@vocab"]; ok {
		if text, _ := vocabulary.(string); !isAbsolute(text) {
			return fmt.Errorf("%w: an @context defines the @vocab %.80q, which is no absolute IRI", ErrInvalid, vocabulary)
		}
	}
	if err := checkText(context); err != nil {
		return err
	}
	for term, definition := range context {
		if strings.HasPrefix(term, "@") && slices.Contains(contextKeywords, term) {
			continue
		}
		if term == "" || strings.HasPrefix(term, "@") {
			return fmt.Errorf("%w: an @context defines %.40q", ErrInvalid, term)
		}
		if err := checkDefinition(term, definition, contexts); err != nil {
			return err
		}
	}
	return nil
}

func checkDefinition(term string, definition any, contexts Contexts) error {
	meaning, _ := definition.(string)
	if object, ok := definition.(map[string]any); ok {
		meaning, _ = object["@id"].(string)
		if err := checkText(object); err != nil {
			return err
		}
		if _, ok := object["@index"]; ok && !slices.Contains(asArray(object["@container"]), any("@index")) {
			return fmt.Errorf("%w: an @context defines %.40q with an @index and no index", ErrInvalid, term)
		}
		if scoped, ok := object["@context"]; ok {
			if err := checkContext(scoped, contexts); err != nil {
				return err
			}
		}
	}
	if strings.HasPrefix(meaning, "@") && !slices.Contains(aliased, meaning) {
		return fmt.Errorf("%w: an @context gives %.40q for %.40q", ErrInvalid, meaning, term)
	}
	return nil
}

// checkText wants a direction and a language to be such.
func checkText(definition map[string]any) error {
	if direction, ok := definition["@direction"]; ok && direction != "ltr" && direction != "rtl" {
		return fmt.Errorf("%w: an @context defines the @direction %.20v", ErrInvalid, direction)
	}
	if language, ok := definition["@language"]; ok {
		if text, _ := language.(string); !languageTag.MatchString(text) {
			return fmt.Errorf("%w: an @context defines the @language %.20v, which is no language tag", ErrInvalid, language)
		}
	}
	return nil
}

func hasNull(value any) bool {
	switch value := value.(type) {
	case map[string]any:
		for _, member := range value {
			if hasNull(member) {
				return true
			}
		}
		return false
	case []any:
		return slices.ContainsFunc(value, hasNull)
	default:
		return value == nil
	}
}

// ownTerms counts what the inline contexts of a value say.
func ownTerms(value any) int {
	n := 0
	switch value := value.(type) {
	case map[string]any:
		for name, member := range value {
			if name == "@context" {
				for _, entry := range asArray(member) {
					if inline, ok := entry.(map[string]any); ok {
						n += size(inline)
					}
				}
				continue
			}
			n += ownTerms(member)
		}
	case []any:
		for _, item := range value {
			n += ownTerms(item)
		}
	}
	return n
}

// size counts the members of an object and of those within it.
func size(value any) int {
	n := 0
	switch value := value.(type) {
	case map[string]any:
		for _, member := range value {
			n += 1 + size(member)
		}
	case []any:
		for _, item := range value {
			n += 1 + size(item)
		}
	}
	return n
}

// activeContext returns the context that documents with this @context start
// with. It is the dearest part of expansion, and the same for most documents;
// expansion does not change it.
func activeContext(context any, options *ld.JsonLdOptions, contexts Contexts) (*ld.Context, error) {
	parse := func() (any, error) { return ld.NewContext(nil, options).Parse(context) }
	if ownTerms(map[string]any{"@context": context}) > 0 {
		active, err := parse()
		if err != nil {
			return nil, err
		}
		return active.(*ld.Context), nil
	}
	key, err := json.Marshal(context)
	if err != nil {
		return nil, err
	}
	active, err := contexts.Derived("jsonld "+string(key), parse)
	if err != nil {
		return nil, err
	}
	return active.(*ld.Context), nil
}
