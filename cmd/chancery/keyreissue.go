package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/chancery-vc/chancery/internal/durable"
	"github.com/chancery-vc/chancery/issuer"
	"github.com/chancery-vc/chancery/issuer/oid4vci"
	"github.com/chancery-vc/chancery/issuer/store"
)

// Folders below that of a reissue.
const (
	reissuedFolder = "credentials" // with a folder of a batch for each profile
	offersFolder   = "offers"
)

type keyReissueCommand struct {
	configured
	sealedFolder
	Since  string `help:"Only what was signed at this time or later; verifiers take nothing of a revoked key, whenever it was signed. Default: all." placeholder:"TIME"`
	Out    string `required:"" help:"Folder to write to; name the same one to go on." placeholder:"FOLDER"`
	DryRun bool   `help:"Only list what would be issued again. No record is read and nothing is written."`
	Method string `arg:"" help:"Verification method of the revoked key, as chancery key list has it."`
}

func (keyReissueCommand) Help() string {
	return "Issues again, with the key that signs now and from what the registers hold now, what a revoked key signed\n" +
		"and is still good. What was issued into a folder goes to credentials/PROFILE of --out. The holder of\n" +
		"what a wallet has gets an offer: the files in offers have its address and its transaction code, to be\n" +
		"sent on two ways, and are good for as long as offers.lifetime says. A credential is revoked when the one\n" +
		"in its place is issued. What cannot be issued again is listed with the reason, and stays as it is.\n\n" +
		"Stopped, or killed, it goes on where it was when it is run again: nothing is issued twice. Offers that\n" +
		"lapsed are made anew. The issuer must not be served meanwhile; wallets can accept when it is.\n\n" +
		"Example:\n  chancery key reissue did:web:registry.example#z6MkpTHR8VNsBxYAAWHut2Geadd9jSwuBV8xRoAnwWsdvktH --out again --dry-run"
}

func (c keyReissueCommand) Run(ctx context.Context, s streams) error {
	since, err := parseSince(c.Since)
	if err != nil {
		return err
	}
	loaded, err := c.load()
	if err != nil {
		return err
	}
	l, err := openLocal(ctx, s, loaded)
	if err != nil {
		return err
	}
	r := &reissuing{keyReissueCommand: c, local: l, out: s.out}
	err = r.run(ctx, s, since)
	return errors.Join(err, l.Close())
}

// reissuing is one run of the command.
type reissuing struct {
	keyReissueCommand
	local
	out                   io.Writer
	issued, offered, left int
}

func (r *reissuing) run(ctx context.Context, s streams, since time.Time) error {
	formers, err := r.formers(s, since)
	if err != nil {
		return err
	}
	before, err := r.Reissue(ctx, issuer.Reissue{
		Method: r.Method, Formers: formers, Dir: filepath.Join(r.Out, reissuedFolder), DryRun: r.DryRun, Offer: r.offer, Tell: r.tell,
	})
	if done := before + r.issued; err != nil && done+r.offered > 0 {
		return fmt.Errorf("%w; issued so far: %d, offered: %d. Run the same command again to go on", err, done, r.offered)
	}
	if err != nil {
		return err
	}
	if r.DryRun {
		fmt.Fprintf(s.out, "Nothing was done. To be issued again: %d. To be offered to their holders: %d. Not to be issued again: %d.\n", r.issued, r.offered, r.left)
		return nil
	}
	fmt.Fprintf(s.out, "Issued again: %d now, %d before. Offered to their holders: %d. Not issued again: %d. Now run chancery publish.\n", r.issued, before, r.offered, r.left)
	if r.left > 0 {
		return no(fmt.Sprintf("%d credentials were not issued again; they are listed with the reason", r.left))
	}
	return nil
}

// formers returns what the key signed and is still good, by the log.
func (r *reissuing) formers(s streams, since time.Time) (good []issuer.Former, err error) {
	err = r.Store().View(func(tx *store.Tx) error {
		log, err := r.opened(tx)
		if err != nil {
			return err
		}
		log.note(s)
		use, err := issuer.NewKeyUse(r.Issuer.Config(), r.Method, log.records())
		if err != nil {
			return errors.Join(err, log.err())
		}
		good, err = use.StillGood(tx, log.records(), since, r.Now())
		return errors.Join(err, log.err())
	})
	return good, err
}

// tell writes a line for one credential.
func (r *reissuing) tell(what issuer.Reissued) {
	holder := what.Caller == issuer.Holder
	became := "issued again as " + what.By
	switch {
	case what.Err != nil:
		r.left++
		became = "not issued again: " + what.Err.Error()
	case holder:
		r.offered++
		became = "offered to its holder: " + what.By
	default:
		r.issued++
	}
	if r.DryRun && what.Err == nil {
		became = "to be issued again"
		if holder {
			became = "to be offered to its holder"
		}
	}
	fmt.Fprintf(r.out, "%s  %s %s  %s\n", what.Credential, what.Profile, what.Key, became)
}

// reoffer is the file of an offer.
type reoffer struct {
	oid4vci.Offer
	Profile  string `json:"profile"`
	Key      string `json:"key"`
	Replaces string `json:"replaces"`
}

// offer writes the file of an offer, unless there is one that is still good.
func (r *reissuing) offer(ctx context.Context, f issuer.Former, key string) (path string, err error) {
	path = filepath.Join(r.Out, offersFolder, issuer.BatchFile(f.Credential))
	if r.live(path) {
		return path, nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return "", err
	}
	made, err := r.service.OfferAgain(ctx, f.Profile, key, f.Credential)
	if err != nil {
		return "", err
	}
	data, err := json.Marshal(reoffer{made, f.Profile, key, f.Credential}, json.Deterministic(true))
	if err != nil {
		return "", err
	}
	return path, durable.Place(path, append(data, '\n'), 0o600, os.Rename)
}

// live tells whether a file has an offer that can still be accepted. One that
// cannot be read is made again.
func (r *reissuing) live(path string) bool {
	data, err := os.ReadFile(path)
	if err != nil {
		return false
	}
	var there reoffer
	return json.Unmarshal(data, &there) == nil && r.Now().Before(there.Expires)
}
