package issuer_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chancery-vc/chancery/examples/births/civil"
	"github.com/chancery-vc/chancery/internal/issuertest"
	"github.com/chancery-vc/chancery/issuer"
	"github.com/chancery-vc/chancery/issuer/issuancelog"
	"github.com/chancery-vc/chancery/issuer/store"
	"github.com/chancery-vc/chancery/verifier"
	"github.com/chancery-vc/chancery/verifier/logproof"
)

// methodOf is the verification method of the key in a file.
func (r *rotating) methodOf(t *testing.T, i *issuer.Issuer, file string) string {
	return i.ID() + "#" + strings.TrimPrefix(r.id(t, file), "did:key:")
}

// exchanged closes an issuer and starts it with the next key, and with the former
// one revoked.
func (r *rotating) exchanged(t *testing.T, i *issuer.Issuer) *issuer.Issuer {
	t.Helper()
	must(t, i.Close())
	i = r.start(t, "next.key", r.public(t, issuertest.KeyFile, ""))
	_, err := i.RevokeKey(t.Context(), issuer.KeyRevocation{Method: r.methodOf(t, i, issuertest.KeyFile), Since: r.clock.Now()})
	must(t, err)
	return i
}

// formers returns what a key signed and is still good.
func formers(t *testing.T, i *issuer.Issuer, method string) []issuer.Former {
	t.Helper()
	good, err := stillGood(i, method)
	must(t, err)
	return good
}

func stillGood(i *issuer.Issuer, method string) (good []issuer.Former, err error) {
	err = i.Store().View(func(tx *store.Tx) error {
		use, err := issuer.NewKeyUse(i.Config(), method, issuancelog.Records(tx))
		if err == nil {
			good, err = use.StillGood(tx, issuancelog.Records(tx), time.Time{}, i.Now())
		}
		return err
	})
	return good, err
}

// reissue issues again what a key signed, offers as a test does, and returns what
// became of each, by credential.
func reissue(t *testing.T, i *issuer.Issuer, method, out string, change func(*issuer.Reissue)) (became map[string]issuer.Reissued, before int, err error) {
	t.Helper()
	became = map[string]issuer.Reissued{}
	r := issuer.Reissue{
		Method: method, Formers: formers(t, i, method), Dir: out,
		Offer: func(_ context.Context, f issuer.Former, key string) (string, error) { return "offer of " + key, nil },
		Tell: func(what issuer.Reissued) {
			if _, twice := became[what.Credential]; twice {
				t.Errorf("%s was told of twice", what.Credential)
			}
			became[what.Credential] = what
		},
	}
	if change != nil {
		change(&r)
	}
	before, err = i.Reissue(t.Context(), r)
	return became, before, err
}

// TestReissue: what a revoked key signed gets a successor from what the register
// has now; what has none is told of with the reason, and stays as it is.
func TestReissue(t *testing.T) {
	r := newRotating(t)
	births := issuertest.Births(t, 3)
	i := r.start(t, issuertest.KeyFile)
	batch := filepath.Join(r.dir, "batch")
	issueAll(t, i, batch)
	held := answer(t, i, issuer.Question{Caller: issuer.Holder, Profile: birth, Key: births[1].RegistrationNumber, Holder: "did:example:holder"})
	withdrawn := answer(t, i, known())
	_, err := i.Revoke(t.Context(), []string{withdrawn.Credential})
	must(t, err)
	i = r.exchanged(t, i)
	method := r.methodOf(t, i, issuertest.KeyFile)
	db := issuertest.Register(t, r.dir)
	for _, change := range []string{
		"UPDATE births SET family_name = 'Newname' WHERE registration_number = '" + civil.KnownNumber + "'",
		"DELETE FROM births WHERE registration_number = '" + births[2].RegistrationNumber + "'",
	} {
		_, err := db.ExecContext(t.Context(), change)
		must(t, err)
	}

	out := filepath.Join(r.dir, "again")
	size := len(issuertest.Log(t, i.Store()))
	planned, _, err := reissue(t, i, method, out, func(r *issuer.Reissue) { r.DryRun = true })
	must(t, err)
	if _, err := os.Stat(out); err == nil || len(issuertest.Log(t, i.Store())) != size {
		t.Error("a dry run did something")
	}
	became, _, err := reissue(t, i, method, out, nil)
	must(t, err)
	var said []string
	for id, what := range became {
		dry := planned[id]
		if dry.Key != what.Key || !errors.Is(dry.Err, what.Err) || dry.By != "" {
			t.Errorf("the dry run said %+v of %+v", dry, what)
		}
		line := fmt.Sprintf("%s of %q: %v", what.Caller, what.Key, what.Err)
		if what.Caller == issuer.Holder {
			line += " " + what.By
		}
		said = append(said, line)
	}
	slices.Sort(said)
	want := []string{
		fmt.Sprintf("holder of %q: <nil> offer of %s", births[1].RegistrationNumber, births[1].RegistrationNumber),
		`operator of "": ` + issuer.ErrGone.Error(),
		fmt.Sprintf("operator of %q: <nil>", civil.KnownNumber),
		fmt.Sprintf("operator of %q: <nil>", births[1].RegistrationNumber),
	}
	slices.Sort(want)
	if diff := cmp.Diff(want, said); diff != "" {
		t.Error(diff)
	}

	b := r.bundle(t, i, "next.key")
	files := released(t, filepath.Join(out, birth))
	if len(files) != 2 {
		t.Errorf("%d files", len(files))
	}
	for _, credential := range files {
		accepted(t, credential, b, r.clock.Now())
	}
	for id, what := range became {
		e, err := i.Entry(id)
		if again := what.Err == nil && what.Caller == issuer.Operator; err != nil || e.Revoked != again {
			t.Errorf("%+v: %+v, %v", what, e, err)
		}
		if what.Key == civil.KnownNumber && !strings.Contains(string(files[issuer.BatchFile(what.By)]), "Newname") {
			t.Errorf("%s is not what the register has now", what.By)
		}
	}
	reasons := 0
	for _, record := range issuertest.Log(t, i.Store())[size:] {
		if record.Kind == logproof.StatusChanged && record.Reason == "issued again as "+became[record.Credential].By {
			reasons++
		}
	}
	if reasons != 2 {
		t.Errorf("the log tells of %d replacements", reasons)
	}
	if e, err := i.Entry(held.Credential); err != nil || e.Revoked {
		t.Errorf("the holder's, before the offer is taken: %+v, %v", e, err)
	}

	// Again there is nothing to do but what could not be done.
	size = len(issuertest.Log(t, i.Store()))
	became, before, err := reissue(t, i, method, out, nil)
	if err != nil || before != 2 || len(became) != 2 || len(issuertest.Log(t, i.Store())) != size {
		t.Errorf("again: %+v, %d, %v", became, before, err)
	}
}

// TestReplacesOnce: of two answers in the place of one credential, the second is
// refused, and leaves nothing.
func TestReplacesOnce(t *testing.T) {
	i, dir, clock := setUp(t, 1)
	former := answer(t, i, known())
	if lists := bundleOf(t, i, dir); verify(t, former.Bytes, lists, clock.Now()).Verdict() != verifier.VerdictAccepted {
		t.Fatal("it is not good to begin with")
	}
	q := known()
	q.Replaces = former.Credential
	var answers sync.WaitGroup
	errs := make([]error, 4)
	for n := range errs {
		answers.Go(func() { _, errs[n] = i.Answer(t.Context(), q) })
	}
	answers.Wait()
	replaced := 0
	for _, err := range errs {
		switch {
		case err == nil:
			replaced++
		case !errors.Is(err, issuer.ErrRefused) || !errors.Is(err, issuer.ErrReplaced):
			t.Error(err)
		}
	}
	entries, err := i.Entries(birth, known().Key)
	if err != nil || replaced != 1 || len(entries) != 2 {
		t.Errorf("%d answers, %d credentials: %v", replaced, len(entries), err)
	}
	if verify(t, former.Bytes, bundleOf(t, i, dir), clock.Now()).Verdict() == verifier.VerdictAccepted {
		t.Error("the status list that is given out has it as good still")
	}
	q.Replaces = "urn:uuid:00000000-0000-4000-8000-000000000000"
	if _, err := i.Answer(t.Context(), q); !errors.Is(err, issuer.ErrRefused) {
		t.Errorf("in the place of nothing: %v", err)
	}
}

// TestReissueRefuses: nothing is issued again of a key that is not revoked.
func TestReissueRefuses(t *testing.T) {
	r := newRotating(t)
	must(t, r.start(t, issuertest.KeyFile).Close())
	i := r.start(t, "next.key", r.public(t, issuertest.KeyFile, ""))
	for name, c := range map[string]struct {
		method string
		want   error
	}{
		"the key that signs":    {r.methodOf(t, i, "next.key"), issuer.ErrNotRevoked},
		"a former key":          {r.methodOf(t, i, issuertest.KeyFile), issuer.ErrNotRevoked},
		"a key of somebody":     {r.methodOf(t, i, "third.key"), issuer.ErrNoKey},
		"a key of another name": {"did:web:other.example#" + r.id(t, issuertest.KeyFile), issuer.ErrNoKey},
	} {
		out := filepath.Join(r.dir, "again")
		_, err := i.Reissue(t.Context(), issuer.Reissue{Method: c.method, Dir: out, Formers: []issuer.Former{{Credential: "urn:uuid:x", Profile: birth, Caller: issuer.Operator}}})
		if _, made := os.Stat(out); !errors.Is(err, c.want) || made == nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestNotReissued: what the operator cannot issue again is told of, whatever else
// is issued.
func TestNotReissued(t *testing.T) {
	r := newRotating(t)
	i := r.start(t, issuertest.KeyFile)
	issueAll(t, i, filepath.Join(r.dir, "batch"))
	i = r.exchanged(t, i)
	method := r.methodOf(t, i, issuertest.KeyFile)
	given := formers(t, i, method)
	change := func(n int, to func(*issuer.Former)) string { to(&given[n]); return given[n].Credential }
	want := map[string]error{
		change(0, func(f *issuer.Former) { f.Caller = "consult" }):  issuer.ErrTheirs,
		change(1, func(f *issuer.Former) { f.Profile = "no-more" }): issuer.ErrNotAllowed,
		change(2, func(*issuer.Former) {}):                          issuer.ErrRefused,
	}
	issuertest.Loosen(t, r.dir, "UPDATE births SET date_of_birth = 'unknown'")
	became, _, err := reissue(t, i, method, filepath.Join(r.dir, "again"), func(r *issuer.Reissue) { r.Formers = given })
	must(t, err)
	for id, why := range want {
		if what := became[id]; !errors.Is(what.Err, why) || what.By != "" {
			t.Errorf("%+v, not %v", what, why)
		}
		if e, err := i.Entry(id); err != nil || e.Revoked {
			t.Errorf("%+v, %v", e, err)
		}
	}
}
