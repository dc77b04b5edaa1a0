package issuer_test

import (
	"crypto/rand"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chancery-vc/chancery/internal/issuertest"
	"github.com/chancery-vc/chancery/issuer"
	"github.com/chancery-vc/chancery/issuer/issuancelog"
	"github.com/chancery-vc/chancery/issuer/key"
	"github.com/chancery-vc/chancery/issuer/mint"
	"github.com/chancery-vc/chancery/issuer/store"
	"github.com/chancery-vc/chancery/schemas"
	"github.com/chancery-vc/chancery/verifier/did"
	"github.com/chancery-vc/chancery/verifier/logproof"
	"github.com/chancery-vc/chancery/verifier/proof/eddsa"
)

// backdated is what a thief signs with a key of a file, as of a time.
func backdated(t *testing.T, r *rotating, i *issuer.Issuer, file string, at time.Time) []byte {
	t.Helper()
	signer, err := key.Load(filepath.Join(r.dir, file))
	must(t, err)
	contexts, err := schemas.Embedded()
	must(t, err)
	minter, err := mint.New(i.ID(), signer, eddsa.RDFC2022{}, contexts)
	must(t, err)
	credential, err := minter.Mint(t.Context(), mint.Draft{
		ID: "urn:uuid:8e2f2bc4-6b8b-4c50-8a0a-3ae3b1a8c3f0", Context: schemas.CivilV1, Type: "BirthRegistration", Name: "Forged",
		ValidFrom: at, ValidUntil: at.Add(1000 * time.Hour), Subject: "did:example:thief",
	}, at)
	must(t, err)
	return credential
}

// TestRevokedKey: what a revoked key has signed is refused by the fresh bundle,
// whatever date is on it, and the log has what the issuer itself signed with it.
func TestRevokedKey(t *testing.T) {
	r := newRotating(t)
	i := r.start(t, issuertest.KeyFile)
	early := answer(t, i, known())
	r.clock.Advance(time.Hour)
	out := r.clock.Now()
	r.clock.Advance(time.Hour)
	late := answer(t, i, known())
	method := i.ID() + "#" + strings.TrimPrefix(r.id(t, issuertest.KeyFile), "did:key:")
	if _, err := i.RevokeKey(t.Context(), issuer.KeyRevocation{Method: method, Since: out}); !errors.Is(err, issuer.ErrKeyActive) {
		t.Errorf("the key that signs: %v", err)
	}
	must(t, i.Close())

	i = r.start(t, "next.key", r.public(t, issuertest.KeyFile, ""))
	fresh := answer(t, i, known())
	before := r.bundle(t, i, "next.key")
	was, err := i.RevokeKey(t.Context(), issuer.KeyRevocation{Method: method, Since: out})
	if err != nil || was.Status != issuer.KeyPublished || !was.Signed {
		t.Fatalf("%+v, %v", was, err)
	}
	now := r.clock.Now()
	b := r.bundle(t, i, "next.key")
	forged := backdated(t, r, i, issuertest.KeyFile, out.Add(-time.Minute))
	for name, credential := range map[string][]byte{"before it was out": early.Bytes, "after it": late.Bytes, "of the thief": forged} {
		if why := detail(t, credential, b, now); !strings.Contains(why, did.ErrEnded.Error()) {
			t.Errorf("%s: %s", name, why)
		}
	}
	accepted(t, fresh.Bytes, b, now)
	accepted(t, early.Bytes, before, now) // who has not heard of it yet
	checkpoint, err := i.Checkpoint()
	must(t, err)
	if _, err := logproof.OpenCheckpoint(checkpoint, r.keys[issuertest.KeyFile]); err == nil {
		t.Error("the revoked key signs checkpoints")
	}
	if diff := cmp.Diff([]string{late.Credential}, signedBy(t, r, i, method, out)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{early.Credential, late.Credential}, signedBy(t, r, i, method, time.Time{})); diff != "" {
		t.Error(diff)
	}
	must(t, i.Close())

	// It stays revoked, whatever the configuration says of it.
	for _, keys := range [][]string{{"{key: signing.key, until: 2030-01-01}"}, nil} {
		i = r.start(t, "next.key", keys...)
		if why := detail(t, early.Bytes, r.bundle(t, i, "next.key"), r.clock.Now()); !strings.Contains(why, did.ErrEnded.Error()) {
			t.Errorf("with %q: %s", keys, why)
		}
		must(t, i.Close())
	}
	if _, err := r.try(t, issuertest.KeyFile, selectiveFile, "{key: next.key}"); !errors.Is(err, issuer.ErrIdentity) || !strings.Contains(err.Error(), "revoked") {
		t.Errorf("the revoked key again: %v", err)
	}
}

// signedBy returns what the log of an issuer says that a key signed.
func signedBy(t *testing.T, r *rotating, i *issuer.Issuer, method string, since time.Time) (all []string) {
	t.Helper()
	must(t, i.Store().View(func(tx *store.Tx) error {
		use, err := issuer.NewKeyUse(issuertest.Load(t, r.dir), method, issuancelog.Records(tx))
		if err != nil {
			return err
		}
		for _, record := range issuertest.Log(t, i.Store()) {
			if use.Signed(record, since) {
				all = append(all, record.Credential)
			}
		}
		return nil
	}))
	return all
}

// TestRevokeKeyRefuses: nothing changes by a revocation of what is no key.
func TestRevokeKeyRefuses(t *testing.T) {
	r := newRotating(t)
	i := r.start(t, issuertest.KeyFile, "{key: next.key}")
	signer, err := key.Create(filepath.Join(r.dir, "stranger.key"), rand.Reader)
	must(t, err)
	stranger, _, err := did.FromKey(signer.Public())
	must(t, err)
	next := strings.TrimPrefix(r.id(t, "next.key"), "did:key:")
	changes := r.changes(t, i)
	for name, c := range map[string]struct {
		method string
		since  time.Time
		want   error
	}{
		"nothing":            {"", r.clock.Now(), issuer.ErrNoKey},
		"an unknown key":     {i.ID() + "#" + strings.TrimPrefix(stranger, "did:key:"), r.clock.Now(), issuer.ErrNoKey},
		"another's":          {"did:web:other.example#" + next, r.clock.Now(), issuer.ErrNoKey},
		"no method":          {next, r.clock.Now(), issuer.ErrNoKey},
		"a time to come":     {i.ID() + "#" + next, r.clock.Now().Add(time.Hour), issuer.ErrSince},
		"the selective key":  {i.ID() + "#" + strings.TrimPrefix(r.id(t, selectiveFile), "did:key:"), r.clock.Now(), issuer.ErrKeyActive},
		"the key that signs": {i.ID() + "#" + strings.TrimPrefix(r.id(t, issuertest.KeyFile), "did:key:"), r.clock.Now(), issuer.ErrKeyActive},
	} {
		if _, err := i.RevokeKey(t.Context(), issuer.KeyRevocation{Method: c.method, Since: c.since}); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if diff := cmp.Diff(changes, r.changes(t, i)); diff != "" {
		t.Error(diff)
	}
	for range 2 { // the second time changes nothing
		if _, err := i.RevokeKey(t.Context(), issuer.KeyRevocation{Method: i.ID() + "#" + next, Since: r.clock.Now()}); err != nil {
			t.Error(err)
		}
	}
	if now := r.changes(t, i); len(now) != len(changes)+1 || now[len(now)-1] != "next.key revoked since 2026-07-01T12:01:00Z" {
		t.Errorf("%q", now)
	}
}
