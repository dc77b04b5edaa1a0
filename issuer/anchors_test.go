package issuer_test

import (
	"context"
	"crypto/rand"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/internal/issuertest"
	"github.com/chancery-vc/chancery/issuer"
	"github.com/chancery-vc/chancery/issuer/anchor"
	"github.com/chancery-vc/chancery/verifier/logproof"
)

// anchored has the issuer keep its checkpoints in a file at path.
func anchored(path string) issuertest.Edit {
	return func(text string) string {
		return text + "\nanchors:\n  - {name: other-disk, kind: file, path: " + path + ", every: 1m, stop_after: 1h}\n"
	}
}

// keep lets the anchor have one attempt.
func keep(t *testing.T, i *issuer.Issuer) anchor.Status {
	t.Helper()
	before := i.Anchors()[0]
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { i.KeepAnchors(ctx, nil); close(done) }()
	after := before
	for deadline := time.Now().Add(10 * time.Second); after.Puts+after.Failures == before.Puts+before.Failures; after = i.Anchors()[0] {
		if time.Now().After(deadline) {
			t.Fatal("no attempt was made")
		}
		time.Sleep(time.Millisecond)
	}
	cancel()
	<-done
	return after
}

func TestAnchored(t *testing.T) {
	path := filepath.Join(t.TempDir(), "checkpoints")
	i, dir, clock := setUp(t, 1, anchored(path))
	answer(t, i, known())
	for range 2 {
		if s := keep(t, i); s.Err != nil {
			t.Fatal(s.Err)
		}
		answer(t, i, known())
		clock.Advance(2 * time.Minute)
	}
	var kept []logproof.Record
	for _, record := range inFile(t, dir) {
		if record.Kind == logproof.CheckpointAnchored {
			kept = append(kept, record)
		}
	}
	if len(kept) != 2 || kept[1].Anchor != "other-disk" || *kept[1].Size != *kept[0].Size+3 || kept[1].Sequence != *kept[1].Size {
		t.Errorf("got %+v", kept)
	}
	if data, err := os.ReadFile(path); err != nil || !strings.Contains(string(data), kept[1].Root) {
		t.Errorf("got %s, %v", data, err)
	}
	if err := i.Close(); err != nil {
		t.Fatal(err)
	}
	if err := issuertest.Open(t, dir, clock).Close(); err != nil {
		t.Errorf("a log that goes on: %v", err)
	}
}

// TestRolledBack: an issuer does not start with a log that is older than what
// was anchored, or that has gone another way since.
func TestRolledBack(t *testing.T) {
	path := filepath.Join(t.TempDir(), "checkpoints")
	i, dir, clock := setUp(t, 1, anchored(path))
	answer(t, i, known())
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
	answer(t, i, known())
	if s := keep(t, i); s.Err != nil {
		t.Fatal(s.Err)
	}
	closeIt(i)
	if err := os.WriteFile(stateFile(dir), backup, 0o600); err != nil {
		t.Fatal(err)
	}
	start := func() error {
		_, err := issuer.Open(t.Context(), issuertest.Load(t, dir), issuer.Environment{Now: clock.Now, Random: rand.Reader})
		return err
	}
	if err := start(); !errors.Is(err, anchor.ErrRolledBack) || !strings.Contains(err.Error(), "other-disk") {
		t.Errorf("rolled back: got %v", err)
	}
	config := filepath.Join(dir, issuertest.ConfigFile)
	text, err := os.ReadFile(config)
	if err != nil {
		t.Fatal(err)
	}
	without, _, _ := strings.Cut(string(text), "\nanchors:")
	if err := os.WriteFile(config, []byte(without), 0o600); err != nil {
		t.Fatal(err)
	}
	i = issuertest.Open(t, dir, clock)
	for range 5 {
		answer(t, i, known())
	}
	closeIt(i)
	if err := os.WriteFile(config, text, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := start(); !errors.Is(err, anchor.ErrForked) {
		t.Errorf("gone another way: got %v", err)
	}
}

// TestStopAfter: nothing is answered while no anchor was reached for too long,
// each refusal is in the log, and it goes on by itself.
func TestStopAfter(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "not", "mounted")
	i, dir, clock := setUp(t, 1, anchored(filepath.Join(folder, "checkpoints")))
	if s := keep(t, i); s.Err == nil || s.Failures != 1 {
		t.Errorf("got %+v", s)
	}
	answer(t, i, known())
	clock.Advance(61 * time.Minute)
	if _, err := i.Answer(t.Context(), known()); !errors.Is(err, issuer.ErrRefused) || !errors.Is(err, anchor.ErrStale) {
		t.Errorf("got %v", err)
	}
	if end := last(t, inFile(t, dir)); end.Kind != logproof.Refused || end.Reason != anchor.ErrStale.Error() {
		t.Errorf("logged %+v", end)
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	if s := keep(t, i); s.Err != nil {
		t.Fatal(s.Err)
	}
	answer(t, i, known())
}
