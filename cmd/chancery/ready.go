package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/go-json-experiment/json"

	"github.com/chancery-vc/chancery/issuer"
	"github.com/chancery-vc/chancery/issuer/config"
	"github.com/chancery-vc/chancery/issuer/issuerhttp"
)

type readyCommand struct {
	configured
	JSON bool `name:"json" help:"Print it as JSON."`
}

func (readyCommand) Help() string {
	return "Asks the issuer that is being served how each of its parts does: log, clock, disk, keys, sources\nand anchors. The answer is no if any of them failed, or if none is being served.\n\nExample:\n  chancery ready --config registry/chancery.yaml"
}

func (c readyCommand) Run(ctx context.Context, s streams) error {
	loaded, err := config.Load(c.Config)
	if err != nil {
		return err
	}
	client, err := issuerhttp.Dial(socketPath(loaded))
	if err != nil {
		return no("the issuer is not being served; start it with chancery serve")
	}
	ready, err := client.Ready(ctx)
	if err := errors.Join(err, client.Close()); err != nil {
		return fmt.Errorf("the running issuer does not tell how it does: %w", err)
	}
	if err := c.print(s.out, ready); err != nil || ready.Ready {
		return err
	}
	return no("the issuer is not ready: it answers no questions, or not all, until that is mended")
}

func (c readyCommand) print(w io.Writer, ready issuer.Readiness) error {
	if c.JSON {
		if err := json.MarshalWrite(w, ready); err != nil {
			return err
		}
		_, err := fmt.Fprintln(w)
		return err
	}
	for _, condition := range ready.Conditions {
		fmt.Fprintf(w, "%-6s  %s\n", condition.State, condition.Name)
		if condition.Reason != "" {
			fmt.Fprintf(w, "        %s\n", condition.Reason)
		}
	}
	return nil
}
