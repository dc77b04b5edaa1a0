package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/chancery-vc/chancery/internal/secretfile"
	shared "github.com/chancery-vc/chancery/issuer/singleuse/postgres"
)

type stateCommand struct {
	Init stateInitCommand `cmd:"" help:"Make the tables that the replicas of an issuer share."`
}

func (stateCommand) Help() string {
	return "Example:\n  chancery state init --print | psql chancery"
}

type stateInitCommand struct {
	configured
	DSN          string `name:"dsn" help:"Database, and an account that may make the tables there; the configuration names the one that uses them."`
	PasswordFile string `name:"password-file" help:"File with the password of that account, mode 0600."`
	Print        bool   `help:"Print the statements instead of running them."`
}

func (stateInitCommand) Help() string {
	return "Makes the schema and the tables of shared_state, and lets the account of the configuration use\nthem and nothing else. What is there already stays as it is.\n\nExample:\n  chancery state init --dsn 'host=/run/postgresql dbname=chancery user=postgres'"
}

func (c stateInitCommand) Run(ctx context.Context, s streams) error {
	loaded, err := c.load()
	if err != nil {
		return err
	}
	terms := loaded.SharedState
	if terms == nil {
		return errors.New("the configuration has no shared_state")
	}
	account, err := shared.Account(terms.DSN)
	if err != nil {
		return fmt.Errorf("shared_state: %w", err)
	}
	if c.Print {
		fmt.Fprintf(s.out, "%s;\n", strings.Join(shared.Statements(terms.Schema, account), ";\n"))
		return nil
	}
	if c.DSN == "" {
		return errors.New("say with --dsn which account makes the tables, or have --print tell what to run")
	}
	o := shared.Options{DSN: c.DSN, Schema: terms.Schema, Now: time.Now}
	if c.PasswordFile != "" {
		o.Password = func(context.Context) (string, error) { return secretfile.Line(c.PasswordFile) }
	}
	if err := shared.Init(ctx, o, account); err != nil {
		return err
	}
	fmt.Fprintf(s.out, "The schema %s has the tables, and %s can use them.\n", terms.Schema, account)
	return nil
}
