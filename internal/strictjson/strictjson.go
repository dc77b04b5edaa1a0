// Package strictjson parses untrusted JSON (RFC 8259) so that nothing which a
// laxer parser would drop, merge or round gets through: duplicate members,
// invalid UTF-8, trailing data and numbers that a float64 cannot hold are
// errors, and size and depth are capped.
//
// Values have the shapes of encoding/json: map[string]any, []any, string,
// float64, bool and nil. All errors wrap [ErrInvalid].
package strictjson

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/go-json-experiment/json/jsontext"
)

// ErrInvalid is the kind of every error of this package.
var ErrInvalid = errors.New("not acceptable JSON")

// Default caps.
const (
	DefaultBytes = 1 << 20
	DefaultDepth = 64
)

// Limits caps the work on one text; a zero field stands for the default.
type Limits struct {
	Bytes int // length of the text
	Depth int // nesting of objects and arrays
}

func (l Limits) orDefault() Limits {
	if l.Bytes == 0 {
		l.Bytes = DefaultBytes
	}
	if l.Depth == 0 {
		l.Depth = DefaultDepth
	}
	return l
}

// Parse returns the one JSON value that data holds.
func Parse(data []byte, limits Limits) (any, error) {
	limits = limits.orDefault()
	if len(data) > limits.Bytes {
		return nil, fmt.Errorf("%w: %d bytes, more than %d", ErrInvalid, len(data), limits.Bytes)
	}
	p := parser{decoder: jsontext.NewDecoder(bytes.NewBuffer(data)), depth: limits.Depth}
	value, err := p.value()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	if _, err := p.decoder.ReadToken(); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%w: more data after the value", ErrInvalid)
	}
	return value, nil
}

// ParseObject is [Parse] for a text that must be an object.
func ParseObject(data []byte, limits Limits) (map[string]any, error) {
	value, err := Parse(data, limits)
	if err != nil {
		return nil, err
	}
	object, ok := value.(map[string]any)
	if !ok {
		return nil, fmt.Errorf("%w: not an object", ErrInvalid)
	}
	return object, nil
}

type parser struct {
	decoder *jsontext.Decoder
	depth   int
}

func (p *parser) value() (any, error) {
	token, err := p.decoder.ReadToken()
	if errors.Is(err, io.EOF) {
		return nil, io.ErrUnexpectedEOF
	}
	if err != nil {
		return nil, err
	}
	if p.decoder.StackDepth() > p.depth {
		return nil, fmt.Errorf("nested deeper than %d", p.depth)
	}
	switch token.Kind() {
	case '{':
		return p.object()
	case '[':
		return p.array()
	case '"':
		return token.String(), nil
	case '0':
		return number(token.String())
	case 't', 'f':
		return token.Bool(), nil
	default:
		return nil, nil
	}
}

func (p *parser) object() (map[string]any, error) {
	object := map[string]any{}
	for p.decoder.PeekKind() != '}' {
		name, err := p.decoder.ReadToken()
		if err != nil {
			return nil, err
		}
		key := name.String() // before the next read, which reuses the buffer
		if object[key], err = p.value(); err != nil {
			return nil, err
		}
	}
	_, err := p.decoder.ReadToken()
	return object, err
}

func (p *parser) array() ([]any, error) {
	array := []any{}
	for p.decoder.PeekKind() != ']' {
		item, err := p.value()
		if err != nil {
			return nil, err
		}
		array = append(array, item)
	}
	_, err := p.decoder.ReadToken()
	return array, err
}
