// Package claims turns what was read of a record into what an answer says.
//
// [Apply] makes the claims of a credential: a blank column leaves its claim
// out. A [Rule] answers one question without a credential, and [Disclose] says
// how much of the answer is told; there, a blank column is no answer.
//
// The rules are fixed when the configuration is loaded, and draw on the columns
// that they name alone. An expression is of the Common Expression Language, as
// github.com/google/cel-spec defines it, with the functions that the manual
// for operators lists: none of them reads a clock, a file or a network.
//
// Errors about a record wrap [ErrValue] and name the column, never its value.
// Errors about a rule wrap [config.ErrInvalid].
package claims

import (
	"errors"
	"fmt"

	"github.com/chancery-vc/chancery/issuer/config"
	"github.com/chancery-vc/chancery/issuer/source"
)

// ErrValue says that a record's value does not fit the profile or the fact.
var ErrValue = errors.New("a value of the record does not fit the profile or the fact")

// ErrExpression says that an expression comes to no value for a record: a
// column that it uses is blank, a number is too large, or it takes too much
// work. It is an [ErrValue].
var ErrExpression = fmt.Errorf("%w: the expression comes to no value", ErrValue)

// Claim is one thing that a credential says: a string, an int64 or a list of
// strings.
type Claim struct {
	Name  string
	Value any
}

// Apply returns the claims that the rules make of a record, in their order.
func Apply(rules []config.Claim, record source.Record) ([]Claim, error) {
	var claims []Claim
	for _, rule := range rules {
		text, ok := record[rule.Column]
		if !ok && rule.Required {
			return nil, fmt.Errorf("%w: column %s is blank", ErrValue, rule.Column)
		}
		if !ok {
			continue
		}
		value, err := field{rule.Column, rule.As, rule.Separator}.read(text)
		if err != nil {
			return nil, err
		}
		claims = append(claims, Claim{rule.Claim, value.Any()})
	}
	if len(claims) == 0 {
		return nil, fmt.Errorf("%w: every column is blank", ErrValue)
	}
	return claims, nil
}

// Columns returns the columns that the rules draw on, each once.
func Columns(rules []config.Claim) []string {
	var columns []string
	seen := map[string]bool{}
	for _, rule := range rules {
		if !seen[rule.Column] {
			seen[rule.Column] = true
			columns = append(columns, rule.Column)
		}
	}
	return columns
}
