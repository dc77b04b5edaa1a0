package main

import (
	"cmp"
	"context"
	"crypto"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/chancery-vc/chancery/internal/durable"
	"github.com/chancery-vc/chancery/issuer"
	"github.com/chancery-vc/chancery/issuer/audit"
	"github.com/chancery-vc/chancery/issuer/backup"
	"github.com/chancery-vc/chancery/issuer/config"
	"github.com/chancery-vc/chancery/issuer/store"
	"github.com/chancery-vc/chancery/verifier"
	"github.com/chancery-vc/chancery/verifier/did"
	"github.com/chancery-vc/chancery/verifier/logproof"
)

type restoreCommand struct {
	From           string `required:"" help:"Backup to bring back." placeholder:"FILE"`
	To             string `required:"" help:"Folder to make; it must not exist." placeholder:"FOLDER"`
	Config         string `help:"Configuration whose anchors are asked. Default: that in the backup, with paths from the folder of --to." placeholder:"FILE"`
	Key            string `help:"did:key of the issuer, if you have it from elsewhere than the backup." placeholder:"DID"`
	WithoutAnchors bool   `help:"Bring it back although no anchor can be asked: whether it is the newest is not known."`
	AcceptLoss     bool   `help:"Bring it back although an anchor has seen more than it has. The log will say so."`
}

func (restoreCommand) Help() string {
	return "Takes a backup apart, checks its log, holds the state against the log, and asks the anchors whether\nthey have seen more. Only then the folder is there. It has chancery.yaml and state, as of\nchancery init, and the segments in sealed. Signing keys and passwords are to be put back by hand;\nwhich, is printed.\n\nExample:\n  chancery restore --from registry-2026-07-01.tar --to registry --config /etc/chancery/chancery.yaml"
}

func (c restoreCommand) Run(ctx context.Context, s streams) error {
	to, err := filepath.Abs(c.To)
	if err != nil {
		return err
	}
	if _, err := os.Lstat(to); err == nil {
		return fmt.Errorf("%s is there already: nothing is written over; name another folder with --to", c.To)
	}
	draft, err := os.MkdirTemp(filepath.Dir(to), durable.Partial+"*")
	if err != nil {
		return fmt.Errorf("write in %s: %w", filepath.Dir(to), errors.Unwrap(err))
	}
	defer os.RemoveAll(draft) // once it has its name there is nothing to remove
	r, err := c.extract(draft)
	if err != nil {
		return fmt.Errorf("%s: %w", c.From, err)
	}
	writeManifest(s.out, r.manifest)
	for _, check := range []func(context.Context, streams) error{r.verify, r.reconcile, r.askAnchors} {
		if err := check(ctx, s); err != nil {
			return err
		}
	}
	if err := os.Rename(draft, to); err != nil {
		return err
	}
	if err := durable.SyncDir(filepath.Dir(to)); err != nil {
		return err
	}
	r.writeByHand(s.out, to)
	return nil
}

// restored is a backup that was taken apart.
type restored struct {
	restoreCommand
	draft    string
	manifest *backup.Manifest
	config   *config.Config // whose anchors are asked
	public   crypto.PublicKey
}

func (c restoreCommand) extract(draft string) (*restored, error) {
	file, err := os.Open(c.From)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	r := &restored{restoreCommand: c, draft: draft}
	if r.manifest, err = backup.Extract(file, draft); err != nil {
		return nil, err
	}
	key := r.manifest.Identity[issuer.IdentityKey]
	if r.public, err = did.KeyFrom(cmp.Or(c.Key, key)); err != nil {
		return nil, fmt.Errorf("key of the issuer: %w", err)
	}
	if c.Key != "" && c.Key != key {
		return nil, no(fmt.Sprintf("it is the state of who signs as %s, not as %s", key, c.Key))
	}
	r.config, err = r.loadConfig()
	if err == nil && issuer.Origin(r.config) != r.manifest.Origin {
		err = no(fmt.Sprintf("its log is %s, and that of %s is %s", r.manifest.Origin, c.Config, issuer.Origin(r.config)))
	}
	return r, err
}

func (r *restored) loadConfig() (*config.Config, error) {
	if r.Config != "" {
		return config.Load(r.Config)
	}
	text, err := os.ReadFile(r.path(backup.ConfigFile))
	if err != nil {
		return nil, err
	}
	folder, err := filepath.Abs(r.To)
	if err != nil {
		return nil, err
	}
	return config.Parse(text, folder)
}

func (r *restored) path(name string) string {
	return filepath.Join(r.draft, filepath.FromSlash(name))
}

// log is the log of the backup, with its segments if it has them.
func (r *restored) log() logFile {
	log := logFile{State: r.path(backup.StateFile)}
	for _, file := range r.manifest.Files {
		if strings.HasPrefix(file.Name, backup.SealedFolder) {
			log.Sealed = r.path(backup.SealedFolder)
		}
	}
	return log
}

// verify checks the whole log, and holds it against its checkpoint.
func (r *restored) verify(ctx context.Context, s streams) error {
	var checkpoints []logproof.Checkpoint
	if r.manifest.Has(backup.CheckpointFile) {
		note, err := os.ReadFile(r.path(backup.CheckpointFile))
		if err != nil {
			return err
		}
		checkpoint, err := logproof.OpenCheckpoint(note, r.public)
		if err != nil {
			return fmt.Errorf("checkpoint of the backup: %w", err)
		}
		checkpoints = append(checkpoints, checkpoint)
	}
	result, err := logVerifyCommand{logFile: r.log()}.verifyState(ctx, s, checkpoints)
	if err != nil {
		return err
	}
	for _, finding := range result.Findings {
		fmt.Fprintln(s.out, finding)
	}
	if len(result.Findings) > 0 {
		return no("the log of the backup is not whole: bring back another one, and keep this one to find out why")
	}
	return nil
}

// reconcile holds the state against the log.
func (r *restored) reconcile(ctx context.Context, s streams) error {
	var figures audit.Figures
	log := r.log()
	err := log.read(ctx, func(tx *store.Tx) error {
		opened, err := log.opened(tx)
		if err != nil {
			return err
		}
		found := func(d audit.Difference) { fmt.Fprintln(s.out, verifier.Printable(d.String())) }
		figures, err = audit.Reconcile(ctx, tx, audit.Sources{Archive: opened.archive, Found: found})
		return err
	})
	if err == nil && figures.Differences > 0 {
		err = no(fmt.Sprintf("the state of the backup is not what its log says, in %d places: bring back another one, and keep this one to find out why", figures.Differences))
	}
	if err == nil {
		fmt.Fprintf(s.out, "The log is whole, and the state is what it says.\n")
	}
	return err
}

// askAnchors refuses what is older than what an anchor has seen.
func (r *restored) askAnchors(ctx context.Context, s streams) error {
	if len(r.config.Anchors) == 0 {
		fmt.Fprintln(s.out, "There are no anchors: what was logged after the backup would not be missed.")
		return nil
	}
	state, err := store.OpenReadOnly(r.path(backup.StateFile))
	if err != nil {
		return err
	}
	found, err := issuer.AskAnchors(ctx, r.config, state, r.public, environment(s))
	if err := errors.Join(err, state.Close()); err != nil {
		return err
	}
	held, conflicts := false, false
	for _, a := range found {
		fmt.Fprintf(s.out, "anchor %s: %s\n", a.Name, verdict(a))
		held = held || a.Err == nil && a.Kept.Size > 0
		conflicts = conflicts || a.Conflict()
	}
	switch {
	case conflicts && !r.AcceptLoss:
		return no("an anchor has seen what the backup does not have: bring back a newer one. If there is none, --accept-loss brings this one back, and its log will say what is lost")
	case conflicts:
		return r.acceptLoss(ctx, found)
	case !held && !r.WithoutAnchors:
		return errors.New("no anchor could tell whether this is the newest: make them reachable, with --config if the paths in the backup are not those of this machine, or bring it back all the same with --without-anchors")
	}
	return nil
}

func verdict(a issuer.Anchored) string {
	switch {
	case a.Lost > 0:
		return fmt.Sprintf("it has seen %d records; %d of them are missing here", a.Kept.Size, a.Lost)
	case a.Err != nil:
		return a.Err.Error()
	case a.Kept.Size == 0:
		return "it keeps nothing"
	}
	return fmt.Sprintf("the log has the %d records that it has seen", a.Kept.Size)
}

// acceptLoss has the log say what is lost when the issuer starts.
func (r *restored) acceptLoss(ctx context.Context, found []issuer.Anchored) error {
	state, err := store.Open(r.path(backup.StateFile))
	if err != nil {
		return err
	}
	return errors.Join(issuer.AcceptLoss(ctx, state, found), state.Close())
}

// writeByHand says what is to be put back.
func (r *restored) writeByHand(w io.Writer, to string) {
	fmt.Fprintf(w, "%s has the backup. Before chancery serve --config %s, put back by hand:\n", to, filepath.Join(to, backup.ConfigFile))
	field(w, "signing key", r.config.SigningKey)
	if r.config.SelectiveKey != "" {
		field(w, "selective key", r.config.SelectiveKey)
	}
	for _, name := range r.manifest.Pseudonyms {
		if !r.manifest.Has(backup.StateFolder + name) {
			field(w, "pseudonym key", filepath.Join(to, "state", name))
		}
	}
	fmt.Fprintln(w, "  and the other files that the configuration names: sources and their passwords, contexts, certificates.")
	if r.config.State != "state" {
		fmt.Fprintf(w, "The configuration has its state in %s: move %s there.\n", r.config.Path(r.config.State), filepath.Join(to, "state"))
	}
	if r.AcceptLoss {
		fmt.Fprintln(w, "Give each anchor that has seen more a new place in the configuration, and keep the old one: it is the evidence. Witnesses will not go on with this log.")
	}
}
