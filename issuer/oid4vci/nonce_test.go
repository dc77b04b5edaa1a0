package oid4vci

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"io"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"testing/iotest"
	"time"

	"github.com/chancery-vc/chancery/internal/issuertest"
	"github.com/chancery-vc/chancery/issuer/singleuse/local"
	"github.com/chancery-vc/chancery/issuer/store"
)

// maker makes nonces, and judges them, for a test.
type maker struct {
	*testing.T
	*nonces
	clock *issuertest.Clock
}

func makeNonces(t *testing.T) maker {
	t.Helper()
	db, err := store.Open(filepath.Join(t.TempDir(), "s.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	clock := issuertest.NewClock()
	return maker{t, newNonces(local.New(db, clock.Now), rand.Reader, clock.Now), clock}
}

// replica returns what another process has that shares the store.
func (m maker) replica() maker {
	m.nonces = newNonces(m.uses, rand.Reader, m.clock.Now)
	return m
}

func (m maker) nonce() string {
	m.Helper()
	nonce, err := m.make(m.Context())
	if err != nil {
		m.Fatal(err)
	}
	return nonce
}

func (m maker) good(nonce string) bool {
	m.Helper()
	good, err := m.use(m.Context(), nonce)
	if err != nil {
		m.Errorf("%q: %v", nonce, err)
	}
	return good
}

func TestNonceIsGoodOnce(t *testing.T) {
	m := makeNonces(t)
	first, second := m.nonce(), m.nonce()
	if first == second {
		t.Error("two nonces are the same")
	}
	if !m.good(first) || !m.good(second) {
		t.Error("a new nonce is not good")
	}
	if m.good(first) || m.good(second) {
		t.Error("a used nonce is good")
	}
}

func TestNonceExpires(t *testing.T) {
	m := makeNonces(t)
	first, second := m.nonce(), m.nonce()
	m.clock.Advance(nonceLifetime - time.Second)
	if !m.good(first) {
		t.Error("it is not good in its last second")
	}
	m.clock.Advance(time.Second)
	if m.good(second) {
		t.Error("it is good after its end")
	}
}

// TestNonceOverMidnight: the secret is another one every day, which no nonce
// notices.
func TestNonceOverMidnight(t *testing.T) {
	m := makeNonces(t)
	for range 3 {
		m.clock.Advance(11*time.Hour + 51*time.Minute)
		for range 4 {
			nonce := m.nonce()
			m.clock.Advance(nonceLifetime - time.Second)
			if !m.good(nonce) {
				t.Fatalf("at %s it is not good", m.clock.Now())
			}
		}
		m.clock.Advance(11*time.Hour + 49*time.Minute)
	}
}

// TestNonceOfAReplica: it is good at another one, once.
func TestNonceOfAReplica(t *testing.T) {
	m := makeNonces(t)
	other := m.replica()
	nonce := m.nonce()
	if !other.good(nonce) || other.good(nonce) || m.good(nonce) {
		t.Error("it is not good exactly once")
	}
}

func TestNonceOfAnotherIssuer(t *testing.T) {
	if makeNonces(t).good(makeNonces(t).nonce()) {
		t.Error("it is good")
	}
}

// TestForgedNonces: each flipped bit, each truncation, and each other way to
// write a good nonce.
func TestForgedNonces(t *testing.T) {
	m := makeNonces(t)
	nonce := m.nonce()
	data, err := base64.RawURLEncoding.DecodeString(nonce)
	if err != nil {
		t.Fatal(err)
	}
	for bit := range len(data) * 8 {
		data[bit/8] ^= 1 << (bit % 8)
		if m.good(base64.RawURLEncoding.EncodeToString(data)) {
			t.Errorf("with bit %d flipped it is good", bit)
		}
		data[bit/8] ^= 1 << (bit % 8)
	}
	for length := range len(nonce) {
		if m.good(nonce[:length]) {
			t.Errorf("its first %d characters are good", length)
		}
	}
	for _, form := range []string{nonce + "=", nonce + "\n", " " + nonce, nonce + nonce, base64.StdEncoding.EncodeToString(data)} {
		if form != nonce && m.good(form) {
			t.Errorf("%q is good", form)
		}
	}
	if !m.good(nonce) {
		t.Error("none of these may use it up")
	}
}

func TestNonceForOneOfMany(t *testing.T) {
	m := makeNonces(t)
	nonce := m.nonce()
	var good atomic.Int32
	var group sync.WaitGroup
	for range 50 {
		group.Go(func() {
			if m.good(nonce) {
				good.Add(1)
			}
		})
	}
	group.Wait()
	if good.Load() != 1 {
		t.Errorf("it was good %d times", good.Load())
	}
}

func TestNonceWithoutRandomness(t *testing.T) {
	broken := errors.New("no more randomness")
	m := makeNonces(t)
	for name, random := range map[string]io.Reader{
		"the key": iotest.ErrReader(broken), "a nonce": io.MultiReader(io.LimitReader(rand.Reader, 16), iotest.ErrReader(broken)),
	} {
		n := newNonces(m.uses, random, m.clock.Now)
		if nonce, err := n.make(t.Context()); !errors.Is(err, broken) || nonce != "" {
			t.Errorf("%s: %q, %v", name, nonce, err)
		}
	}
}
