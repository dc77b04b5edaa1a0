package claims_test

import (
	"encoding/json"
	"errors"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/chancery-vc/chancery/issuer/claims"
	"github.com/chancery-vc/chancery/issuer/config"
	"github.com/chancery-vc/chancery/issuer/source"
)

// FuzzExpression: whatever an expression is, it is refused with ErrInvalid, or
// it yields the kind of value that it said it would, the same one twice, or is
// refused with ErrValue.
func FuzzExpression(f *testing.F) {
	f.Add("n == 42", "a", "42", true)
	f.Add("blank(s) ? 'none' : s.startsWith('a') ? s + s : string(n)", "b", "7", false)
	f.Add("s.matches('^(a|b)*$') || n / (n - 1) > 0", "ab", "1", true)
	f.Add("[s, 'x'].map(i, i + s).filter(i, size(i) > 2)", "a", "1", true)
	f.Add("today.addYears(-n) < date('2008-02-29')", "", "18", true)
	f.Add("now - timestamp('2026-01-01T00:00:00Z') > duration('1h')", "", "0", true)
	f.Add("{'a': [n]}['a'][0] % 2", "", "-1", true)
	f.Fuzz(func(t *testing.T, expression, s, n string, present bool) {
		if len(expression) > config.MaxExpression || !utf8.ValidString(s+n) {
			return // no configuration has the one, and no source gives the other
		}
		rule, err := claims.Compile(using(expression))
		if err != nil {
			if !errors.Is(err, config.ErrInvalid) || rule != nil {
				t.Fatalf("%v, %v", rule, err)
			}
			return
		}
		record := source.Record{"n": n}
		if present {
			record["s"] = s
		}
		first, err := rule.Evaluate(record, true, now)
		if err != nil {
			if !errors.Is(err, claims.ErrValue) || !first.IsZero() {
				t.Fatalf("%v, %v", first.Any(), err)
			}
			return
		}
		second, err := rule.Evaluate(record, true, now)
		if err != nil || first.Kind() != rule.Kind() || !cmp.Equal(first.Any(), second.Any()) {
			t.Fatalf("%s: %v, then %v, %v", rule.Kind(), first.Any(), second.Any(), err)
		}
		if _, err := json.Marshal(first); err != nil {
			t.Fatal(err)
		}
	})
}
