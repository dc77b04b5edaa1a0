package issuancelog_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	mathrand "math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/internal/credtest"
	"github.com/chancery-vc/chancery/issuer/issuancelog"
	"github.com/chancery-vc/chancery/issuer/store"
	"github.com/chancery-vc/chancery/verifier/logproof"
)

// envSeal is the folder of a log that this binary, run again as a child, seals
// until it is killed.
const envSeal = "CHANCERY_TEST_SEAL"

func TestMain(m *testing.M) {
	if dir := os.Getenv(envSeal); dir != "" {
		if err := sealAll(context.Background(), dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func later() time.Time { return clock().Add(365 * 24 * time.Hour) }

// sealAll seals the log of a folder, some tiles at a time.
func sealAll(ctx context.Context, dir string) (err error) {
	s, err := store.Open(filepath.Join(dir, "s.db"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	l, err := issuancelog.Open(ctx, s, later, rand.Reader)
	if err != nil {
		return err
	}
	fmt.Println("open")
	for size := uint64(unit); ; size += uint64(mathrand.IntN(20)) * unit {
		terms := issuancelog.Sealing{Size: size, Folder: filepath.Join(dir, "sealed"), Origin: sealOrigin, Signer: credtest.Key("log")}
		if _, err := l.Seal(ctx, terms); err != nil && !errors.Is(err, issuancelog.ErrNothingToSeal) {
			return err
		}
		if size > killedRecords {
			return nil
		}
	}
}

const killedRecords = 6000

// TestKilledSeal kills a process that seals, at random moments, until it is
// done; then it begins with another log. Nothing is ever lost, and there is
// nothing to mend.
func TestKilledSeal(t *testing.T) {
	logs, kills := 2, 0
	if testing.Short() {
		logs = 1
	}
	for range logs {
		kills += killSeal(t)
	}
	t.Logf("%d logs were sealed by processes that were killed %d times", logs, kills)
}

func killSeal(t *testing.T) (kills int) {
	t.Helper()
	s := newSealed(t, killedRecords)
	was := s.export()
	s.store.Close()
	s.now = later()
	most := 100 * time.Millisecond // that a child lives: longer where that gets it nowhere
	for done, before := false, uint64(0); !done && !t.Failed(); {
		done = killOnce(t, filepath.Dir(s.path), most)
		if !done {
			kills++
		}
		s.store = openStore(t, s.path)
		if size := s.sealedSize(); size > before {
			before = size
		} else {
			most += most / 2
		}
		result := s.alone()
		if len(result.Findings) > 0 || result.Leaves != result.Size {
			t.Errorf("alone: %+v", result)
		}
		s.wantNothingLost(was)
		s.store.Close()
	}
	return kills
}

// wantNothingLost wants the log that was, and at most what tells of its seals.
func (s *sealed) wantNothingLost(before []byte) {
	s.Helper()
	after := s.export()
	if !bytes.HasPrefix(after, before) {
		s.Fatal("something of the log was lost")
	}
	for line := range bytes.Lines(after[len(before):]) {
		if !bytes.Contains(line, []byte(`"kind":"sealed"`)) {
			s.Errorf("something else was added: %s", line)
		}
	}
	if s.sealedSize() == 0 {
		return
	}
	result, err := s.whole()
	if err != nil || len(result.Findings) > 0 || result.Kinds[logproof.Sealed] == 0 {
		s.Errorf("whole: %+v, %v", result, err)
	}
}

// killOnce runs a child and kills it at some moment; it tells whether it had
// ended before.
func killOnce(t *testing.T, dir string, most time.Duration) (ended bool) {
	t.Helper()
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), envSeal+"="+dir)
	var said bytes.Buffer
	child.Stderr = &said
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	_, _ = bufio.NewReader(out).ReadString('\n') // or its end
	time.Sleep(mathrand.N(most))
	_ = child.Process.Kill() // an error if it ended
	err = child.Wait()
	if said.Len() > 0 {
		t.Fatalf("the child failed: %s", &said)
	}
	return err == nil
}
