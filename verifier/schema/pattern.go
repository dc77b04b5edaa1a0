package schema

import (
	"errors"
	"fmt"
	"regexp"
	"regexp/syntax"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// Caps on one pattern, whose matching takes time proportional to its size and
// to the length of the text. The size is counted with repetitions written out.
const (
	maxPattern     = 1 << 10
	maxPatternSize = 5_000
)

// pattern is a regular expression that knows its size.
type pattern struct {
	*regexp.Regexp
	size int
}

var errPattern = fmt.Errorf("the pattern is longer than %d bytes or repeats too much", maxPattern)

// compilePattern is the library's way to regular expressions.
func compilePattern(expression string) (jsonschema.Regexp, error) {
	if len(expression) > maxPattern {
		return nil, errPattern
	}
	parsed, err := syntax.Parse(expression, syntax.Perl)
	if err != nil {
		return nil, errors.New("the pattern is not one of Go's regexp")
	}
	size := sizeOf(parsed)
	if size > maxPatternSize {
		return nil, errPattern
	}
	compiled, err := regexp.Compile(expression)
	if err != nil {
		return nil, err
	}
	return &pattern{compiled, size}, nil
}

// sizeOf counts the steps of a compiled expression, about.
func sizeOf(re *syntax.Regexp) int {
	size := 1 + len(re.Rune)
	for _, part := range re.Sub {
		size += sizeOf(part)
	}
	if re.Op == syntax.OpRepeat {
		size *= max(re.Min, re.Max, 1)
	}
	return size
}
