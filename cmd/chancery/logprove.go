package main

import (
	"context"
	"crypto"
	"errors"
	"fmt"
	"os"
	"strconv"

	"github.com/chancery-vc/chancery/issuer"
	"github.com/chancery-vc/chancery/issuer/issuancelog"
	"github.com/chancery-vc/chancery/issuer/store"
	"github.com/chancery-vc/chancery/verifier/logproof"
)

type logProveCommand struct {
	logFile
	logKey
	Record        string `arg:"" help:"Identifier of a credential, or number of a record."`
	Checkpoint    string `help:"Published checkpoint to prove it for. Default: one of now, newly signed."`
	WithoutRecord bool   `help:"Leave the record out: who gets the proof learns nothing but that something was logged."`
}

func (logProveCommand) Help() string {
	return "Prints a proof (C2SP tlog-proof) that anybody can check who has the issuer's public key. The record\nis in it, unless you leave it out: give the proof only to whom you would show the record.\n\nExamples:\n  chancery log prove urn:uuid:... > birth.tlog-proof\n  chancery log prove 17 --checkpoint /srv/www/checkpoint --without-record"
}

func (c logProveCommand) Run(ctx context.Context, s streams) error {
	return c.read(ctx, func(tx *store.Tx) error {
		sequence, err := c.sequence(tx)
		if err != nil {
			return err
		}
		checkpoint, note, err := c.checkpointOf(tx, c.configured, c.Checkpoint)
		if err != nil {
			return err
		}
		proof := logproof.Proof{Index: sequence, Checkpoint: note}
		if proof.Path, err = issuancelog.Prove(tx, sequence, checkpoint.Size); err != nil {
			return err
		}
		if !c.WithoutRecord {
			log, err := c.opened(tx)
			if err != nil {
				return err
			}
			opening, err := log.opening(sequence)
			if err != nil {
				return err
			}
			proof.Opening = &opening
		}
		_, err = s.out.Write(proof.Encode())
		return err
	})
}

// sequence returns the number of the record that is asked for.
func (c logProveCommand) sequence(tx *store.Tx) (uint64, error) {
	if sequence, err := strconv.ParseUint(c.Record, 10, 63); err == nil {
		return sequence, nil
	}
	sequence, found := issuancelog.Find(tx, c.Record)
	if !found {
		return 0, no(fmt.Sprintf("the log has no answer with the credential %s", c.Record))
	}
	return sequence, nil
}

// checkpointOf returns the checkpoint in a file, or one that the configured
// issuer signs: over as many records as the name says, or all if it is empty.
func (k logKey) checkpointOf(tx *store.Tx, from configured, name string) (logproof.Checkpoint, []byte, error) {
	size, err := strconv.ParseUint(name, 10, 63)
	if err != nil && name != "" {
		public, err := k.public(from)
		if err != nil {
			return logproof.Checkpoint{}, nil, err
		}
		checkpoint, note, err := openCheckpoint(name, public)
		if err == nil {
			err = fits(tx, checkpoint)
		}
		return checkpoint, note, err
	}
	if name == "" {
		if size, err = issuancelog.Size(tx); err != nil {
			return logproof.Checkpoint{}, nil, err
		}
	}
	return signCheckpoint(tx, from, size)
}

// fits returns an error unless the log had the state of a checkpoint.
func fits(tx *store.Tx, c logproof.Checkpoint) error {
	had, err := issuancelog.Had(tx, c)
	if err != nil {
		return no(err.Error())
	}
	if !had {
		return no(fmt.Sprintf("the log does not fit the checkpoint of %d records; see `chancery log verify`", c.Size))
	}
	return nil
}

func signCheckpoint(tx *store.Tx, from configured, size uint64) (logproof.Checkpoint, []byte, error) {
	loaded, err := from.load()
	if err != nil {
		return logproof.Checkpoint{}, nil, fmt.Errorf("name a published checkpoint; to sign one: %w", err)
	}
	signer, err := openSigningKey(loaded)
	if err != nil {
		return logproof.Checkpoint{}, nil, err
	}
	checkpoint, err := issuancelog.State(tx, issuer.Origin(loaded), size)
	if err != nil {
		return logproof.Checkpoint{}, nil, err
	}
	note, err := checkpoint.Sign(signer)
	return checkpoint, note, err
}

type logConsistencyCommand struct {
	logFile
	logKey
	Old string `arg:"" help:"Checkpoint of earlier, or its number of records."`
	New string `arg:"" optional:"" help:"Checkpoint of later, or its number of records. Default: one of now, newly signed."`
}

func (logConsistencyCommand) Help() string {
	return "Prints a proof that the log of the later checkpoint begins with all that the earlier one covers, as\nC2SP tlog-witness has it. Exit code 1 says that it does not.\n\nExamples:\n  chancery log consistency last-month/checkpoint > continued\n  chancery log consistency 11 16"
}

func (c logConsistencyCommand) Run(ctx context.Context, s streams) error {
	return c.read(ctx, func(tx *store.Tx) error {
		newer, note, err := c.checkpointOf(tx, c.configured, c.New)
		if err != nil {
			return err
		}
		older, err := c.older(tx, newer)
		if err != nil {
			return err
		}
		path, err := issuancelog.ProveConsistency(tx, older.Size, newer.Size)
		if err != nil {
			return no(err.Error())
		}
		if err := logproof.VerifyConsistency(older, newer, path); err != nil {
			return no(err.Error())
		}
		_, err = s.out.Write(logproof.Consistency{Old: older.Size, Path: path, Checkpoint: note}.Encode())
		return err
	})
}

// older returns the earlier checkpoint; of a number, what the log itself says.
func (c logConsistencyCommand) older(tx *store.Tx, newer logproof.Checkpoint) (logproof.Checkpoint, error) {
	if size, err := strconv.ParseUint(c.Old, 10, 63); err == nil {
		return issuancelog.State(tx, newer.Origin, size)
	}
	public, err := c.public(c.configured)
	if err != nil {
		return logproof.Checkpoint{}, err
	}
	older, _, err := openCheckpoint(c.Old, public)
	return older, err
}

type logCheckCommand struct {
	configured
	logKey
	Proof      string `arg:"" help:"Proof, as chancery log prove or chancery log consistency prints it."`
	Credential string `help:"File of the credential that the proof must be of."`
	Old        string `help:"Checkpoint of earlier, for a proof of consistency."`
}

func (logCheckCommand) Help() string {
	return "Checks a proof with nothing but the issuer's public key, and says what it shows.\n\nExamples:\n  chancery log check birth.tlog-proof --credential birth.json --key did:key:z6Mk...\n  chancery log check continued --old last-month/checkpoint --key did:key:z6Mk..."
}

func (c logCheckCommand) Run(_ context.Context, s streams) error {
	public, err := c.public(c.configured)
	if err != nil {
		return err
	}
	data, err := os.ReadFile(c.Proof)
	if err != nil {
		return err
	}
	said, err := c.check(data, public)
	if errors.Is(err, logproof.ErrProof) {
		return no(err.Error())
	}
	if err == nil {
		_, err = fmt.Fprintln(s.out, said)
	}
	return err
}

func (c logCheckCommand) check(data []byte, public crypto.PublicKey) (said string, err error) {
	if c.Old != "" {
		return c.checkConsistency(data, public)
	}
	proof, err := logproof.ParseProof(data)
	if err != nil {
		return "", err
	}
	record, checkpoint, err := proof.VerifyOpened(public)
	if err != nil {
		return "", err
	}
	if c.Credential != "" {
		credential, err := os.ReadFile(c.Credential)
		if err != nil {
			return "", err
		}
		if record.Kind != logproof.Answered || record.Released != logproof.HashOf(credential).String() {
			return "", fmt.Errorf("%w of this credential: record %d is of another", logproof.ErrProof, proof.Index)
		}
	}
	return fmt.Sprintf("Record %d, %s at %s, is in the log %s of %d records.", proof.Index, record.Kind, record.Time, checkpoint.Origin, checkpoint.Size), nil
}

func (c logCheckCommand) checkConsistency(data []byte, public crypto.PublicKey) (said string, err error) {
	older, _, err := openCheckpoint(c.Old, public)
	if err != nil {
		return "", err
	}
	proof, err := logproof.ParseConsistency(data)
	if err != nil {
		return "", err
	}
	newer, err := logproof.OpenCheckpoint(proof.Checkpoint, public)
	if err != nil {
		return "", err
	}
	if err := logproof.VerifyConsistency(older, newer, proof.Path); err != nil {
		return "", err
	}
	return fmt.Sprintf("The log %s of %d records begins with the %d records of the earlier checkpoint.", newer.Origin, newer.Size, older.Size), nil
}
