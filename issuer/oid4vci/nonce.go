package oid4vci

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"io"
	"sync"
	"time"
)

// nonces makes and judges c_nonce values. A nonce carries its own end and a
// MAC, so that handing one out, which anybody can ask for, keeps nothing; only
// used ones are remembered, until their end. A restart ends all of them, and
// wallets ask for another.
type nonces struct {
	key    []byte
	random io.Reader
	now    func() time.Time

	mu   sync.Mutex
	used map[string]time.Time
}

const nonceBytes = 8 + 16 // end, and what makes it unpredictable

func newNonces(random io.Reader, now func() time.Time) (*nonces, error) {
	key := make([]byte, sha256.Size)
	if _, err := io.ReadFull(random, key); err != nil {
		return nil, fmt.Errorf("make the key of nonces: %w", err)
	}
	return &nonces{key: key, random: random, now: now, used: map[string]time.Time{}}, nil
}

func (n *nonces) mac(data []byte) []byte {
	mac := hmac.New(sha256.New, n.key)
	mac.Write(data)
	return mac.Sum(nil)
}

func (n *nonces) make() (string, error) {
	data := make([]byte, nonceBytes)
	binary.BigEndian.PutUint64(data, uint64(n.now().Add(nonceLifetime).Unix()))
	if _, err := io.ReadFull(n.random, data[8:]); err != nil {
		return "", fmt.Errorf("make a nonce: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(append(data, n.mac(data)...)), nil
}

// use tells whether nonce is one of ours, in time, and not used before.
func (n *nonces) use(nonce string) bool {
	data, err := base64.RawURLEncoding.Strict().DecodeString(nonce)
	if err != nil || base64.RawURLEncoding.EncodeToString(data) != nonce { // line breaks are decoded, too
		return false
	}
	if len(data) != nonceBytes+sha256.Size || !hmac.Equal(data[nonceBytes:], n.mac(data[:nonceBytes])) {
		return false
	}
	now, end := n.now(), time.Unix(int64(binary.BigEndian.Uint64(data)), 0)
	if !now.Before(end) {
		return false
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	for old, end := range n.used {
		if !now.Before(end) {
			delete(n.used, old)
		}
	}
	if _, ok := n.used[nonce]; ok {
		return false
	}
	n.used[nonce] = end
	return true
}
