package credential

import (
	"fmt"
	"net/url"
	"regexp"
	"time"

	"github.com/chancery-vc/chancery/schemas"
)

func invalid(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrInvalid, fmt.Sprintf(format, args...))
}

// contexts is what the @context of a document says.
type contexts struct {
	version Version
	urls    []string
	inline  bool
}

// readContexts: section 4.3. The base context comes first, then URLs and
// definitions in any order.
func readContexts(object map[string]any) (contexts, error) {
	entries := list(object["@context"])
	if len(entries) == 0 || len(entries) > maxTypes {
		return contexts{}, invalid("@context has %d values; 1 to %d are allowed", len(entries), maxTypes)
	}
	var c contexts
	switch entries[0] {
	case schemas.CredentialsV2:
		c.version = V2
	case schemas.CredentialsV1:
		c.version = V1
	default:
		return contexts{}, invalid("the first @context is not %s", schemas.CredentialsV2)
	}
	for _, entry := range entries {
		switch entry := entry.(type) {
		case string:
			c.urls = append(c.urls, entry)
		case map[string]any:
			c.inline = true
		default:
			return contexts{}, invalid("an @context is neither a URL nor an object")
		}
	}
	return c, nil
}

// readText: section 4.6. A text is a string or objects with a language each;
// it is returned if there is one only.
func readText(object map[string]any, name string) (string, error) {
	value, ok := object[name]
	if !ok {
		return "", nil
	}
	if text, ok := value.(string); ok {
		return text, nil
	}
	texts, err := objects(object, name, maxParts)
	if err != nil {
		return "", err
	}
	if len(texts) == 0 {
		return "", invalid("%s is empty", name)
	}
	for _, text := range texts {
		if err := checkText(name, text); err != nil {
			return "", err
		}
	}
	if len(texts) > 1 {
		return "", nil
	}
	return texts[0]["@value"].(string), nil
}

// checkText: a text has no members beside its language and its direction.
func checkText(name string, text map[string]any) error {
	if _, ok := text["@value"]; !ok {
		return invalid("%s has no @value", name)
	}
	for member, value := range text {
		if _, ok := value.(string); !ok || member != "@value" && member != "@language" && member != "@direction" {
			return invalid("%s has more than a text, its @language and its @direction", name)
		}
	}
	return nil
}

// party returns the identifier of who is named by a URL or an object with an
// id, which may have a name and a description.
func party(object map[string]any, name string) (string, error) {
	nested, ok := object[name].(map[string]any)
	if !ok {
		return optionalURL(object, name)
	}
	for _, text := range []string{"name", "description"} {
		if _, err := readText(nested, text); err != nil {
			return "", fmt.Errorf("%s: %w", name, err)
		}
	}
	id, err := requiredURL(nested, "id")
	if err != nil {
		return "", fmt.Errorf("%s: %w", name, err)
	}
	return id, nil
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

// optionalString returns a member that, if present, is a string.
func optionalString(object map[string]any, name string) (string, error) {
	value, ok := object[name]
	if !ok {
		return "", nil
	}
	text, ok := value.(string)
	if !ok || text == "" || len(text) > maxText {
		return "", invalid("%s is not a string of 1 to %d bytes", name, maxText)
	}
	return text, nil
}

// requiredURL returns a member that is a URL with a scheme.
func requiredURL(object map[string]any, name string) (string, error) {
	text, err := optionalURL(object, name)
	if err == nil && text == "" {
		err = invalid("it has no %s", name)
	}
	return text, err
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
