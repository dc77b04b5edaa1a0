package schema

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/chancery-vc/chancery/internal/strictjson"
)

// draft is the one that the text's table of JSON Schema specifications has.
const draft = "https://json-schema.org/draft/2020-12/schema"

const maxSchemaError = 500 // bytes of the library's text about a schema

// compiler turns documents into schemas of the library.
type compiler struct {
	library  *jsonschema.Compiler
	parsed   documents
	values   int
	roots    []*jsonschema.Schema
	anchored []string // where the documents have a $dynamicAnchor
}

func newCompiler() *compiler {
	c := &compiler{library: jsonschema.NewCompiler(), parsed: documents{}}
	c.library.DefaultDraft(jsonschema.Draft2020)
	c.library.AssertFormat()
	c.library.UseLoader(c.parsed) // its own opens files
	c.library.UseRegexpEngine(compilePattern)
	return c
}

// documents is a closed loader.
type documents map[string]any

var errNotGiven = errors.New("it was not given")

// Load is for the library.
func (d documents) Load(url string) (any, error) {
	if document, ok := d[url]; ok {
		return document, nil
	}
	return nil, errNotGiven
}

func (c *compiler) add(name string, document []byte) error {
	if err := checkURL(name); err != nil {
		return err
	}
	object, err := strictjson.ParseObject(document, strictjson.Limits{Bytes: MaxSchemaBytes})
	if err != nil {
		return fmt.Errorf("%w: %w", ErrSchema, err)
	}
	if object["$schema"] != draft {
		return fmt.Errorf("%w: its $schema is not %s", ErrSchema, draft)
	}
	if err := c.look(object, name+"#"); err != nil {
		return err
	}
	c.parsed[name] = object
	return nil
}

// checkURL keeps to URLs that stand for one document, and JSON Schema's own to
// the library, which does not look whether what is given there is a schema.
func checkURL(name string) error {
	parsed, err := url.Parse(name)
	switch {
	case err != nil || !parsed.IsAbs() || len(name) > maxURL || strings.Contains(name, "#"):
		return fmt.Errorf("%w: its name is not an absolute URL without fragment of at most %d bytes", ErrSchema, maxURL)
	case strings.HasPrefix(name, "http://json-schema.org/") || strings.HasPrefix(name, "https://json-schema.org/"):
		return fmt.Errorf("%w: schemas of json-schema.org are known here and cannot be given", ErrSchema)
	}
	return nil
}

// look counts the values of a document, notes where a $dynamicAnchor is, and
// refuses another $schema further down: the library would follow it, also to
// one of the set that switches keywords off.
func (c *compiler) look(value any, place string) error {
	if c.values++; c.values > maxValues {
		return fmt.Errorf("%w: the schemas have more than %d values", ErrSchema, maxValues)
	}
	switch value := value.(type) {
	case map[string]any:
		return c.lookIn(value, place)
	case []any:
		for i, item := range value {
			if err := c.look(item, place+"/"+strconv.Itoa(i)); err != nil {
				return err
			}
		}
	}
	return nil
}

func (c *compiler) lookIn(object map[string]any, place string) error {
	if text, ok := object["$schema"].(string); ok && text != draft {
		return fmt.Errorf("%w: a $schema within it is not %s", ErrSchema, draft)
	}
	if _, ok := object["$dynamicAnchor"].(string); ok {
		c.anchored = append(c.anchored, place)
	}
	for name, member := range object {
		if err := c.look(member, place+"/"+url.PathEscape(escape(name))); err != nil {
			return err
		}
	}
	return nil
}

// escape makes a name part of a JSON pointer (RFC 6901, section 3).
func escape(name string) string {
	return strings.ReplaceAll(strings.ReplaceAll(name, "~", "~0"), "/", "~1")
}

func (c *compiler) compile(place string) (*jsonschema.Schema, error) {
	compiled, err := c.library.Compile(place)
	if err == nil {
		c.roots = append(c.roots, compiled)
		return compiled, nil
	}
	if load, ok := errors.AsType[*jsonschema.LoadURLError](err); ok {
		return nil, fmt.Errorf("%w: it refers to %.200s, which was not given; give it too", ErrSchema, load.URL)
	}
	if failed, ok := errors.AsType[*jsonschema.SchemaValidationError](err); ok {
		err = firstProblem(failed)
	}
	return nil, fmt.Errorf("%w: %.*s", ErrSchema, maxSchemaError, err)
}

// firstProblem returns the end of the chain of errors about a schema, which
// may quote it: a schema is about nobody.
func firstProblem(failed *jsonschema.SchemaValidationError) error {
	if ends := leaves(failed.Err); len(ends) > 0 {
		return ends[0]
	}
	return failed
}

// anchors are the schemas that a $dynamicRef can lead to, by $dynamicAnchor.
type anchors map[string][]*jsonschema.Schema

// reach looks at each schema that the set leads to.
func (c *compiler) reach() (anchors, error) {
	for _, place := range c.anchored {
		if _, err := c.compile(place); err != nil {
			return nil, fmt.Errorf("schema %.200s: %w", place, err)
		}
	}
	found := anchors{}
	seen := map[*jsonschema.Schema]bool{}
	for queue := slices.Clone(c.roots); len(queue) > 0; {
		next := queue[len(queue)-1]
		queue = queue[:len(queue)-1]
		if seen[next] {
			continue
		}
		seen[next] = true
		if next.DraftVersion != 2020 || next.RecursiveRef != nil {
			return nil, fmt.Errorf("%w: %.200s is not of the draft %s", ErrSchema, next.Location, draft)
		}
		if next.DynamicAnchor != "" {
			found[next.DynamicAnchor] = append(found[next.DynamicAnchor], next)
		}
		queue = append(queue, parts(next)...)
	}
	return found, nil
}
