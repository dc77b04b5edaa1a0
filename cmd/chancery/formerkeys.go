package main

import (
	"context"
	"crypto"
	"fmt"
	"strings"

	"github.com/chancery-vc/chancery/issuer/key"
	"github.com/chancery-vc/chancery/verifier/did"
	"github.com/chancery-vc/chancery/verifier/logproof"
)

// checkpointKeys returns the keys that may have signed checkpoints of an issuer,
// those of former days too.
func checkpointKeys(ctx context.Context, o operator) (public []crypto.PublicKey, err error) {
	known, err := o.Keys(ctx)
	if err != nil {
		return nil, err
	}
	for _, k := range known {
		if k.Kind != key.Ed25519 {
			continue
		}
		_, fragment, _ := strings.Cut(k.Method, "#")
		one, err := did.KeyFrom("did:key:" + fragment)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", k.Method, err)
		}
		public = append(public, one)
	}
	return public, nil
}

// openAnyCheckpoint opens a checkpoint that one of some keys has signed.
func openAnyCheckpoint(data []byte, keys []crypto.PublicKey) (c logproof.Checkpoint, err error) {
	for _, public := range keys {
		if c, err = logproof.OpenCheckpoint(data, public); err == nil {
			break
		}
	}
	return c, err
}
