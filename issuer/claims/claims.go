// Package claims turns what was read of a record into what a credential says.
//
// The rules are fixed when the configuration is loaded. A blank column leaves
// its claim out. Errors wrap [ErrValue] and name the column, never its value.
package claims

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/chancery-vc/chancery/issuer/config"
	"github.com/chancery-vc/chancery/issuer/source"
)

// ErrValue says that a record's value does not fit the profile.
var ErrValue = errors.New("a value of the record does not fit the profile")

// maxInteger is the largest integer that every JSON implementation keeps.
const maxInteger = 1<<53 - 1

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
		value, err := read(rule, text)
		if err != nil {
			return nil, err
		}
		claims = append(claims, Claim{rule.Claim, value})
	}
	if len(claims) == 0 {
		return nil, fmt.Errorf("%w: every column is blank", ErrValue)
	}
	return claims, nil
}

func read(rule config.Claim, text string) (any, error) {
	switch rule.As {
	case config.AsInteger:
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil || n > maxInteger || n < -maxInteger || strconv.FormatInt(n, 10) != text {
			return nil, fmt.Errorf("%w: column %s is not an integer", ErrValue, rule.Column)
		}
		return n, nil
	case config.AsDate:
		if _, err := time.Parse(time.DateOnly, text); err != nil {
			return nil, fmt.Errorf("%w: column %s is not a date as YYYY-MM-DD", ErrValue, rule.Column)
		}
		return text, nil
	case config.AsList:
		return list(rule, text)
	default:
		return text, nil
	}
}

// list refuses what a set of values in a credential cannot say: a blank item,
// and one item twice.
func list(rule config.Claim, text string) ([]string, error) {
	items := strings.Split(text, rule.Separator)
	seen := map[string]bool{}
	for _, item := range items {
		if item == "" || seen[item] {
			return nil, fmt.Errorf("%w: column %s is not a list of different items", ErrValue, rule.Column)
		}
		seen[item] = true
	}
	return items, nil
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
