package issuer_test

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"log/slog"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/internal/credtest"
	"github.com/chancery-vc/chancery/internal/issuertest"
	"github.com/chancery-vc/chancery/issuer"
	"github.com/chancery-vc/chancery/issuer/anchor"
	"github.com/chancery-vc/chancery/issuer/store"
	"github.com/chancery-vc/chancery/issuer/witness"
	"github.com/chancery-vc/chancery/verifier/did"
	"github.com/chancery-vc/chancery/verifier/logproof"
)

// witnessOf serves a witness of the issuer in dir, and configures it there from
// the next start on.
func witnessOf(t *testing.T, i *issuer.Issuer, dir string, now func() time.Time) logproof.Witness {
	t.Helper()
	identity, err := logproof.NewWitness("witness.example", credtest.Key("witness").Public())
	if err != nil {
		t.Fatal(err)
	}
	s, err := store.Open(filepath.Join(t.TempDir(), "witness.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	l, err := witness.NewLog(i.Origin(), logKeyOf(t, i))
	if err != nil {
		t.Fatal(err)
	}
	w, err := witness.New(identity, credtest.Key("witness"), s, now, []witness.Log{l})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewTLSServer(witness.Handler(w, slog.New(slog.DiscardHandler)))
	t.Cleanup(server.Close)
	certificate(t, filepath.Join(dir, "witness.pem"), server.Certificate())
	path := filepath.Join(dir, issuertest.ConfigFile)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	text = append(text, "\nanchors:\n  - {name: county, kind: witness, every: 1m, witnesses: [{url: '"+server.URL+"', key: '"+identity.String()+"', ca: witness.pem}]}\n"...)
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return identity
}

// logKeyOf returns the key that signs the checkpoints of an issuer whose
// signing key is in the tests' configuration.
func logKeyOf(t *testing.T, i *issuer.Issuer) crypto.PublicKey {
	t.Helper()
	checkpoint, err := i.Checkpoint()
	if err != nil {
		t.Fatal(err)
	}
	id, err := issuer.SigningKey(t.Context(), i.Config(), issuer.Environment{Now: time.Now, Random: rand.Reader})
	if err != nil {
		t.Fatal(err)
	}
	public, err := did.KeyFrom(id)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := logproof.OpenCheckpoint(checkpoint, public); err != nil {
		t.Fatal(err)
	}
	return public
}

func certificate(t *testing.T, path string, c *x509.Certificate) {
	t.Helper()
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestWitnessed: the public log shows what the witnesses have cosigned, and an
// issuer whose state was put back to before that does not start, even if all
// that it kept of them was put back, too; nor does one go on with another log.
func TestWitnessed(t *testing.T) {
	i, dir, clock := setUp(t, 1)
	identity := witnessOf(t, i, dir, clock.Now)
	public := logKeyOf(t, i)
	policy, err := logproof.NewWitnesses(1, identity)
	if err != nil {
		t.Fatal(err)
	}
	closeIt := func(i *issuer.Issuer) {
		if err := i.Close(); err != nil {
			t.Fatal(err)
		}
	}
	closeIt(i)
	backup, err := os.ReadFile(stateFile(dir))
	if err != nil {
		t.Fatal(err)
	}
	i = issuertest.Open(t, dir, clock)
	if c, err := i.PublicCheckpoint(); !errors.Is(err, anchor.ErrNone) {
		t.Errorf("before it was witnessed: %s, %v", c, err)
	}
	for range 2 {
		answer(t, i, known())
		if s := keep(t, i); s.Err != nil {
			t.Fatal(s.Err)
		}
		shown, err := i.PublicCheckpoint()
		if err != nil {
			t.Fatal(err)
		}
		head, err := anchor.Read(shown)
		if err != nil || head != i.Anchors()[0].Kept {
			t.Errorf("shown %+v, kept %+v, %v", head, i.Anchors()[0].Kept, err)
		}
		if found, err := policy.Check(shown, public); err != nil || !found[0].Time.Equal(clock.Now().Truncate(time.Second)) {
			t.Errorf("%+v, %v", found, err)
		}
		clock.Advance(2 * time.Minute)
	}
	closeIt(i)
	issuertest.Open(t, dir, clock).Close()

	if err := os.WriteFile(stateFile(dir), backup, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(filepath.Dir(stateFile(dir)), "cosigned-county.checkpoint")); err != nil {
		t.Fatal(err)
	}
	start := func() (*issuer.Issuer, error) {
		return issuer.Open(t.Context(), issuertest.Load(t, dir), issuer.Environment{Now: clock.Now, Random: rand.Reader})
	}
	if _, err := start(); !errors.Is(err, anchor.ErrRolledBack) {
		t.Errorf("rolled back: %v", err)
	}
	configured, err := os.ReadFile(filepath.Join(dir, issuertest.ConfigFile))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, issuertest.ConfigFile), configured[:bytes.LastIndex(configured, []byte("\nanchors:"))], 0o600); err != nil {
		t.Fatal(err)
	}
	if i, err = start(); err != nil {
		t.Fatal(err)
	}
	for range 8 {
		answer(t, i, known())
	}
	closeIt(i)
	if err := os.WriteFile(filepath.Join(dir, issuertest.ConfigFile), configured, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := start(); !errors.Is(err, anchor.ErrForked) {
		t.Errorf("gone another way: %v", err)
	}
}
