package issuer

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/chancery-vc/chancery/issuer/store"
	"github.com/chancery-vc/chancery/verifier/logproof"
)

// ErrNoCaller says that there is no relying party of a name.
var ErrNoCaller = errors.New("consult.callers has no such name")

// BudgetState is what a caller has used of its budget.
type BudgetState struct {
	Caller    string   `json:"caller"`
	Used      int      `json:"used"`      // records that it asked about
	Subjects  string   `json:"subjects"`  // how many it may ask about
	Questions string   `json:"questions"` // how many about each
	Narrowest []string `json:"narrowest,omitzero"`
}

// Budgets returns the budgets of the caller of that name, or of all callers if
// it is "".
func (i *Issuer) Budgets(ctx context.Context, caller string) ([]BudgetState, error) {
	names, err := i.callersOf(caller)
	if err != nil {
		return nil, err
	}
	var states []BudgetState
	for _, name := range names {
		used, err := i.ledger.Used(ctx, i.account(name), i.budgetOf(name), i.now())
		if err != nil {
			return nil, fmt.Errorf("budget of %s: %w", name, err)
		}
		b := i.config.BudgetOf(name)
		s := BudgetState{Caller: name, Used: used, Subjects: b.Subjects.String(), Questions: b.QuestionsPerSubject.String()}
		for _, column := range slices.Sorted(maps.Keys(b.Narrowest)) {
			s.Narrowest = append(s.Narrowest, column+": "+b.Narrowest[column].String())
		}
		states = append(states, s)
	}
	return states, nil
}

// callersOf returns the names of callers that a command means.
func (i *Issuer) callersOf(caller string) (names []string, err error) {
	if strings.HasPrefix(caller, partnerPrefix) {
		return []string{caller}, nil // who is in no configuration
	}
	for _, party := range i.config.Consult.Callers {
		if caller == "" || party.Name == caller {
			names = append(names, party.Name)
		}
	}
	if caller != "" && names == nil {
		return nil, fmt.Errorf("%w: %.64q", ErrNoCaller, caller)
	}
	return names, nil
}

// ResetBudget lets a caller begin anew, and logs that the operator did.
func (i *Issuer) ResetBudget(ctx context.Context, caller string) error {
	if _, err := i.callersOf(caller); err != nil {
		return err
	}
	step := i.ledger.Reset(i.account(caller))
	err := i.store.Update(ctx, func(tx *store.Tx) error {
		if err := step.Within(tx); err != nil {
			return err
		}
		record := i.record(consultant(caller), "")
		record.Kind = logproof.BudgetReset
		return i.log.Append(tx, record)
	})
	if err != nil {
		return err
	}
	return step.Before(ctx) // what replicas share, once the log has it
}
