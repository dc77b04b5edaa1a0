package issuer_test

import (
	"crypto"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chancery-vc/chancery/internal/issuertest"
	"github.com/chancery-vc/chancery/issuer"
	"github.com/chancery-vc/chancery/issuer/key"
	"github.com/chancery-vc/chancery/verifier"
	"github.com/chancery-vc/chancery/verifier/bundle"
	"github.com/chancery-vc/chancery/verifier/did"
	"github.com/chancery-vc/chancery/verifier/logproof"
)

// rotating is an issuer whose keys change from one start to the next.
type rotating struct {
	dir    string
	clock  *issuertest.Clock
	text   string // of the configuration, without keys
	warned []string
	keys   map[string]crypto.PublicKey // by file
}

func newRotating(t *testing.T) *rotating {
	t.Helper()
	r := &rotating{dir: selectiveFolder(t, 3), clock: issuertest.NewClock(), keys: map[string]crypto.PublicKey{}}
	text, err := os.ReadFile(filepath.Join(r.dir, issuertest.ConfigFile))
	must(t, err)
	r.text = string(text)
	r.keys[issuertest.KeyFile] = signingKey(t, r.dir)
	signer, err := key.LoadP256(filepath.Join(r.dir, selectiveFile))
	must(t, err)
	r.keys[selectiveFile] = signer.Public()
	for _, name := range []string{"next.key", "third.key"} {
		signer, err := key.Create(filepath.Join(r.dir, name), rand.Reader)
		must(t, err)
		r.keys[name] = signer.Public()
	}
	signer, err = key.CreateP256(filepath.Join(r.dir, "next-selective.key"), rand.Reader)
	must(t, err)
	r.keys["next-selective.key"] = signer.Public()
	return r
}

// try starts the issuer with these keys, each as under keys in the configuration.
func (r *rotating) try(t *testing.T, signing, selective string, keys ...string) (*issuer.Issuer, error) {
	t.Helper()
	text := strings.Replace(r.text, "signing_key: "+issuertest.KeyFile, "signing_key: "+signing, 1)
	text = strings.Replace(text, "selective_key: "+selectiveFile, "selective_key: "+selective, 1)
	if len(keys) > 0 {
		text += "\nkeys:\n  - " + strings.Join(keys, "\n  - ") + "\n"
	}
	must(t, os.WriteFile(filepath.Join(r.dir, issuertest.ConfigFile), []byte(text), 0o600))
	r.warned = nil
	return issuer.Open(t.Context(), issuertest.Load(t, r.dir), issuer.Environment{
		Now: r.clock.Now, Random: rand.Reader, Warn: func(text string) { r.warned = append(r.warned, text) },
	})
}

func (r *rotating) start(t *testing.T, signing string, keys ...string) *issuer.Issuer {
	t.Helper()
	r.clock.Advance(time.Minute)
	i, err := r.try(t, signing, selectiveFile, keys...)
	must(t, err)
	t.Cleanup(func() { i.Close() })
	return i
}

func (r *rotating) id(t *testing.T, file string) string {
	t.Helper()
	id, _, err := did.FromKey(r.keys[file])
	must(t, err)
	return id
}

// public is an entry of the configuration with a key's public half.
func (r *rotating) public(t *testing.T, file, more string) string {
	return fmt.Sprintf("{key: %q%s}", r.id(t, file), more)
}

// bundle returns the issuer's bundle, which the key of a file has signed.
func (r *rotating) bundle(t *testing.T, i *issuer.Issuer, file string) *bundle.Bundle {
	t.Helper()
	data, err := i.Bundle(t.Context())
	must(t, err)
	b, err := bundle.Open(data, r.keys[file])
	must(t, err)
	return b
}

// changes returns what the log says of the issuer's keys, by the names of their
// files.
func (r *rotating) changes(t *testing.T, i *issuer.Issuer) []string {
	t.Helper()
	names := map[string]string{}
	for file := range r.keys {
		names[i.ID()+"#"+strings.TrimPrefix(r.id(t, file), "did:key:")] = file
	}
	var all []string
	for _, record := range issuertest.Log(t, i.Store()) {
		if record.Kind == logproof.KeyChanged && names[record.Key] != "" {
			all = append(all, strings.TrimSpace(names[record.Key]+" "+record.Status+" "+record.Reason))
		}
	}
	return all
}

// detail returns why a credential is not accepted.
func detail(t *testing.T, credential []byte, b *bundle.Bundle, now time.Time) string {
	t.Helper()
	report := verify(t, credential, b, now)
	if report.Verdict() == verifier.VerdictAccepted {
		t.Fatal("it is accepted")
	}
	for _, c := range report.Checks {
		if c.Name == verifier.CheckProof {
			return c.Detail
		}
	}
	return ""
}

// TestRotation: at each moment of a rotation what was released verifies by the
// bundle of that time and by the ones around it, and who knows one key gets to
// know the next.
func TestRotation(t *testing.T) {
	r := newRotating(t)
	i := r.start(t, issuertest.KeyFile)
	first, before := answer(t, i, known()).Bytes, r.bundle(t, i, issuertest.KeyFile)
	must(t, i.Close())
	if i = r.start(t, issuertest.KeyFile); len(r.changes(t, i)) != 0 {
		t.Errorf("without a rotation: %q", r.changes(t, i))
	}
	must(t, i.Close())

	i = r.start(t, issuertest.KeyFile, "{key: next.key}")
	second, announced := answer(t, i, known()).Bytes, r.bundle(t, i, issuertest.KeyFile)
	must(t, i.Close())
	if len(r.warned) > 0 {
		t.Errorf("announced: %q", r.warned)
	}

	i = r.start(t, "next.key", "{key: signing.key, until: 2027-08-01}")
	third, after := answer(t, i, known()).Bytes, r.bundle(t, i, "next.key")
	if len(r.warned) > 0 {
		t.Errorf("exchanged: %q", r.warned)
	}
	for n, b := range []*bundle.Bundle{before, announced, after} {
		for m, credential := range [][]byte{first, second, third} {
			if n > 0 || m < 2 {
				unfresh := policyOf(b, r.clock.Now())
				unfresh.Status = verifier.Ignore[string]()
				report, err := verifier.Verify(t.Context(), credential, unfresh)
				if err != nil || report.Verdict() != verifier.VerdictAccepted {
					t.Errorf("bundle %d, credential %d: %v, %+v", n, m, err, report)
				}
			}
		}
	}
	accepted(t, third, after, r.clock.Now())
	if why := detail(t, third, before, r.clock.Now()); !strings.Contains(why, did.ErrMethod.Error()) {
		t.Errorf("by a bundle from before: %s", why)
	}

	data, err := i.Bundle(t.Context())
	must(t, err)
	if _, err := bundle.Open(data, r.keys[issuertest.KeyFile]); !errors.Is(err, bundle.ErrInvalid) {
		t.Errorf("with the former key: %v", err)
	}
	if _, err := bundle.Open(data, announced.Keys(r.clock.Now())...); err != nil {
		t.Errorf("with the keys of the bundle before: %v", err)
	}
	checkpoint, err := i.Checkpoint()
	must(t, err)
	for _, file := range []string{issuertest.KeyFile, "next.key"} {
		if c, err := logproof.OpenCheckpoint(checkpoint, r.keys[file]); err != nil || c.Origin != i.Origin() {
			t.Errorf("the checkpoint with %s: %v", file, err)
		}
	}
	must(t, i.Close())

	r.clock.Advance(400 * 24 * time.Hour)
	i = r.start(t, "next.key", "{key: signing.key, until: 2027-08-01}")
	if why := detail(t, first, r.bundle(t, i, "next.key"), r.clock.Now()); !strings.Contains(why, did.ErrMethod.Error()) {
		t.Errorf("after the key has ended: %s", why)
	}
	want := []string{
		"signing.key active", "selective.key active", "next.key published",
		"next.key active", "signing.key published until 2027-08-01T00:00:00Z",
		"signing.key retired until 2027-08-01T00:00:00Z",
	}
	if diff := cmp.Diff(want, r.changes(t, i)); diff != "" {
		t.Error(diff)
	}
	must(t, i.Close())
	i = r.start(t, "next.key") // it need not be listed any more
	if diff := cmp.Diff(want, r.changes(t, i)); diff != "" {
		t.Error(diff)
	}
	must(t, i.Close())
	if _, err := r.try(t, issuertest.KeyFile, selectiveFile, "{key: next.key}"); !errors.Is(err, issuer.ErrIdentity) || !strings.Contains(err.Error(), "retired") {
		t.Errorf("the retired key again: %v", err)
	}
}

// TestEnds: a key ends when the document says so, whether or not the issuer is
// started again.
func TestEnds(t *testing.T) {
	r := newRotating(t)
	i := r.start(t, issuertest.KeyFile)
	credential := answer(t, i, known()).Bytes
	must(t, i.Close())
	i = r.start(t, "next.key", "{key: signing.key, until: 2026-07-02}")
	if len(r.warned) != 2 || !strings.Contains(r.warned[0], "without having been under keys before") || !strings.Contains(r.warned[1], "ends at 2026-07-02T00:00:00Z") {
		t.Errorf("warned of %q", r.warned)
	}
	accepted(t, credential, r.bundle(t, i, "next.key"), r.clock.Now())
	r.clock.Advance(24 * time.Hour)
	if why := detail(t, credential, r.bundle(t, i, "next.key"), r.clock.Now()); !strings.Contains(why, did.ErrEnded.Error()) {
		t.Errorf("after the end: %s", why)
	}
	checkpoint, err := i.Checkpoint()
	must(t, err)
	if _, err := logproof.OpenCheckpoint(checkpoint, r.keys[issuertest.KeyFile]); !errors.Is(err, logproof.ErrCheckpoint) {
		t.Errorf("the key that has ended signs checkpoints: %v", err)
	}
}

// TestRotationRefused: a key that is not of the state's issuer does not get to
// sign, and one that has signed is not forgotten.
func TestRotationRefused(t *testing.T) {
	type keys struct {
		signing, selective string
		others             []string
	}
	for name, c := range map[string]struct {
		starts []keys
		last   keys
		says   string
	}{
		"a key that nothing leads to": {
			[]keys{{"signing.key", selectiveFile, nil}},
			keys{"next.key", selectiveFile, nil},
			"list the former key under keys",
		},
		"a key of the other kind leads nowhere": {
			[]keys{{"signing.key", selectiveFile, nil}},
			keys{"next.key", selectiveFile, []string{"{key: next-selective.key, selective: true}"}},
			"list the former key under keys",
		},
		"another selective key": {
			[]keys{{"signing.key", selectiveFile, nil}},
			keys{"signing.key", "next-selective.key", nil},
			"list the former key under keys",
		},
		"a former key is forgotten": {
			[]keys{{"signing.key", selectiveFile, nil}, {"next.key", selectiveFile, []string{"{key: signing.key}"}}},
			keys{"next.key", selectiveFile, nil},
			"list it under keys until that has ended",
		},
		"two keys back at once": {
			[]keys{{"signing.key", selectiveFile, nil}, {"next.key", selectiveFile, []string{"{key: signing.key}"}}},
			keys{"third.key", selectiveFile, []string{"{key: signing.key}"}},
			"list it under keys until that has ended",
		},
		"a key of the wrong kind": {
			[]keys{{"signing.key", selectiveFile, nil}},
			keys{"signing.key", selectiveFile, []string{"{key: next.key, selective: true}"}},
			"P-256 is wanted",
		},
		"no key": {
			[]keys{{"signing.key", selectiveFile, nil}},
			keys{"signing.key", selectiveFile, []string{"{key: none.key}"}},
			"keys[0]",
		},
		"one key by two names": {
			[]keys{{"signing.key", selectiveFile, nil}},
			keys{"signing.key", selectiveFile, []string{"{key: ./signing.key}"}},
			"is there twice",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRotating(t)
			for _, k := range c.starts {
				i, err := r.try(t, k.signing, k.selective, k.others...)
				must(t, err)
				must(t, i.Close())
			}
			i, err := r.try(t, c.last.signing, c.last.selective, c.last.others...)
			if err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("it says %v, not %q", err, c.says)
			}
			if i != nil {
				must(t, i.Close())
			}
			last := c.starts[len(c.starts)-1]
			i, err = r.try(t, last.signing, last.selective, last.others...)
			if err != nil {
				t.Fatalf("the keys of before: %v", err)
			}
			must(t, i.Close())
		})
	}
}

// TestSelectiveKeyRotates: as the signing key does, and at the same time.
func TestSelectiveKeyRotates(t *testing.T) {
	r := newRotating(t)
	r.text = selectively(r.text)
	i := r.start(t, issuertest.KeyFile)
	first := derive(t, answer(t, i, known()).Bytes)
	must(t, i.Close())
	i, err := r.try(t, "next.key", "next-selective.key", r.public(t, issuertest.KeyFile, ""), r.public(t, selectiveFile, ", selective: true"))
	must(t, err)
	defer i.Close()
	b := r.bundle(t, i, "next.key")
	accepted(t, first, b, r.clock.Now())
	accepted(t, derive(t, answer(t, i, known()).Bytes), b, r.clock.Now())
	if keys, err := i.Keys(); err != nil || len(keys) != 4 || keys[0].Status != issuer.KeyActive || keys[3].Status != issuer.KeyPublished {
		t.Errorf("%+v, %v", keys, err)
	}
}

// TestRotationIsTakenBack: the former key can sign again while it has not ended.
func TestRotationIsTakenBack(t *testing.T) {
	r := newRotating(t)
	must(t, r.start(t, issuertest.KeyFile).Close())
	must(t, r.start(t, "next.key", "{key: signing.key}").Close())
	i := r.start(t, issuertest.KeyFile, r.public(t, "next.key", ""))
	accepted(t, answer(t, i, known()).Bytes, r.bundle(t, i, issuertest.KeyFile), r.clock.Now())
	want := []string{"signing.key active", "next.key active", "selective.key active", "signing.key published", "signing.key active", "next.key published"}
	if diff := cmp.Diff(want, r.changes(t, i)); diff != "" {
		t.Error(diff)
	}
}

// TestAnnouncedKeyIsWithdrawn: a key that has not signed can go again, and come.
func TestAnnouncedKeyIsWithdrawn(t *testing.T) {
	r := newRotating(t)
	must(t, r.start(t, issuertest.KeyFile, "{key: next.key}").Close())
	must(t, r.start(t, issuertest.KeyFile).Close())
	i := r.start(t, "next.key", "{key: signing.key}")
	want := []string{"signing.key active", "selective.key active", "next.key published", "next.key retired", "next.key active", "signing.key published"}
	if diff := cmp.Diff(want, r.changes(t, i)); diff != "" {
		t.Error(diff)
	}
}
