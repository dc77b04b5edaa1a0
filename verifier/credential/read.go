package credential

import (
	"fmt"
	"net/url"
	"regexp"
	"time"
)

func invalid(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrInvalid, fmt.Sprintf(format, args...))
}

// list returns a member that may be absent, one value or an array of them.
func list(value any) []any {
	switch value := value.(type) {
	case nil:
		return nil
	case []any:
		return value
	default:
		return []any{value}
	}
}

// strings returns a member that is one string or a non-empty array of them.
func strings(object map[string]any, name string, most int) ([]string, error) {
	items := list(object[name])
	if len(items) == 0 || len(items) > most {
		return nil, invalid("%s has %d values; 1 to %d are allowed", name, len(items), most)
	}
	texts := make([]string, len(items))
	for i, item := range items {
		text, ok := item.(string)
		if !ok || text == "" || len(text) > maxText {
			return nil, invalid("%s has a value that is not a string of 1 to %d bytes", name, maxText)
		}
		texts[i] = text
	}
	return texts, nil
}

// objects returns a member that is absent, one object or an array of them.
func objects(object map[string]any, name string, most int) ([]map[string]any, error) {
	items := list(object[name])
	if len(items) > most {
		return nil, invalid("%s has %d values, more than %d", name, len(items), most)
	}
	maps := make([]map[string]any, len(items))
	for i, item := range items {
		member, ok := item.(map[string]any)
		if !ok {
			return nil, invalid("%s has a value that is not an object", name)
		}
		maps[i] = member
	}
	return maps, nil
}

// optionalURL returns a member that, if present, is a URL with a scheme.
func optionalURL(object map[string]any, name string) (string, error) {
	value, ok := object[name]
	if !ok {
		return "", nil
	}
	text, ok := value.(string)
	if !ok {
		return "", invalid("%s is not a URL", name)
	}
	if len(text) > maxText {
		return "", invalid("%s is longer than %d bytes", name, maxText)
	}
	if u, err := url.Parse(text); err != nil || !u.IsAbs() {
		return "", invalid("%s is not a URL: %.80q", name, text)
	}
	return text, nil
}

// optionalTime returns a member that, if present, is an xsd:dateTimeStamp.
func optionalTime(object map[string]any, name string) (time.Time, error) {
	value, ok := object[name]
	if !ok {
		return time.Time{}, nil
	}
	text, ok := value.(string)
	if !ok {
		return time.Time{}, invalid("%s is not a time", name)
	}
	t, err := ParseTime(text)
	if err != nil {
		return time.Time{}, invalid("%s: %v", name, err)
	}
	return t, nil
}

// dateTimeStamp is the form of an xsd:dateTimeStamp (XML Schema 1.1, section
// 3.4.28). The parser of the standard library takes other forms too.
var dateTimeStamp = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]((0\d|1[0-3]):[0-5]\d|14:00))$`)

// ParseTime reads an xsd:dateTimeStamp: a date, a time and a time zone.
func ParseTime(text string) (time.Time, error) {
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil || !dateTimeStamp.MatchString(text) || t.IsZero() { // a zero time stands for none
		return time.Time{}, fmt.Errorf("%.40q is not a time with a time zone, such as 2026-01-31T12:00:00Z", text)
	}
	return t, nil
}

// FormatTime writes t the way that Chancery writes times: UTC, seconds.
func FormatTime(t time.Time) string { return t.UTC().Format(time.RFC3339) }
