package main

import (
	"context"
	"crypto"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/chancery-vc/chancery/internal/durable"
	"github.com/chancery-vc/chancery/issuer"
	"github.com/chancery-vc/chancery/verifier/logproof"
)

type publishCommand struct {
	configured
	Folder string `arg:"" help:"Folder to write to; files that are there are replaced one by one."`

	log string // path of the public log below Folder
}

func (publishCommand) Help() string {
	return "Writes the issuer's DID document, the status lists, the public log with its newest checkpoint\nand the bundle for offline verifiers. Serve the folder at the issuer's address with any web\nserver. Of the log it adds what is new; it names no one.\n\nExample:\n  chancery publish /srv/www"
}

func (c publishCommand) Run(ctx context.Context, s streams) error {
	key, err := signingKey(c.configured)
	if err != nil {
		return err
	}
	loaded, err := c.load()
	if err != nil {
		return err
	}
	c.log = loaded.Shard() + issuer.PathLog
	return with(ctx, s, c.configured, func(o operator) error {
		files, err := o.Publication(ctx)
		if err != nil {
			return err
		}
		if checkpoint := files[c.log+issuer.PathCheckpoint]; checkpoint != nil {
			if err := c.tiles(ctx, s, o, checkpoint, key); err != nil {
				return err
			}
		}
		return c.write(s, "", files)
	})
}

// tilesAtOnce is of how many records the tiles are made at a time.
const tilesAtOnce = 1 << 16

// tiles brings the public log in the folder up to checkpoint. It comes before
// the checkpoint itself, which promises it.
func (c publishCommand) tiles(ctx context.Context, s streams, o operator, checkpoint []byte, key crypto.PublicKey) error {
	newest, err := logproof.OpenCheckpoint(checkpoint, key)
	if err != nil {
		return err
	}
	known, err := checkpointKeys(ctx, o)
	if err != nil {
		return err
	}
	done, err := c.published(known)
	if err != nil {
		return err
	}
	if done > newest.Size {
		return fmt.Errorf("%s has the log up to %d records, and the issuer has only %d: its state was put back; do not go on before you know why (`chancery log verify --checkpoint %s`)",
			c.Folder, done, newest.Size, c.checkpointPath())
	}
	for done < newest.Size {
		next := min(newest.Size, (done/tilesAtOnce+1)*tilesAtOnce)
		files, err := o.LogTiles(ctx, done, next)
		if err != nil {
			return err
		}
		if err := c.write(s, c.log, files); err != nil {
			return err
		}
		done = next
	}
	return nil
}

func (c publishCommand) checkpointPath() string {
	return filepath.Join(c.Folder, filepath.FromSlash(c.log), issuer.PathCheckpoint)
}

// published returns up to how many records the folder has the log.
func (c publishCommand) published(known []crypto.PublicKey) (uint64, error) {
	data, err := os.ReadFile(c.checkpointPath())
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	checkpoint, err := openAnyCheckpoint(data, known)
	if err != nil {
		return 0, fmt.Errorf("%s: %w; publish into a folder of your own", c.checkpointPath(), err)
	}
	return checkpoint.Size, nil
}

// write writes files below prefix in the folder, in order of their names.
func (c publishCommand) write(s streams, prefix string, files map[string][]byte) error {
	for _, name := range slices.Sorted(maps.Keys(files)) {
		path := filepath.Join(c.Folder, filepath.FromSlash(prefix+name))
		if err := replace(path, files[name]); err != nil {
			return err
		}
		fmt.Fprintln(s.out, path)
	}
	return nil
}

// replace puts data at path at once: a reader sees the old file or the new
// one.
func replace(path string, data []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return durable.Place(path, data, 0o644, os.Rename)
}
