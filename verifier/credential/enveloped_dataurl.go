package credential

import (
	"encoding/base64"
	"encoding/hex"
	"maps"
	"slices"
	stdstrings "strings"
)

// MaxParameters caps the parameters of one media type.
const MaxParameters = 8

const (
	dataScheme = "data:"
	base64Mark = ";base64"
	// tokenMarks are what a token (RFC 2045, section 5.1) has beside letters and
	// digits, less what cannot stand in a URL as it is (RFC 2397, section 3).
	tokenMarks = "!$&-^_.+"
	// urlMarks are what a URL has beside letters, digits and %XX (RFC 2396,
	// section 2). Of these the comma ends the media type.
	urlMarks = "-_.!~*'();/?:@&=+$,"
)

// MediaType is a media type in lower case, such as application/vc+jwt.
type MediaType struct {
	Name       string            // type and subtype
	Parameters map[string]string // nil for none; values as they were written
}

// ParseDataURL returns what a data: URL holds and of which media type (RFC
// 2397). The media type must be there. Base64 is of the alphabet with + and /,
// with or without padding, and the one text that there is for the bytes. White
// space around the URL is no part of it (RFC 3986, appendix C); within, there
// is none.
func ParseDataURL(text string) (MediaType, []byte, error) {
	rest, ok := stdstrings.CutPrefix(stdstrings.Trim(text, " \t\r\n"), dataScheme)
	if !ok || len(text) > MaxBytes {
		return MediaType{}, nil, invalid("it is no data: URL of at most %d bytes: %.40q", MaxBytes, text)
	}
	described, written, ok := stdstrings.Cut(rest, ",")
	if !ok {
		return MediaType{}, nil, invalid("a data: URL has a comma before its data")
	}
	described, encoded := stdstrings.CutSuffix(described, base64Mark)
	m, err := parseMediaType(described)
	if err != nil {
		return MediaType{}, nil, err
	}
	data, err := unescape(written)
	if err == nil && encoded {
		data, err = unbase64(string(data))
	}
	if err != nil {
		return MediaType{}, nil, err
	}
	if len(data) == 0 {
		return MediaType{}, nil, invalid("the data: URL holds nothing")
	}
	return m, data, nil
}

// parseMediaType: RFC 2397, section 3, where each parameter has a value.
func parseMediaType(text string) (MediaType, error) {
	parts := stdstrings.Split(text, ";")
	kind, subtype, _ := stdstrings.Cut(stdstrings.ToLower(parts[0]), "/")
	if !isToken(kind) || !isToken(subtype) {
		return MediaType{}, invalid("%.60q is not a media type, such as application/vc+jwt", parts[0])
	}
	m := MediaType{Name: kind + "/" + subtype}
	if len(parts)-1 > MaxParameters {
		return MediaType{}, invalid("the media type has more than %d parameters", MaxParameters)
	}
	for _, part := range parts[1:] {
		name, value, _ := stdstrings.Cut(part, "=")
		name = stdstrings.ToLower(name)
		if _, twice := m.Parameters[name]; twice || !isToken(name) || !isToken(value) {
			return MediaType{}, invalid("%.60q is not a parameter of a media type, or stands there twice", part)
		}
		if m.Parameters == nil {
			m.Parameters = map[string]string{}
		}
		m.Parameters[name] = value
	}
	return m, nil
}

func isToken(text string) bool { return text != "" && only(text, tokenMarks) }

// only tells whether text is of letters, digits and marks.
func only(text, marks string) bool {
	for i := range len(text) {
		switch c := text[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9':
		case stdstrings.IndexByte(marks, c) >= 0:
		default:
			return false
		}
	}
	return true
}

// unescape: RFC 2396, section 2.4.1.
func unescape(text string) ([]byte, error) {
	var data []byte
	for i, part := range stdstrings.Split(text, "%") {
		if i > 0 {
			if len(part) < 2 {
				return nil, invalid("the data: URL has %% without two digits")
			}
			octet, err := hex.DecodeString(part[:2])
			if err != nil {
				return nil, invalid("the data: URL has %% without two digits")
			}
			data, part = append(data, octet...), part[2:]
		}
		if !only(part, urlMarks) {
			return nil, invalid("the data: URL has a character that belongs into no URL")
		}
		data = append(data, part...)
	}
	return data, nil
}

func unbase64(text string) ([]byte, error) {
	encoding := base64.RawStdEncoding
	if stdstrings.HasSuffix(text, "=") {
		encoding = base64.StdEncoding
	}
	data, err := encoding.DecodeString(text)
	if err != nil || encoding.EncodeToString(data) != text {
		return nil, invalid("the data: URL is not in base64")
	}
	return data, nil
}

// dataURL returns the data: URL that holds data.
func (m MediaType) dataURL(data []byte) string {
	described := dataScheme + m.Name
	for _, name := range slices.Sorted(maps.Keys(m.Parameters)) {
		described += ";" + name + "=" + m.Parameters[name]
	}
	if text := string(data); only(text, urlMarks) {
		return described + "," + text
	}
	return described + base64Mark + "," + base64.StdEncoding.EncodeToString(data)
}
