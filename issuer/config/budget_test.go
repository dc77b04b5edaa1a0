package config_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chancery-vc/chancery/issuer/config"
)

func TestAllowance(t *testing.T) {
	for text, want := range map[string]config.Allowance{
		"1000/24h":  {Most: 1000, In: 24 * time.Hour},
		"1/3650d":   {Most: 1, In: 3650 * 24 * time.Hour},
		"unlimited": {Any: true},
		"5/90m":     {Most: 5, In: 90 * time.Minute},
	} {
		var got, again config.Allowance
		if err := got.UnmarshalText([]byte(text)); err != nil || got != want {
			t.Errorf("%s: %+v, %v", text, got, err)
		}
		if err := again.UnmarshalText([]byte(got.String())); err != nil || again != want {
			t.Errorf("%s: %+v, %v", got, again, err)
		}
	}
	for _, text := range []string{"", "0/24h", "-1/24h", "1000", "1000/", "/24h", "1000001/24h", "5/59s", "5/3651d", "many/24h", "5/24h/1", "Unlimited"} {
		var a config.Allowance
		if err := a.UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q is %+v", text, a)
		}
	}
}

func TestWidth(t *testing.T) {
	for text, want := range map[string]config.Width{"10": {Values: 10}, "30d": {Values: 30, Days: true}, "5y": {Values: 1825, Days: true}} {
		var got config.Width
		if err := got.UnmarshalText([]byte(text)); err != nil || got != want {
			t.Errorf("%s: %+v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "0", "-5y", "5 y", "1.5", "y", "5m", "9999999999999999"} {
		var w config.Width
		if err := w.UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q is %+v", text, w)
		}
	}
}

// budgeted is a fact over a date that can be narrowed down.
const budgeted = consulted + `facts:
  of-age: {source: births, table: births, key: number, rule: {compare: {column: born, as: date, is: at most, to: today - 18 years}}}
`

func TestBudget(t *testing.T) {
	own := strings.Replace(budgeted, "      purposes", "      budget: {subjects: 5/1h, narrowest: {births.born: 30d}}\n      purposes", 1)
	c, err := config.Parse([]byte(least+own+"budget: {questions_per_subject: unlimited, narrowest: {births.born: 5y}}\n"), "")
	if err != nil {
		t.Fatal(err)
	}
	want := config.Budget{Subjects: config.Allowance{Most: 10_000, In: 24 * time.Hour}, QuestionsPerSubject: config.Allowance{Any: true}, Narrowest: map[string]config.Width{"births.born": {Values: 1825, Days: true}}}
	if diff := cmp.Diff(want, c.BudgetOf("clinic")); diff != "" {
		t.Error(diff)
	}
	want.Subjects, want.Narrowest = config.Allowance{Most: 5, In: time.Hour}, map[string]config.Width{"births.born": {Values: 30, Days: true}}
	if diff := cmp.Diff(want, c.BudgetOf("school")); diff != "" {
		t.Error(diff)
	}
}

func TestBudgetRefused(t *testing.T) {
	for text, want := range map[string]string{
		"{subjects: many}":                      "1000/24h",
		"{questions_per_subject: 101/30d}":      "more than 100",
		"{narrowest: {births.born: 5}}":         "give days or years",
		"{narrowest: {born: 5y}}":               "write it as TABLE.COLUMN",
		"{narrowest: {births.state: 5}}":        "no fact compares",
		"{narrowest: {births.born: wide}}":      "no width",
		"{narrowest: {births.born: 5y}, on: 1}": "unknown field",
	} {
		_, err := config.Parse([]byte(least+budgeted+"budget: "+text+"\n"), "")
		if !errors.Is(err, config.ErrInvalid) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", text, err, want)
		}
	}
}
