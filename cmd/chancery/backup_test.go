package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/internal/durable"
	"github.com/chancery-vc/chancery/internal/issuertest"
	"github.com/chancery-vc/chancery/issuer/backup"
	"github.com/chancery-vc/chancery/issuer/issuerhttp"
)

// TestBackupUnderLoad: backups that are taken while the issuer writes come back
// whole, each with at least what was logged before it began; a backup or a
// restoration that is killed leaves none, or a whole one.
func TestBackupUnderLoad(t *testing.T) {
	dir := issuertest.Folder(t, 100)
	r := &replica{name: "served", config: filepath.Join(dir, issuertest.ConfigFile)}
	must(t, r.start())
	t.Cleanup(r.kill)
	ctx, end := context.WithCancel(t.Context())
	var logged atomic.Uint64
	var load sync.WaitGroup
	for range 2 {
		load.Go(func() { logOffers(ctx, t, filepath.Join(dir, "state", "operator.sock"), &logged) })
	}
	restored, left := 0, 0
	for n := range 4 {
		before := logged.Load()
		out := filepath.Join(dir, fmt.Sprintf("%d.tar", n))
		if code, said, errors := call(ctx, "backup", "--config", r.config, "--out", out); code != exitDone {
			t.Fatalf("backup: %s%s", said, errors)
		}
		if size := restore(t, out, filepath.Join(dir, fmt.Sprint("back", n))); size < before {
			t.Errorf("backup %d has %d records; %d were logged before it", n, size, before)
		}
	}
	for n := range 12 {
		out, to := filepath.Join(dir, fmt.Sprintf("killed%d.tar", n)), filepath.Join(dir, fmt.Sprint("killed", n))
		if killed(t, dir, "backup", "--config", r.config, "--out", out) {
			left++
		}
		if _, err := os.Stat(out); err == nil {
			restore(t, out, to+"-whole")
			restored++
		}
		if killed(t, dir, "restore", "--from", filepath.Join(dir, "3.tar"), "--to", to) {
			left++
		}
		if _, err := os.Stat(to); err == nil {
			verifyState(t, filepath.Join(to, backup.StateFile))
			restored++
		}
	}
	end()
	load.Wait()
	r.stop(t)
	if left == 0 {
		t.Error("none of 24 was killed in the middle")
	}
	t.Logf("%d records were logged meanwhile; of 24 that were killed %d were done, %d left something that is passed over", logged.Load(), restored, left)
}

// logOffers has offers made until ctx ends. Each is two records.
func logOffers(ctx context.Context, t *testing.T, socket string, logged *atomic.Uint64) {
	client, err := issuerhttp.Dial(socket)
	if err != nil {
		t.Error(err)
		return
	}
	defer client.Close()
	for ctx.Err() == nil {
		if _, err := client.Offer(ctx, "birth", "2019-000042"); err != nil && !errors.Is(err, context.Canceled) {
			t.Error(err)
			return
		}
		if ctx.Err() == nil {
			logged.Add(2)
		}
	}
}

// restore brings a backup back, and returns how many records its log has.
func restore(t *testing.T, from, to string) (size uint64) {
	t.Helper()
	code, said, errors := call(t.Context(), "restore", "--from", from, "--to", to)
	if code != exitDone {
		t.Fatalf("restore %s: %s%s", from, said, errors)
	}
	_, counted, _ := strings.Cut(said, "registry.example/log, ")
	if _, err := fmt.Sscanf(counted, "%d records", &size); err != nil {
		t.Fatalf("restore says nothing of records: %s", said)
	}
	verifyState(t, filepath.Join(to, backup.StateFile))
	return size
}

func verifyState(t *testing.T, path string) {
	t.Helper()
	if code, said, errors := call(t.Context(), "log", "verify", "--state", path); code != exitDone {
		t.Errorf("%s: %s%s", path, said, errors)
	}
}

// killed starts the program and ends it as kill -9 does, while it writes in dir.
// It tells whether it left something.
func killed(t *testing.T, dir string, args ...string) bool {
	t.Helper()
	drafts := func() int {
		found, err := filepath.Glob(filepath.Join(dir, durable.Partial+"*"))
		must(t, err)
		return len(found)
	}
	before := drafts()
	command := exec.Command(os.Args[0])
	command.Args = append([]string{"chancery"}, args...)
	must(t, command.Start())
	ended := make(chan error, 1)
	go func() { ended <- command.Wait() }()
	for drafts() == before {
		select {
		case <-ended:
			return false
		case <-time.After(time.Millisecond):
		}
	}
	time.Sleep(rand.N(20 * time.Millisecond))
	_ = command.Process.Kill() // it may have ended by now
	<-ended
	return drafts() > before
}
