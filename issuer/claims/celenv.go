package claims

import (
	"fmt"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/cost"
	"cel.dev/cel-go/common/env"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/overloads"
	"cel.dev/cel-go/common/types"

	"github.com/chancery-vc/chancery/issuer/config"
)

// Caps on an expression. One that could take more than maxCost for the longest
// values is refused when it is compiled, and one that does when it is evaluated.
const (
	maxCost    = 250_000 // units of the library: about one a step, and one for ten characters
	maxDepth   = 32      // of parentheses and calls
	maxNodes   = 1_000   // parts of an expression
	maxPattern = 1_000   // instructions of a compiled regular expression
	maxText    = 4 << 10 // bytes of a column that it sees
	maxItems   = 256     // of a list that it sees
)

// What an expression knows beside its fields.
const (
	nameToday = "today"
	nameNow   = "now"
	funcBlank = "blank"
	funcDate  = "date"
)

// blankOf returns the variable that tells whether a field is blank. No
// expression can name it otherwise than by blank(field).
func blankOf(field string) string { return "@blank_" + field }

// included are the functions of the standard library that an expression has.
// Those that look up time zones or give values of any type are left out.
var included = []string{
	operators.Conditional, operators.LogicalAnd, operators.LogicalOr, operators.LogicalNot, operators.NotStrictlyFalse,
	operators.Equals, operators.NotEquals, operators.Less, operators.LessEquals, operators.Greater, operators.GreaterEquals,
	operators.Add, operators.Subtract, operators.Multiply, operators.Divide, operators.Modulo, operators.Negate,
	operators.In, operators.Index,
	overloads.Size, overloads.Contains, overloads.StartsWith, overloads.EndsWith, overloads.Matches,
	overloads.TypeConvertInt, overloads.TypeConvertString, overloads.TypeConvertTimestamp, overloads.TypeConvertDuration,
}

func newEnvironment(fields map[string]field) (*cel.Env, error) {
	subset := env.NewLibrarySubset()
	for _, name := range included {
		subset.AddIncludedFunctions(env.NewFunction(name))
	}
	subset.AddIncludedMacros(operators.All, operators.Exists, operators.ExistsOne, operators.Map, operators.Filter)
	options := []cel.EnvOption{
		cel.StdLib(cel.StdLibSubset(subset)),
		cel.ParserExpressionSizeLimit(config.MaxExpression),
		cel.ParserRecursionLimit(maxDepth),
		cel.ExpressionNodeLimit(maxNodes),
		cel.RegexProgramSizeLimit(maxPattern),
		cel.ExtendedValidations(),
		cel.ASTValidators(literals{}),
		cel.Macros(cel.GlobalMacro(funcBlank, 1, expandBlank(fields))),
		cel.Variable(nameToday, dateType),
		cel.Variable(nameNow, cel.TimestampType),
	}
	for name, f := range fields {
		options = append(options, cel.Variable(name, celType(f)), cel.Variable(blankOf(name), cel.BoolType))
	}
	return cel.NewCustomEnv(append(options, dateFunctions()...)...)
}

func celType(f field) *cel.Type {
	switch f.kind() {
	case Integer:
		return cel.IntType
	case Date:
		return dateType
	case List:
		return cel.ListType(cel.StringType)
	default:
		return cel.StringType
	}
}

// expandBlank makes blank(field) of the variable that tells it. A function
// could not: a blank field has no value to give to one.
func expandBlank(fields map[string]field) cel.MacroFactory {
	return func(factory cel.MacroExprFactory, _ ast.Expr, args []ast.Expr) (ast.Expr, *cel.Error) {
		name := args[0].AsIdent()
		if _, ok := fields[name]; !ok {
			return nil, factory.NewError(args[0].ID(), "blank takes the name of one of the fields")
		}
		return factory.NewIdent(blankOf(name)), nil
	}
}

// literals refuses a regular expression that is made up from a column, and a
// date that is no date.
type literals struct{}

// Name is how the library calls it.
func (literals) Name() string { return "chancery.literals" }

// Validate reports each call whose argument is not what it must be.
func (literals) Validate(_ *cel.Env, _ cel.ValidatorConfig, a *ast.AST, issues *cel.Issues) {
	for _, node := range ast.MatchDescendants(ast.NavigateAST(a), ast.KindMatcher(ast.CallKind)) {
		call := node.AsCall()
		name, args := call.FunctionName(), call.Args()
		if name != overloads.Matches && name != funcDate {
			continue
		}
		last := args[len(args)-1]
		text, ok := last.AsLiteral().(types.String)
		if !ok {
			issues.ReportErrorAtID(last.ID(), "%s takes a text between quotes, and nothing that is worked out", name)
			continue
		}
		if _, err := parseDay(string(text)); name == funcDate && err != nil {
			issues.ReportErrorAtID(last.ID(), "%q is not a date as YYYY-MM-DD", string(text))
		}
	}
}

// checkWork refuses an expression that could take too much work for values as
// long as they may be.
func (e expression) checkWork(env *cel.Env, ast *cel.Ast) error {
	estimate, err := env.EstimateCost(ast, sizes{})
	if err != nil {
		return fmt.Errorf("%w: expression: %w", config.ErrInvalid, err)
	}
	if estimate.Max > maxCost {
		return fmt.Errorf("%w: the expression can take too much work: %d units for the longest values, and %d are allowed; avoid one all, exists, map or filter in another", config.ErrInvalid, estimate.Max, maxCost)
	}
	return nil
}

// sizes says how long values may be.
type sizes struct{}

// EstimateSize returns the size of a text in characters, of a list in items.
func (sizes) EstimateSize(element cost.AstNode) *cost.SizeEstimate {
	var size cost.SizeEstimate
	switch element.Type().Kind() {
	case types.StringKind:
		size = cost.RangedSizeEstimate(0, maxText)
	case types.ListKind:
		size = cost.RangedSizeEstimate(0, maxItems)
	case types.OpaqueKind: // a date
		size = cost.FixedSizeEstimate(1)
	default:
		return nil
	}
	return &size
}

// EstimateCallCost leaves it to the library.
func (sizes) EstimateCallCost(string, string, *cost.AstNode, []cost.AstNode) *cost.CallEstimate {
	return nil
}

// checkUsed refuses a field that the expression does not use, so that its
// column is not read for nothing.
func (e expression) checkUsed(a *cel.Ast) error {
	used := map[string]bool{}
	for _, node := range ast.MatchDescendants(ast.NavigateAST(a.NativeRep()), ast.KindMatcher(ast.IdentKind)) {
		used[node.AsIdent()] = true
	}
	for _, name := range e.names {
		if !used[name] && !used[blankOf(name)] {
			return fmt.Errorf("%w: the expression does not use field %s: leave it out, so that column %s is not read for it", config.ErrInvalid, name, e.named[name].column)
		}
	}
	return nil
}
