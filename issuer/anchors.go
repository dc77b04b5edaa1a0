package issuer

import (
	"context"
	"crypto/x509"
	"fmt"
	"net/http"
	"time"

	"github.com/chancery-vc/chancery/internal/web"
	"github.com/chancery-vc/chancery/issuer/anchor"
	"github.com/chancery-vc/chancery/issuer/anchor/file"
	"github.com/chancery-vc/chancery/issuer/anchor/s3"
	"github.com/chancery-vc/chancery/issuer/anchor/timestamp"
	"github.com/chancery-vc/chancery/issuer/config"
	"github.com/chancery-vc/chancery/issuer/issuancelog"
	"github.com/chancery-vc/chancery/issuer/store"
	"github.com/chancery-vc/chancery/verifier/logproof"
)

// openAnchors holds the log against what its anchors have, before anything is
// answered. The questions that an earlier process left open have their ends by
// then, which is no harm: a log that was rolled back has other records.
func (i *Issuer) openAnchors(ctx context.Context) error {
	var places []anchor.Place
	for _, c := range i.config.Anchors {
		opened, err := i.openAnchor(c)
		if err != nil {
			return fmt.Errorf("anchor %s: %w", c.Name, err)
		}
		places = append(places, anchor.Place{Name: c.Name, Anchor: opened, Every: c.Every.Std(), StopAfter: c.StopAfter.Std()})
	}
	own, err := i.Checkpoint()
	if err != nil {
		return err
	}
	warn := func(place string, err error) {
		i.warn(fmt.Sprintf("anchor %s: whether the log is as it was cannot be seen there: %v", place, err))
	}
	if err := anchor.Check(ctx, places, own, i.continues, warn); err != nil {
		return err
	}
	i.keeper = anchor.NewKeeper(places, anchoredLog{i}, i.now, i.reportAnchor)
	return nil
}

func (i *Issuer) openAnchor(c config.Anchor) (anchor.Anchor, error) {
	switch c.Kind {
	case config.AnchorFile:
		return file.New(i.config.Path(c.Path), i.signed, i.now), nil
	case config.AnchorTimestamp:
		return i.openTimestamp(c)
	case config.AnchorWitness:
		return i.openWitnesses(c)
	case config.AnchorS3:
		client, err := i.anchorClient(c)
		if err != nil {
			return nil, err
		}
		return s3.New(s3.Options{
			URL: c.URL, Bucket: c.Bucket, Region: c.Region, Prefix: c.Prefix, AccessKey: string(c.AccessKey), Secrets: i.secrets, SecretFile: c.SecretKeyFile,
			Retention: c.Retention.Std(), Transport: client.Transport, Own: i.signed, Now: i.now,
		})
	}
	return nil, fmt.Errorf("kind %q is not known", c.Kind) // not reached: config checks it
}

func (i *Issuer) openTimestamp(c config.Anchor) (anchor.Anchor, error) {
	client, err := i.anchorClient(c)
	if err != nil {
		return nil, err
	}
	data, err := i.config.Read(c.Roots, config.MaxFileBytes)
	if err != nil {
		return nil, fmt.Errorf("roots: %w", err)
	}
	roots := x509.NewCertPool() // and not those of the system
	if !roots.AppendCertsFromPEM(data) {
		return nil, fmt.Errorf("roots: %s has no certificate in PEM form", c.Roots)
	}
	policy, err := c.PolicyOID()
	if err != nil {
		return nil, err
	}
	return timestamp.New(timestamp.Options{
		URL: c.URL, Client: client, Roots: roots, Policy: policy, Folder: i.config.Path(c.Path), Own: i.signed, Now: i.now, Random: i.random,
	}), nil
}

// anchorClient returns a client for the address of c. What goes in the clear
// where c allows it goes straight there: no proxy, no redirect.
func (i *Issuer) anchorClient(c config.Anchor) (*http.Client, error) {
	var roots *x509.CertPool
	if c.CA != "" {
		data, err := i.config.Read(c.CA, config.MaxFileBytes)
		if err != nil {
			return nil, fmt.Errorf("ca: %w", err)
		}
		if roots, err = web.Roots(data); err != nil {
			return nil, fmt.Errorf("ca: %s: %w", c.CA, err)
		}
	}
	client := web.NewClient(roots, anchor.MaxWait)
	if c.Kind == config.AnchorTimestamp && c.InClear() {
		client.Transport = &http.Transport{}
	}
	return client, nil
}

// signed judges whether a checkpoint is of this issuer's log.
func (i *Issuer) signed(checkpoint []byte) error {
	c, err := i.openCheckpoint(checkpoint)
	if err == nil && c.Origin != i.Origin() {
		err = fmt.Errorf("%w: it is of %q", logproof.ErrCheckpoint, c.Origin)
	}
	return err
}

// continues returns an error unless the log was once what a checkpoint says.
func (i *Issuer) continues(checkpoint []byte) error {
	c, err := i.openCheckpoint(checkpoint)
	if err != nil {
		return err
	}
	var had bool
	err = i.store.View(func(tx *store.Tx) (err error) {
		had, err = issuancelog.Had(tx, c)
		return err
	})
	if err == nil && !had {
		err = fmt.Errorf("%w: its first %d records are not those that were anchored", anchor.ErrForked, c.Size)
	}
	return err
}

// anchoredLog is the log as a keeper of anchors sees it.
type anchoredLog struct{ *Issuer }

func (l anchoredLog) Anchored(ctx context.Context, name string, kept anchor.Head) error {
	record := logproof.Record{Kind: logproof.CheckpointAnchored, Anchor: name, Size: &kept.Size, Root: kept.Hash}
	return l.store.Update(ctx, func(tx *store.Tx) error { return l.log.Append(tx, record) })
}

func (i *Issuer) reportAnchor(s anchor.Status) {
	if s.Err != nil {
		i.warn(fmt.Sprintf("anchor %s: failure %d, behind since %s: %v", s.Name, s.Failures, s.Good.UTC().Format(time.RFC3339), s.Err))
	}
}

// KeepAnchors brings checkpoints to the anchors that are due, at each tick,
// until ctx is done.
func (i *Issuer) KeepAnchors(ctx context.Context, ticks <-chan time.Time) { i.keeper.Run(ctx, ticks) }

// Anchors tells how each anchor has been doing.
func (i *Issuer) Anchors() []anchor.Status { return i.keeper.Status() }
