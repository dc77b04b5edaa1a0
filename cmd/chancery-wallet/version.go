package main

import (
	"fmt"

	"github.com/chancery-vc/chancery/internal/version"
)

type versionCommand struct{}

func (versionCommand) Help() string { return "Example:\n  chancery-wallet version" }

func (versionCommand) Run(e *env) error {
	_, err := fmt.Fprint(e.stdout, version.Read("chancery-wallet"))
	return err
}
