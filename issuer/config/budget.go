package config

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Budget bounds what a relying party can learn from many answers: by walking
// over the register, or by asking about one record in small steps. It is counted
// durably, and each caller has its own; see [RelyingParty.Budget].
type Budget struct {
	// Subjects is how many different records a caller may ask about in how long,
	// such as 1000/24h, or unlimited. The operator is warned of four fifths.
	// Default: 10000/24h.
	Subjects Allowance `yaml:"subjects"`
	// QuestionsPerSubject is how many different questions about one record that
	// depend on the same column a caller may ask in how long, or unlimited. The
	// same threshold on another day is another question, unless its answer
	// follows from the answers before. Default: 20/30d.
	QuestionsPerSubject Allowance `yaml:"questions_per_subject"`
	// Narrowest says, by TABLE.COLUMN of integers or dates, how far a caller may
	// narrow a value down by comparisons: to 10 values, such as 10, or to 5 years
	// of dates, such as 5y (of 365 days each) or 30d. A question that could tell
	// more is not answered. Default: none, and only their number is bounded.
	Narrowest map[string]Width `yaml:"narrowest"`
}

// Allowance is so many in a time, or any number.
type Allowance struct {
	Most int
	In   time.Duration
	Any  bool
}

// Width is a number of values of a column: integers, or days.
type Width struct {
	Values int64
	Days   bool // it was given in days or years
}

// Bounds of a budget.
const (
	maxAllowance     = 1_000_000
	maxQuestions     = 100 // about one record: each is remembered
	minAllowanceTime = time.Minute
	maxAllowanceTime = 10 * 365 * 24 * time.Hour
	maxWidth         = 1 << 40
)

// UnmarshalText reads an allowance such as 1000/24h, or unlimited.
func (a *Allowance) UnmarshalText(text []byte) error {
	if string(text) == "unlimited" {
		*a = Allowance{Any: true}
		return nil
	}
	count, in, _ := strings.Cut(string(text), "/")
	most, err := strconv.Atoi(count)
	var each Duration
	if err != nil || each.UnmarshalText([]byte(in)) != nil {
		return fmt.Errorf("%.40q is neither such as 1000/24h nor unlimited", text)
	}
	if most < 1 || most > maxAllowance || each.Std() < minAllowanceTime || each.Std() > maxAllowanceTime {
		return fmt.Errorf("%.40q: it is 1 to %d in 1m to 3650d, or unlimited", text, maxAllowance)
	}
	*a = Allowance{Most: most, In: each.Std()}
	return nil
}

// String returns the allowance as the configuration has it.
func (a Allowance) String() string {
	if a.Any {
		return "unlimited"
	}
	for _, unit := range []struct {
		is   time.Duration
		name string
	}{{24 * time.Hour, "d"}, {time.Hour, "h"}, {time.Minute, "m"}} {
		if a.In%unit.is == 0 {
			return fmt.Sprintf("%d/%d%s", a.Most, a.In/unit.is, unit.name)
		}
	}
	return fmt.Sprintf("%d/%s", a.Most, a.In)
}

// String returns the width as the configuration has it, in days or values.
func (w Width) String() string {
	if w.Days {
		return fmt.Sprintf("%dd", w.Values)
	}
	return strconv.FormatInt(w.Values, 10)
}

// UnmarshalText reads a width such as 10, 30d or 5y.
func (w *Width) UnmarshalText(text []byte) error {
	number, each := string(text), int64(1)
	if days, ok := strings.CutSuffix(number, "d"); ok {
		number, w.Days = days, true
	} else if years, ok := strings.CutSuffix(number, "y"); ok {
		number, w.Days, each = years, true, 365
	}
	n, err := strconv.ParseInt(number, 10, 64)
	if err != nil || n < 1 || n > maxWidth {
		return fmt.Errorf("%.40q is no width such as 10, 30d or 5y", text)
	}
	w.Values = n * each
	return nil
}

func (c *Config) setBudgetDefaults() {
	setDefault(&c.Budget.Subjects, Allowance{Most: 10_000, In: 24 * time.Hour})
	setDefault(&c.Budget.QuestionsPerSubject, Allowance{Most: 20, In: 30 * 24 * time.Hour})
}

// BudgetOf returns the budget of a caller: what stands with it, and the rest as
// for all.
func (c *Config) BudgetOf(caller string) Budget {
	b := c.Budget
	at := slices.IndexFunc(c.Consult.Callers, func(r RelyingParty) bool { return r.Name == caller })
	if at < 0 {
		return b
	}
	own := c.Consult.Callers[at].Budget
	b.Subjects = cmp.Or(own.Subjects, b.Subjects)
	b.QuestionsPerSubject = cmp.Or(own.QuestionsPerSubject, b.QuestionsPerSubject)
	b.Narrowest = maps.Clone(b.Narrowest)
	for column, width := range own.Narrowest {
		if b.Narrowest == nil {
			b.Narrowest = map[string]Width{}
		}
		b.Narrowest[column] = width
	}
	return b
}

func (c *Config) checkBudgets() error {
	if err := c.checkBudget("budget", c.Budget); err != nil {
		return err
	}
	for i, caller := range c.Consult.Callers {
		if err := c.checkBudget(fmt.Sprintf("consult.callers, number %d: budget", i+1), caller.Budget); err != nil {
			return err
		}
	}
	return nil
}

func (c *Config) checkBudget(where string, b Budget) error {
	if b.QuestionsPerSubject.Most > maxQuestions {
		return invalid(where, "questions_per_subject is more than %d; say unlimited if they are not to be counted", maxQuestions)
	}
	for _, column := range slices.Sorted(maps.Keys(b.Narrowest)) {
		compared := c.comparedAs(column)
		switch days := b.Narrowest[column].Days; {
		case compared == "":
			return invalid(where, "narrowest: no fact compares %q as integer or date; write it as TABLE.COLUMN", column)
		case days && compared != AsDate:
			return invalid(where, "narrowest: %s is compared as %s: give a number of values, such as 10", column, compared)
		case !days && compared == AsDate:
			return invalid(where, "narrowest: %s is compared as a date: give days or years, such as 30d or 5y", column)
		}
	}
	return nil
}

// comparedAs returns how the facts compare a column, integer or date; "" if none
// does.
func (c *Config) comparedAs(column string) string {
	for _, name := range slices.Sorted(maps.Keys(c.Facts)) {
		f := c.Facts[name]
		if compare := f.Rule.Compare; compare != nil && f.Table+"."+compare.Column == column && compare.As != AsText {
			return compare.As
		}
	}
	return ""
}
