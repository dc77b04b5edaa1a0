package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/chancery-vc/chancery/issuer"
)

type replicasCommand struct {
	Show   replicasShowCommand   `cmd:"" default:"withargs" help:"Tell how the replicas do."`
	Forget replicasForgetCommand `cmd:"" help:"Have nobody wait any more for a replica that is gone for good."`
}

func (replicasCommand) Help() string {
	return "Examples:\n  chancery replicas\n  chancery replicas forget c"
}

type replicasShowCommand struct{ configured }

func (replicasShowCommand) Help() string {
	return "Tells of each replica that shares the state of this one when it was seen, and whether it has revoked all\nthat any of them was told to revoke.\n\nExample:\n  chancery replicas show"
}

func (c replicasShowCommand) Run(ctx context.Context, s streams) error {
	return with(ctx, s, c.configured, func(o operator) error {
		replicas, err := o.Replicas(ctx)
		if err != nil {
			return err
		}
		if len(replicas) == 0 {
			return no("this issuer has no replicas: there is no shared_state")
		}
		behind := false
		for _, r := range replicas {
			fmt.Fprintln(s.out, replicaName(r.Name))
			field(s.out, "seen", r.Seen.UTC().Format(time.RFC3339))
			if r.Behind > 0 {
				behind = true
				field(s.out, "has not followed", fmt.Sprintf("%d orders to revoke", r.Behind))
			}
		}
		if behind {
			return no("not every replica has revoked all that it was told to: it does so when it runs and reaches the shared state")
		}
		return nil
	})
}

type replicasForgetCommand struct {
	configured
	Name string `arg:"" help:"Name of the replica, as chancery replicas has it; \"\" for the one without a name."`
}

func (replicasForgetCommand) Help() string {
	return "Takes a replica off the list that chancery status revoke waits for, and logs that you did. Stop it first,\nand bring its state folder back instead if there is a backup: what it issued nobody else can revoke. If it\ncomes back all the same, it revokes all that it was ever told to.\n\nExample:\n  chancery replicas forget c"
}

func (c replicasForgetCommand) Run(ctx context.Context, s streams) error {
	return with(ctx, s, c.configured, func(o operator) error {
		if err := o.ForgetReplica(ctx, c.Name); err != nil {
			return err
		}
		fmt.Fprintf(s.out, "Nobody waits any more for %s. What it issued and had not revoked is good until it ends, or its key is revoked.\n", replicaName(c.Name))
		return nil
	})
}

func replicaName(name string) string { return cmp.Or(name, "the replica without a name") }

// report tells what was revoked, and by which replica it still has to be.
func report(w io.Writer, r issuer.Revoked, err error) error {
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "Credentials revoked: %d. Revoked before: %d.\n", r.Revoked, r.Before)
	var open []error
	for _, one := range r.Replicas {
		switch name := replicaName(one.Name); {
		case one.Waits:
			open = append(open, fmt.Errorf("%s has not revoked yet, and was seen last at %s: it does when it runs and reaches the shared state; `chancery replicas` tells when it has", name, one.Seen.UTC().Format(time.RFC3339)))
		case one.Problem != "":
			open = append(open, fmt.Errorf("%s could not revoke what it has of it: %s", name, one.Problem))
		default:
			field(w, name, fmt.Sprintf("%d revoked, %d before", one.Revoked, one.Before))
		}
	}
	if err := errors.Join(open...); err != nil {
		return no(err.Error())
	}
	return nil
}
