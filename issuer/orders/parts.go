package orders

import (
	"errors"

	"github.com/go-json-experiment/json/jsontext"
)

// errName says that no order can name something.
var errName = errors.New("a key or an identifier is too long, or no text in UTF-8")

// Parts returns an order as several, each of which is small enough to be kept.
// An order of nothing has none.
func (o Order) Parts() (parts []Order, err error) {
	keys, err := split(o.Keys)
	if err != nil {
		return nil, err
	}
	for _, some := range keys {
		parts = append(parts, Order{Profile: o.Profile, Keys: some})
	}
	credentials, err := split(o.Credentials)
	for _, some := range credentials {
		parts = append(parts, Order{Credentials: some})
	}
	return parts, err
}

// split returns names as lists of at most MaxNames bytes of JSON.
func split(names []string) (lists [][]string, err error) {
	size := MaxNames + 1
	for _, name := range names {
		text, err := jsontext.AppendQuote(nil, name)
		if err != nil || len(text) > MaxNames {
			return nil, errName
		}
		if size += len(text) + len(","); size > MaxNames {
			lists, size = append(lists, nil), len(text)
		}
		last := len(lists) - 1
		lists[last] = append(lists[last], name)
	}
	return lists, nil
}
