package claims

import (
	"errors"
	"fmt"

	"github.com/go-json-experiment/json"

	"github.com/chancery-vc/chancery/issuer/config"
)

// Kind is what sort of value a rule yields.
type Kind string

// The kinds of values.
const (
	Text    Kind = config.AsText
	Integer Kind = config.AsInteger
	Date    Kind = config.AsDate
	List    Kind = config.AsList
	YesNo   Kind = "yes or no"
)

// Value is what a rule yields of a record: a text, an integer that every JSON
// implementation keeps, a date, a list of texts, or a yes or no. The zero Value
// is none of them. Only this package makes others.
type Value struct {
	v any // string, int64, day, []string or bool
}

// Kind returns the kind of v, or "" of the zero Value.
func (v Value) Kind() Kind {
	switch v.v.(type) {
	case string:
		return Text
	case int64:
		return Integer
	case day:
		return Date
	case []string:
		return List
	case bool:
		return YesNo
	default:
		return ""
	}
}

// Any returns v as a string (a text, or a date as YYYY-MM-DD), an int64, a
// []string or a bool; nil of the zero Value.
func (v Value) Any() any {
	if d, ok := v.v.(day); ok {
		return d.String()
	}
	return v.v
}

// IsZero tells whether v is the zero Value.
func (v Value) IsZero() bool { return v.v == nil }

// MarshalJSON writes v as a string, a number, an array of strings, or true or
// false.
func (v Value) MarshalJSON() ([]byte, error) {
	if v.IsZero() {
		return nil, errors.New("there is no value to write as JSON")
	}
	return json.Marshal(v.Any())
}

// Result is what an answer says of a rule's value.
type Result struct {
	// Disclosure is predicate, value or redacted.
	Disclosure string `json:"disclosure"`
	// Value is the value, or the yes or no of a predicate. Redacted, it is
	// left out: that there is one is all that is said.
	Value Value `json:"value,omitzero"`
}

// Disclose returns what an answer says of v. It is an error to ask for a
// predicate of what is not a yes or no, which [Rule.Fits] finds before.
func Disclose(v Value, disclosure string) (Result, error) {
	if v.IsZero() {
		return Result{}, errors.New("there is no value to disclose")
	}
	if err := fits(v.Kind(), disclosure); err != nil {
		return Result{}, err
	}
	if disclosure == config.DiscloseRedacted {
		return Result{Disclosure: disclosure}, nil
	}
	return Result{Disclosure: disclosure, Value: v}, nil
}

// fits tells whether a value of kind can be disclosed so.
func fits(kind Kind, disclosure string) error {
	switch disclosure {
	case config.DiscloseValue, config.DiscloseRedacted:
		return nil
	case config.DisclosePredicate:
		if kind == YesNo {
			return nil
		}
		return fmt.Errorf("%w: the rule yields a value (%s), not a yes or no: say disclosure: %s or %s",
			config.ErrInvalid, kind, config.DiscloseValue, config.DiscloseRedacted)
	default:
		return fmt.Errorf("%w: disclosure %q is none of %s, %s, %s",
			config.ErrInvalid, disclosure, config.DisclosePredicate, config.DiscloseValue, config.DiscloseRedacted)
	}
}
