package issuer_test

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/internal/issuertest"
	"github.com/chancery-vc/chancery/issuer/store"
	"github.com/chancery-vc/chancery/verifier/logproof"
)

// ledger is what the log of a state file says, and was checked to say only
// once.
type ledger struct {
	size     int
	answered map[string]string // hash of what was released, to the credential
	subjects map[string]int    // answers about each subject
	open     map[uint64]bool   // questions without an end
}

// readLedger reads the state file that a killed child left, without mending
// anything.
func readLedger(t *testing.T, dir string) ledger {
	t.Helper()
	s, err := store.OpenReadOnly(stateFile(dir))
	if errors.Is(err, fs.ErrNotExist) {
		return ledger{} // it was killed before there was one
	}
	must(t, err)
	defer s.Close()
	return ledgerOf(t, issuertest.Log(t, s))
}

func ledgerOf(t *testing.T, records []logproof.Record) ledger {
	t.Helper()
	l := ledger{size: len(records), answered: map[string]string{}, subjects: map[string]int{}, open: map[uint64]bool{}}
	seen := map[string]bool{}
	once := func(name string) {
		if seen[name] {
			t.Errorf("%s is in the log twice", name)
		}
		seen[name] = true
	}
	for _, r := range records {
		if r.Kind == logproof.Asked {
			l.open[r.Sequence] = true
		}
		if r.Question != nil {
			if !l.open[*r.Question] {
				t.Errorf("question %d has two ends, or was never asked", *r.Question)
			}
			delete(l.open, *r.Question)
		}
		if r.Kind == logproof.Answered {
			once("credential " + r.Credential)
			once(fmt.Sprint("place ", r.StatusList, "#", *r.StatusIndex))
			l.answered[r.Released] = r.Credential
			l.subjects[r.Subject]++
		}
	}
	return l
}

// follows fails the test unless l continues before: if anything came after it,
// the questions that were open had an end first.
func (l ledger) follows(t *testing.T, before ledger) {
	t.Helper()
	if l.size < before.size {
		t.Errorf("the log had %d records and has %d", before.size, l.size)
	}
	for question := range before.open {
		if l.size > before.size && l.open[question] {
			t.Errorf("question %d was open when the issuer was killed, and was not ended by the next one", question)
		}
	}
	for hash, credential := range before.answered {
		if l.answered[hash] != credential {
			t.Errorf("the answer %s is gone from the log", credential)
		}
	}
}

// has fails the test unless data was answered, by the log.
func (l ledger) has(t *testing.T, what string, data []byte) {
	t.Helper()
	if _, ok := l.answered[logproof.HashOf(data).String()]; !ok {
		t.Errorf("%s was released and is not in the log", what)
	}
}

// child is this binary, run again.
type child struct {
	*exec.Cmd
	said   string // its first line
	errors bytes.Buffer
}

func newChild(does, dir string) *child {
	c := &child{Cmd: exec.Command(os.Args[0])}
	c.Env = append(os.Environ(), envChild+"="+does, envFolder+"="+dir)
	c.Stderr = &c.errors
	return c
}

// start runs a child and returns when it has said its first line, or has
// ended.
func start(t *testing.T, does, dir string) *child {
	t.Helper()
	c := newChild(does, dir)
	out, err := c.StdoutPipe()
	must(t, err)
	must(t, c.Start())
	line, _ := bufio.NewReader(out).ReadString('\n')
	c.said = strings.TrimSpace(line)
	return c
}

// kill kills the child for good, and tells whether it had ended before.
func (c *child) kill(t *testing.T) (ended bool) {
	t.Helper()
	_ = c.Process.Kill() // SIGKILL; an error if it ended
	err := c.Wait()
	if c.errors.Len() > 0 {
		t.Fatalf("the child failed: %s", &c.errors)
	}
	return err == nil
}

// rounds is how often a crash test kills, over all.
func rounds(all, short int) int {
	if testing.Short() {
		return short
	}
	return all
}

// TestKilledBatch kills a batch at random moments, again and again, until it is
// done; then it begins another one.
func TestKilledBatch(t *testing.T) {
	var kills, batches int
	for kills < rounds(260, 20) && !t.Failed() {
		kills += killBatch(t, 80)
		batches++
	}
	t.Logf("%d batches were killed %d times", batches, kills)
}

// killBatch runs one batch to its end and returns how often it was killed.
func killBatch(t *testing.T, rows int) (kills int) {
	t.Helper()
	dir := issuertest.Folder(t, rows)
	out := filepath.Join(dir, outFolder)
	var before ledger
	most := 110 * time.Millisecond // that a child lives: longer where that gets it nowhere
	for ended := false; !ended && !t.Failed(); {
		ended = killOnce(t, childBatch, dir, most)
		l := readLedger(t, dir)
		l.follows(t, before)
		if len(l.answered) == len(before.answered) {
			most += most / 4
		}
		for name, data := range released(t, out) {
			l.has(t, name, data)
			if l.answered[logproof.HashOf(data).String()] != "urn:uuid:"+strings.TrimSuffix(name, ".json") {
				t.Errorf("%s holds another credential", name)
			}
		}
		for subject, n := range l.subjects {
			if n > 1 {
				t.Errorf("%s has %d credentials", subject, n)
			}
		}
		before = l
		if !ended {
			kills++
		}
	}
	if n := len(before.answered); n != rows || len(before.open) > 0 {
		t.Errorf("the batch is done with %d of %d answers and %d open questions", n, rows, len(before.open))
	}
	matches(t, inFile(t, dir), out)
	everyRecord(t, out, rows)
	return kills
}

// killOnce runs a child on the batch and kills it: mostly while it issues,
// sometimes while it starts.
func killOnce(t *testing.T, does, dir string, most time.Duration) (ended bool) {
	t.Helper()
	if rand.IntN(5) == 0 {
		c := newChild(does, dir)
		must(t, c.Start())
		time.Sleep(rand.N(60 * time.Millisecond))
		return c.kill(t)
	}
	c := start(t, does, dir)
	time.Sleep(rand.N(most))
	return c.kill(t)
}
