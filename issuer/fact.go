package issuer

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/chancery-vc/chancery/issuer/claims"
	"github.com/chancery-vc/chancery/issuer/config"
	"github.com/chancery-vc/chancery/issuer/source"
	"github.com/chancery-vc/chancery/verifier/statement"
)

// fact is a rule over one record, compiled: its source can read the columns
// that the rule names and no others.
type fact struct {
	config.Fact
	name     string
	rule     *claims.Rule
	columns  []string // that are read
	register register
	source   source.Source
	begin    func(context.Context, Stage) (context.Context, func(*error))
}

// openFact compiles a fact that can be asked for.
func (i *Issuer) openFact(ctx context.Context, name string, c config.Fact) (*inquiry, error) {
	f, err := i.compileFact(ctx, name, c)
	if err != nil {
		return nil, err
	}
	answer := func(ctx context.Context, q Query) (outcome, error) { return i.answerFact(ctx, f, q) }
	depends := dependsOn(c.Table, f.columns, c.Where)
	depends.rule, depends.said = f.rule, c.Disclosure != config.DiscloseRedacted
	return &inquiry{register: f.register, columns: f.columns, depends: depends, answer: answer}, nil
}

func (i *Issuer) compileFact(ctx context.Context, name string, c config.Fact) (*fact, error) {
	f := &fact{Fact: c, name: name, register: register{c.Source, c.Table, c.Key}, begin: i.begin}
	var err error
	if f.rule, err = claims.Compile(c.Rule); err != nil {
		return nil, err
	}
	if err := f.rule.Fits(c.Disclosure); err != nil {
		return nil, err
	}
	if f.columns = f.rule.Columns(); len(f.columns) == 0 {
		f.columns = []string{c.Key} // to see that it is there
	}
	f.source, err = i.openSource(ctx, c.Source, source.Relation{Table: c.Table, Key: c.Key, Columns: f.columns, Filter: c.Where.Filter()})
	return f, err
}

// answerFact states what is said of the record that is asked about.
func (i *Issuer) answerFact(ctx context.Context, f *fact, q Query) (outcome, error) {
	said, err := f.say(ctx, q.Key, func() time.Time { return q.at })
	if err != nil {
		return outcome{}, err
	}
	answer, err := i.state(q, f.register, f.Validity.Std())
	if err != nil {
		return outcome{}, err
	}
	answer.Fact = said
	signed, err := i.sign(ctx, answer)
	return outcome{Answer: signed, disclosed: f.disclosed(), said: answer.Fact}, err
}

// disclosed is what the log has of an answer.
func (f *fact) disclosed() []string { return []string{f.name + ": " + f.Disclosure} }

// say looks a record up, and says what the rule finds in it as the
// configuration lets it be said. That there is none can be an answer, too.
func (f *fact) say(ctx context.Context, key string, now func() time.Time) (*statement.Fact, error) {
	record, err := f.source.Lookup(ctx, key)
	none := errors.Is(err, source.ErrNone)
	if err != nil && !none {
		return nil, err
	}
	_, end := f.begin(ctx, StageClaims)
	value, err := f.rule.Evaluate(record, !none, now())
	end(&err)
	if err != nil {
		return nil, err
	}
	return disclosed(f, value)
}

// disclosed returns what is said of the value of a fact.
func disclosed(f *fact, value claims.Value) (*statement.Fact, error) {
	result, err := claims.Disclose(value, f.Disclosure)
	if err != nil {
		return nil, err
	}
	said := &statement.Fact{Name: f.name, Disclosure: result.Disclosure}
	if result.Value.IsZero() {
		return said, nil
	}
	if said.Value, err = json.Marshal(result.Value); err != nil {
		return nil, fmt.Errorf("%w: %w", claims.ErrValue, err)
	}
	return said, nil
}
