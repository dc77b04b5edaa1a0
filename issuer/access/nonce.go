package access

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"io"
	"time"
)

// nonceStep is how long one nonce is given out. It is taken for as long again.
const nonceStep = time.Minute

// nonces makes and judges DPoP nonces (RFC 9449, section 8). The nonce of a step
// of time is a MAC of its number, the same for everybody, so that nothing is
// kept; nobody can tell it before, so that no proof can be made in advance. The
// key is of this process alone: a proof that was made for another, or before a
// restart, is good for nothing.
type nonces struct {
	key []byte
	now func() time.Time
}

func newNonces(random io.Reader, now func() time.Time) (*nonces, error) {
	key := make([]byte, sha256.Size)
	if _, err := io.ReadFull(random, key); err != nil {
		return nil, fmt.Errorf("make the key of nonces: %w", err)
	}
	return &nonces{key, now}, nil
}

func (n *nonces) step() uint64 { return uint64(n.now().Unix()) / uint64(nonceStep.Seconds()) }

func (n *nonces) at(step uint64) string {
	mac := hmac.New(sha256.New, n.key)
	mac.Write(binary.BigEndian.AppendUint64([]byte("chancery dpop nonce "), step))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// current returns the nonce to use now.
func (n *nonces) current() string { return n.at(n.step()) }

// good tells whether nonce is that of this step or the one before.
func (n *nonces) good(nonce string) bool {
	step := n.step()
	now := subtle.ConstantTimeCompare([]byte(nonce), []byte(n.at(step)))
	before := subtle.ConstantTimeCompare([]byte(nonce), []byte(n.at(step-1)))
	return now|before == 1
}
