package main

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/internal/credtest"
	"github.com/chancery-vc/chancery/verifier"
)

// TestKept: a service judges by the time that it is and by the files that are
// there; if they can no longer be used, by what was there, as it grows stale.
func TestKept(t *testing.T) {
	issuer := credtest.NewIssuer(t, "registry")
	path := filepath.Join(t.TempDir(), "registry.bundle")
	put := func(data []byte) {
		t.Helper()
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	now := credtest.Now
	put(issuer.Bundle(t, now.Add(-time.Hour)))
	var log bytes.Buffer
	flags := &trust{Issuer: []string{issuer.ID}, Bundle: []string{path}}
	k, err := keep(flags, func() time.Time { return now }, slog.New(slog.NewJSONHandler(&log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	document := issuer.Signed(t, credtest.With("validUntil", "2027-01-01T00:00:00Z"))
	want := func(when string, want verifier.Verdict) {
		t.Helper()
		v, err := k.current()
		if err != nil {
			t.Fatal(err)
		}
		report, err := v.Verify(t.Context(), document)
		if err != nil || report.Verdict() != want {
			t.Errorf("%s: %v, %v, want %s", when, report.Verdict(), err, want)
		}
	}
	want("at first", verifier.VerdictAccepted)
	put(issuer.Bundle(t, now, credtest.Index))
	want("at once", verifier.VerdictAccepted)
	now = now.Add(keepTime)
	want("revoked", verifier.VerdictRefused)
	put(issuer.Bundle(t, now))
	now = now.Add(-time.Second) // a clock that was set back
	want("set back", verifier.VerdictAccepted)
	if log.Len() > 0 {
		t.Errorf("the log has %s", &log)
	}
	put([]byte("broken"))
	now = now.Add(time.Hour)
	want("broken", verifier.VerdictAccepted)
	if !strings.Contains(log.String(), "what was read before stays in use") {
		t.Errorf("the log has %s", &log)
	}
	now = now.Add(25 * time.Hour)
	want("a day later", verifier.VerdictStale)
	put(issuer.Bundle(t, now))
	now = now.Add(keepTime)
	want("mended", verifier.VerdictAccepted)
}

// TestKeepWantsGoodFiles: a service does not start on what it cannot read.
func TestKeepWantsGoodFiles(t *testing.T) {
	flags := &trust{Issuer: []string{credtest.NewIssuer(t, "registry").ID}, Bundle: []string{filepath.Join(t.TempDir(), "missing")}}
	if k, err := keep(flags, time.Now, slog.New(slog.DiscardHandler)); err == nil {
		t.Errorf("got %v", k)
	}
}
