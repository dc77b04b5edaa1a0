package main

import (
	"context"
	"fmt"
	"time"

	"github.com/chancery-vc/chancery/issuer"
)

type logForgetCommand struct {
	configured
	Before string `required:"" help:"Destroy the keys whose period had ended by this time: 2026-07-01, or 2026-07-01T12:00:00Z." placeholder:"TIME"`
	Renew  bool   `help:"End the present period first, and begin another one."`
}

func (logForgetCommand) Help() string {
	return "Destroys keys of the log's pseudonyms, beside those that the configuration's schedule destroys. Nobody\ncan tell any more whom the records of their periods name, nor revoke by the record what was issued\nthen. Your backups have the keys too: destroy them there as well.\n\nExamples:\n  chancery log forget --before 2025-01-01\n  chancery log forget --before 2027-01-01 --renew"
}

func (c logForgetCommand) Run(ctx context.Context, s streams) error {
	before, err := parseTime("--before", c.Before)
	if err != nil {
		return err
	}
	return with(ctx, s, c.configured, func(o operator) error {
		destroyed, err := o.Forget(ctx, issuer.ForgetTerms{Before: before, Renew: c.Renew})
		for _, p := range destroyed {
			fmt.Fprintf(s.out, "%s is destroyed. It was in use from %s to %s.\n", p.Name(), p.Begin.Format(time.RFC3339), p.End.Format(time.RFC3339))
		}
		if err == nil && len(destroyed) == 0 {
			err = no("no key's period had ended by then; --renew ends the present one")
		}
		return err
	})
}
