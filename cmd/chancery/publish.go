package main

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/chancery-vc/chancery/internal/durable"
)

type publishCommand struct {
	configured
	Folder string `arg:"" help:"Folder to write to; files that are there are replaced one by one."`
}

func (publishCommand) Help() string {
	return "Writes the issuer's DID document, the status lists, the newest checkpoint of the log and the\nbundle for offline verifiers. Serve the folder at the issuer's address with any web server.\n\nExample:\n  chancery publish /srv/www"
}

func (c publishCommand) Run(ctx context.Context, s streams) error {
	return with(ctx, s, c.Config, func(o operator) error {
		files, err := o.Publication(ctx)
		if err != nil {
			return err
		}
		for _, name := range slices.Sorted(maps.Keys(files)) {
			path := filepath.Join(c.Folder, filepath.FromSlash(name))
			if err := replace(path, files[name]); err != nil {
				return err
			}
			fmt.Fprintln(s.out, path)
		}
		return nil
	})
}

// replace puts data at path at once: a reader sees the old file or the new
// one.
func replace(path string, data []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return durable.Place(path, data, 0o644, os.Rename)
}
