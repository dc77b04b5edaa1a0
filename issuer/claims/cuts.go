package claims

import (
	"slices"
	"time"

	"cel.dev/cel-go/common/ast"

	"github.com/chancery-vc/chancery/issuer/config"
)

// secondsOfDay is how long a day of UTC is.
const secondsOfDay = 24 * 60 * 60

// Cuts are where the answer to a comparison over one column of integers or dates
// turns, on a line of whole numbers: integers, or days since 1970-01-01. Between
// two of them, the first included, each value has the same answer.
type Cuts struct {
	Column string
	At     []int64 // sorted, each once
	// Below tells, of a single cut, whether it is the values below it that have
	// the answer yes.
	Below bool
}

// Cuts returns where the rule's answer turns when it is asked at a time; ok is
// false of a rule that compares no integers or dates.
func (r *Rule) Cuts(now time.Time) (cuts Cuts, ok bool) {
	c, ok := r.rule.(comparison)
	if !ok || c.field.kind() == Text {
		return Cuts{}, false
	}
	today := dayOf(now.In(r.zone))
	cuts = Cuts{Column: c.column, Below: c.is == config.IsLess || c.is == config.IsAtMost}
	for _, to := range c.to {
		at := number(to(today))
		switch c.is {
		case config.IsLess, config.IsAtLeast:
			cuts.At = append(cuts.At, at)
		case config.IsAtMost, config.IsMore:
			cuts.At = append(cuts.At, at+1)
		default: // equal, not equal and one of
			cuts.At = append(cuts.At, at, at+1)
		}
	}
	slices.Sort(cuts.At)
	cuts.At = slices.Compact(cuts.At)
	return cuts, true
}

// number returns where an integer or a date is on the line.
func number(v Value) int64 {
	if d, ok := v.v.(day); ok {
		return d.Unix() / secondsOfDay // a midnight: there is no rest
	}
	return v.v.(int64)
}

// Moment returns the part of a time that the rule's answer depends on, beside the
// record: the day, the second, or nothing, which is "".
func (r *Rule) Moment(now time.Time) string {
	e, ok := r.rule.(expression)
	switch {
	case ok && e.uses(nameNow):
		return now.UTC().Format(time.RFC3339)
	case ok && e.uses(nameToday):
		return dayOf(now.In(r.zone)).String()
	default:
		return ""
	}
}

// uses tells whether the expression has a name in it.
func (e expression) uses(name string) bool {
	return slices.ContainsFunc(ast.MatchDescendants(ast.NavigateAST(e.ast.NativeRep()), ast.KindMatcher(ast.IdentKind)),
		func(node ast.NavigableExpr) bool { return node.AsIdent() == name })
}
