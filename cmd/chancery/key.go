package main

import (
	"context"
	"crypto"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/chancery-vc/chancery/issuer"
	"github.com/chancery-vc/chancery/issuer/key"
	"github.com/chancery-vc/chancery/issuer/store"
	"github.com/chancery-vc/chancery/verifier/credential"
	"github.com/chancery-vc/chancery/verifier/did"
	"github.com/chancery-vc/chancery/verifier/logproof"
)

type keyCommand struct {
	New     keyNewCommand     `cmd:"" help:"Make a new signing key in a file."`
	List    keyListCommand    `cmd:"" help:"List the issuer's keys, and what became of them."`
	Signed  keySignedCommand  `cmd:"" help:"List what a key has signed, by the log."`
	Revoke  keyRevokeCommand  `cmd:"" help:"Revoke a key that somebody else may have. There is no way back."`
	Reissue keyReissueCommand `cmd:"" help:"Issue again what a revoked key signed."`
}

func (keyCommand) Help() string {
	return "Example:\n  chancery key list"
}

type keyNewCommand struct {
	Selective bool   `help:"Make a key for selective disclosure, of P-256."`
	Path      string `arg:"" help:"File to write it to. It must not be there yet."`
}

func (keyNewCommand) Help() string {
	return "List the new key under keys in the configuration first, so that everybody has it before it signs.\nHow to go on is in docs/operator.md, \"Rotate the keys\".\n\nExample:\n  chancery key new signing-2027.key"
}

func (c keyNewCommand) Run(s streams) error {
	create := func(path string, random io.Reader) (crypto.Signer, error) { return key.Create(path, random) }
	if c.Selective {
		create = func(path string, random io.Reader) (crypto.Signer, error) { return key.CreateP256(path, random) }
	}
	signer, err := create(c.Path, rand.Reader)
	if err != nil {
		return err
	}
	id, _, err := did.FromKey(signer.Public())
	if err != nil {
		return err
	}
	fmt.Fprintf(s.out, "%s\n%s\n", c.Path, id)
	return nil
}

type keyListCommand struct{ configured }

func (keyListCommand) Help() string {
	return "Example:\n  chancery key list"
}

func (c keyListCommand) Run(ctx context.Context, s streams) error {
	return with(ctx, s, c.configured, func(o operator) error {
		keys, err := o.Keys(ctx)
		for _, k := range keys {
			fmt.Fprintf(s.out, "%s  %s, %s%s\n", k.Method, k.Kind, k.Status, keyDates(k))
		}
		return err
	})
}

func keyDates(k issuer.KeyInfo) (text string) {
	if !k.At.IsZero() {
		text += " from " + credential.FormatTime(k.At)
	}
	if !k.Until.IsZero() {
		text += " until " + credential.FormatTime(k.Until)
	}
	if !k.Since.IsZero() {
		text += ", out since " + credential.FormatTime(k.Since)
	}
	return text
}

type keySignedCommand struct {
	logFile
	Since  string `help:"Only what was signed at this time or later: 2026-07-01, or 2026-07-01T12:00:00Z." placeholder:"TIME"`
	Method string `arg:"" help:"Verification method of the key, as chancery key list has it."`
}

func (keySignedCommand) Help() string {
	return "Prints the identifier of each credential and statement that was answered while the key was in use, one\na line, with its time and profile. What somebody else has signed with the key is in no log of yours.\n\nExample:\n  chancery key signed did:web:registry.example#z6MkpTHR8VNsBxYAAWHut2Geadd9jSwuBV8xRoAnwWsdvktH --since 2026-11-01"
}

func (c keySignedCommand) Run(ctx context.Context, s streams) error {
	since, err := parseSince(c.Since)
	if err != nil {
		return err
	}
	_, err = listSigned(ctx, s.out, c.logFile, c.Method, since)
	return err
}

// signedCount is how much a key has signed.
type signedCount struct{ since, before int }

// listSigned writes a line for each thing that a key signed since a time.
func listSigned(ctx context.Context, w io.Writer, from logFile, method string, since time.Time) (count signedCount, err error) {
	loaded, err := from.load()
	if err != nil {
		return count, err
	}
	err = from.read(ctx, func(tx *store.Tx) error {
		log, err := from.opened(tx)
		if err != nil {
			return err
		}
		use, err := issuer.NewKeyUse(loaded, method, log.records())
		if err != nil {
			return errors.Join(err, log.err())
		}
		for _, data := range log.records() {
			r, err := logproof.Decode(data)
			switch {
			case err != nil:
				return fmt.Errorf("%w; see `chancery log verify`", err)
			case use.Signed(r, since):
				count.since++
				fmt.Fprintf(w, "%s  %s  %s%s\n", r.Credential, r.Time, r.Profile, r.Asks)
			case use.Signed(r, time.Time{}):
				count.before++
			}
		}
		return errors.Join(ctx.Err(), log.err())
	})
	return count, err
}

type keyRevokeCommand struct {
	logFile
	Since  string `required:"" help:"When somebody else may have got it: 2026-11-01, or 2026-11-01T12:00:00Z." placeholder:"TIME"`
	Method string `arg:"" help:"Verification method of the key, as chancery key list has it."`
}

func (keyRevokeCommand) Help() string {
	return "The DID document and the bundle say from then on that the key was revoked, and verifiers that have them\ntake nothing any more that it has signed: who has the key can put any date on what they sign. What it\nsigned since that time, by the log, is listed as by chancery key signed.\n\nA key that signs now cannot be revoked: exchange it first (docs/operator.md, \"A key is out\").\n\nExample:\n  chancery key revoke did:web:registry.example#z6MkpTHR8VNsBxYAAWHut2Geadd9jSwuBV8xRoAnwWsdvktH --since 2026-11-01"
}

func (c keyRevokeCommand) Run(ctx context.Context, s streams) error {
	since, err := parseTime("--since", c.Since)
	if err != nil {
		return err
	}
	err = with(ctx, s, c.configured, func(o operator) error {
		_, err := o.RevokeKey(ctx, issuer.KeyRevocation{Method: c.Method, Since: since})
		return err
	})
	if err != nil {
		return err
	}
	count, err := listSigned(ctx, s.out, c.logFile, c.Method, since)
	if err != nil {
		return fmt.Errorf("the key is revoked; what it signed could not be listed: %w; see chancery key signed", err)
	}
	fmt.Fprintf(s.err, "The key is revoked. It had signed %d answers since %s, which are listed, and %d before, which verifiers refuse as well.\n"+
		"Now run chancery publish, have relying parties fetch the bundle, and issue again what is still good with\n"+
		"chancery key reissue %s --out FOLDER (--dry-run lists it).\n",
		count.since, credential.FormatTime(since), count.before, c.Method)
	return nil
}
