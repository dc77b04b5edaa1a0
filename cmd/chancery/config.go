package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"

	"github.com/chancery-vc/chancery/internal/durable"
	"github.com/chancery-vc/chancery/issuer/approval"
	"github.com/chancery-vc/chancery/issuer/config"
)

type configCommand struct {
	Manifest configManifestCommand `cmd:"" help:"Write what people sign to approve a configuration."`
	Verify   configVerifyCommand   `cmd:"" help:"Tell who approved a configuration, and who is missing."`
}

func (configCommand) Help() string {
	return "Where chancery serve has --approvers, a configuration comes into force only if so many people signed it.\n\nExample:\n  chancery config manifest --config registry/chancery.yaml"
}

type configManifestCommand struct {
	Config string `default:"chancery.yaml" env:"CHANCERY_CONFIG" help:"Configuration file."`
	Serial uint64 `help:"Serial number, higher than all before it. Default: one more than the manifest that is there has."`
	Ends   bool   `help:"Say that configurations after this one need no approval."`
}

func (configManifestCommand) Help() string {
	return "Writes FILE.manifest, with the SHA-256 of the configuration and of each file of which it says what the\nissuer does, in the place of a former manifest and its signatures. Whoever approves it reads these files,\nmakes sure with chancery config verify that the manifest is of them, and signs it with an SSH key; the\ncommand for that is printed.\n\nExample:\n  chancery config manifest --config registry/chancery.yaml"
}

func (c configManifestCommand) Run(s streams) error {
	loaded, err := config.Load(c.Config)
	if err != nil {
		return err
	}
	path := c.Config + approval.ManifestSuffix
	if c.Serial == 0 {
		if c.Serial, err = nextSerial(path); err != nil {
			return err
		}
	}
	m, err := approval.NewManifest(loaded, c.Serial)
	if err != nil {
		return err
	}
	m.Ends = c.Ends
	data, err := m.Bytes()
	if err != nil {
		return err
	}
	// Former signatures go first: they are of nothing that is there any more.
	if err := os.Remove(c.Config + approval.SignatureSuffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := durable.Place(path, data, 0o644, os.Rename); err != nil {
		return err
	}
	printManifest(s, m)
	fmt.Fprintf(s.out, "\nWhoever approves it signs it, each with a key of their own:\n  %s\n", approval.SignWith(c.Config))
	return nil
}

// nextSerial returns the number after that of the manifest at path.
func nextSerial(path string) (uint64, error) {
	data, err := config.ReadFile(path, config.MaxBytes)
	if errors.Is(err, fs.ErrNotExist) {
		return 1, nil
	}
	if err != nil {
		return 0, err
	}
	former, err := approval.ParseManifest(data)
	if err != nil {
		return 0, fmt.Errorf("%s: %w; say with --serial which number comes next", path, err)
	}
	return former.Serial + 1, nil
}

func printManifest(s streams, m approval.Manifest) {
	field(s.out, "log", m.Log)
	field(s.out, "serial", fmt.Sprint(m.Serial))
	field(s.out, "configuration", m.Configuration)
	for _, path := range slices.Sorted(maps.Keys(m.Files)) {
		field(s.out, path, m.Files[path])
	}
	if m.Ends {
		field(s.out, "ends", "configurations after this one need no approval")
	}
}

type configVerifyCommand struct {
	configured
}

func (configVerifyCommand) Help() string {
	return "Reads the configuration, the files that it names, the manifest and the signatures as chancery serve does.\nThe answer is no if the configuration would not be taken; it says what is missing. Whether a later one was\nin force already, only the issuer's state knows, and says so at the start.\n\nExample:\n  chancery config verify --config registry/chancery.yaml --approvers /etc/chancery/approvers.yaml"
}

func (c configVerifyCommand) Run(_ context.Context, s streams) error {
	if c.Approvers == "" {
		return errors.New("say with --approvers who must have approved it")
	}
	loaded, err := c.load()
	if err != nil {
		return err
	}
	a := loaded.Approval()
	m, err := approval.ParseManifest(a.Manifest)
	if err != nil {
		return err
	}
	fmt.Fprintln(s.out, "The configuration is approved.")
	printManifest(s, m)
	field(s.out, "approved by", listed("and", a.Approvers))
	return nil
}
