package claims

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"
	"cel.dev/cel-go/interpreter"

	"github.com/chancery-vc/chancery/issuer/config"
	"github.com/chancery-vc/chancery/issuer/source"
)

// expression asks what an expression yields of columns.
type expression struct {
	named   map[string]field
	names   []string // sorted
	program cel.Program
	ast     *cel.Ast
	yields  Kind
}

func newExpression(c config.CEL) (rule, error) {
	e := expression{named: map[string]field{}, names: slices.Sorted(maps.Keys(c.Fields))}
	for _, name := range e.names {
		read, err := newField(c.Fields[name])
		if err != nil {
			return nil, fmt.Errorf("field %s: %w", name, err)
		}
		e.named[name] = read
	}
	env, err := newEnvironment(e.named)
	if err != nil {
		return nil, fmt.Errorf("%w: fields: %w", config.ErrInvalid, err)
	}
	ast, issues := env.Compile(c.Expression)
	if err := located(issues); err != nil {
		return nil, err
	}
	if e.yields, err = kindOf(ast); err != nil {
		return nil, err
	}
	if err := e.checkWork(env, ast); err != nil {
		return nil, err
	}
	if err := e.checkUsed(ast); err != nil {
		return nil, err
	}
	e.ast = ast
	e.program, err = env.Program(ast, cel.CostLimit(maxCost), cel.EvalOptions(cel.OptOptimize))
	if err != nil {
		return nil, fmt.Errorf("%w: expression: %w", config.ErrInvalid, err)
	}
	return e, nil
}

// located turns what is wrong with an expression into one error that says
// where.
func located(issues *cel.Issues) error {
	if issues.Err() == nil {
		return nil
	}
	first := issues.Errors()[0]
	message, _, _ := strings.Cut(first.Message, " (in container")
	if first.Location.Line() < 1 {
		return fmt.Errorf("%w: expression: %s", config.ErrInvalid, message) // it was not read that far
	}
	return fmt.Errorf("%w: expression, line %d, column %d: %s", config.ErrInvalid, first.Location.Line(), first.Location.Column()+1, message)
}

func kindOf(ast *cel.Ast) (Kind, error) {
	for _, known := range []struct {
		kind Kind
		typ  *cel.Type
	}{
		{Text, cel.StringType}, {Integer, cel.IntType}, {Date, dateType}, {List, cel.ListType(cel.StringType)}, {YesNo, cel.BoolType},
	} {
		if ast.OutputType().IsExactType(known.typ) {
			return known.kind, nil
		}
	}
	return "", fmt.Errorf("%w: the expression yields %s, which is none of bool, string, int, date, list(string)", config.ErrInvalid, ast.OutputType())
}

func (e expression) fields() []field { return slices.Collect(maps.Values(e.named)) }
func (e expression) kind() Kind      { return e.yields }

func (e expression) says() string {
	what := map[Kind]string{YesNo: "yes or no", Text: "a text", Integer: "an integer", Date: "a date", List: "a list of texts"}
	return "what an expression makes of that, " + what[e.yields]
}

func (e expression) evaluate(record source.Record, at instant) (Value, error) {
	known := map[string]any{nameToday: celDate{at.today}, nameNow: at.now}
	var blank []string
	for _, name := range e.names {
		v, err := e.value(name, record)
		if err != nil {
			return Value{}, err
		}
		known[blankOf(name)] = v.IsZero()
		if v.IsZero() {
			blank = append(blank, e.named[name].column)
			continue
		}
		known[name] = toCEL(v)
	}
	out, _, err := e.program.Eval(known)
	if err != nil {
		return Value{}, e.failed(err, blank)
	}
	return fromCEL(out)
}

// value returns what the record has for a field, or the zero Value for a
// blank.
func (e expression) value(name string, record source.Record) (Value, error) {
	read := e.named[name]
	text, ok := record[read.column]
	if !ok {
		return Value{}, nil
	}
	if len(text) > maxText {
		return Value{}, fmt.Errorf("%w: column %s has more than %d bytes", ErrExpression, read.column, maxText)
	}
	v, err := read.read(text)
	if items, ok := v.v.([]string); ok && len(items) > maxItems {
		return Value{}, fmt.Errorf("%w: column %s has more than %d items", ErrExpression, read.column, maxItems)
	}
	return v, err
}

// failed says where an expression failed. Its own error is left out: it may
// have values of the record in it.
func (e expression) failed(err error, blank []string) error {
	var cancelled interpreter.EvalCancelledError
	if errors.As(err, &cancelled) {
		return fmt.Errorf("%w: it takes too much work", ErrExpression)
	}
	if len(blank) > 0 {
		return fmt.Errorf("%w: blank: %s", ErrExpression, strings.Join(blank, ", "))
	}
	var at *types.Err
	if !errors.As(err, &at) {
		return ErrExpression
	}
	place := e.ast.NativeRep().SourceInfo().GetStartLocation(at.NodeID())
	if place.Line() < 1 {
		return ErrExpression
	}
	return fmt.Errorf("%w: at line %d, column %d of it", ErrExpression, place.Line(), place.Column()+1)
}

// toCEL returns v as the library knows it.
func toCEL(v Value) any {
	if d, ok := v.v.(day); ok {
		return celDate{d}
	}
	return v.v
}

func fromCEL(out ref.Val) (Value, error) {
	switch out := out.(type) {
	case types.String:
		return Value{string(out)}, nil
	case types.Bool:
		return Value{bool(out)}, nil
	case celDate:
		if out.Year() < 0 || out.Year() > 9999 {
			return Value{}, fmt.Errorf("%w: its date has no year of four digits", ErrExpression)
		}
		return Value{out.day}, nil
	case types.Int:
		if out > maxInteger || out < -maxInteger {
			return Value{}, fmt.Errorf("%w: its integer is too large for JSON", ErrExpression)
		}
		return Value{int64(out)}, nil
	default:
		return listFromCEL(out)
	}
}

func listFromCEL(out ref.Val) (Value, error) {
	list, ok := out.(traits.Lister)
	if !ok {
		return Value{}, ErrExpression
	}
	items := []string{} // none is an answer too
	for i := list.Iterator(); i.HasNext() == types.True; {
		item, ok := i.Next().(types.String)
		if !ok {
			return Value{}, ErrExpression
		}
		items = append(items, string(item))
	}
	if !distinct(items) {
		return Value{}, fmt.Errorf("%w: its list is not one of different items", ErrExpression)
	}
	return Value{items}, nil
}
