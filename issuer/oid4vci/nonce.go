package oid4vci

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/chancery-vc/chancery/issuer/singleuse"
)

// nonces makes and judges c_nonce values. A nonce carries its own end and a
// MAC, so that handing one out, which anybody can ask for, keeps nothing; only
// used ones are kept, until their end. A nonce of one replica is good at all.
type nonces struct {
	uses    singleuse.Store
	secrets *singleuse.Secrets
	random  io.Reader
	now     func() time.Time
}

const nonceBytes = 8 + 16 // end, and what makes it unpredictable

func newNonces(uses singleuse.Store, random io.Reader, now func() time.Time) *nonces {
	return &nonces{uses, singleuse.NewSecrets(uses, kindNonceKey, random), random, now}
}

// mac is by the secret of the day of the nonce's end.
func (n *nonces) mac(ctx context.Context, data []byte) ([]byte, error) {
	key, err := n.secrets.At(ctx, endOf(data))
	if err != nil {
		return nil, err
	}
	mac := hmac.New(sha256.New, key)
	mac.Write(data)
	return mac.Sum(nil), nil
}

func endOf(data []byte) time.Time { return time.Unix(int64(binary.BigEndian.Uint64(data)), 0) }

func (n *nonces) make(ctx context.Context) (string, error) {
	data := make([]byte, nonceBytes)
	binary.BigEndian.PutUint64(data, uint64(n.now().Add(nonceLifetime).Unix()))
	if _, err := io.ReadFull(n.random, data[8:]); err != nil {
		return "", fmt.Errorf("make a nonce: %w", err)
	}
	mac, err := n.mac(ctx, data)
	if err != nil {
		return "", fmt.Errorf("make a nonce: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(append(data, mac...)), nil
}

// use tells whether nonce is one of ours, in time, and not used before.
func (n *nonces) use(ctx context.Context, nonce string) (bool, error) {
	data, err := base64.RawURLEncoding.Strict().DecodeString(nonce)
	if err != nil || base64.RawURLEncoding.EncodeToString(data) != nonce { // line breaks are decoded, too
		return false, nil
	}
	if len(data) != nonceBytes+sha256.Size || !n.current(endOf(data)) {
		return false, nil
	}
	mac, err := n.mac(ctx, data[:nonceBytes])
	if err != nil || !hmac.Equal(data[nonceBytes:], mac) {
		return false, err
	}
	err = singleuse.Put(ctx, n.uses, singleuse.Entry{Key: nonceKey(nonce), Expires: endOf(data)})
	if errors.Is(err, singleuse.ErrTaken) {
		return false, nil
	}
	return err == nil, err
}

// current tells whether a nonce of ours can have this end: no secret is looked
// for that of another.
func (n *nonces) current(end time.Time) bool {
	now := n.now()
	return now.Before(end) && end.Before(now.Add(nonceLifetime+clockSkew))
}

func nonceKey(nonce string) singleuse.Key { return singleuse.Key{Kind: kindNonce, ID: digest(nonce)} }
