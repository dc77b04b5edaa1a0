package access

import (
	"context"
	"crypto"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/chancery-vc/chancery/internal/web"
)

// How long keys that were fetched are good for: keysAge until they are fetched
// again, keysMost if that fails. Between two tries is keysPause at least.
const (
	keysAge   = 10 * time.Minute
	keysMost  = time.Hour
	keysPause = time.Minute
)

// fetchTime is how long an authorization server may take for an answer.
const fetchTime = 5 * time.Second

// errUnknownKey says that a token names no key of its issuer.
var errUnknownKey = errors.New("no one key of the issuer is called so and for this algorithm")

// keys has the public keys of an authorization server.
type keys interface {
	find(ctx context.Context, id, algorithm string) (crypto.PublicKey, error)
}

// fixed are keys of a file.
type fixed struct{ set keySet }

func (f fixed) find(_ context.Context, id, algorithm string) (crypto.PublicKey, error) {
	if key, ok := f.set.find(id, algorithm); ok {
		return key, nil
	}
	return nil, errUnknownKey
}

// fetched are keys at an address.
type fetched struct {
	address string
	client  *http.Client
	now     func() time.Time

	turn chan struct{} // whoever asks the server has it

	mu      sync.Mutex
	set     keySet
	at      time.Time // when set was fetched
	tried   time.Time
	problem error // of the last try
}

func newFetched(address string, client *http.Client, now func() time.Time) *fetched {
	return &fetched{address: address, client: client, now: now, turn: make(chan struct{}, 1)}
}

// find asks the server only for a key that is not known or too old, and not
// more often than once in keysPause whatever tokens come.
func (f *fetched) find(ctx context.Context, id, algorithm string) (crypto.PublicKey, error) {
	key, found, due := f.look(id, algorithm)
	if !due {
		return f.settle(key, found)
	}
	select {
	case f.turn <- struct{}{}:
		defer func() { <-f.turn }()
	case <-ctx.Done():
		return nil, fmt.Errorf("%w: %w", ErrUnavailable, ctx.Err())
	}
	if key, found, due = f.look(id, algorithm); due {
		f.fetch(ctx)
		key, found, _ = f.look(id, algorithm)
	}
	return f.settle(key, found)
}

// look tells whether there is such a key, and whether it is time to ask for it.
func (f *fetched) look(id, algorithm string) (key crypto.PublicKey, found, due bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	now := f.now()
	if f.set != nil && now.Sub(f.at) < keysMost {
		key, found = f.set.find(id, algorithm)
	}
	fresh := found && now.Sub(f.at) < keysAge
	return key, found, !fresh && (f.tried.IsZero() || now.Sub(f.tried) >= keysPause)
}

// settle tells no key from no knowledge.
func (f *fetched) settle(key crypto.PublicKey, found bool) (crypto.PublicKey, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case found:
		return key, nil
	case f.problem != nil:
		return nil, fmt.Errorf("%w: keys at %s: %w", ErrUnavailable, f.address, f.problem)
	}
	return nil, errUnknownKey
}

// fetch asks the server. That who asked goes away does not end it: others wait
// for the same.
func (f *fetched) fetch(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), fetchTime)
	defer cancel()
	data, err := web.Get(ctx, f.client, f.address, maxSetBytes)
	var set keySet
	if err == nil {
		set, err = parseKeys(data, false)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.tried, f.problem = f.now(), err
	if err == nil {
		f.set, f.at = set, f.tried
	}
}
