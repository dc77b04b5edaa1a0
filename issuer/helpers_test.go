package issuer_test

import (
	"context"
	"crypto"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/examples/births/civil"
	"github.com/chancery-vc/chancery/internal/issuertest"
	"github.com/chancery-vc/chancery/issuer"
	"github.com/chancery-vc/chancery/issuer/config"
	"github.com/chancery-vc/chancery/issuer/key"
	"github.com/chancery-vc/chancery/issuer/store"
	"github.com/chancery-vc/chancery/verifier"
	"github.com/chancery-vc/chancery/verifier/bundle"
	"github.com/chancery-vc/chancery/verifier/logproof"
	"github.com/chancery-vc/chancery/verifier/status"
)

// birth is the profile of the configuration's template.
const birth = "birth"

func stateFile(dir string) string { return filepath.Join(dir, "state", issuer.StateFile) }

// setUp returns an issuer of births, its folder and its clock.
func setUp(t *testing.T, rows int, edits ...issuertest.Edit) (*issuer.Issuer, string, *issuertest.Clock) {
	t.Helper()
	dir, clock := issuertest.Folder(t, rows, edits...), issuertest.NewClock()
	return issuertest.Open(t, dir, clock), dir, clock
}

// open tries to open the issuer of a folder.
func open(c *config.Config, random io.Reader) error {
	i, err := issuer.Open(context.Background(), c, issuer.Environment{Now: time.Now, Random: random})
	if err != nil {
		return err
	}
	return i.Close()
}

// known asks for the credential of the record that every register has.
func known() issuer.Question {
	return issuer.Question{Caller: issuer.Operator, Profile: birth, Key: civil.KnownNumber}
}

func answer(t *testing.T, i *issuer.Issuer, q issuer.Question) issuer.Answer {
	t.Helper()
	a, err := i.Answer(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// inFile returns the records that the state file has, by its bytes alone:
// what another process would find if this one were gone.
func inFile(t *testing.T, dir string) []logproof.Record {
	t.Helper()
	data, err := os.ReadFile(stateFile(dir))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "copy.db")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := store.OpenReadOnly(path)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	return issuertest.Log(t, s)
}

// last returns the last of records.
func last(t *testing.T, records []logproof.Record) logproof.Record {
	t.Helper()
	if len(records) == 0 {
		t.Fatal("the log is empty")
	}
	return records[len(records)-1]
}

func signingKey(t *testing.T, dir string) crypto.PublicKey {
	t.Helper()
	signer, err := key.Load(filepath.Join(dir, issuertest.KeyFile))
	if err != nil {
		t.Fatal(err)
	}
	return signer.Public()
}

// bundleOf returns the issuer's bundle as a relying party gets it.
func bundleOf(t *testing.T, i *issuer.Issuer, dir string) *bundle.Bundle {
	t.Helper()
	data, err := i.Bundle(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	b, err := bundle.Open(data, signingKey(t, dir))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// policyOf is that of a relying party with a bundle of the issuer.
func policyOf(b *bundle.Bundle, now time.Time) verifier.Policy {
	return verifier.Policy{
		Now: now, Issuer: verifier.Expect(b.Issuer),
		Domain: verifier.Ignore[string](), Challenge: verifier.Ignore[string](), LogReceipt: verifier.Ignore[string](),
		Status: verifier.Expect(status.Revocation), Freshness: verifier.Expect(time.Hour),
		Bundles: []*bundle.Bundle{b},
	}
}

// verify judges a credential offline, by a bundle of the issuer.
func verify(t *testing.T, credential []byte, b *bundle.Bundle, now time.Time) *verifier.Report {
	t.Helper()
	report, err := verifier.Verify(t.Context(), credential, policyOf(b, now))
	if err != nil {
		t.Fatal(err)
	}
	return report
}

// accepted fails the test unless a credential is accepted.
func accepted(t *testing.T, credential []byte, b *bundle.Bundle, now time.Time) {
	t.Helper()
	if report := verify(t, credential, b, now); report.Verdict() != verifier.VerdictAccepted {
		t.Errorf("%s: %+v", report.Verdict(), report.Checks)
	}
}

// waitFor waits until what is true, for a time that only a hang needs.
func waitFor(t *testing.T, what string, is func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !is(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("waited in vain for " + what)
		}
	}
}

// short returns records in a short form, for comparing logs.
func short(records []logproof.Record) []string {
	var all []string
	for _, r := range records {
		text := string(r.Kind)
		if r.Question != nil {
			text += fmt.Sprint(" ", *r.Question)
		}
		if r.Reason != "" {
			text += ": " + r.Reason
		}
		all = append(all, text)
	}
	return all
}
