package jsonld

import (
	"fmt"

	"github.com/piprate/json-gold/ld"
)

// maxLoads caps the contexts that json-gold loads for one: a context that names
// itself would be loaded without an end.
const maxLoads = 64

// loader is a json-gold document loader that never fetches.
type loader struct{ contexts Contexts }

func (l loader) LoadDocument(url string) (*ld.RemoteDocument, error) {
	document, err := l.contexts.Derived("jsonld context "+url, func() (any, error) { return l.load(url) })
	if err != nil {
		return nil, err
	}
	return &ld.RemoteDocument{DocumentURL: url, Document: document}, nil
}

// load returns the context document at url, repaired.
func (l loader) load(url string) (any, error) {
	loads := 0
	if err := l.count(url, &loads); err != nil {
		return nil, err
	}
	document, err := l.contexts.Document(url)
	if err != nil {
		return nil, err
	}
	context, err := repaired(contextOf(document))
	if err != nil {
		return nil, fmt.Errorf("context %.200s: %w", url, err)
	}
	return map[string]any{"@context": context}, nil
}

// count adds the loads that loading url leads to, each time that it does.
func (l loader) count(url string, loads *int) error {
	if *loads++; *loads > maxLoads {
		return fmt.Errorf("%w: a context leads to more than %d others, or to itself", ErrInvalid, maxLoads)
	}
	document, err := l.contexts.Document(url)
	if err != nil {
		return err
	}
	for _, named := range namedIn(contextOf(document)) {
		if err := l.count(named, loads); err != nil {
			return err
		}
	}
	return nil
}

func contextOf(document any) any {
	object, _ := document.(map[string]any)
	return object["@context"]
}

// namedIn returns the URLs that a context names: beside its definitions, to
// import, and for its terms.
func namedIn(context any) []string {
	var urls []string
	for _, entry := range asArray(context) {
		switch entry := entry.(type) {
		case string:
			urls = append(urls, entry)
		case map[string]any:
			if inner, ok := entry["@context"]; ok {
				urls = append(urls, namedIn(inner)...)
			}
			if url, ok := entry["@import"].(string); ok {
				urls = append(urls, url)
			}
			for _, definition := range entry {
				if term, ok := definition.(map[string]any); ok {
					urls = append(urls, namedIn(term["@context"])...)
				}
			}
		}
	}
	return urls
}
