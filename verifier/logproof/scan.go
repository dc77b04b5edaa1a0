package logproof

import (
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// scan reads what canonical writes, and nothing else: members in their order,
// none that is zero and could be left out, each value in its one form. It tells
// whether it could.
func scan(text string, r *Record) bool {
	key, rest := scanKey(text, '{')
	since := 0
	for i := range members {
		m := &members[i]
		if key != m.key {
			if m.must {
				return false
			}
			continue
		}
		after, there, ok := scanValue(rest, m.at(r))
		if !ok || !there && !m.must {
			return false
		}
		since = max(since, m.since)
		key, rest = scanKey(after, ',')
	}
	return rest == "}" && r.Format >= since
}

// scanKey returns the key, with quotes and colon, that comes after a separator,
// and the rest; all is rest if there is none.
func scanKey(text string, separator byte) (key, rest string) {
	if len(text) < 2 || text[0] != separator {
		return "", text
	}
	end := strings.IndexByte(text, ':') + 1
	if end == 0 {
		return "", text
	}
	return text[1:end], text[end:]
}

// scanValue reads the value that text begins with, and returns the rest. It
// tells whether the value is other than zero.
func scanValue(text string, value any) (rest string, there, ok bool) {
	switch v := value.(type) {
	case *string:
		*v, rest, ok = scanString(text)
		return rest, *v != "", ok
	case *Kind:
		rest, there, ok = scanValue(text, (*string)(v))
		return rest, there, ok
	case *[]string:
		*v, rest, ok = scanStrings(text)
		return rest, true, ok
	}
	number, rest, ok := scanNumber(text)
	switch v := value.(type) {
	case *uint64:
		*v = number
		return rest, number != 0, ok && number <= maxNumber
	case *int:
		*v = int(number)
		return rest, number != 0, ok
	case **uint64:
		*v = &number
		return rest, true, ok && number <= maxNumber
	case **int:
		signed := int(number)
		*v = &signed
		return rest, true, ok
	default:
		return "", false, false
	}
}

func scanStrings(text string) (values []string, rest string, ok bool) {
	if rest, ok = strings.CutPrefix(text, "[]"); ok {
		return []string{}, rest, true
	}
	values = make([]string, 0, usualStrings)
	rest, separator := text, "["
	for {
		if rest, ok = strings.CutPrefix(rest, separator); !ok {
			rest, ok = strings.CutPrefix(rest, "]")
			return values, rest, ok && len(values) > 0
		}
		var value string
		if value, rest, ok = scanString(rest); !ok {
			return nil, "", false
		}
		values, separator = append(values, value), ","
	}
}

// usualStrings is as many as most lists have.
const usualStrings = 4

func scanString(text string) (value, rest string, ok bool) {
	if !strings.HasPrefix(text, `"`) {
		return "", "", false
	}
	if end := strings.IndexByte(text[1:], '"'); end >= 0 && plain(text[1:1+end]) {
		return text[1 : 1+end], text[end+2:], true
	}
	return scanQuoted(text)
}

// scanQuoted reads a string that is not plain. What has two forms in JSON has
// one in canonical JSON, so that it is written again and compared.
func scanQuoted(text string) (value, rest string, ok bool) {
	for i := 1; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case '"':
			unquoted, err := jsontext.AppendUnquote(nil, text[:i+1])
			if err != nil {
				return "", "", false
			}
			again, err := jsontext.AppendQuote(nil, unquoted)
			return string(unquoted), text[i+1:], err == nil && string(again) == text[:i+1]
		}
	}
	return "", "", false
}

// scanNumber reads an integer that is not negative.
func scanNumber(text string) (number uint64, rest string, ok bool) {
	end := 0
	for end < len(text) && text[end] >= '0' && text[end] <= '9' {
		end++
	}
	number, err := strconv.ParseUint(text[:end], 10, 63)
	return number, text[end:], err == nil && (text[0] != '0' || end == 1)
}
