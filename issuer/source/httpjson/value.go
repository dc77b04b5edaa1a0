package httpjson

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/issuer/source"
)

// number is a JSON number as it was written.
type number string

var errDeep = fmt.Errorf("nested deeper than %d", MaxDepth)

// parse returns the one value that data holds, as map[string]any, []any,
// string, number, bool or nil.
func parse(data []byte) (any, error) {
	decoder := jsontext.NewDecoder(bytes.NewBuffer(data))
	value, err := readValue(decoder)
	if err == nil {
		if _, end := decoder.ReadToken(); !errors.Is(end, io.EOF) {
			err = errors.New("more after the value")
		}
	}
	switch {
	case errors.Is(err, errDeep):
		return nil, fmt.Errorf("%w: the answer is %w", source.ErrShape, errDeep)
	case err != nil: // it can quote the answer
		return nil, fmt.Errorf("%w: the answer is not JSON with each member once and in UTF-8, near byte %d", source.ErrShape, decoder.InputOffset())
	}
	return value, nil
}

func readValue(decoder *jsontext.Decoder) (any, error) {
	token, err := decoder.ReadToken()
	if err != nil {
		return nil, err
	}
	if decoder.StackDepth() > MaxDepth {
		return nil, errDeep
	}
	switch token.Kind() {
	case '{':
		return readObject(decoder)
	case '[':
		return readArray(decoder)
	case '"':
		return token.String(), nil
	case '0':
		return number(token.String()), nil
	case 't', 'f':
		return token.Bool(), nil
	default:
		return nil, nil
	}
}

func readObject(decoder *jsontext.Decoder) (any, error) {
	object := map[string]any{}
	for decoder.PeekKind() != '}' {
		name, err := decoder.ReadToken()
		if err != nil {
			return nil, err
		}
		key := name.String() // before the next read, which reuses the buffer
		if object[key], err = readValue(decoder); err != nil {
			return nil, err
		}
	}
	_, err := decoder.ReadToken()
	return object, err
}

func readArray(decoder *jsontext.Decoder) (any, error) {
	array := []any{}
	for decoder.PeekKind() != ']' {
		item, err := readValue(decoder)
		if err != nil {
			return nil, err
		}
		array = append(array, item)
	}
	_, err := decoder.ReadToken()
	return array, err
}

// textOf returns the one text of a value; false for a blank.
func textOf(value any) (text string, ok bool, err error) {
	switch value := value.(type) {
	case nil:
		return "", false, nil
	case string:
		text = value
	case number:
		text = string(value)
	case bool:
		text = map[bool]string{true: "true", false: "false"}[value]
	case []any:
		return "", false, errors.New("holds an array, which has no one text: point at an element, or choose one")
	default:
		return "", false, errors.New("holds an object, which has no one text: point at a member")
	}
	if len(text) > source.MaxValue {
		return "", false, fmt.Errorf("holds a value of more than %d bytes", source.MaxValue)
	}
	return text, true, nil
}
