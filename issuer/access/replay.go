package access

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	"github.com/chancery-vc/chancery/issuer/singleuse"
)

// kindProof is the kind of proofs among what may be used once.
const kindProof = "dpop"

// errUsed says that a proof came before.
var errUsed = errors.New("the proof was used before")

// spend marks the proof of a key with an identifier as used, until it is none any
// more; or returns errUsed. Only proofs that are otherwise good come so far: who
// fills the store is a caller.
func spend(ctx context.Context, s singleuse.Store, thumbprint, id string, until time.Time) error {
	err := singleuse.Put(ctx, s, singleuse.Entry{Key: singleuse.Key{Kind: kindProof, ID: digest(thumbprint, id)}, Expires: until})
	switch {
	case errors.Is(err, singleuse.ErrTaken):
		return errUsed
	case errors.Is(err, singleuse.ErrUnavailable):
		return fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	return err
}

// digest names something in the store by words of which the first has no dot.
func digest(first, second string) string {
	sum := sha256.Sum256([]byte(first + "." + second))
	return encode(sum[:])
}
