package issuer_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/chancery-vc/chancery/examples/births/civil"
	"github.com/chancery-vc/chancery/internal/issuertest"
	"github.com/chancery-vc/chancery/issuer"
	"github.com/chancery-vc/chancery/issuer/key"
	"github.com/chancery-vc/chancery/issuer/oid4vci"
	"github.com/chancery-vc/chancery/verifier"
)

// inUse returns the folder of an issuer that did what there is to do, and the
// issuer, which is closed.
func inUse(t *testing.T) (dir string, clock *issuertest.Clock) {
	t.Helper()
	i, dir, clock := setUp(t, 3, withRelyingParties)
	answer(t, i, known())
	consult(t, i, query())
	consult(t, i, query(func(q *issuer.Query) { q.Kind, q.Name = issuer.Fact, "born-in" }))
	s, err := oid4vci.New(i)
	must(t, err)
	o, err := s.Offer(t.Context(), birth, civil.KnownNumber)
	must(t, err)
	take(t, i, s, o, needles{})
	_, err = i.RevokeRecords(t.Context(), birth, []string{civil.KnownNumber})
	must(t, err)
	_, err = i.Publication(t.Context())
	must(t, err)
	must(t, i.Close())
	return dir, clock
}

// isSecret tells the two files that stand for the secrets: the key, and the
// register, which whoever may read it reads.
func isSecret(name string) bool { return name == issuertest.KeyFile || name == issuertest.RegisterFile }

// TestTwoSecrets: no file of an issuer but the two gives the key or a value of the
// register away, whatever was done with it.
func TestTwoSecrets(t *testing.T) {
	dir, _ := inUse(t)
	n := ofRegister(issuertest.Births(t, 3))
	n["the signing key"] = forms(secretKey(t, dir))
	file, err := os.ReadFile(filepath.Join(dir, issuertest.KeyFile))
	must(t, err)
	n["the signing key"] = append(n["the signing key"], bytes.TrimSpace(file))
	others := 0
	must(t, filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || isSecret(entry.Name()) {
			return err
		}
		others++
		data, err := os.ReadFile(path)
		n.in(t, entry.Name(), data)
		return err
	}))
	if others < 4 { // the configuration, the state, its key of pseudonyms, and the kept configuration
		t.Errorf("there are only %d other files", others)
	}
	register, err := os.ReadFile(filepath.Join(dir, issuertest.RegisterFile))
	must(t, err)
	if known := civil.Known(); !bytes.Contains(register, []byte(known.GivenNames)) {
		t.Error("what is looked for is not in the register either")
	}
}

// thief returns a copy of all files but one.
func thief(t *testing.T, dir, without string) string {
	t.Helper()
	loot := t.TempDir()
	must(t, os.CopyFS(loot, os.DirFS(dir)))
	must(t, filepath.WalkDir(loot, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		return os.Chmod(path, 0o600)
	}))
	must(t, os.Remove(filepath.Join(loot, without)))
	return loot
}

// TestEachSecretIsNeeded: all files but the key sign nothing that is accepted, and
// all but the register answer nothing.
func TestEachSecretIsNeeded(t *testing.T) {
	dir, clock := inUse(t)
	i := issuertest.Open(t, dir, clock)
	b := bundleOf(t, i, dir)

	loot := thief(t, dir, issuertest.KeyFile)
	_, err := key.Create(filepath.Join(loot, issuertest.KeyFile), rand.Reader)
	must(t, err)
	if err := open(issuertest.Load(t, loot), rand.Reader); !errors.Is(err, issuer.ErrIdentity) {
		t.Errorf("the state under another key: %v", err)
	}
	must(t, os.RemoveAll(filepath.Join(loot, "state"))) // so that they begin anew
	forged := answer(t, issuertest.Open(t, loot, clock), known())
	if report := verify(t, forged.Bytes, b, clock.Now()); report.Verdict() == verifier.VerdictAccepted {
		t.Error("what they sign by a key of theirs is accepted")
	}
	if report := verify(t, answer(t, i, known()).Bytes, b, clock.Now()); report.Verdict() != verifier.VerdictAccepted {
		t.Errorf("what the issuer signs: %s", report.Reason())
	}

	loot = thief(t, dir, issuertest.RegisterFile)
	if err := open(issuertest.Load(t, loot), rand.Reader); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("without the register: %v", err)
	}
}
