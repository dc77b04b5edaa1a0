package mint

import (
	"errors"
	"slices"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/internal/jsonobject"
)

// object is a JSON object whose members keep their order and their bytes.
type object []jsonobject.Member

var errObject = errors.New("it is not one JSON object, or names a member twice")

func parseObject(data []byte) (object, error) {
	all, err := jsonobject.Parse(data)
	if err != nil {
		return nil, errObject
	}
	return all, nil
}

func (o object) index(name string) int {
	return slices.IndexFunc(o, func(m jsonobject.Member) bool { return m.Name == name })
}

// get returns a member, or nil.
func (o object) get(name string) jsontext.Value {
	if i := o.index(name); i >= 0 {
		return o[i].Value
	}
	return nil
}

// set gives a member its value, where it is or else at the end.
func (o *object) set(name string, value jsontext.Value) {
	if i := o.index(name); i >= 0 {
		(*o)[i].Value = value
		return
	}
	*o = append(*o, jsonobject.Member{Name: name, Value: value})
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

// bytes returns the object as JSON.
func (o object) bytes() ([]byte, error) { return jsonobject.Join(o) }
