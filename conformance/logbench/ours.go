package main

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"path/filepath"
	"time"

	"github.com/google/uuid"

	"github.com/chancery-vc/chancery/issuer/issuancelog"
	"github.com/chancery-vc/chancery/issuer/store"
	"github.com/chancery-vc/chancery/verifier/logproof"
)

// checkpointEvery is how often the log signs its state while it is added to.
const checkpointEvery = 100 * time.Millisecond

// record is one as issuers write most, of a credential of its own.
func record() logproof.Record {
	index := 4711
	return logproof.Record{
		Kind: logproof.Answered, Caller: "operator", Profile: "birth", Subject: "b6m4pS6cM1yq9wq2vVnqk2dYdH0kqJ0m1YVb9zE3i1o",
		Configuration: "3c5f0d9a7e4b2c1d8f6a5b4c3d2e1f0a9b8c7d6e5f4a3b2c1d0e9f8a7b6c5d4e", Credential: uuid.New().URN(),
		Disclosed: []string{"dateOfBirth", "placeOfBirth", "registrationNumber"}, Released: "lJz1U2vY5sTq9o0bQ3m7xWk4cR8dE6fG2hI1jK5lN0p",
		StatusIndex: &index, StatusList: "https://registry.example/status/1",
	}
}

// encoded returns the bytes of a record, as the log has them.
func encoded() ([]byte, error) {
	r := record()
	r.Format, r.Previous, r.Sequence, r.Time = logproof.Format, r.Subject, 123456, "2026-07-01T12:00:00Z"
	return logproof.Encode(r)
}

// ours is an open log.
type ours struct {
	store *store.Store
	log   *issuancelog.Log
	key   ed25519.PrivateKey
}

func stateFile(folder string) string { return filepath.Join(folder, "state.db") }

func openOurs(ctx context.Context, folder string) (*ours, error) {
	s, err := store.Open(stateFile(folder))
	if err != nil {
		return nil, err
	}
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	l, err := issuancelog.Open(ctx, s, time.Now, rand.Reader)
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return &ours{s, l, key}, nil
}

func (o *ours) add(ctx context.Context) error {
	r := record()
	return o.store.Update(ctx, func(tx *store.Tx) error { return o.log.Append(tx, r) })
}

func (o *ours) checkpoint() error {
	_, err := o.log.Checkpoint("registry.example/log", o.key)
	return err
}

func runOurs(ctx context.Context, folder string, writers int, turn time.Duration) (one speed, err error) {
	o, err := openOurs(ctx, folder)
	if err != nil {
		return speed{}, err
	}
	defer func() { err = errors.Join(err, o.store.Close()) }()
	signing, stop := context.WithCancel(ctx)
	signed := make(chan error, 1)
	go func() { signed <- o.sign(signing) }()
	one, err = race(ctx, writers, turn, o.add)
	stop()
	return one, errors.Join(err, <-signed)
}

// sign signs checkpoints until ctx ends.
func (o *ours) sign(ctx context.Context) error {
	ticks := time.NewTicker(checkpointEvery)
	defer ticks.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticks.C:
			if err := o.checkpoint(); err != nil {
				return err
			}
		}
	}
}
