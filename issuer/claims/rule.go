package claims

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/chancery-vc/chancery/issuer/config"
	"github.com/chancery-vc/chancery/issuer/source"
)

// Rule answers one question about a record. It is safe for concurrent use.
type Rule struct {
	rule
	zone *time.Location
}

// rule is one of exists, field, comparison and expression.
type rule interface {
	fields() []field
	kind() Kind
	says() string // completes "answers"
	evaluate(record source.Record, at instant) (Value, error)
}

// instant is when a question is asked: the day and the moment.
type instant struct {
	today day
	now   time.Time
}

// Compile makes a rule of one that is part of a configuration. Errors wrap
// [config.ErrInvalid] and say where in the rule they are; the caller says of
// which fact it is the rule.
func Compile(r config.Rule) (*Rule, error) {
	zone, err := time.LoadLocation(r.Zone)
	if err != nil {
		return nil, fmt.Errorf("%w: zone %q: this machine does not know it", config.ErrInvalid, r.Zone)
	}
	compiled, err := compile(r)
	if err != nil {
		return nil, err
	}
	return &Rule{compiled, zone}, nil
}

func compile(r config.Rule) (rule, error) {
	switch {
	case r.Exists:
		return exists{}, nil
	case r.Field != nil:
		return newField(*r.Field)
	case r.Compare != nil:
		return newComparison(*r.Compare)
	case r.CEL != nil:
		return newExpression(*r.CEL)
	default:
		return nil, fmt.Errorf("%w: the rule has none of exists, field, compare and cel", config.ErrInvalid)
	}
}

// Columns returns the columns that the rule reads, sorted, each once. To tell
// whether there is a record takes none.
func (r *Rule) Columns() []string {
	var columns []string
	for _, f := range r.fields() {
		columns = append(columns, f.column)
	}
	slices.Sort(columns)
	return slices.Compact(columns)
}

// Kind returns what sort of value the rule yields.
func (r *Rule) Kind() Kind { return r.kind() }

// Fits refuses a disclosure that the rule's value cannot have.
func (r *Rule) Fits(disclosure string) error { return fits(r.kind(), disclosure) }

// Evaluate answers the question of a record at a time. Whether it was found is
// an answer to a rule that asks just that; any other refuses a record that was
// not, with [source.ErrNone]. A record that the rule has no answer for, such as
// one with a blank column, is refused with [ErrValue].
func (r *Rule) Evaluate(record source.Record, found bool, now time.Time) (Value, error) {
	if _, asked := r.rule.(exists); asked {
		return Value{found}, nil
	}
	if !found {
		return Value{}, source.ErrNone
	}
	return r.evaluate(record, instant{dayOf(now.In(r.zone)), now})
}

// Explain says in one sentence what the rule reads and what it answers.
func (r *Rule) Explain() string {
	read := "no column"
	switch columns := r.Columns(); {
	case len(columns) == 1:
		read = "column " + columns[0]
	case len(columns) > 1:
		last := len(columns) - 1
		read = "columns " + strings.Join(columns[:last], ", ") + " and " + columns[last]
	}
	return "It reads " + read + " and answers " + r.says() + "."
}

// Suggestion says how the same question may be answered with less than the
// disclosure tells, or is "".
func (r *Rule) Suggestion(disclosure string) string {
	f, ok := r.rule.(field)
	if !ok || disclosure != config.DiscloseValue || f.kind() != Date && f.kind() != Integer {
		return ""
	}
	example := "compare: {column: " + f.column + ", as: integer, is: at least, to: 1}"
	if f.kind() == Date {
		example = "compare: {column: " + f.column + `, as: date, is: at most, to: "today - 18 years"}`
	}
	return fmt.Sprintf("it discloses the whole %s in column %s; if the question is whether it is more or less than something, a predicate tells that alone, such as %s",
		f.kind(), f.column, example)
}

// Comparison returns what a rule compares, if it is one of less than, at most,
// at least and more than: many such answers of one record narrow its value
// down.
func (r *Rule) Comparison() (column, is, to string, ok bool) {
	c, ok := r.rule.(comparison)
	if !ok || !c.ordered() {
		return "", "", "", false
	}
	return c.column, c.is, c.written[0], true
}

// exists asks whether there is a record. [Rule.Evaluate] answers it.
type exists struct{}

func (exists) fields() []field { return nil }
func (exists) kind() Kind      { return YesNo }
func (exists) says() string    { return "yes if there is such a record, else no" }
func (exists) evaluate(source.Record, instant) (Value, error) {
	return Value{true}, nil
}

func (f field) fields() []field { return []field{f} }
func (f field) kind() Kind      { return Kind(f.as) }
func (f field) says() string    { return "the " + f.as + " in it" }
func (f field) evaluate(record source.Record, _ instant) (Value, error) {
	return f.of(record)
}
