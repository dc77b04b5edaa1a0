package config_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chancery-vc/chancery/issuer/config"
)

// facts has a fact of each kind of rule, with nothing in it that has a
// default.
const facts = `facts:
  registered:
    source: births
    table: births
    key: number
    where:
      status: [registered, amended]
    rule:
      exists: true
  family-name:
    source: births
    table: births
    key: number
    rule:
      field: {column: family_name}
    disclosure: value
  adult:
    source: births
    table: births
    key: number
    rule:
      compare: {column: date_of_birth, as: date, is: at most, to: today - 18 years}
      zone: Africa/Nairobi
    validity: 1h
  minor-with-names:
    source: births
    table: births
    key: number
    rule:
      cel:
        expression: names.size() > 1 && born > today.addYears(-18)
        fields:
          names: {column: given_names, as: list}
          born: {column: date_of_birth, as: date}
`

func TestFacts(t *testing.T) {
	c, err := config.Parse([]byte(least+facts), "")
	if err != nil {
		t.Fatal(err)
	}
	fact := func(r config.Rule) config.Fact {
		if r.Zone == "" {
			r.Zone = "UTC"
		}
		return config.Fact{
			Source: "births", Table: "births", Key: "number", Rule: r,
			Disclosure: "predicate", Validity: config.Duration(5 * time.Minute),
		}
	}
	registered := fact(config.Rule{Exists: true})
	registered.Where = config.Where{"status": {"registered", "amended"}}
	familyName := fact(config.Rule{Field: &config.Field{Column: "family_name", As: "text", Separator: "; "}})
	familyName.Disclosure = "value"
	adult := fact(config.Rule{
		Compare: &config.Compare{Column: "date_of_birth", As: "date", Is: "at most", To: config.Operands{"today - 18 years"}},
		Zone:    "Africa/Nairobi",
	})
	adult.Validity = config.Duration(time.Hour)
	minor := fact(config.Rule{CEL: &config.CEL{
		Expression: "names.size() > 1 && born > today.addYears(-18)",
		Fields: map[string]config.Field{
			"names": {Column: "given_names", As: "list", Separator: "; "},
			"born":  {Column: "date_of_birth", As: "date", Separator: "; "},
		},
	}})
	want := map[string]config.Fact{"registered": registered, "family-name": familyName, "adult": adult, "minor-with-names": minor}
	if diff := cmp.Diff(want, c.Facts); diff != "" {
		t.Error(diff)
	}
}

// TestOperandsStayAsWritten: YAML has types of its own for what is not between
// quotes; a comparison has none of them.
func TestOperandsStayAsWritten(t *testing.T) {
	for written, want := range map[string][]string{
		"NO": {"NO"}, "true": {"true"}, "1.50": {"1.50"}, "007": {"007"}, "0x10": {"0x10"}, "1_000": {"1_000"}, "+5": {"+5"}, "-5": {"-5"},
		"1e3": {"1e3"}, "12345678901234567890": {"12345678901234567890"}, "2020-01-01": {"2020-01-01"}, "today": {"today"},
		`""`: {""}, `"null"`: {"null"}, "[NO, 1.50, 2020-01-01]": {"NO", "1.50", "2020-01-01"}, `[""]`: {""},
	} {
		text := strings.Replace(facts, "{column: date_of_birth, as: date, is: at most, to: today - 18 years}",
			"{column: a, is: one of, to: "+written+"}", 1)
		c, err := config.Parse([]byte(least+text), "")
		if err != nil {
			t.Errorf("%s: %v", written, err)
			continue
		}
		if diff := cmp.Diff(want, []string(c.Facts["adult"].Rule.Compare.To)); diff != "" {
			t.Errorf("%s: %s", written, diff)
		}
	}
}

func TestFactsRefused(t *testing.T) {
	const compared = "{column: date_of_birth, as: date, is: at most, to: today - 18 years}"
	const expression = "names.size() > 1 && born > today.addYears(-18)"
	for name, test := range map[string]struct{ from, to, where, want string }{
		"a bad name":              {"family-name:", "family/name:", "facts.family/name", "name"},
		"no source":               {"    source: births\n    table: births\n    key: number\n    where:", "    table: births\n    key: number\n    where:", "facts.registered", "source is missing"},
		"no table":                {"    table: births\n    key: number\n    where:", "    key: number\n    where:", "facts.registered", "table is missing"},
		"no key":                  {"    key: number\n    where:", "    where:", "facts.registered", "key is missing"},
		"an unknown source":       {"registered:\n    source: births", "registered:\n    source: deaths", "facts.registered", `"deaths"`},
		"a condition of nothing":  {"[registered, amended]", "[]", "facts.registered.where", "status"},
		"an unknown field":        {"exists: true", "exist: true", "line", `"exist"`},
		"no rule":                 {"      exists: true\n", "      zone: UTC\n", "facts.registered.rule", "this one has 0"},
		"exists that is not true": {"exists: true", "exists: false", "facts.registered.rule", "this one has 0"},
		"two rules":               {"exists: true", "exists: true\n      field: {column: a}", "facts.registered.rule", "this one has 2"},
		"an unknown zone":         {"Africa/Nairobi", "Moon/Base", "facts.adult.rule", `"Moon/Base"`},
		"the machine's zone":      {"Africa/Nairobi", "Local", "facts.adult.rule", `"Local"`},
		"a zone that is a file":   {"Africa/Nairobi", "../../etc/passwd", "facts.adult.rule", "zone"},

		"an unknown disclosure": {"disclosure: value", "disclosure: all", "facts.family-name", `"all"`},
		"a predicate of a text": {"    disclosure: value\n", "", "facts.family-name", "disclosure: value or redacted"},
		"no validity":           {"validity: 1h", "validity: -1s", "facts.adult", "validity"},
		"a long validity":       {"validity: 1h", "validity: 25h", "facts.adult", "24h"},

		"a field of no column":      {"{column: family_name}", "{as: text}", "facts.family-name.rule.field", "column"},
		"a field of no kind":        {"{column: family_name}", "{column: a, as: number}", "facts.family-name.rule.field", `"number"`},
		"a comparison of no column": {compared, "{is: equal, to: a}", "facts.adult.rule.compare", "column"},
		"a comparison of lists":     {compared, "{column: a, as: list, is: equal, to: a}", "facts.adult.rule.compare", `"list"`},
		"a comparison of no word":   {compared, "{column: a, is: like, to: a}", "facts.adult.rule.compare", `"like"`},
		"a comparison with nothing": {compared, "{column: a, is: equal}", "facts.adult.rule.compare", "to is missing"},
		"a comparison with no list": {compared, "{column: a, is: one of, to: []}", "facts.adult.rule.compare", "to is missing"},
		"a comparison with a list":  {compared, "{column: a, is: equal, to: [a, b]}", "facts.adult.rule.compare", "one of"},
		"a comparison with many":    {compared, "{column: a, is: one of, to: [a" + strings.Repeat(", a", 256) + "]}", "facts.adult.rule.compare", "256"},
		"a comparison with null":    {compared, "{column: a, is: equal, to: null}", "facts.adult.rule.compare", "to is missing"},
		"a comparison with a blank": {compared, "{column: a, is: one of, to: [a, ~]}", "line", "quotes"},
		"a comparison with a map":   {compared, "{column: a, is: equal, to: {a: b}}", "line", "quotes"},
		"a comparison with lists":   {compared, "{column: a, is: one of, to: [[a]]}", "line", "quotes"},
		"an order of texts":         {compared, "{column: a, is: less than, to: b}", "facts.adult.rule.compare", "as: integer"},

		"no expression":            {expression, `""`, "facts.minor-with-names.rule.cel", "expression is missing"},
		"a long expression":        {expression, strings.Repeat("a", 4097), "facts.minor-with-names.rule.cel", "4096"},
		"no fields":                {"          names: {column: given_names, as: list}\n          born: {column: date_of_birth, as: date}\n", "          {}\n", "facts.minor-with-names.rule.cel", "fields"},
		"a field called now":       {"          born:", "          now:", "facts.minor-with-names.rule.cel", `"now"`},
		"a field called today":     {"          born:", "          today:", "facts.minor-with-names.rule.cel", `"today"`},
		"a field with a dot":       {"          born:", "          a.b:", "facts.minor-with-names.rule.cel", `"a.b"`},
		"a field without a column": {"{column: given_names, as: list}", "{as: list}", "facts.minor-with-names.rule.cel.fields.names", "column"},
	} {
		t.Run(name, func(t *testing.T) {
			if strings.Count(facts, test.from) != 1 {
				t.Fatalf("%q is there %d times", test.from, strings.Count(facts, test.from))
			}
			c, err := config.Parse([]byte(least+strings.Replace(facts, test.from, test.to, 1)), "")
			if !errors.Is(err, config.ErrInvalid) || c != nil {
				t.Fatalf("got %+v, %v", c, err)
			}
			if !strings.Contains(err.Error(), test.where) || !strings.Contains(err.Error(), test.want) {
				t.Errorf("the error does not say %s and %s: %v", test.where, test.want, err)
			}
		})
	}
}

func TestVeryManyFields(t *testing.T) {
	var more strings.Builder
	for i := range config.MaxFields - 1 {
		more.WriteString("          f" + string(rune('a'+i)) + ": {column: a}\n")
	}
	c, err := config.Parse([]byte(least+facts+more.String()), "")
	if !errors.Is(err, config.ErrInvalid) || c != nil || !strings.Contains(err.Error(), "1 to 16") {
		t.Errorf("%v, %v", c, err)
	}
}
