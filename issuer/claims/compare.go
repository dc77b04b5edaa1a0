package claims

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/chancery-vc/chancery/issuer/config"
	"github.com/chancery-vc/chancery/issuer/source"
)

// comparison asks how a column compares.
type comparison struct {
	field
	is      string
	to      []operand
	written []string // to, as the configuration has it
}

// operand returns what a column is compared with on a day.
type operand func(today day) Value

func newComparison(c config.Compare) (rule, error) {
	read, err := newField(config.Field{Column: c.Column, As: c.As})
	if err != nil {
		return nil, err
	}
	compared := comparison{field: read, is: c.Is, written: c.To}
	if err := compared.check(); err != nil {
		return nil, err
	}
	for _, text := range c.To {
		to, err := newOperand(read, text)
		if err != nil {
			return nil, err
		}
		compared.to = append(compared.to, to)
	}
	return compared, nil
}

// check refuses a comparison that would have no meaning.
func (c comparison) check() error {
	known := []string{config.IsEqual, config.IsNotEqual, config.IsOneOf}
	switch {
	case !c.ordered() && !slices.Contains(known, c.is):
		return fmt.Errorf("%w: column %s: %q is no comparison", config.ErrInvalid, c.column, c.is)
	case c.ordered() && c.field.kind() == Text:
		return fmt.Errorf("%w: column %s: a text is neither less nor more than another", config.ErrInvalid, c.column)
	case len(c.written) == 0 || len(c.written) > 1 && c.is != config.IsOneOf:
		return fmt.Errorf("%w: column %s: it is compared with %d values", config.ErrInvalid, c.column, len(c.written))
	}
	return nil
}

func (c comparison) ordered() bool {
	return slices.Contains([]string{config.IsLess, config.IsAtMost, config.IsAtLeast, config.IsMore}, c.is)
}

func newOperand(f field, text string) (operand, error) {
	if f.kind() == Date {
		m, err := parseMoment(text)
		return func(today day) Value { return Value{m.on(today)} }, err
	}
	v, err := f.read(text)
	if err != nil {
		return nil, fmt.Errorf("%w: column %s: %q, which it is compared with, is not an integer that every reader of JSON keeps", config.ErrInvalid, f.column, text)
	}
	return func(day) Value { return v }, nil
}

func (c comparison) kind() Kind { return YesNo }

func (c comparison) evaluate(record source.Record, at instant) (Value, error) {
	v, err := c.of(record)
	if err != nil {
		return Value{}, err
	}
	return Value{slices.ContainsFunc(c.to, func(to operand) bool { return c.holds(order(v, to(at.today))) })}, nil
}

// holds tells whether a column that compares so, as in [cmp.Compare], is what
// is asked.
func (c comparison) holds(order int) bool {
	switch c.is {
	case config.IsLess:
		return order < 0
	case config.IsAtMost:
		return order <= 0
	case config.IsAtLeast:
		return order >= 0
	case config.IsMore:
		return order > 0
	case config.IsNotEqual:
		return order != 0
	default: // equal, and one of
		return order == 0
	}
}

// order compares two values of the same kind.
func order(a, b Value) int {
	switch a := a.v.(type) {
	case int64:
		return cmp.Compare(a, b.v.(int64))
	case day:
		return a.Compare(b.v.(day).Time)
	default:
		return cmp.Compare(a.(string), b.v.(string))
	}
}

func (c comparison) says() string {
	is := c.is
	if c.as == config.AsDate {
		switch is {
		case config.IsLess:
			is = "before"
		case config.IsAtMost:
			is = "on or before"
		case config.IsAtLeast:
			is = "on or after"
		case config.IsMore:
			is = "after"
		}
	}
	if strings.HasSuffix(is, config.IsEqual) {
		is += " to"
	}
	return "yes if the " + c.as + " in it is " + is + " " + strings.Join(c.written, ", ") + ", else no"
}
