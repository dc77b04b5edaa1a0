package audit_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/examples/births/civil"
	"github.com/chancery-vc/chancery/internal/issuertest"
	"github.com/chancery-vc/chancery/issuer"
	"github.com/chancery-vc/chancery/issuer/audit"
	"github.com/chancery-vc/chancery/issuer/store"
	"github.com/chancery-vc/chancery/verifier/logproof"
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// school lets a relying party ask for a fact.
func school(text string) string {
	return text + `
purposes: [enrolment]
facts:
  registered:
    source: births
    table: births
    key: registration_number
    rule: {exists: true}
consult:
  callers:
    - name: school
      token_sha256: ` + strings.Repeat("1a", 32) + `
      purposes: [enrolment]
      facts: [registered]
      credentials: [birth]
`
}

// issued is a folder of an issuer that did a bit of everything: a batch of
// eight, a fact, a credential for a relying party, a refusal, a revocation, a
// publication, and a revocation after that.
type issued struct {
	dir   string
	clock *issuertest.Clock
	log   []logproof.Record
	// The credentials of the batch, in the order of the log. The last one was
	// revoked before the publication, the one before it afterwards.
	credentials []logproof.Record
}

func (i issued) state() string     { return filepath.Join(i.dir, "state", issuer.StateFile) }
func (i issued) batch() string     { return filepath.Join(i.dir, "out") }
func (i issued) published() string { return filepath.Join(i.dir, "www") }

func issue(t *testing.T) issued {
	t.Helper()
	i := issued{dir: issuertest.Folder(t, 8, school), clock: issuertest.NewClock()}
	opened, err := issuer.Open(t.Context(), issuertest.Load(t, i.dir), issuer.Environment{Now: i.clock.Now, Random: rand.Reader})
	must(t, err)
	_, err = opened.IssueAll(t.Context(), issuer.Batch{Profile: "birth", Dir: i.batch()})
	must(t, err)
	i.clock.Advance(time.Minute)
	i.ask(t, opened, issuer.Query{Kind: issuer.Fact, Name: "registered"})
	i.ask(t, opened, issuer.Query{Kind: issuer.Credential, Name: "birth"})
	if _, err := opened.Answer(t.Context(), issuer.Question{Caller: issuer.Operator, Profile: "birth", Key: "none"}); err == nil {
		t.Fatal("an answer about nobody")
	}
	for _, r := range issuertest.Log(t, opened.Store()) {
		if r.Kind == logproof.Answered && r.Caller == "operator" {
			i.credentials = append(i.credentials, r)
		}
	}
	i.revoke(t, opened, 7)
	i.clock.Advance(time.Minute)
	lists, err := opened.StatusLists(t.Context())
	must(t, err)
	must(t, os.MkdirAll(filepath.Join(i.published(), "status"), 0o700))
	must(t, os.WriteFile(filepath.Join(i.published(), "status", "1"), lists[0], 0o600))
	i.clock.Advance(time.Minute)
	i.revoke(t, opened, 6)
	i.log = issuertest.Log(t, opened.Store())
	must(t, opened.Close())
	return i
}

func (i issued) ask(t *testing.T, opened *issuer.Issuer, q issuer.Query) {
	t.Helper()
	q.Caller, q.Key, q.Purpose, q.Nonce = "school", civil.KnownNumber, "enrolment", "n-1"
	_, err := opened.Consult(t.Context(), q)
	must(t, err)
}

func (i issued) revoke(t *testing.T, opened *issuer.Issuer, credential int) {
	t.Helper()
	_, err := opened.Revoke(t.Context(), []string{i.credentials[credential].Credential})
	must(t, err)
}

// copied returns a copy of the state file with a change.
func (i issued) copied(t *testing.T, change func(tx *store.Tx) error) string {
	t.Helper()
	data, err := os.ReadFile(i.state())
	must(t, err)
	path := filepath.Join(t.TempDir(), "copy.db")
	must(t, os.WriteFile(path, data, 0o600))
	if change != nil {
		s, err := store.Open(path)
		must(t, err)
		must(t, s.Update(context.Background(), change))
		must(t, s.Close())
	}
	return path
}

// viewed runs read on a state file.
func viewed(t *testing.T, path string, read func(tx *store.Tx) error) {
	t.Helper()
	s, err := store.OpenReadOnly(path)
	must(t, err)
	defer s.Close()
	must(t, s.View(read))
}

// reconcile returns what does not fit the log of a state file.
func reconcile(t *testing.T, path string, s audit.Sources) (audit.Figures, []audit.Difference) {
	t.Helper()
	var found []audit.Difference
	var figures audit.Figures
	s.Found = func(d audit.Difference) { found = append(found, d) }
	viewed(t, path, func(tx *store.Tx) (err error) {
		figures, err = audit.Reconcile(t.Context(), tx, s)
		return err
	})
	return figures, found
}

func number(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }

// replace changes a text in the values, or in the keys, of a bucket.
func replace(tx *store.Tx, bucket string, key []byte, from, to string) error {
	return tx.Put(bucket, key, bytes.Replace(tx.Get(bucket, key), []byte(from), []byte(to), 1))
}
