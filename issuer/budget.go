package issuer

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/chancery-vc/chancery/issuer/access"
	"github.com/chancery-vc/chancery/issuer/budget"
	"github.com/chancery-vc/chancery/issuer/claims"
	"github.com/chancery-vc/chancery/issuer/config"
	"github.com/chancery-vc/chancery/issuer/partner"
	"github.com/chancery-vc/chancery/issuer/singleuse"
	"github.com/chancery-vc/chancery/issuer/store"
	"github.com/chancery-vc/chancery/verifier/logproof"
)

// dependence is what the answer to a question depends on.
type dependence struct {
	table   string
	columns []string     // TABLE.COLUMN
	rule    *claims.Rule // of a fact; nil of others
	said    bool         // the answer says what the rule yields
}

// dependsOn returns the dependence of what reads columns, of records that where
// leaves: which those are tells of its columns, too.
func dependsOn(table string, columns []string, where config.Where) dependence {
	names := slices.AppendSeq(slices.Clone(columns), maps.Keys(where))
	slices.Sort(names)
	d := dependence{table: table}
	for _, name := range slices.Compact(names) {
		d.columns = append(d.columns, d.column(name))
	}
	return d
}

// column is what the configuration calls a column of the table.
func (d dependence) column(name string) string { return d.table + "." + name }

func (i *Issuer) openBudgets(context.Context) error {
	i.ledger = budget.New(i.singleUse)
	return nil
}

// budgetOf returns the terms of a caller's budget.
func (i *Issuer) budgetOf(caller string) budget.Terms {
	b := i.config.BudgetOf(caller)
	t := budget.Terms{
		Subjects:  budget.Allowance{Most: b.Subjects.Most, In: b.Subjects.In},
		Questions: budget.Allowance{Most: b.QuestionsPerSubject.Most, In: b.QuestionsPerSubject.In},
		Narrowest: map[string]int64{},
	}
	for column, width := range b.Narrowest {
		t.Narrowest[column] = width.Values
	}
	return t
}

// charge returns the charge of q to its caller's budget.
func (i *Issuer) charge(ctx context.Context, in *inquiry, q Query) (_ *budget.Charge, err error) {
	ctx, end := i.begin(ctx, StageBudget)
	defer end(&err)
	return i.ledger.Charge(ctx, i.asker(in.register, q), in.depends.question(q), i.budgetOf(q.Caller), q.at)
}

// asker names who asks about what. Replicas share the key of pairwise pseudonyms
// alone; in a state of its own it is one that can be destroyed.
func (i *Issuer) asker(r register, q Query) budget.Asker {
	parts := []string{"budget", q.Caller, r.source, r.table, r.key, q.Key}
	a := budget.Asker{Caller: i.account(q.Caller)}
	if i.shared != nil {
		a.Subjects = []string{i.pseudonyms.Pairwise(parts...)}
	} else {
		a.Subjects = i.pseudonyms.All(parts...)
	}
	return a
}

func (i *Issuer) account(caller string) string { return i.pseudonyms.Pairwise("budget", caller) }

// question is q by what its answer depends on.
func (d dependence) question(q Query) budget.Question {
	asked := budget.Question{Name: string(q.Kind) + " " + q.Name, Columns: d.columns}
	if d.rule == nil {
		return asked
	}
	if moment := d.rule.Moment(q.at); moment != "" {
		asked.Name += " at " + moment
	}
	if cuts, ok := d.rule.Cuts(q.at); ok && d.said {
		asked.Cuts, asked.Compared = &cuts, d.column(cuts.Column)
	}
	return asked
}

// refuseCharge refuses a question that could not be asked: the budget or the rate
// does not allow it, or it could not be charged.
func (i *Issuer) refuseCharge(ctx context.Context, c *budget.Charge, q Query, record logproof.Record, cause error) error {
	var exhausted budget.Exhausted
	var limited access.Limited
	var partners partner.Refusal
	if !errors.As(cause, &exhausted) && !errors.As(cause, &limited) && !errors.As(cause, &partners) && !errors.Is(cause, singleuse.ErrUnavailable) {
		return cause
	}
	i.alarm(ctx, c, q, cause)
	return i.refuse(ctx, record, cause)
}

// alarm tells the operator of a caller that has used most of its budget, or
// wants more.
func (i *Issuer) alarm(ctx context.Context, c *budget.Charge, q Query, err error) {
	if says := c.Alarm(err); says != "" {
		i.warnIn(ctx, fmt.Sprintf("budget of %s: %s; `chancery budget show --caller %s` tells how much it has", q.Caller, says, q.Caller))
	}
}

// releaseTold releases an answer, and narrows down what its caller knows. Where
// the state is shared that comes after: an answer that did not leave is not
// known.
func (i *Issuer) releaseTold(ctx context.Context, asked logproof.Record, o outcome, c *budget.Charge) error {
	if o.said == nil || len(o.said.Value) == 0 {
		return i.release(ctx, asked, o)
	}
	told := c.Told(string(o.said.Value) == "true")
	o.settle = func(tx *store.Tx, _ Answer) error { return told.Within(tx) }
	if err := i.release(ctx, asked, o); err != nil {
		return err
	}
	if err := told.Before(ctx); err != nil {
		i.warnIn(ctx, "budget: what was answered counts as if it were not known: "+err.Error())
	}
	return nil
}
