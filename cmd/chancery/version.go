package main

import (
	"fmt"

	"github.com/chancery-vc/chancery/internal/version"
)

type versionCommand struct{}

func (versionCommand) Help() string { return "Example:\n  chancery version" }

func (versionCommand) Run(s streams) error {
	_, err := fmt.Fprint(s.out, version.Read("chancery"))
	return err
}
