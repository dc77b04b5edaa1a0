package issuer_test

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/examples/births/civil"
	"github.com/chancery-vc/chancery/internal/issuertest"
	"github.com/chancery-vc/chancery/issuer"
	"github.com/chancery-vc/chancery/issuer/issuancelog"
	"github.com/chancery-vc/chancery/issuer/pseudonym"
	"github.com/chancery-vc/chancery/issuer/store"
	"github.com/chancery-vc/chancery/verifier/logproof"
)

const day = 24 * time.Hour

// withPeriods has a key of pseudonyms a month, kept for as long as a credential
// is valid.
var withPeriods = issuertest.Replace("\nstate: state\n", "\nstate: state\npseudonyms: {period: 30d, keep: 400d}\n")

// TestKeysByPeriod: what was issued under one key is found under the next ones,
// by the record, until its key is destroyed; and relying parties are told the
// same names all the while.
func TestKeysByPeriod(t *testing.T) {
	i, dir, clock := setUp(t, 3, withPeriods, withRelyingParties)
	first := answer(t, i, known())
	told := stated(t, i, dir, clock, query()).Subject
	for range 3 {
		clock.Advance(30 * day)
		must(t, i.KeepPseudonyms(t.Context()))
	}
	second := answer(t, i, known())
	entries, err := i.Entries(birth, civil.KnownNumber)
	must(t, err)
	if len(entries) != 2 || entries[0].Credential != second.Credential || entries[1].Credential != first.Credential {
		t.Errorf("found %+v", entries)
	}
	if entries[0].Subject == entries[1].Subject {
		t.Error("the log has one name for it in two periods")
	}
	if again := stated(t, i, dir, clock, query()).Subject; again != told {
		t.Errorf("the relying party was told of %s, and now of %s", told, again)
	}
	secret, err := os.ReadFile(filepath.Join(dir, "state", "pseudonym.key"))
	must(t, err)
	clock.Advance(350 * day)
	must(t, i.KeepPseudonyms(t.Context()))
	if found, err := i.Entries(birth, civil.KnownNumber); err != nil || len(found) != 1 || found[0].Credential != second.Credential {
		t.Errorf("found %+v, %v", found, err)
	}
	if revoked, err := i.RevokeRecords(t.Context(), birth, []string{civil.KnownNumber}); err != nil || revoked.Revoked != 1 {
		t.Errorf("revoked %+v, %v", revoked, err)
	}
	if revoked, err := i.Revoke(t.Context(), []string{first.Credential}); err != nil || revoked.Revoked != 1 {
		t.Errorf("by its identifier: %+v, %v", revoked, err)
	}
	must(t, i.Close())
	wantNowhere(t, filepath.Join(dir, "state"), secret)
	var said []string
	for _, r := range inFile(t, dir) {
		if r.Kind == logproof.KeyChanged && strings.HasPrefix(r.Key, "pseudonym-") {
			said = append(said, r.Key+" "+r.Status)
		}
	}
	if want := []string{"pseudonym-2 begun", "pseudonym-3 begun", "pseudonym-4 begun", "pseudonym-5 begun", "pseudonym-1 destroyed"}; !slices.Equal(said, want) {
		t.Errorf("the log says %v, want %v", said, want)
	}
	issuertest.Open(t, dir, clock) // a key that was destroyed is not missed
}

// wantNowhere wants bytes to be in no file of a folder.
func wantNowhere(t *testing.T, dir string, secret []byte) {
	t.Helper()
	must(t, filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		data, err := os.ReadFile(path)
		if bytes.Contains(data, secret) {
			t.Errorf("%s has it", path)
		}
		return err
	}))
}

// TestCallersHaveNoNames: the log alone names no caller; the configuration and
// the keys do.
func TestCallersHaveNoNames(t *testing.T) {
	i, dir, clock := setUp(t, 3, withPeriods, withRelyingParties)
	stated(t, i, dir, clock, query())
	clock.Advance(30 * day)
	must(t, i.KeepPseudonyms(t.Context()))
	stated(t, i, dir, clock, query())
	if _, err := i.Consult(t.Context(), issuer.Query{Caller: school, Kind: issuer.Fact, Name: "nothing"}); !errors.Is(err, issuer.ErrRefused) {
		t.Fatal(err)
	}
	var names map[string]string
	must(t, i.Store().View(func(tx *store.Tx) (err error) {
		names, err = issuer.CallerNames(i.Config(), tx)
		return err
	}))
	seen := map[string]bool{}
	for _, r := range issuertest.Log(t, i.Store()) {
		if strings.Contains(r.Caller, school) {
			t.Errorf("record %d names %s", r.Sequence, r.Caller)
		}
		if r.Caller == "" {
			continue
		}
		seen[r.Caller] = true
		if names[r.Caller] != "consult:"+school {
			t.Errorf("record %d is of %s, who is %q", r.Sequence, r.Caller, names[r.Caller])
		}
	}
	if len(seen) != 2 {
		t.Errorf("in two periods it is called %v", seen)
	}
}

// TestKeyIsMissing: without its keys a log is not added to.
func TestKeyIsMissing(t *testing.T) {
	for _, file := range []string{"pseudonym.key", "pairwise.key"} {
		i, dir, clock := setUp(t, 1)
		must(t, i.Close())
		must(t, os.Remove(filepath.Join(dir, "state", file)))
		_, err := issuer.Open(t.Context(), issuertest.Load(t, dir), issuer.Environment{Now: clock.Now})
		if !errors.Is(err, pseudonym.ErrMissing) || !strings.Contains(err.Error(), file) {
			t.Errorf("%s: got %v", file, err)
		}
	}
}

// TestClockBeforeTheLog: an issuer whose clock went back neither starts nor
// answers, and does both when it was set right.
func TestClockBeforeTheLog(t *testing.T) {
	i, dir, clock := setUp(t, 1)
	answer(t, i, known())
	clock.Advance(-time.Hour)
	if a, err := i.Answer(t.Context(), known()); !errors.Is(err, issuancelog.ErrClock) || a.Bytes != nil {
		t.Errorf("while it runs: %v", err)
	}
	must(t, i.Close())
	again, err := issuer.Open(context.Background(), issuertest.Load(t, dir), issuer.Environment{Now: clock.Now})
	if !errors.Is(err, issuancelog.ErrClock) {
		t.Errorf("at the start: %v, %v", again, err)
	}
	clock.Advance(time.Hour)
	answer(t, issuertest.Open(t, dir, clock), known())
}
