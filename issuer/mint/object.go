package mint

import (
	"bytes"
	"errors"
	"io"
	"slices"

	"github.com/go-json-experiment/json/jsontext"
)

// member is one name and value of a JSON object, as they were written.
type member struct {
	name  string
	value jsontext.Value
}

// object is a JSON object whose members keep their order and their bytes.
type object []member

var errObject = errors.New("it is not one JSON object, or names a member twice")

func parseObject(data []byte) (object, error) {
	decoder := jsontext.NewDecoder(bytes.NewBuffer(data))
	if token, err := decoder.ReadToken(); err != nil || token.Kind() != '{' {
		return nil, errObject
	}
	o := object{}
	for decoder.PeekKind() != '}' {
		name, err := decoder.ReadToken()
		if err != nil {
			return nil, errObject
		}
		m := member{name: name.String()}
		value, err := decoder.ReadValue()
		if err != nil {
			return nil, errObject
		}
		m.value = value.Clone()
		o = append(o, m)
	}
	if _, err := decoder.ReadToken(); err != nil {
		return nil, errObject
	}
	if _, err := decoder.ReadToken(); !errors.Is(err, io.EOF) {
		return nil, errObject
	}
	return o, nil
}

func (o object) index(name string) int {
	return slices.IndexFunc(o, func(m member) bool { return m.name == name })
}

// get returns a member, or nil.
func (o object) get(name string) jsontext.Value {
	if i := o.index(name); i >= 0 {
		return o[i].value
	}
	return nil
}

// set gives a member its value, where it is or else at the end.
func (o *object) set(name string, value jsontext.Value) {
	if i := o.index(name); i >= 0 {
		(*o)[i].value = value
		return
	}
	*o = append(*o, member{name: name, value: value})
}

// setText is set for a string.
func (o *object) setText(name, text string) error {
	value, err := jsontext.AppendQuote(nil, text)
	if err != nil {
		return err
	}
	o.set(name, value)
	return nil
}

// bytes returns the object as JSON that is compact, but for what is within
// its values.
func (o object) bytes() ([]byte, error) {
	out := []byte{'{'}
	for i, m := range o {
		if i > 0 {
			out = append(out, ',')
		}
		var err error
		if out, err = jsontext.AppendQuote(out, m.name); err != nil {
			return nil, err
		}
		out = append(append(out, ':'), m.value...)
	}
	return append(out, '}'), nil
}
