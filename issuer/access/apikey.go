package access

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/chancery-vc/chancery/issuer/access/slowhash"
	"github.com/chancery-vc/chancery/issuer/config"
)

// MaxKey caps a key that people chose, in bytes.
const MaxKey = 256

const (
	// slowAtOnce is how many slow hashes are computed at a time; each takes 64
	// MiB or more. Others wait for slowWait at most.
	slowAtOnce = 2
	slowWait   = 5 * time.Second
	// maxSlowWaiting caps those that wait.
	maxSlowWaiting = 32
)

// apiKeys finds callers by their names and keys. A key that was found good is
// remembered by a MAC whose key is of this process alone, one for each caller, so
// that the next request need not wait: a flood of wrong keys does not keep
// callers out whose keys are known by then.
type apiKeys struct {
	hashes map[string]slowhash.Hash
	decoy  slowhash.Hash // for names of nobody, so that time does not tell them
	secret []byte
	slots  chan struct{}
	queue  chan struct{}

	mu   sync.Mutex
	good map[string][sha256.Size]byte // by name
}

func openAPIKeys(callers []config.RelyingParty, e Environment) (*apiKeys, error) {
	k := &apiKeys{
		hashes: map[string]slowhash.Hash{}, good: map[string][sha256.Size]byte{}, secret: make([]byte, sha256.Size),
		slots: make(chan struct{}, slowAtOnce), queue: make(chan struct{}, maxSlowWaiting),
	}
	if _, err := io.ReadFull(e.Random, k.secret); err != nil {
		return nil, fmt.Errorf("make the key of known keys: %w", err)
	}
	for _, caller := range callers {
		if caller.KeyHash == "" {
			continue
		}
		hash, err := slowhash.Parse(caller.KeyHash)
		if err != nil {
			return nil, fmt.Errorf("key_hash of %s: %w", caller.Name, err)
		}
		k.hashes[caller.Name], k.decoy = hash, hash
	}
	return k, nil
}

func (k *apiKeys) empty() bool { return len(k.hashes) == 0 }

// caller returns who has shown its name and key: what follows the scheme Basic
// (RFC 7617, section 2).
func (k *apiKeys) caller(ctx context.Context, text string) (string, error) {
	data, err := base64.StdEncoding.Strict().DecodeString(text)
	name, key, ok := strings.Cut(string(data), ":")
	if err != nil || !ok || k.empty() || key == "" || len(key) > MaxKey || !utf8.ValidString(key) {
		return "", deny("it is no name and key of a caller")
	}
	sum := k.sum(name, key)
	if k.known(name, sum) {
		return name, nil
	}
	good, err := k.check(ctx, name, key)
	if err != nil {
		return "", err
	}
	if !good {
		return "", deny("it is no name and key of a caller")
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.good[name] = sum
	return name, nil
}

func (k *apiKeys) sum(name, key string) (sum [sha256.Size]byte) {
	mac := hmac.New(sha256.New, k.secret)
	fmt.Fprintf(mac, "%d %s%s", len(name), name, key)
	return [sha256.Size]byte(mac.Sum(nil))
}

func (k *apiKeys) known(name string, sum [sha256.Size]byte) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	good, ok := k.good[name]
	return ok && hmac.Equal(good[:], sum[:])
}

// check computes the slow hash of a key in its turn.
func (k *apiKeys) check(ctx context.Context, name, key string) (bool, error) {
	select {
	case k.queue <- struct{}{}:
		defer func() { <-k.queue }()
	default:
		return false, fmt.Errorf("%w: too many keys are waiting to be checked", ErrUnavailable)
	}
	ctx, cancel := context.WithTimeout(ctx, slowWait)
	defer cancel()
	select {
	case k.slots <- struct{}{}:
		defer func() { <-k.slots }()
	case <-ctx.Done():
		return false, fmt.Errorf("%w: too many keys are being checked", ErrUnavailable)
	}
	hash, ok := k.hashes[name]
	if !ok {
		hash = k.decoy
	}
	return hash.Is(key) && ok, nil
}
