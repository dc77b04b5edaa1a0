package budget_test

import (
	"errors"
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"github.com/chancery-vc/chancery/issuer/budget"
	"github.com/chancery-vc/chancery/issuer/claims"
)

// The values of a column in these tests, and how far it may be narrowed down.
const (
	values = 60
	width  = 7
)

// step is one question of a ladder, and what becomes of its answer.
type step struct {
	cuts claims.Cuts
	lost bool // the issuer was killed before it answered
}

func (s step) holds(v int64) bool {
	if len(s.cuts.At) == 2 {
		return s.cuts.At[0] <= v && v < s.cuts.At[1]
	}
	return (v < s.cuts.At[0]) == s.cuts.Below
}

func steps() *rapid.Generator[[]step] {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) step {
		at := rapid.Int64Range(width, values-width).Draw(t, "at")
		s := step{cuts: claims.Cuts{Column: "weight", At: []int64{at}, Below: rapid.Bool().Draw(t, "below")}, lost: rapid.IntRange(0, 5).Draw(t, "lost") == 0}
		if rapid.IntRange(0, 9).Draw(t, "equal") == 0 {
			s.cuts = claims.Cuts{Column: "weight", At: []int64{at, at + 1}}
		}
		return s
	}), 1, 30)
}

// climb asks the steps of a record with a value, and returns what its caller
// sees.
func (d *desk) climb(key string, ladder []step, value int64) (seen []string) {
	d.Helper()
	for _, s := range ladder {
		q := from(0)
		q.Cuts = &s.cuts
		c, err := d.charge("a", key, q)
		switch {
		case errors.Is(err, budget.ErrNarrow):
			seen = append(seen, "refused")
		case err != nil:
			d.Fatal(err)
		case s.lost:
			seen = append(seen, "lost")
		default:
			seen = append(seen, fmt.Sprint(s.holds(value)))
			if err := d.do(c.Told(s.holds(value))); err != nil {
				d.Fatal(err)
			}
		}
	}
	return seen
}

// TestLadder: whatever is asked in whatever order, a caller who sees all answers
// and all refusals cannot tell the value from width-1 others; and the refusals
// tell it nothing that the answers do not. Steps of 60 values, so that the parts
// at both ends, beyond which a column goes on, are as wide.
func TestLadder(t *testing.T) {
	d := newShop(t, budget.Terms{Narrowest: map[string]int64{"births.weight": width}})
	runs := 0
	rapid.Check(t, func(r *rapid.T) {
		ladder := steps().Draw(r, "ladder")
		runs++
		views := map[string][]string{} // what callers of the values see
		alike := map[string]int{}
		for v := range int64(values + 1) {
			seen := d.climb(fmt.Sprint(runs, " as ", v), ladder, v)
			views[fmt.Sprint(seen)] = seen
			alike[fmt.Sprint(seen)]++
		}
		for view, seen := range views {
			byAnswers := 0
			for v := range int64(values + 1) {
				if agrees(ladder, seen, v) {
					byAnswers++
				}
			}
			if alike[view] != byAnswers || byAnswers < width {
				r.Errorf("%v of %s: the answers leave %d values, the refusals %d", ladder, view, byAnswers, alike[view])
			}
		}
	})
}

// agrees tells whether v could have got the answers that were seen.
func agrees(ladder []step, seen []string, v int64) bool {
	for n, s := range ladder {
		if (seen[n] == "true" || seen[n] == "false") && seen[n] != fmt.Sprint(s.holds(v)) {
			return false
		}
	}
	return true
}

// TestUpAndDown: a ladder by ones up or down is cut off at its second step,
// whatever the answer to the first one was; unless that tells the rest.
func TestUpAndDown(t *testing.T) {
	d := newShop(t, budget.Terms{Narrowest: map[string]int64{"births.weight": 5}, Questions: budget.Allowance{Most: 3, In: day}})
	for _, test := range []struct {
		value int64
		ask   []int64
		want  string
	}{
		{10, []int64{17, 18, 19, 22}, "[false false false false]"}, // follow from the first one
		{30, []int64{17, 18, 19, 22}, "[true refused refused true]"},
		{18, []int64{19, 18, 17, 14}, "[false refused refused true]"},
		{30, []int64{19, 18, 17, 14}, "[true true true true]"},
		{18, []int64{17, 17, 22, 19}, "[true true false refused]"},
	} {
		var ladder []step
		for _, at := range test.ask {
			ladder = append(ladder, step{cuts: claims.Cuts{Column: "weight", At: []int64{at}}})
		}
		if got := fmt.Sprint(d.climb(fmt.Sprint(test), ladder, test.value)); got != test.want {
			t.Errorf("%d, %v: %s, not %s", test.value, test.ask, got, test.want)
		}
	}
}

// TestRegisterChanged: an answer that contradicts those before begins anew.
func TestRegisterChanged(t *testing.T) {
	d := newShop(t, budget.Terms{Narrowest: map[string]int64{"births.weight": 5}})
	at := func(n int64) step { return step{cuts: claims.Cuts{Column: "weight", At: []int64{n}}} }
	first := d.climb("1", []step{at(20), at(30)}, 25)
	second := d.climb("1", []step{at(20), at(10), at(18), at(14)}, 12)
	if got := fmt.Sprint(first, second); got != "[true false] [false true refused refused]" {
		t.Error(got)
	}
}
