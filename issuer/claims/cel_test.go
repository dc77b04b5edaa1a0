package claims_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/chancery-vc/chancery/issuer/claims"
	"github.com/chancery-vc/chancery/issuer/config"
	"github.com/chancery-vc/chancery/issuer/source"
)

// celRule returns an expression over fields, given as name and type, whose
// columns are called as they are.
func celRule(expression string, fields ...string) config.Rule {
	named := map[string]config.Field{}
	for i := 0; i < len(fields); i += 2 {
		named[fields[i]] = config.Field{Column: fields[i], As: fields[i+1], Separator: "; "}
	}
	return config.Rule{CEL: &config.CEL{Expression: expression, Fields: named}}
}

// every is a field of each type.
var every = []string{"s", "text", "n", "integer", "d", "date", "l", "list"}

// using returns an expression that uses fields of every type without
// depending on them.
func using(expression string) config.Rule {
	return celRule("[blank(s), blank(n), blank(d), blank(l)].size() == 0 ? ("+expression+") : ("+expression+")", every...)
}

var whole = source.Record{"s": "Þórdís", "n": "42", "d": "2008-02-29", "l": "one; two"}

func TestExpressions(t *testing.T) {
	for expression, want := range map[string]any{
		`s == 'Þórdís' && n > 41 && d < today && 'two' in l`: true,
		`n >= 42 ? 'old' : 'new'`:                            "old",
		`n * 2 - 4 / 2 % 3`:                                  int64(82),
		`-n`:                                                 int64(-42),
		`9007199254740991`:                                   int64(9007199254740991),
		`d`:                                                  "2008-02-29",
		`l`:                                                  []string{"one", "two"},
		`l.filter(i, i.startsWith('z'))`:                     []string{},
		`l.map(i, i + '!')`:                                  []string{"one!", "two!"},
		`l.exists(i, i == 'two') && !l.all(i, i == 'two')`: true,
		`l[1] + s`:                            "twoÞórdís",
		`size(s)`:                             int64(6), // characters
		`l.size()`:                            int64(2),
		`s.matches('^Þ[a-zóí]+s$')`:           true,
		`s.contains('ór') && s.endsWith('s')`: true,
		`string(n)`:                           "42",
		`int(string(n)) == n`:                 true,
		`d.addYears(18)`:                      "2026-02-28",
		`d.addYears(18).addDays(1) <= today`:  true,
		`d.addMonths(-12)`:                    "2007-02-28",
		`[d.year(), d.month(), d.day()] == [2008, 2, 29]`:           true,
		`d == date('2008-02-29') && d != today`:                     true,
		`today`:                                                     "2026-11-22",
		`now == timestamp('2026-11-22T01:30:00Z')`:                  true,
		`now - timestamp('2026-11-21T01:30:00Z') < duration('25h')`: true,
	} {
		rule := compile(t, using(expression))
		got, err := rule.Evaluate(whole, true, now)
		if diff := cmp.Diff(want, got.Any()); diff != "" || err != nil {
			t.Errorf("%s: %s %v", expression, diff, err)
		}
		if got.Kind() != rule.Kind() {
			t.Errorf("%s yields %s, not %s", expression, got.Kind(), rule.Kind())
		}
	}
}

// TestBlanks: an expression can ask whether a field is blank; what else it
// does with a blank has no value, unless the other side of && or || decides.
func TestBlanks(t *testing.T) {
	for expression, want := range map[string]any{
		`blank(d) || d < today`:         true,
		`!blank(d) && d < today`:        false,
		`blank(d) ? 'none' : string(n)`: "none",
		`d < today || n == 42`:          true,
		`d < today && n == 41`:          false,
		`n == 42 ? 1 : d.year()`:        int64(1),
		`d < today`:                     nil,
		`d != today`:                    nil,
		`!(d == d)`:                     nil,
		`d < today || n == 41`:          nil,
		`d.year()`:                      nil,
		`[d] == [d]`:                    nil,
	} {
		rule := compile(t, celRule("blank(n) ? ("+expression+") : ("+expression+")", "d", "date", "n", "integer"))
		got, err := rule.Evaluate(source.Record{"n": "42"}, true, now)
		if want != nil {
			if err != nil || got.Any() != want {
				t.Errorf("%s: %v, %v", expression, got.Any(), err)
			}
			continue
		}
		if !errors.Is(err, claims.ErrExpression) || !errors.Is(err, claims.ErrValue) || !got.IsZero() || !strings.Contains(err.Error(), "blank: d") {
			t.Errorf("%s: %v, %v", expression, got.Any(), err)
		}
	}
}

// TestExpressionsWithoutValue: the error says what went wrong, and nothing of
// the record.
func TestExpressionsWithoutValue(t *testing.T) {
	record := source.Record{"s": "CANARY", "n": "9007199254740991", "d": "2008-02-29", "l": "CANARY; two"}
	for expression, want := range map[string]string{
		`n * n`:                        "line 1, column 69",
		`n + n`:                        "too large for JSON",
		`n / (n - n)`:                  "line 1",
		`l[7]`:                         "line 1",
		`l[n]`:                         "line 1",
		`int(s)`:                       "line 1",
		`duration(s) < duration('1s')`: "line 1",
		`timestamp(s) < now`:           "line 1",
		`d.addYears(n)`:                "line 1",
		`d.addDays(10001)`:             "line 1",
		`d.addYears(8000)`:             "year of four digits",
		`d.addYears(-2009)`:            "year of four digits",
		`l.map(i, 'CANARY')`:           "different items",
		`[s, '']`:                      "different items",
	} {
		got, err := compile(t, using(expression)).Evaluate(record, true, now)
		if !errors.Is(err, claims.ErrExpression) || !errors.Is(err, claims.ErrValue) || !got.IsZero() {
			t.Errorf("%s: %v, %v", expression, got.Any(), err)
			continue
		}
		if !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "CANARY") || strings.Contains(err.Error(), "9007199254740991") {
			t.Errorf("%s: %v", expression, err)
		}
	}
}

// TestColumnsOfExpressions: a bad value is refused as elsewhere, also where
// the expression would not look at it; so is a value too long to work on.
func TestColumnsOfExpressions(t *testing.T) {
	for name, test := range map[string]struct {
		column, text string
		kind         error
	}{
		"no integer":     {"n", "CANARY", claims.ErrValue},
		"no date":        {"d", "CANARY", claims.ErrValue},
		"no list":        {"l", "CANARY; CANARY", claims.ErrValue},
		"a long text":    {"s", strings.Repeat("CANARY", 700), claims.ErrExpression},
		"a list of many": {"l", "CANARY; " + numbers(256), claims.ErrExpression},
		"a longest text": {"s", strings.Repeat("a", 4096), nil},
		"a longest list": {"l", numbers(256), nil},
	} {
		record := source.Record{"s": "a", "n": "1", "d": "2026-01-01", "l": "b"}
		record[test.column] = test.text
		got, err := compile(t, using("true || s == string(n) || d == today || l == []")).Evaluate(record, true, now)
		if test.kind == nil {
			if err != nil || got.Any() != true {
				t.Errorf("%s: %v, %v", name, got, err)
			}
			continue
		}
		if !errors.Is(err, test.kind) || strings.Contains(err.Error(), "CANARY") || !strings.Contains(err.Error(), "column "+test.column) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// numbers returns a list of n different items.
func numbers(n int) string {
	items := make([]string, n)
	for i := range items {
		items[i] = string(rune('0'+i/10%10)) + string(rune('0'+i%10)) + string(rune('a'+i/100))
	}
	return strings.Join(items, "; ")
}

func TestExpressionsRefused(t *testing.T) {
	many := strings.Repeat("l.exists(a, ", 3) + "true" + strings.Repeat(")", 3)
	for name, test := range map[string]struct{ expression, want string }{
		"a syntax error":            {"n >", "line 1, column 4"},
		"an unknown field":          {"n > 1 &&\n  m > 1", "line 2, column 3: undeclared reference to 'm'"},
		"a text as a number":        {"n == '1'", "line 1, column 3: found no matching overload"},
		"a date as a moment":        {"d < now", "no matching overload"},
		"an optional field":         {"n == null", "no matching overload"},
		"a double":                  {"1.5", "yields double"},
		"a map":                     {"{'a': n}", "yields map"},
		"a list of numbers":         {"[n]", "yields list(int)"},
		"a list of nothing":         {"[]", "yields list"},
		"a moment":                  {"now", "yields google.protobuf.Timestamp"},
		"null":                      {"null", "yields null"},
		"a mixed list":              {"[n, s] == []", "expected type"},
		"any type":                  {"dyn(n) == 1", "undeclared reference to 'dyn'"},
		"a zone":                    {"now.getHours(s) == 1", "undeclared reference to 'getHours'"},
		"the clock":                 {"now() == now", "undeclared reference to 'now'"},
		"has":                       {"has(n)", "undeclared reference to 'has'"},
		"an unknown blank":          {"blank(m)", "line 1, column 7: blank takes the name"},
		"a blank of a value":        {"blank(n + 1)", "blank takes the name"},
		"the variable behind blank": {"@blank_n", "line 1, column 1"},
		"no such day":               {"d < date('2026-02-29')", `line 1, column 10: "2026-02-29" is not a date`},
		"a date that is worked out": {"d < date(s)", "between quotes"},
		"a pattern from a column":   {"s.matches(s)", "between quotes"},
		"a pattern that is joined":  {"s.matches('a' + s)", "between quotes"},
		"no pattern":                {"s.matches('(')", "line 1, column 11"},
		"a large pattern":           {"s.matches('((a{30}){30}){30}')", "line 1, column 11"},
		"no duration":               {"now - now < duration('soon')", "line 1"},
		"lists within lists":        {many, "too much work"},
		"deep parentheses":          {strings.Repeat("(", 300) + "n" + strings.Repeat(")", 300) + " == 1", "expression: expression recursion limit exceeded"},
		"deep calls":                {strings.Repeat("string(int(", 40) + "s" + strings.Repeat("))", 40) + " == s", "recursion"},
		"very many parts":           {"[" + strings.Repeat("n, ", 1001) + "n] == []", "expression node count"},
		"a very long expression":    {"'" + strings.Repeat("a", 5000) + "' == s", "size"},
	} {
		rule, err := claims.Compile(celRule(test.expression, "s", "text", "n", "integer", "d", "date", "l", "list"))
		if !errors.Is(err, config.ErrInvalid) || rule != nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, %v", name, rule, err)
		}
	}
}

// TestUnusedFields: a column is not read for an expression that does not need
// it.
func TestUnusedFields(t *testing.T) {
	_, err := claims.Compile(celRule("a == 'b'", "a", "text", "c", "text"))
	if !errors.Is(err, config.ErrInvalid) || !strings.Contains(err.Error(), "field c") {
		t.Error(err)
	}
	r := celRule("blank(z) || a == b", "z", "text", "a", "text", "b", "text")
	r.CEL.Fields["b"] = config.Field{Column: "a", As: "text"}
	if diff := cmp.Diff([]string{"a", "z"}, compile(t, r).Columns()); diff != "" {
		t.Error(diff)
	}
}

// TestWorkIsLimited: where a text turns out longer than it was taken to be when
// the expression was compiled, its evaluation is stopped.
func TestWorkIsLimited(t *testing.T) {
	long := strings.Repeat("s + ", 15) + "s"
	rule := compile(t, celRule("[string("+long+")].exists(y, l.exists(i, y.matches('(b|c)*d')))", "s", "text", "l", "list"))
	if answer(t, rule, source.Record{"s": "a", "l": numbers(256)}, now) != false {
		t.Error("a text of a has d in it")
	}
	got, err := rule.Evaluate(source.Record{"s": strings.Repeat("a", 4096), "l": numbers(256)}, true, now)
	if !errors.Is(err, claims.ErrExpression) || !got.IsZero() || !strings.Contains(err.Error(), "too much work") {
		t.Errorf("%v, %v", got.Any(), err)
	}
}

// operators are those of the words that an expression has an operator for.
var operators = map[string]string{
	"less than": "<", "at most": "<=", "equal": "==", "not equal": "!=", "at least": ">=", "more than": ">",
}

// moved is the date that the date is compared with, as an expression.
func (d drawn) moved() string {
	if d.unit == "week" {
		return fmt.Sprintf("today.addDays(%d)", 7*d.n)
	}
	return fmt.Sprintf("today.add%ss(%d)", strings.ToUpper(d.unit[:1])+d.unit[1:], d.n)
}

// TestDatesInExpressions: they compare as the oracle says.
func TestDatesInExpressions(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := draw(t)
		operator, ok := operators[d.is]
		if !ok {
			t.Skip("no operator")
		}
		rule := compile(t, celRule("d "+operator+" "+d.moved(), "d", "date"))
		if got := answer(t, rule, source.Record{"d": d.date.String()}, d.noon()); got != d.want {
			t.Errorf("on %s, %s %s %s: %v", d.today, d.date, operator, d.moved(), got)
		}
	})
}

// TestExpressionsAreRules: what holds of other rules holds of expressions.
func TestExpressionsAreRules(t *testing.T) {
	rule := compile(t, celRule("blank(a) || a == b", "a", "text", "b", "text"))
	if got, err := rule.Evaluate(source.Record{}, false, now); !errors.Is(err, source.ErrNone) || !got.IsZero() {
		t.Errorf("without a record: %v, %v", got.Any(), err)
	}
	if want := "It reads columns a and b and answers what an expression makes of that, yes or no."; rule.Explain() != want {
		t.Error(rule.Explain())
	}
	if err := rule.Fits("predicate"); err != nil {
		t.Error(err)
	}
	if err := compile(t, celRule("a + 1", "a", "integer")).Fits("predicate"); !errors.Is(err, config.ErrInvalid) {
		t.Errorf("an integer as a predicate: %v", err)
	}
	if _, err := claims.Compile(celRule("a == 1", "a", "number")); !errors.Is(err, config.ErrInvalid) || !strings.Contains(err.Error(), "field a") {
		t.Errorf("a field of no kind: %v", err)
	}
	late := celRule("d == today", "d", "date")
	late.Zone = "Pacific/Auckland"
	if answer(t, compile(t, late), source.Record{"d": "2026-11-23"}, now.Add(12*time.Hour)) != true {
		t.Error("the day is not that of the zone")
	}
}

// TestConcurrentUse: a rule gives each of many callers the answer to their own
// record.
func TestConcurrentUse(t *testing.T) {
	rule := compile(t, celRule("n * 2", "n", "integer"))
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() {
			for range 200 {
				got, err := rule.Evaluate(source.Record{"n": string(rune('1' + i))}, true, now)
				if err != nil || got.Any() != int64(2*(i+1)) {
					t.Errorf("%d: %v, %v", i+1, got.Any(), err)
					return
				}
			}
		})
	}
	group.Wait()
}
