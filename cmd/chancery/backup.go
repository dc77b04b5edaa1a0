package main

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/chancery-vc/chancery/internal/durable"
	"github.com/chancery-vc/chancery/issuer"
	"github.com/chancery-vc/chancery/issuer/backup"
	"github.com/chancery-vc/chancery/issuer/config"
	"github.com/chancery-vc/chancery/issuer/issuancelog"
	"github.com/chancery-vc/chancery/issuer/issuerhttp"
	"github.com/chancery-vc/chancery/issuer/pseudonym"
	"github.com/chancery-vc/chancery/issuer/store"
)

type backupCommand struct {
	configured
	Out               string `required:"" help:"File to write; it must not exist." placeholder:"FILE"`
	Sealed            string `help:"Folder of the segments that were moved out of the log. Default: that of retention." placeholder:"FOLDER"`
	WithoutSealed     bool   `help:"Leave the segments out: they are kept elsewhere."`
	WithPseudonymKeys bool   `help:"Put the keys of the log's pseudonyms into it."`
}

func (backupCommand) Help() string {
	return "The file has the state with the log as of one moment, the segments, the configuration, those\nthat were in force before it, and the public keys; no signing key and no password. It is durable when\nthe command ends, and until then it is beside its place: free room of twice the state is needed.\n\nThe issuer does not start without the keys of the log's pseudonyms. They are left out, so that\nwhoever finds a backup cannot tell whom the log names, and so that a key that retention destroys is\nnot in all backups: copy them to where they can be destroyed, too, or put them in with\n--with-pseudonym-keys.\n\nExample:\n  chancery backup --out /srv/backup/registry-2026-07-01.tar"
}

func (c backupCommand) Run(ctx context.Context, s streams) error {
	loaded, err := c.load()
	if err != nil {
		return err
	}
	if _, err := os.Lstat(c.Out); err == nil {
		return fmt.Errorf("%s is there already: name another file, backups are never written over", c.Out)
	}
	draft, err := os.MkdirTemp(filepath.Dir(c.Out), durable.Partial+"*")
	if err != nil {
		return fmt.Errorf("write in %s: %w", filepath.Dir(c.Out), errors.Unwrap(err))
	}
	defer os.RemoveAll(draft)
	parts, err := c.gather(ctx, loaded, draft)
	if err != nil {
		return err
	}
	file, err := os.OpenFile(filepath.Join(draft, "backup"), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	sum := sha256.New()
	m, err := backup.Write(stopped{ctx, io.MultiWriter(file, sum)}, parts)
	if err := errors.Join(err, file.Sync(), file.Close()); err != nil {
		return err
	}
	if err := os.Link(file.Name(), c.Out); err != nil {
		return err
	}
	if err := durable.SyncDir(filepath.Dir(c.Out)); err != nil {
		return err
	}
	fmt.Fprintln(s.out, c.Out)
	field(s.out, "SHA-256", fmt.Sprintf("%x", sum.Sum(nil)))
	writeManifest(s.out, m)
	return nil
}

// gather brings all that goes into a backup to where it does not change.
func (c backupCommand) gather(ctx context.Context, loaded *config.Config, draft string) ([]backup.Part, error) {
	state, note := filepath.Join(draft, issuer.StateFile), filepath.Join(draft, backup.CheckpointFile)
	parts := []backup.Part{{Name: backup.StateFile, Path: state}, {Name: backup.ConfigFile, Path: filepath.Join(draft, backup.ConfigFile)}}
	if err := os.WriteFile(parts[1].Path, loaded.Text(), 0o600); err != nil {
		return nil, err
	}
	signed, err := copyState(ctx, loaded, state)
	if err != nil {
		return nil, fmt.Errorf("copy the state: %w", err)
	}
	if signed != nil {
		parts = append(parts, backup.Part{Name: backup.CheckpointFile, Path: note})
		if err := os.WriteFile(note, signed, 0o600); err != nil {
			return nil, err
		}
	}
	copied, err := store.OpenReadOnly(state)
	if err != nil {
		return nil, err
	}
	err = copied.View(func(tx *store.Tx) error {
		more, err := c.beside(loaded, tx)
		parts = append(parts, more...)
		return err
	})
	return parts, errors.Join(err, copied.Close())
}

// beside returns what there is beside a state file.
func (c backupCommand) beside(loaded *config.Config, tx *store.Tx) (parts []backup.Part, err error) {
	sealed, err := issuancelog.SealedSize(tx)
	if err != nil {
		return nil, err
	}
	if sealed > 0 && !c.WithoutSealed {
		folder := cmp.Or(c.Sealed, loaded.Path(loaded.Retention.Folder))
		if parts, err = backup.Segments(folder, sealed); err != nil {
			return nil, fmt.Errorf("%w; name their folder with --sealed, or leave them out with --without-sealed", err)
		}
	}
	configurations, err := backup.Configurations(loaded.Path(loaded.State))
	if parts = append(parts, configurations...); err != nil || !c.WithPseudonymKeys {
		return parts, err
	}
	files, err := pseudonym.Files(tx)
	for _, name := range files {
		parts = append(parts, backup.Part{Name: backup.StateFolder + name, Path: filepath.Join(loaded.Path(loaded.State), name)})
	}
	return parts, err
}

// copyState writes a copy of the state file, and returns a checkpoint of the
// log that it has, which only an issuer that is being served signs.
func copyState(ctx context.Context, loaded *config.Config, path string) (signed []byte, err error) {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	client, err := issuerhttp.Dial(socketPath(loaded))
	if err == nil {
		signed, err = client.Checkpoint(ctx) // first: the copy has at least as much
		if err == nil {
			err = client.Snapshot(ctx, file)
		}
		return signed, errors.Join(err, client.Close())
	}
	state, err := store.OpenReadOnly(filepath.Join(loaded.Path(loaded.State), issuer.StateFile))
	if err != nil {
		return nil, err
	}
	return nil, errors.Join(state.Snapshot(stopped{ctx, file}, func(int64) {}), state.Close())
}

// stopped is a writer that ends with ctx.
type stopped struct {
	context.Context
	io.Writer
}

func (s stopped) Write(p []byte) (int, error) {
	if err := s.Err(); err != nil {
		return 0, err
	}
	return s.Writer.Write(p)
}

func writeManifest(w io.Writer, m *backup.Manifest) {
	field(w, "log", fmt.Sprintf("%s, %d records", m.Origin, m.Records))
	field(w, "root", m.Root)
	field(w, "signing key", m.Identity[issuer.IdentityKey])
	field(w, "configuration", m.Configuration)
}
