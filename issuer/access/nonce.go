package access

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/chancery-vc/chancery/issuer/singleuse"
)

// nonceStep is how long one nonce is given out. It is taken for as long again,
// and for as long before: the clock of the replica that gave it out may be
// ahead.
const nonceStep = time.Minute

// nonceSteps is in how many steps one nonce is taken.
const nonceSteps = 3

// kindNonceKey is the kind of the nonces' keys among what replicas share.
const kindNonceKey = "dpop-nonce-keys"

// nonces makes and judges DPoP nonces (RFC 9449, section 8). The nonce of a step
// of time is a MAC of its number, the same for everybody, so that none is kept;
// nobody can tell it before, so that no proof can be made in advance, but for
// who can read the store with the key of the day. All who share the store take
// what one of them gave out, also after a restart; that no proof is good twice
// is seen to elsewhere.
type nonces struct {
	keys *singleuse.Secrets
	now  func() time.Time
}

func newNonces(s singleuse.Store, random io.Reader, now func() time.Time) *nonces {
	return &nonces{singleuse.NewSecrets(s, kindNonceKey, random), now}
}

// step returns the number of the step that is so many away from the present one.
func (n *nonces) step(away int64) int64 { return n.now().Unix()/int64(nonceStep.Seconds()) + away }

func (n *nonces) at(ctx context.Context, step int64) (string, error) {
	key, err := n.keys.At(ctx, time.Unix(step*int64(nonceStep.Seconds()), 0))
	if errors.Is(err, singleuse.ErrUnavailable) {
		err = fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	if err != nil {
		return "", err
	}
	mac := hmac.New(sha256.New, key)
	mac.Write(binary.BigEndian.AppendUint64([]byte("chancery dpop nonce "), uint64(step)))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil)), nil
}

// current returns the nonce to use now.
func (n *nonces) current(ctx context.Context) (string, error) { return n.at(ctx, n.step(0)) }

// good tells whether nonce is that of this step, of the one before or of the
// next one.
func (n *nonces) good(ctx context.Context, nonce string) (bool, error) {
	for _, away := range []int64{0, -1, 1} {
		is, err := n.at(ctx, n.step(away))
		if err != nil {
			return false, err
		}
		if subtle.ConstantTimeCompare([]byte(nonce), []byte(is)) == 1 {
			return true, nil
		}
	}
	return false, nil
}
