package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
)

type publishCommand struct {
	configured
	Folder string `arg:"" help:"Folder to write to; files that are there are replaced one by one."`
}

func (publishCommand) Help() string {
	return "Writes the issuer's DID document, the status lists, the newest checkpoint of the log and the\nbundle for offline verifiers. Serve the folder at the issuer's address with any web server.\n\nExample:\n  chancery publish /srv/www"
}

func (c publishCommand) Run(ctx context.Context, s streams) error {
	return with(ctx, c.Config, func(o operator) error {
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
	file, err := os.CreateTemp(filepath.Dir(path), ".publish-*")
	if err != nil {
		return err
	}
	_, err = file.Write(data)
	err = errors.Join(err, file.Chmod(0o644), file.Sync(), file.Close())
	if err != nil {
		return errors.Join(err, os.Remove(file.Name()))
	}
	return os.Rename(file.Name(), path)
}
