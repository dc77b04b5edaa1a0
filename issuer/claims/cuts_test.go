package claims_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chancery-vc/chancery/issuer/claims"
	"github.com/chancery-vc/chancery/issuer/config"
	"github.com/chancery-vc/chancery/issuer/source"
)

// TestCuts: between two cuts the answer does not change, and at each one it
// does, by the rule itself.
func TestCuts(t *testing.T) {
	now := time.Date(2028, 2, 29, 12, 0, 0, 0, time.UTC)
	today := now.Unix() / (24 * 60 * 60)
	for _, is := range []string{config.IsLess, config.IsAtMost, config.IsAtLeast, config.IsMore, config.IsEqual, config.IsNotEqual} {
		rule := compile(t, compareRule("born", "date", is, "today - 2 days"))
		cuts, ok := rule.Cuts(now)
		if !ok || cuts.Column != "born" {
			t.Fatalf("%s: %+v", is, cuts)
		}
		answer := func(at int64) bool {
			text := time.Unix(at*24*60*60, 0).UTC().Format(time.DateOnly)
			v, err := rule.Evaluate(source.Record{"born": text}, true, now)
			if err != nil {
				t.Fatal(err)
			}
			return v.Any().(bool)
		}
		var turns []int64
		for at := today - 6; at < today+3; at++ {
			if answer(at) != answer(at-1) {
				turns = append(turns, at)
			}
		}
		if diff := cmp.Diff(turns, cuts.At); diff != "" {
			t.Errorf("%s: %s", is, diff)
		}
		if len(turns) == 1 && cuts.Below != answer(turns[0]-1) {
			t.Errorf("%s: below is %v", is, cuts.Below)
		}
	}
	for _, r := range []config.Rule{{Exists: true}, fieldRule("a", "date"), compareRule("a", "text", "equal", "b")} {
		if cuts, ok := compile(t, r).Cuts(now); ok {
			t.Errorf("%+v has cuts: %+v", r, cuts)
		}
	}
}

// TestCutsOfManyAndEarly: those of one of a list are of each of its values, and
// days before 1970 count down.
func TestCutsOfManyAndEarly(t *testing.T) {
	of := func(r config.Rule) []int64 {
		cuts, _ := compile(t, r).Cuts(time.Unix(0, 0))
		return cuts.At
	}
	many := config.Rule{Compare: &config.Compare{Column: "seats", As: "integer", Is: config.IsOneOf, To: config.Operands{"7", "3", "4"}}}
	if diff := cmp.Diff([][]int64{{3, 4, 5, 7, 8}, {-2}}, [][]int64{of(many), of(compareRule("born", "date", config.IsAtLeast, "1969-12-30"))}); diff != "" {
		t.Error(diff)
	}
}

func TestMoment(t *testing.T) {
	now := time.Date(2028, 2, 29, 12, 0, 0, 0, time.UTC)
	expression := func(text string) *claims.Rule {
		return compile(t, config.Rule{CEL: &config.CEL{Expression: text, Fields: map[string]config.Field{"born": {Column: "born", As: "date"}}}})
	}
	var got []string
	for _, rule := range []*claims.Rule{expression("born <= today"), expression("born == born"), compile(t, fieldRule("a", "date"))} {
		got = append(got, rule.Moment(now))
	}
	if diff := cmp.Diff([]string{"2028-02-29", "", ""}, got); diff != "" {
		t.Error(diff)
	}
}
