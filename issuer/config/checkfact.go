package config

import (
	"maps"
	"regexp"
	"slices"
	"time"

	"github.com/chancery-vc/chancery/issuer/source"
)

// Caps on a rule.
const (
	MaxFields     = 16      // columns of an expression
	MaxExpression = 4 << 10 // bytes of it
)

func (c *Config) setFactDefaults() {
	for name, fact := range c.Facts {
		setDefault(&fact.Disclosure, DisclosePredicate)
		setDefault(&fact.Validity, Duration(5*time.Minute))
		fact.Rule.setDefaults()
		c.Facts[name] = fact
	}
}

func (r *Rule) setDefaults() {
	setDefault(&r.Zone, "UTC")
	if r.Field != nil {
		r.Field.setDefaults()
	}
	if r.Compare != nil {
		setDefault(&r.Compare.As, AsText)
	}
	if r.CEL != nil {
		for name, field := range r.CEL.Fields {
			field.setDefaults()
			r.CEL.Fields[name] = field
		}
	}
}

func (f *Field) setDefaults() {
	setDefault(&f.As, AsText)
	setDefault(&f.Separator, "; ")
}

func (c *Config) checkFacts() error {
	for _, key := range slices.Sorted(maps.Keys(c.Facts)) {
		where := "facts." + key
		if !name.MatchString(key) {
			return invalid(where, "a fact's name is letters, digits, - and _")
		}
		if err := c.checkFact(where, c.Facts[key]); err != nil {
			return err
		}
	}
	return nil
}

func (c *Config) checkFact(where string, f Fact) error {
	if err := c.checkRelation(where, f); err != nil {
		return err
	}
	if err := f.Rule.check(where + ".rule"); err != nil {
		return err
	}
	switch {
	case !slices.Contains([]string{DisclosePredicate, DiscloseValue, DiscloseRedacted}, f.Disclosure):
		return invalid(where, "disclosure %q is none of %s, %s, %s", f.Disclosure, DisclosePredicate, DiscloseValue, DiscloseRedacted)
	case f.Rule.Field != nil && f.Disclosure == DisclosePredicate:
		return invalid(where, "its rule yields a value, not a yes or no: say disclosure: %s or %s, or ask with compare what you need to know of the value", DiscloseValue, DiscloseRedacted)
	case f.Validity <= 0 || f.Validity.Std() > maxAnswer:
		return invalid(where, "validity must be more than 0 and at most %s: an answer cannot be revoked", maxAnswer)
	}
	return nil
}

func (c *Config) checkRelation(where string, f Fact) error {
	for _, field := range [][2]string{{"source", f.Source}, {"table", f.Table}, {"key", f.Key}} {
		if field[1] == "" {
			return invalid(where, "%s is missing", field[0])
		}
	}
	if _, ok := c.Sources[f.Source]; !ok {
		return invalid(where, "source %q is not one of sources", f.Source)
	}
	return f.Where.check(where)
}

func (r Rule) check(where string) error {
	kinds := 0
	for _, given := range []bool{r.Exists, r.Field != nil, r.Compare != nil, r.CEL != nil} {
		if given {
			kinds++
		}
	}
	if kinds != 1 {
		return invalid(where, "it has exactly one of exists: true, field, compare and cel; this one has %d", kinds)
	}
	if _, err := time.LoadLocation(r.Zone); err != nil || r.Zone == "Local" {
		return invalid(where, "zone %q is not a time zone, such as UTC or Africa/Nairobi, that this machine knows", r.Zone)
	}
	switch {
	case r.Field != nil:
		return r.Field.check(where + ".field")
	case r.Compare != nil:
		return r.Compare.check(where + ".compare")
	case r.CEL != nil:
		return r.CEL.check(where + ".cel")
	default:
		return nil
	}
}

func (f Field) check(where string) error {
	if f.Column == "" {
		return invalid(where, "column is missing")
	}
	if !slices.Contains([]string{AsText, AsInteger, AsDate, AsList}, f.As) {
		return invalid(where, "as %q is none of text, integer, date, list", f.As)
	}
	return nil
}

func (c Compare) check(where string) error {
	ordered := []string{IsLess, IsAtMost, IsAtLeast, IsMore}
	switch {
	case c.Column == "":
		return invalid(where, "column is missing")
	case !slices.Contains([]string{AsText, AsInteger, AsDate}, c.As):
		return invalid(where, "as %q is none of text, integer, date", c.As)
	case !slices.Contains(append(ordered, IsEqual, IsNotEqual, IsOneOf), c.Is):
		return invalid(where, "is %q is none of %s, %s, %s, %s, %s, %s, %s", c.Is, IsLess, IsAtMost, IsEqual, IsNotEqual, IsAtLeast, IsMore, IsOneOf)
	case c.As == AsText && slices.Contains(ordered, c.Is):
		return invalid(where, "a text is neither less nor more than another; say as: integer or as: date if the column holds one")
	case len(c.To) == 0:
		return invalid(where, "to is missing: what the column is compared with")
	case len(c.To) > source.MaxOptions:
		return invalid(where, "to has more than %d values", source.MaxOptions)
	case c.Is != IsOneOf && len(c.To) > 1:
		return invalid(where, "to has more than one value, which only is: %s takes", IsOneOf)
	}
	return nil
}

// fieldName is what an expression may call a column.
var fieldName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]{0,63}$`)

func (c CEL) check(where string) error {
	switch {
	case c.Expression == "":
		return invalid(where, "expression is missing")
	case len(c.Expression) > MaxExpression:
		return invalid(where, "expression has more than %d bytes", MaxExpression)
	case len(c.Fields) == 0 || len(c.Fields) > MaxFields:
		return invalid(where, "fields must name 1 to %d columns that the expression uses", MaxFields)
	}
	for _, key := range slices.Sorted(maps.Keys(c.Fields)) {
		if !fieldName.MatchString(key) || key == "today" || key == "now" {
			return invalid(where, "%q cannot be the name of a field: it is letters, digits and _, and neither today nor now", key)
		}
		if err := c.Fields[key].check(where + ".fields." + key); err != nil {
			return err
		}
	}
	return nil
}
