package claims

import (
	"fmt"
	"reflect"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"
)

// dateType is the type of dates in expressions. The library's timestamps are
// moments: between a date and a moment stands a time zone.
var dateType = types.NewOpaqueType("date").WithTraits(traits.ComparerType)

// celDate is a date in an expression.
type celDate struct{ day }

var (
	_ ref.Val         = celDate{}
	_ traits.Comparer = celDate{}
)

// ConvertToNative refuses: only this package takes dates out of expressions.
func (d celDate) ConvertToNative(to reflect.Type) (any, error) {
	return nil, fmt.Errorf("a date is not converted to %s", to)
}

// ConvertToType refuses: a date is no other type.
func (d celDate) ConvertToType(ref.Type) ref.Val { return types.NewErr("a date is not converted") }

// Equal compares with another date.
func (d celDate) Equal(other ref.Val) ref.Val {
	o, ok := other.(celDate)
	return types.Bool(ok && d.Time.Equal(o.Time))
}

// Compare orders dates.
func (d celDate) Compare(other ref.Val) ref.Val {
	o, ok := other.(celDate)
	if !ok {
		return types.MaybeNoSuchOverloadErr(other)
	}
	return types.Int(d.Time.Compare(o.Time))
}

// Type returns the type of dates.
func (d celDate) Type() ref.Type { return dateType }

// Value returns the date.
func (d celDate) Value() any { return d.day }

// dateFunctions are what expressions can do with dates.
func dateFunctions() []cel.EnvOption {
	options := []cel.EnvOption{
		cel.Function(funcDate, cel.Overload("date_string", []*cel.Type{cel.StringType}, dateType, cel.UnaryBinding(dateOf))),
		part("year", func(d day) int { return d.Year() }),
		part("month", func(d day) int { return int(d.Month()) }),
		part("day", func(d day) int { return d.Day() }),
		move("addDays", day.addDays),
		move("addMonths", day.addMonths),
		move("addYears", func(d day, n int) day { return d.addMonths(12 * n) }),
	}
	for operator, id := range map[string]string{
		operators.Less: "less_date", operators.LessEquals: "less_equals_date",
		operators.Greater: "greater_date", operators.GreaterEquals: "greater_equals_date",
	} {
		options = append(options, cel.Function(operator, cel.Overload(id, []*cel.Type{dateType, dateType}, cel.BoolType)))
	}
	return options
}

func dateOf(text ref.Val) ref.Val {
	d, err := parseDay(string(text.(types.String)))
	if err != nil {
		return types.NewErr("not a date")
	}
	return celDate{d}
}

// part is a function such as born.year().
func part(name string, of func(day) int) cel.EnvOption {
	return cel.Function(name, cel.MemberOverload("date_"+name, []*cel.Type{dateType}, cel.IntType,
		cel.UnaryBinding(func(d ref.Val) ref.Val { return types.Int(of(d.(celDate).day)) })))
}

// move is a function such as today.addYears(-18).
func move(name string, by func(day, int) day) cel.EnvOption {
	return cel.Function(name, cel.MemberOverload("date_"+name, []*cel.Type{dateType, cel.IntType}, dateType,
		cel.BinaryBinding(func(d, n ref.Val) ref.Val {
			count := n.(types.Int)
			if count > maxAway || count < -maxAway {
				return types.NewErr("moved too far")
			}
			return celDate{by(d.(celDate).day, int(count))}
		})))
}
