package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/chancery-vc/chancery/issuer/config"
	"github.com/chancery-vc/chancery/issuer/issuerhttp"
)

type reloadCommand struct {
	Config string `default:"chancery.yaml" env:"CHANCERY_CONFIG" help:"Configuration file."`
}

func (reloadCommand) Help() string {
	return "Has the issuer that is being served read its configuration again, all of it or nothing, as on SIGHUP,\nand waits until it is in force. The answer is no if the former one stays in force; it says why.\n\nExample:\n  chancery reload --config /etc/chancery/chancery.yaml"
}

func (c reloadCommand) Run(ctx context.Context, s streams) error {
	loaded, err := config.Load(c.Config)
	if err != nil {
		return err
	}
	client, err := issuerhttp.Dial(socketPath(loaded))
	if err != nil {
		return no("no issuer is being served with the state in " + loaded.Path(loaded.State) + "; start it with chancery serve")
	}
	r, err := client.Reload(ctx)
	if err := errors.Join(err, client.Close()); err != nil {
		return err
	}
	if r.Configuration == r.Formerly {
		fmt.Fprintln(s.out, "The configuration is the same, and what it names was read again.")
	} else {
		fmt.Fprintln(s.out, "The configuration was changed.")
	}
	field(s.out, "sha256", r.Configuration)
	field(s.out, "formerly", r.Formerly)
	if len(r.Changed) > 0 {
		field(s.out, "changed", strings.Join(r.Changed, ", "))
	}
	if r.Serial > 0 {
		field(s.out, "approved by", fmt.Sprintf("%s, with the serial %d", listed("and", r.Approvers), r.Serial))
	}
	return nil
}
