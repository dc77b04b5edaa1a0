package logproof

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// member is a member of a record's JSON: its name, and where its value is in a
// Record. A value of zero is left out, unless it must be there.
type member struct {
	name  string
	value any // *string, *[]string, **uint64, *uint64, **int, *int or *Kind
	must  bool
	since int // format that first had it; 0 for the oldest
}

// members returns the members of a record in the order of canonical JSON.
func (r *Record) members() [30]member {
	return [...]member{
		{"anchor", &r.Anchor, false, 0},
		{"asks", &r.Asks, false, 0},
		{"caller", &r.Caller, false, 0},
		{"canonical", &r.Canonical, false, 3},
		{"columns", &r.Columns, false, 0},
		{"configuration", &r.Configuration, false, 0},
		{"credential", &r.Credential, false, 0},
		{"disclosed", &r.Disclosed, false, 0},
		{"findings", &r.Findings, false, 0},
		{"format", &r.Format, true, 0},
		{"grant", &r.Grant, false, 3},
		{"issuer", &r.Issuer, false, 0},
		{"key", &r.Key, false, 3},
		{"kind", &r.Kind, true, 0},
		{"previous", &r.Previous, true, 0},
		{"profile", &r.Profile, false, 0},
		{"proof", &r.Proof, false, 0},
		{"purpose", &r.Purpose, false, 0},
		{"question", &r.Question, false, 0},
		{"reason", &r.Reason, false, 0},
		{"released", &r.Released, false, 0},
		{"root", &r.Root, false, 0},
		{"sequence", &r.Sequence, true, 0},
		{"size", &r.Size, false, 0},
		{"source", &r.Source, false, 0},
		{"status", &r.Status, false, 0},
		{"statusIndex", &r.StatusIndex, false, 0},
		{"statusList", &r.StatusList, false, 0},
		{"subject", &r.Subject, false, 0},
		{"time", &r.Time, true, 0},
	}
}

// canonical returns r as RFC 8785 has it.
func canonical(r *Record) (data []byte, err error) {
	data = make([]byte, 0, 512)
	for _, m := range r.members() {
		before := len(data)
		data = append(data, `,"`...)
		data = append(data, m.name...)
		data = append(data, `":`...)
		var there bool
		if data, there, err = appendValue(data, m.value); err != nil {
			return nil, err
		}
		if !there && !m.must {
			data = data[:before]
		} else if r.Format < m.since {
			return nil, fmt.Errorf("format %d does not have the member %s", r.Format, m.name)
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
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			return jsontext.AppendQuote(data, s)
		}
	}
	data = append(data, '"')
	data = append(data, s...)
	return append(data, '"'), nil
}

// scan reads what canonical writes, and more: who uses it has to compare. It
// tells whether it could.
func scan(text string, r *Record) bool {
	rest, ok := strings.CutPrefix(text, "{")
	separator := ""
	for _, m := range r.members() {
		after, found := strings.CutPrefix(rest, separator)
		if found {
			after, found = strings.CutPrefix(after, `"`)
		}
		if found {
			after, found = strings.CutPrefix(after, m.name)
		}
		if found {
			after, found = strings.CutPrefix(after, `":`)
		}
		if !found {
			continue
		}
		if rest, found = scanValue(after, m.value); !found {
			return false
		}
		separator = ","
	}
	return ok && rest == "}"
}

// scanValue reads the value that text begins with, and returns the rest.
func scanValue(text string, value any) (rest string, ok bool) {
	switch v := value.(type) {
	case *string:
		*v, rest, ok = scanString(text)
	case *Kind:
		var kind string
		kind, rest, ok = scanString(text)
		*v = Kind(kind)
	case *[]string:
		*v, rest, ok = scanStrings(text)
	case *uint64:
		*v, rest, ok = scanNumber(text)
	case *int:
		var number uint64
		number, rest, ok = scanNumber(text)
		*v = int(number)
	case **uint64:
		var number uint64
		number, rest, ok = scanNumber(text)
		*v = &number
	case **int:
		var number uint64
		number, rest, ok = scanNumber(text)
		signed := int(number)
		*v = &signed
	}
	return rest, ok
}

func scanStrings(text string) (values []string, rest string, ok bool) {
	values = []string{}
	if rest, ok = strings.CutPrefix(text, "[]"); ok {
		return values, rest, true
	}
	rest, separator := text, "["
	for {
		if rest, ok = strings.CutPrefix(rest, separator); !ok {
			rest, ok = strings.CutPrefix(rest, "]")
			return values, rest, ok
		}
		var value string
		if value, rest, ok = scanString(rest); !ok {
			return nil, "", false
		}
		values, separator = append(values, value), ","
	}
}

func scanString(text string) (value, rest string, ok bool) {
	if !strings.HasPrefix(text, `"`) {
		return "", "", false
	}
	escaped := false
	for i := 1; i < len(text); i++ {
		switch text[i] {
		case '\\':
			escaped = true
			i++
		case '"':
			if !escaped {
				return text[1:i], text[i+1:], true
			}
			unquoted, err := jsontext.AppendUnquote(nil, text[:i+1])
			return string(unquoted), text[i+1:], err == nil
		}
	}
	return "", "", false
}

func scanNumber(text string) (number uint64, rest string, ok bool) {
	end := 0
	for end < len(text) && text[end] >= '0' && text[end] <= '9' {
		end++
	}
	number, err := strconv.ParseUint(text[:end], 10, 63)
	return number, text[end:], err == nil
}
