package httpjson

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"
)

// invalid says which part of a configuration an error is about; it keeps no
// error as none.
func invalid(part string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", part, err)
}

// keyMark is where the key goes.
const keyMark = "{key}"

// reference is a path and a query as RFC 3986, sections 3.3 and 3.4, has them.
var reference = regexp.MustCompile(`^(/([A-Za-z0-9._~!$&'()*+,;=:@-]|%[0-9A-Fa-f]{2})*)+(\?([A-Za-z0-9._~!$&'()*+,;=:@/?-]|%[0-9A-Fa-f]{2})*)?$`)

// path is a path and a query, in two parts if a key goes between them.
type path struct {
	before, after string
	keyed         bool
	inQuery       bool
}

func parsePath(text string, keyed bool) (path, error) {
	if count := strings.Count(text, keyMark); count > 1 || (count == 1) != keyed {
		if keyed {
			return path{}, errors.New("it must have {key} once")
		}
		return path{}, errors.New("it cannot have {key}")
	}
	plain := strings.Replace(text, keyMark, "key", 1)
	if !reference.MatchString(plain) {
		return path{}, errors.New("it is not a path such as /companies/{key}; percent-encode what is more than letters, digits and -._~!$&'()*+,;=:@")
	}
	steps, _, _ := strings.Cut(plain, "?")
	for step := range strings.SplitSeq(steps[1:], "/") {
		if name, err := url.PathUnescape(step); err != nil || name == "." || name == ".." || strings.ContainsAny(name, `/\`) {
			return path{}, errors.New("it has a segment that leads elsewhere")
		}
	}
	p := path{before: text, keyed: keyed}
	if keyed {
		p.before, p.after, _ = strings.Cut(text, keyMark)
		_, query, inQuery := strings.Cut(p.before, "?")
		if p.inQuery = inQuery; inQuery && !strings.Contains(query[strings.LastIndexByte(query, '&')+1:], "=") {
			return path{}, errors.New("{key} is a name in the query, not a value")
		}
	}
	return p, nil
}

// takes tells whether a key can stand in the path and be read there as nothing
// but itself, whatever decodes it on the way, and how often.
func (p path) takes(key string) bool {
	switch {
	case !p.keyed:
		return true
	case strings.ContainsFunc(key, func(c rune) bool { return c < ' ' || c == 0x7f }):
		return false
	case p.inQuery:
		return true
	}
	return key != "" && key != "." && key != ".." && !strings.ContainsAny(key, `/\%?#;`)
}

// with returns the path and the query for a key.
func (p path) with(key string) string {
	if !p.keyed {
		return p.before
	}
	return p.before + escape(key) + p.after
}

// escape percent-encodes all bytes but the unreserved ones (RFC 3986, section
// 2.3).
func escape(text string) string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(text) {
		c := text[i]
		if 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte("-._~", c) >= 0 {
			b.WriteByte(c)
			continue
		}
		b.Write([]byte{'%', hex[c>>4], hex[c&15]})
	}
	return b.String()
}
