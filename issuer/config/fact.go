package config

import (
	"fmt"

	"github.com/goccy/go-yaml/ast"

	"github.com/chancery-vc/chancery/verifier/statement"
)

// What of a rule's value an answer says.
const (
	DisclosePredicate = statement.DisclosePredicate // yes or no
	DiscloseValue     = statement.DiscloseValue     // the value
	DiscloseRedacted  = statement.DiscloseRedacted  // that the rule was evaluated, and had a value
)

// How a comparison compares. Of dates, the earlier is less than the later.
const (
	IsLess     = "less than"
	IsAtMost   = "at most"
	IsEqual    = "equal"
	IsNotEqual = "not equal"
	IsAtLeast  = "at least"
	IsMore     = "more than"
	IsOneOf    = "one of"
)

// Fact is one question about a record that is answered without a credential.
// No column is read that its rule does not name.
type Fact struct {
	// Source names the register.
	Source string `yaml:"source"`
	// Table is the table or view to read.
	Table string `yaml:"table"`
	// Key is the column that identifies a record.
	Key string `yaml:"key"`
	// Where filters the records, as that of a profile. Default: all records.
	Where Where `yaml:"where"`
	// Rule is how the question is answered.
	Rule Rule `yaml:"rule"`
	// Disclosure is what the answer says: predicate (yes or no, of a rule that
	// yields nothing else), value (what the rule yields, such as a text) or
	// redacted (that there is a value, and nothing of it). Default: predicate.
	Disclosure string `yaml:"disclosure"`
	// Validity is how long an answer is valid, at most 24h. It cannot be
	// revoked, so make it no longer than the question takes. Default: 5m.
	Validity Duration `yaml:"validity"`
}

// Rule is how a question about a record is answered: by exactly one of Exists,
// Field, Compare and CEL.
type Rule struct {
	// Exists, if true, asks whether there is such a record. No other rule has
	// an answer for a record that is not there.
	Exists bool `yaml:"exists"`
	// Field asks for the value of a column.
	Field *Field `yaml:"field"`
	// Compare asks how the value of a column compares.
	Compare *Compare `yaml:"compare"`
	// CEL asks an expression in the Common Expression Language.
	CEL *CEL `yaml:"cel"`
	// Zone is the time zone that says which day today is, by its name in the
	// IANA database, such as Africa/Nairobi. Default: UTC.
	Zone string `yaml:"zone"`
}

// Field is a column and how to read it. A blank column has no value, and the
// question is refused.
type Field struct {
	// Column is the column.
	Column string `yaml:"column"`
	// As is how to read it: text (the default), integer, date (YYYY-MM-DD) or
	// list (texts between Separator).
	As string `yaml:"as"`
	// Separator divides the items of a list. Default "; ".
	Separator string `yaml:"separator"`
}

// Compare compares the value of a column. If the column is blank, the question
// is refused.
type Compare struct {
	// Column is the column.
	Column string `yaml:"column"`
	// As is how to read it: text (the default), integer or date (YYYY-MM-DD).
	As string `yaml:"as"`
	// Is says how it must compare for a yes: less than, at most, equal, not
	// equal, at least, more than, or one of. Of dates, the earlier is less
	// than the later. A text can only be equal, not equal or one of.
	Is string `yaml:"is"`
	// To is what the value is compared with: one value or, for one of, a list.
	// A date is YYYY-MM-DD, today, or so many days, weeks, months or years from
	// today, such as "today - 18 years". If a month has no such day, its last
	// day is meant.
	To Operands `yaml:"to"`
}

// CEL is an expression over columns. If it comes to no value, as from a blank
// column, the question is refused.
type CEL struct {
	// Expression is the expression. It yields a yes or no (bool), a text
	// (string), an integer (int), a date or a list of texts, and knows Fields,
	// today (a date) and now (a timestamp).
	Expression string `yaml:"expression"`
	// Fields are the columns that it may use, each of which it must use, by
	// the name that it has for them.
	Fields map[string]Field `yaml:"fields"`
}

// Operands are what a column is compared with. YAML must not read them as
// anything else: 1.50 is no 1.5, and 0x10 no 16.
type Operands []string

// UnmarshalYAML reads one scalar or a list of them.
func (o *Operands) UnmarshalYAML(node ast.Node) error {
	nodes := []ast.Node{node}
	if list, ok := node.(*ast.SequenceNode); ok {
		nodes = list.Values
	}
	for _, item := range nodes {
		text, ok := written(item)
		if !ok {
			return fmt.Errorf("line %d: %.40s is no value to compare with; if it is meant as a text, put it in quotes", line(item), item)
		}
		*o = append(*o, text)
	}
	return nil
}
