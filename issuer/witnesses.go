package issuer

import (
	"errors"
	"fmt"
	"path/filepath"

	"github.com/chancery-vc/chancery/issuer/anchor"
	"github.com/chancery-vc/chancery/issuer/anchor/witness"
	"github.com/chancery-vc/chancery/issuer/config"
	"github.com/chancery-vc/chancery/issuer/issuancelog"
	"github.com/chancery-vc/chancery/issuer/store"
	"github.com/chancery-vc/chancery/verifier/logproof"
)

// cosignedFile is what the file of the newest checkpoint that the witnesses of
// an anchor have cosigned is called, in the state folder. Whoever can write it
// can keep what is published from going on.
func cosignedFile(anchor string) string { return "cosigned-" + anchor + ".checkpoint" }

func (i *Issuer) openWitnesses(c config.Anchor) (anchor.Anchor, error) {
	o := witness.Options{
		Need: c.Need, Path: filepath.Join(i.config.Path(i.config.State), cosignedFile(c.Name)), Key: i.signer.Public(), Log: provenLog{i}, Now: i.now,
		Warn: func(err error) { i.warn(fmt.Sprintf("anchor %s: %v", c.Name, err)) },
	}
	for _, w := range c.Witnesses {
		one, err := logproof.ParseWitness(string(w.Key))
		if err != nil {
			return nil, err
		}
		client, err := i.anchorClient(config.Anchor{Kind: c.Kind, URL: w.URL, CA: w.CA})
		if err != nil {
			return nil, err
		}
		o.Places = append(o.Places, witness.Place{Witness: one, URL: w.URL, Client: client})
	}
	opened, err := witness.New(o)
	if err == nil {
		i.cosigners = append(i.cosigners, opened)
	}
	return opened, err
}

// provenLog is the log as witnesses see it.
type provenLog struct{ *Issuer }

func (l provenLog) Prove(older, size uint64) (path []logproof.Hash, err error) {
	err = l.store.View(func(tx *store.Tx) error {
		path, err = issuancelog.ProveConsistency(tx, older, size)
		return err
	})
	return path, err
}

// PublicCheckpoint returns the checkpoint of the public log: the newest one. If
// witnesses are configured it is the newest one that enough of them have
// cosigned, so that nobody gets to see another, and [anchor.ErrNone] before
// there is one.
func (i *Issuer) PublicCheckpoint() ([]byte, error) {
	if len(i.cosigners) == 0 {
		return i.Checkpoint()
	}
	var newest []byte
	var size uint64
	for _, c := range i.cosigners {
		kept, err := c.Kept()
		if errors.Is(err, anchor.ErrDamaged) || kept == nil && err == nil {
			continue // as after other witnesses were configured; the start warns of it
		}
		if err != nil {
			return nil, err
		}
		head, err := anchor.Read(kept)
		if err != nil {
			return nil, err
		}
		if newest == nil || head.Size > size {
			newest, size = kept, head.Size
		}
	}
	if newest == nil {
		return nil, anchor.ErrNone
	}
	return newest, nil
}
