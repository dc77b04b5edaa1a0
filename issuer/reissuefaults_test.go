package issuer_test

import (
	"crypto"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chancery-vc/chancery/internal/issuertest"
	"github.com/chancery-vc/chancery/issuer"
	"github.com/chancery-vc/chancery/issuer/key"
	"github.com/chancery-vc/chancery/issuer/store"
	"github.com/chancery-vc/chancery/verifier/did"
)

// TestReissueFaults: what is away for all ends the run, and nothing is told as if
// it were the fault of a record. The next run does the rest.
func TestReissueFaults(t *testing.T) {
	const rows = 160
	clock := issuertest.NewClock()
	vault, signsThere := inVault(t, clock)
	r := &rotating{dir: issuertest.Folder(t, rows), clock: clock}
	i := issuertest.Open(t, r.dir, clock)
	issueAll(t, i, filepath.Join(r.dir, "batch"))
	signer, err := key.Load(filepath.Join(r.dir, issuertest.KeyFile))
	must(t, err)
	former := i.ID() + "#" + fragmentOf(t, signer.Public())
	must(t, i.Close())
	text, err := os.ReadFile(filepath.Join(r.dir, issuertest.ConfigFile))
	must(t, err)
	edited := signsThere(string(text)) + "\nkeys: [{key: 'did:key:" + fragmentOf(t, signer.Public()) + "'}]\n"
	must(t, os.WriteFile(filepath.Join(r.dir, issuertest.ConfigFile), []byte(edited), 0o600))
	i = issuertest.Open(t, r.dir, clock)
	_, err = i.RevokeKey(t.Context(), issuer.KeyRevocation{Method: former, Since: clock.Now()})
	must(t, err)
	out := filepath.Join(r.dir, "again")
	sql := func(statement string) {
		_, err := issuertest.Register(t, r.dir).ExecContext(t.Context(), statement)
		must(t, err)
	}
	staged := filepath.Join(out, birth, ".staged")
	total := 0
	for _, fault := range []struct {
		name          string
		breaks, mends func()
		at            int // how many are done by then
		want          error
	}{
		{"the register is away", func() { sql("ALTER TABLE births RENAME TO elsewhere") }, func() { sql("ALTER TABLE elsewhere RENAME TO births") }, 0, nil},
		{"the key store is away", func() { vault.Seal(true) }, func() { vault.Seal(false) }, 0, key.ErrUnavailable},
		{"the key store goes away", func() { vault.Seal(true) }, func() { vault.Seal(false) }, 3, key.ErrUnavailable},
		{"the folder goes away", func() { must(t, os.Rename(staged, staged+"-x")) }, func() { must(t, os.Rename(staged+"-x", staged)) }, 3, nil},
	} {
		done := 0
		if fault.at == 0 {
			fault.breaks()
		}
		became, before, err := reissue(t, i, former, out, func(r *issuer.Reissue) {
			tell := r.Tell
			r.Tell = func(what issuer.Reissued) {
				if tell(what); what.Err != nil {
					t.Errorf("%s: %+v", fault.name, what)
				}
				if done++; done == fault.at {
					fault.breaks()
				}
			}
		})
		if err == nil || fault.want != nil && !errors.Is(err, fault.want) || before < total {
			t.Errorf("%s: %v; %d now, %d before", fault.name, err, len(became), before)
		}
		total += len(became)
		fault.mends()
		must(t, i.SelfTest(t.Context()))
	}
	became, before, err := reissue(t, i, former, out, nil)
	if err != nil || before+len(became) != rows || len(released(t, filepath.Join(out, birth))) != rows || len(formers(t, i, former)) > 0 {
		t.Errorf("at the end: %v; %d now, %d before", err, len(became), before)
	}
	everyRecord(t, filepath.Join(out, birth), rows)
}

// TestReissueIntoTheNextList: a status list that is full is left for the next one.
func TestReissueIntoTheNextList(t *testing.T) {
	r := newRotating(t)
	i := r.start(t, issuertest.KeyFile)
	issueAll(t, i, filepath.Join(r.dir, "batch"))
	must(t, i.Store().Update(t.Context(), func(tx *store.Tx) error {
		place := make([]byte, 8)
		place[3] = 1 // list 1
		for index, free := 0, 3<<15-4; free > 0; index++ {
			place[4], place[5], place[6], place[7] = 0, byte(index>>16), byte(index>>8), byte(index)
			if tx.Get("status-places", place) != nil {
				continue
			}
			if err := tx.Put("status-places", slices.Clone(place), []byte("urn:uuid:full")); err != nil {
				return err
			}
			free--
		}
		return nil
	}))
	i = r.exchanged(t, i)
	became, _, err := reissue(t, i, r.methodOf(t, i, issuertest.KeyFile), filepath.Join(r.dir, "again"), nil)
	must(t, err)
	lists := map[int]int{}
	for _, what := range became {
		e, err := i.Entry(what.By)
		must(t, err)
		lists[e.Place.List]++
	}
	if diff := cmp.Diff(map[int]int{1: 1, 2: 2}, lists); diff != "" {
		t.Error(diff)
	}
	b := r.bundle(t, i, "next.key")
	for _, credential := range released(t, filepath.Join(r.dir, "again", birth)) {
		accepted(t, credential, b, r.clock.Now())
	}
}

// fragmentOf is what a DID URL has of a key.
func fragmentOf(t *testing.T, public crypto.PublicKey) string {
	t.Helper()
	id, _, err := did.FromKey(public)
	must(t, err)
	return strings.TrimPrefix(id, "did:key:")
}
