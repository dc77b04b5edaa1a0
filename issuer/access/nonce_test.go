package access_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/internal/issuertest"
	"github.com/chancery-vc/chancery/issuer/access"
	"github.com/chancery-vc/chancery/issuer/singleuse"
	"github.com/chancery-vc/chancery/issuer/singleuse/local"
)

// TestReplayed: no proof is good twice, also after a restart; one that was made
// before it is good after it.
func TestReplayed(t *testing.T) {
	d := newDoor(t, withLogin)
	token := d.token()
	r := d.bound(token)
	d.lets(r, "school")
	d.denies("replayed", r, access.CodeInvalidProof)
	d.lets(d.bound(token, claim("jti", "one")), "school")
	d.denies("another proof of the same name", d.bound(token, claim("jti", "one")), access.CodeInvalidProof)
	unused := d.bound(token)
	d.open()
	d.denies("replayed after a restart", r, access.CodeInvalidProof)
	d.denies("a name that was used before a restart", d.bound(token, claim("jti", "one")), access.CodeInvalidProof)
	d.lets(unused, "school")
}

// with returns a request with a proof that has a nonce.
func (d *door) with(token, nonce string) *http.Request {
	d.Helper()
	return d.bound(token, claim("nonce", nonce))
}

// TestNonces: a nonce is good for a minute after the next one is given out.
func TestNonces(t *testing.T) {
	d := newDoor(t, withLogin)
	token, nonce := d.token(), d.nonce()
	d.clock.Advance(time.Minute)
	if d.nonce() == nonce {
		t.Error("the nonce stays the same")
	}
	d.lets(d.with(token, nonce), "school")
	d.lets(d.with(token, d.nonce()), "school")
	d.clock.Advance(time.Minute)
	denied := d.denies("a nonce of two minutes ago", d.with(token, nonce), access.CodeUseNonce)
	want := []string{`Bearer`, `DPoP error="use_dpop_nonce", algs="ES256 EdDSA Ed25519"`}
	if got := d.Challenges(denied); strings.Join(got, "|") != strings.Join(want, "|") {
		t.Errorf("%q", got)
	}
}

// TestNoncesOfReplicas: what one gives out the other takes, whosever clock is
// ahead, also around midnight; a proof is good at one of them, once.
func TestNoncesOfReplicas(t *testing.T) {
	d := newDoor(t, withLogin)
	other := &door{TB: t, clock: issuertest.NewClock(), key: d.key, server: d.server, store: d.store, dir: d.dir}
	other.Authenticator = d.openIn(local.New(d.store, other.clock.Now), other.clock)
	other.clock.Advance(time.Minute)
	for range 2 {
		token := d.token()
		d.lets(d.with(token, other.nonce()), "school")
		other.lets(other.with(token, d.nonce()), "school")
		proof := d.bound(token)
		d.lets(proof, "school")
		other.denies("a proof that the other one took", proof, access.CodeInvalidProof)
		stale := d.nonce()
		d.clock.Advance(2 * time.Minute)
		other.clock.Advance(2 * time.Minute)
		other.denies("a nonce that is over", other.with(token, stale), access.CodeUseNonce)
		midnight := d.clock.Now().Truncate(24 * time.Hour).Add(24*time.Hour - 30*time.Second)
		d.clock.Advance(midnight.Sub(d.clock.Now()))
		other.clock.Advance(midnight.Add(time.Minute).Sub(other.clock.Now()))
	}
}

// TestProofOutlivesNoNonce: for as long as its nonce is taken anywhere, a proof
// that was used is known to be.
func TestProofOutlivesNoNonce(t *testing.T) {
	d := newDoor(t, withLogin)
	ahead := issuertest.NewClock()
	ahead.Advance(time.Minute)
	early := &door{TB: t, Authenticator: d.openIn(local.New(d.store, ahead.Now), ahead), clock: ahead}
	token, nonce := d.token(), early.nonce()
	proof := d.with(token, nonce)
	d.lets(proof, "school")
	for range 4 * 60 {
		d.clock.Advance(time.Second)
		if _, err := d.Caller(proof); err == nil {
			t.Fatalf("it is good again %s later", d.clock.Now().Sub(issuertest.Start))
		}
	}
}

// TestNoStoreOfNonces: what cannot be looked up lets nobody in, and is told apart
// from a nonce that is wrong.
func TestNoStoreOfNonces(t *testing.T) {
	d := newDoor(t, withLogin)
	r := d.bound(d.token())
	a := d.openIn(away{}, d.clock)
	if _, err := a.Nonce(t.Context()); !errors.Is(err, access.ErrUnavailable) {
		t.Error(err)
	}
	if caller, err := a.Caller(r); !errors.Is(err, access.ErrUnavailable) {
		t.Errorf("%+v, %v", caller, err)
	}
}

// away is a store that cannot be reached.
type away struct{ singleuse.Store }

func (away) Get(context.Context, singleuse.Key) (*singleuse.Entry, error) {
	return nil, singleuse.ErrUnavailable
}

func (away) With(singleuse.Key, singleuse.Change) singleuse.Step {
	return singleuse.NewStep(func(context.Context) error { return singleuse.ErrUnavailable }, nil)
}
