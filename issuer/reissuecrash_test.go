package issuer_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/internal/issuertest"
	"github.com/chancery-vc/chancery/issuer"
	"github.com/chancery-vc/chancery/verifier/logproof"
)

// TestKilledReissue kills the issue of what a revoked key signed at random
// moments, until it is done: at each, what is revoked has been issued again, and
// nothing has been twice.
func TestKilledReissue(t *testing.T) {
	kills := 0
	for kills < rounds(8, 3) && !t.Failed() {
		kills += killReissue(t, 60)
	}
	t.Logf("killed %d times", kills)
}

// killReissue returns how often one issue was killed until it was done.
func killReissue(t *testing.T, rows int) (kills int) {
	t.Helper()
	r := newRotating(t)
	r.dir = compromised(t, r, rows)
	batch, again := filepath.Join(r.dir, "batch"), filepath.Join(r.dir, outFolder, birth)
	var before ledger
	most := 110 * time.Millisecond
	for ended := false; !ended && !t.Failed(); {
		if ended = killOnce(t, childAgain, r.dir, most); !ended {
			kills++
		}
		l := readLedger(t, r.dir)
		l.follows(t, before)
		if len(l.answered) == len(before.answered) {
			most += most / 4
		}
		before = l
		replacedOnce(t, inFile(t, r.dir))
	}
	if n := len(before.answered); n != 2*rows || len(before.open) > 0 {
		t.Errorf("it is done with %d answers, and %d open questions", n, len(before.open))
	}
	matches(t, inFile(t, r.dir), batch, again)
	everyRecord(t, again, rows)
	return kills
}

// compromised returns the folder of an issuer that has issued for each record of
// its register, and whose key was then exchanged and revoked.
func compromised(t *testing.T, r *rotating, rows int) string {
	t.Helper()
	dir := issuertest.Folder(t, rows)
	r.clock.Advance(time.Since(issuertest.Start) - time.Hour) // the children go by the clock of this machine
	i := issuertest.Open(t, dir, r.clock)
	issueAll(t, i, filepath.Join(dir, "batch"))
	must(t, i.Close())
	former := fragmentOf(t, signingKey(t, dir))
	must(t, os.Rename(filepath.Join(dir, issuertest.KeyFile), filepath.Join(dir, "former.key")))
	must(t, os.Rename(filepath.Join(r.dir, "next.key"), filepath.Join(dir, issuertest.KeyFile)))
	path := filepath.Join(dir, issuertest.ConfigFile)
	text, err := os.ReadFile(path)
	must(t, err)
	must(t, os.WriteFile(path, append(text, "\nkeys: [{key: 'did:key:"+former+"'}]\n"...), 0o600))
	i = issuertest.Open(t, dir, r.clock)
	_, err = i.RevokeKey(t.Context(), issuer.KeyRevocation{Method: i.ID() + "#" + former, Since: r.clock.Now()})
	must(t, err)
	must(t, i.Close())
	return dir
}

// replacedOnce fails the test unless each revocation goes with the answer that it
// names, and each answer takes the place of one credential at most.
func replacedOnce(t *testing.T, records []logproof.Record) {
	t.Helper()
	answered, replaced := map[string]bool{}, map[string]bool{}
	for _, r := range records {
		if r.Kind == logproof.Answered {
			answered[r.Credential] = true
		}
		if r.Kind != logproof.StatusChanged {
			continue
		}
		by := strings.TrimPrefix(r.Reason, "issued again as ")
		if !answered[by] || !answered[r.Credential] || replaced[r.Credential] || replaced[by] {
			t.Errorf("%s was revoked in favour of %s, which was not answered, or twice", r.Credential, by)
		}
		replaced[r.Credential], replaced[by] = true, true
	}
}
