package oid4vci

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/iotest"
	"time"

	"github.com/chancery-vc/chancery/internal/issuertest"
)

func makeNonces(t *testing.T) (*nonces, *issuertest.Clock) {
	t.Helper()
	clock := issuertest.NewClock()
	n, err := newNonces(rand.Reader, clock.Now)
	if err != nil {
		t.Fatal(err)
	}
	return n, clock
}

func makeNonce(t *testing.T, n *nonces) string {
	t.Helper()
	nonce, err := n.make()
	if err != nil {
		t.Fatal(err)
	}
	return nonce
}

func TestNonceIsGoodOnce(t *testing.T) {
	n, _ := makeNonces(t)
	first, second := makeNonce(t, n), makeNonce(t, n)
	if first == second {
		t.Error("two nonces are the same")
	}
	if !n.use(first) || !n.use(second) {
		t.Error("a new nonce is not good")
	}
	if n.use(first) || n.use(second) {
		t.Error("a used nonce is good")
	}
}

func TestNonceExpires(t *testing.T) {
	n, clock := makeNonces(t)
	first, second := makeNonce(t, n), makeNonce(t, n)
	clock.Advance(nonceLifetime - time.Second)
	if !n.use(first) {
		t.Error("it is not good in its last second")
	}
	clock.Advance(time.Second)
	if n.use(second) {
		t.Error("it is good after its end")
	}
}

func TestNonceOfAnotherProcess(t *testing.T) {
	n, _ := makeNonces(t)
	other, _ := makeNonces(t)
	if n.use(makeNonce(t, other)) {
		t.Error("it is good")
	}
}

// TestForgedNonces: each flipped bit, each truncation, and each other way to
// write a good nonce.
func TestForgedNonces(t *testing.T) {
	n, _ := makeNonces(t)
	nonce := makeNonce(t, n)
	data, err := base64.RawURLEncoding.DecodeString(nonce)
	if err != nil {
		t.Fatal(err)
	}
	for bit := range len(data) * 8 {
		data[bit/8] ^= 1 << (bit % 8)
		if n.use(base64.RawURLEncoding.EncodeToString(data)) {
			t.Errorf("with bit %d flipped it is good", bit)
		}
		data[bit/8] ^= 1 << (bit % 8)
	}
	for length := range len(nonce) {
		if n.use(nonce[:length]) {
			t.Errorf("its first %d characters are good", length)
		}
	}
	for _, form := range []string{nonce + "=", nonce + "\n", " " + nonce, nonce + nonce, base64.StdEncoding.EncodeToString(data)} {
		if form != nonce && n.use(form) {
			t.Errorf("%q is good", form)
		}
	}
	if !n.use(nonce) {
		t.Error("none of these may use it up")
	}
}

func TestNonceForOneOfMany(t *testing.T) {
	n, _ := makeNonces(t)
	nonce := makeNonce(t, n)
	var good atomic.Int32
	var group sync.WaitGroup
	for range 50 {
		group.Go(func() {
			if n.use(nonce) {
				good.Add(1)
			}
		})
	}
	group.Wait()
	if good.Load() != 1 {
		t.Errorf("it was good %d times", good.Load())
	}
}

func TestUsedNoncesAreForgotten(t *testing.T) {
	n, clock := makeNonces(t)
	for range 10 {
		n.use(makeNonce(t, n))
	}
	clock.Advance(nonceLifetime)
	n.use(makeNonce(t, n))
	if len(n.used) != 1 {
		t.Errorf("%d are remembered", len(n.used))
	}
}

func TestNonceWithoutRandomness(t *testing.T) {
	broken := errors.New("no more randomness")
	if _, err := newNonces(iotest.ErrReader(broken), time.Now); !errors.Is(err, broken) {
		t.Errorf("the key: %v", err)
	}
	n, _ := makeNonces(t)
	n.random = iotest.ErrReader(broken)
	if nonce, err := n.make(); !errors.Is(err, broken) || nonce != "" {
		t.Errorf("a nonce: %q, %v", nonce, err)
	}
}
