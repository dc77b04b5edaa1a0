package rdfc

import (
	"fmt"
	"unicode/utf8"
)

// appendIRI writes an IRI that [isIRI] let through: nothing in it needs an
// escape.
func appendIRI(dst []byte, iri string) []byte {
	dst = append(dst, '<')
	dst = append(dst, iri...)
	return append(dst, '>')
}

func appendLiteral(dst []byte, t *Term) []byte {
	dst = append(dst, '"')
	dst = appendEscaped(dst, t.Value)
	dst = append(dst, '"')
	switch t.Datatype {
	case xsdString:
		return dst
	case langString:
		dst = append(dst, '@')
		return append(dst, t.Language...)
	default:
		return appendIRI(append(dst, "^^"...), t.Datatype)
	}
}

// appendEscaped writes s as STRING_LITERAL_QUOTE holds it (the appendix "A
// Canonical form of N-Quads").
func appendEscaped(dst []byte, s string) []byte {
	start := 0
	for i, r := range s {
		if !needsEscape(r) {
			continue
		}
		dst = append(dst, s[start:i]...)
		dst = appendEscape(dst, r)
		start = i + utf8.RuneLen(r)
	}
	return append(dst, s[start:]...)
}

// needsEscape: besides controls and the two that would end or bend the string,
// U+FFFE and U+FFFF, the only others in UTF-8 that do not match Char of XML 1.1.
func needsEscape(r rune) bool {
	return r < ' ' || r == '"' || r == '\\' || r == 0x7f || r == 0xfffe || r == 0xffff
}

func appendEscape(dst []byte, r rune) []byte {
	switch r {
	case '\b':
		return append(dst, `\b`...)
	case '\t':
		return append(dst, `\t`...)
	case '\n':
		return append(dst, `\n`...)
	case '\f':
		return append(dst, `\f`...)
	case '\r':
		return append(dst, `\r`...)
	case '"', '\\':
		return append(dst, '\\', byte(r))
	default:
		return fmt.Appendf(dst, `\u%04X`, r)
	}
}

// Line returns q as the line of canonical N-Quads that it is with the labels
// that its blank nodes have, which must be letters, digits, "-" and "_".
func (q *Quad) Line() (string, error) {
	if err := q.validate(); err != nil {
		return "", err
	}
	const hint = 256
	line := make([]byte, 0, hint)
	for _, t := range []*Term{&q.Subject, &q.Predicate, &q.Object, &q.Graph} {
		switch t.Kind {
		case IRI:
			line = appendIRI(line, t.Value)
		case Literal:
			line = appendLiteral(line, t)
		case Blank:
			if !isLabel(t.Value) {
				return "", invalid("label of a blank node has other characters than letters, digits, - and _")
			}
			line = append(append(line, "_:"...), t.Value...)
		default: // the default graph
			continue
		}
		line = append(line, ' ')
	}
	return string(append(line, ".\n"...)), nil
}

func isLabel(s string) bool {
	for i := range len(s) {
		if !isLetter(s[i]) && !isDigit(s[i]) && s[i] != '_' && (s[i] != '-' || i == 0) {
			return false
		}
	}
	return s != ""
}
