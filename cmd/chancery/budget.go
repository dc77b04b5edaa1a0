package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

type budgetCommand struct {
	Show  budgetShowCommand  `cmd:"" help:"Show what relying parties have used of their budgets."`
	Reset budgetResetCommand `cmd:"" help:"Let a relying party begin its budget anew."`
}

func (budgetCommand) Help() string {
	return "A budget bounds what a relying party can learn from answers that are each allowed; the configuration\nhas it under budget.\n\nExample:\n  chancery budget show"
}

type budgetShowCommand struct {
	configured
	Caller string `help:"Name of the relying party. Default: all." placeholder:"NAME"`
}

func (budgetShowCommand) Help() string {
	return "Shows how many records each relying party has asked about, of how many it may, and what else bounds\nwhat it can learn. Which records they were is not told; the log has it.\n\nExamples:\n  chancery budget show\n  chancery budget show --caller school"
}

func (c budgetShowCommand) Run(ctx context.Context, s streams) error {
	return with(ctx, s, c.configured, func(o operator) error {
		states, err := o.Budgets(ctx, c.Caller)
		for _, b := range states {
			fmt.Fprintln(s.out, b.Caller)
			field(s.out, "records", fmt.Sprintf("%d of %s", b.Used, b.Subjects))
			field(s.out, "questions of each", b.Questions)
			if len(b.Narrowest) > 0 {
				field(s.out, "narrowest", strings.Join(b.Narrowest, ", "))
			}
		}
		if err == nil && len(states) == 0 {
			err = no("nobody may ask: consult.callers is empty")
		}
		return err
	})
}

type budgetResetCommand struct {
	configured
	Caller string `required:"" help:"Name of the relying party." placeholder:"NAME"`
}

func (budgetResetCommand) Help() string {
	return "Lets a relying party begin anew: no record counts as asked about, and nothing as known of any. It may\nlearn by it what its budget was to keep from it, so the log has that you did.\n\nExample:\n  chancery budget reset --caller school"
}

func (c budgetResetCommand) Run(ctx context.Context, s streams) error {
	if c.Caller == "" {
		return errors.New("--caller is empty: name the relying party")
	}
	return with(ctx, s, c.configured, func(o operator) error {
		if err := o.ResetBudget(ctx, c.Caller); err != nil {
			return err
		}
		fmt.Fprintf(s.out, "%s begins its budget anew.\n", c.Caller)
		return nil
	})
}
