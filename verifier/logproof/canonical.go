package logproof

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// usualBytes is more than most records have.
const usualBytes = 1 << 10

// canonical returns r as RFC 8785 has it.
func canonical(r *Record) (data []byte, err error) {
	data = make([]byte, 0, usualBytes)
	for i := range members {
		m, before := &members[i], len(data)
		data = append(data, ',')
		data = append(data, m.key...)
		var there bool
		if data, there, err = appendValue(data, m.at(r)); err != nil {
			return nil, err
		}
		if !there && !m.must {
			data = data[:before]
		} else if r.Format < m.since {
			return nil, fmt.Errorf("format %d does not have the member %s", r.Format, strings.Trim(m.key, `":`))
		}
	}
	data[0] = '{' // there is a member that must be
	return append(data, '}'), nil
}

// appendValue appends a value, and tells whether it is other than zero.
func appendValue(data []byte, value any) (_ []byte, there bool, err error) {
	switch v := value.(type) {
	case *string:
		data, err = appendString(data, *v)
		return data, *v != "", err
	case *Kind:
		data, err = appendString(data, string(*v))
		return data, *v != "", err
	case *[]string:
		data, err = appendStrings(data, *v)
		return data, *v != nil, err
	case *uint64:
		return strconv.AppendUint(data, *v, 10), *v != 0, nil
	case *int:
		return strconv.AppendInt(data, int64(*v), 10), *v != 0, nil
	case **uint64:
		if *v == nil {
			return data, false, nil
		}
		return strconv.AppendUint(data, **v, 10), true, nil
	case **int:
		if *v == nil {
			return data, false, nil
		}
		return strconv.AppendInt(data, int64(**v), 10), true, nil
	default:
		return nil, false, errors.New("a member of no known type")
	}
}

func appendStrings(data []byte, values []string) (_ []byte, err error) {
	data = append(data, '[')
	for i, value := range values {
		if i > 0 {
			data = append(data, ',')
		}
		if data, err = appendString(data, value); err != nil {
			return nil, err
		}
	}
	return append(data, ']'), nil
}

func appendString(data []byte, s string) ([]byte, error) {
	if !plain(s) {
		return jsontext.AppendQuote(data, s)
	}
	data = append(data, '"')
	data = append(data, s...)
	return append(data, '"'), nil
}
