package rdfc

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// The grammar of N-Quads, a production an expression, strict enough to read
// the official vectors and our own output.
const (
	iriRef   = `<((?:[^\x00-\x20<>"{}|^` + "`" + `\\]|` + uchar + `)*)>`
	blankRef = `_:([\pL\pN_:](?:[\pL\pN_:.\-\x{B7}]*[\pL\pN_:\-\x{B7}])?)`
	uchar    = `\\u[0-9A-Fa-f]{4}|\\U[0-9A-Fa-f]{8}`
	text     = `"((?:[^"\\\n\r]|\\[tbnrf"'\\]|` + uchar + `)*)"`
	langTag  = `@([A-Za-z]+(?:-[A-Za-z0-9]+)*)`
	space    = `[ \t]*`
)

var (
	nquad = regexp.MustCompile(`^` + space + `(?:` + iriRef + `|` + blankRef + `)` +
		space + iriRef +
		space + `(?:` + iriRef + `|` + blankRef + `|` + text + `(?:\^\^` + iriRef + `|` + langTag + `)?)` +
		space + `(?:` + iriRef + `|` + blankRef + `)?` + space + `\.` + space + `(?:#.*)?$`)
	skipped = regexp.MustCompile(`^` + space + `(?:#.*)?$`)
	escape  = regexp.MustCompile(uchar + `|\\.`)
)

func parseNQuads(document string) ([]Quad, error) {
	var quads []Quad
	for i, line := range strings.FieldsFunc(document, func(r rune) bool { return r == '\n' || r == '\r' }) {
		if skipped.MatchString(line) {
			continue
		}
		m := nquad.FindStringSubmatch(line)
		if m == nil {
			return nil, fmt.Errorf("line %d is not an N-Quad: %q", i+1, line)
		}
		quads = append(quads, Quad{
			Subject:   resourceTerm(m[1], m[2]),
			Predicate: resourceTerm(m[3], ""),
			Object:    objectTerm(m[4:9]),
			Graph:     resourceTerm(m[9], m[10]),
		})
	}
	return quads, nil
}

func resourceTerm(iri, label string) Term {
	switch {
	case label != "":
		return Term{Kind: Blank, Value: label}
	case iri != "":
		return Term{Kind: IRI, Value: unescape(iri)}
	}
	return Term{}
}

// objectTerm takes the groups IRI, label, text, datatype and language.
func objectTerm(m []string) Term {
	if resource := resourceTerm(m[0], m[1]); resource.Kind != 0 {
		return resource
	}
	t := Term{Kind: Literal, Value: unescape(m[2]), Datatype: xsdString}
	if m[3] != "" {
		t.Datatype = unescape(m[3])
	}
	if m[4] != "" {
		t.Datatype, t.Language = langString, m[4]
	}
	return t
}

func unescape(s string) string {
	return escape.ReplaceAllStringFunc(s, func(e string) string {
		if e[1] == 'u' || e[1] == 'U' {
			r, _ := strconv.ParseUint(e[2:], 16, 32)
			return string(rune(r))
		}
		i := strings.IndexByte(`tbnrf"'\`, e[1])
		return "\t\b\n\r\f\"'\\"[i : i+1]
	})
}

func mustParse(t testing.TB, document string) []Quad {
	t.Helper()
	quads, err := parseNQuads(document)
	if err != nil {
		t.Fatal(err)
	}
	return quads
}

// TestLine: a quad is written as in the canonical form, with its own labels.
func TestLine(t *testing.T) {
	predicate := Term{Kind: IRI, Value: "urn:a:b"}
	for _, c := range []struct {
		quad Quad
		want string
	}{
		{Quad{Subject: Term{Kind: IRI, Value: "urn:s:t"}, Predicate: predicate, Object: Term{Kind: Blank, Value: "u-_9"}}, "<urn:s:t> <urn:a:b> _:u-_9 .\n"},
		{Quad{Subject: Term{Kind: Blank, Value: "b"}, Predicate: predicate, Object: Term{Kind: Literal, Value: "a\n", Datatype: xsdString}, Graph: Term{Kind: Blank, Value: "g"}}, `_:b <urn:a:b> "a\n" _:g .` + "\n"},
	} {
		if got, err := c.quad.Line(); err != nil || got != c.want {
			t.Errorf("got %q, %v, want %q", got, err, c.want)
		}
	}
	for _, label := range []string{"", "-a", "a b", "a>", "a.b", "é", "a\n"} {
		q := Quad{Subject: Term{Kind: Blank, Value: label}, Predicate: predicate, Object: predicate}
		if got, err := q.Line(); !errors.Is(err, ErrInvalid) {
			t.Errorf("label %q: got %q, %v", label, got, err)
		}
	}
	relative := Quad{Subject: Term{Kind: IRI, Value: "s"}, Predicate: predicate, Object: predicate}
	if got, err := relative.Line(); !errors.Is(err, ErrInvalid) {
		t.Errorf("got %q, %v", got, err)
	}
}
