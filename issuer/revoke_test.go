package issuer_test

import (
	"errors"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/chancery-vc/chancery/examples/births/civil"
	"github.com/chancery-vc/chancery/internal/issuertest"
	"github.com/chancery-vc/chancery/issuer"
	"github.com/chancery-vc/chancery/issuer/status"
	"github.com/chancery-vc/chancery/verifier"
	"github.com/chancery-vc/chancery/verifier/logproof"
)

// changes returns the credentials whose status changed, as the log has it.
func changes(records []logproof.Record) []string {
	var ids []string
	for _, r := range records {
		if r.Kind == logproof.StatusChanged {
			ids = append(ids, r.Credential)
		}
	}
	return ids
}

func TestRevoke(t *testing.T) {
	i, dir, clock := setUp(t, 3)
	revoked, kept := answer(t, i, known()), answer(t, i, known())
	before := bundleOf(t, i, dir)
	got, err := i.Revoke(t.Context(), []string{revoked.Credential})
	if diff := cmp.Diff(issuer.Revoked{Revoked: 1}, got); err != nil || diff != "" {
		t.Fatal(err, diff)
	}
	after := bundleOf(t, i, dir)
	accepted(t, revoked.Bytes, before, clock.Now()) // old knowledge cannot tell
	accepted(t, kept.Bytes, after, clock.Now())
	report := verify(t, revoked.Bytes, after, clock.Now())
	if check := report.Check(verifier.CheckStatus); report.Verdict() != verifier.VerdictRefused || check.Outcome != verifier.Refused {
		t.Errorf("%s: %+v", report.Verdict(), check)
	}
	entry, err := i.Entry(revoked.Credential)
	if err != nil || !entry.Revoked {
		t.Errorf("%+v, %v", entry, err)
	}
	want := logproof.Record{
		Format: logproof.Format, Sequence: 6, Time: "2026-07-01T12:00:00Z", Kind: logproof.StatusChanged, Caller: "operator", Profile: birth,
		Subject: entry.Subject, Configuration: i.Config().Digest(), Credential: revoked.Credential,
		StatusList: issuertest.URL + "/status/1", StatusIndex: &entry.Place.Index, Status: "revocation",
	}
	if diff := cmp.Diff(want, last(t, inFile(t, dir)), cmpopts.IgnoreFields(logproof.Record{}, "Previous")); diff != "" {
		t.Error(diff)
	}
}

func TestRevokeAllOrNothing(t *testing.T) {
	i, dir, _ := setUp(t, 3)
	a, b := answer(t, i, known()), answer(t, i, known())
	const noID, noKey = "urn:uuid:00000000-0000-4000-8000-000000000000", "2019-000043"
	for name, test := range map[string]struct {
		revoke func() (issuer.Revoked, error)
		kind   error
	}{
		noID: {func() (issuer.Revoked, error) {
			return i.Revoke(t.Context(), []string{a.Credential, b.Credential, noID})
		}, status.ErrUnknown},
		noKey: {func() (issuer.Revoked, error) {
			return i.RevokeRecords(t.Context(), birth, []string{civil.KnownNumber, noKey})
		}, issuer.ErrNothing},
	} {
		got, err := test.revoke()
		if !errors.Is(err, test.kind) || cmp.Diff(issuer.Revoked{}, got) != "" {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
		if !strings.Contains(err.Error(), "nothing was revoked") || !strings.Contains(err.Error(), name) {
			t.Errorf("the error does not name %s: %v", name, err)
		}
	}
	for _, entry := range entriesOf(t, i) {
		if entry.Revoked {
			t.Errorf("%s was revoked", entry.Credential)
		}
	}
	if ids := changes(inFile(t, dir)); ids != nil {
		t.Errorf("the log says that these were revoked: %v", ids)
	}
}

func TestRevokeAgain(t *testing.T) {
	i, dir, _ := setUp(t, 3)
	a, b := answer(t, i, known()), answer(t, i, known())
	for n, test := range []struct {
		revoke func() (issuer.Revoked, error)
		want   issuer.Revoked
	}{
		{func() (issuer.Revoked, error) { return i.Revoke(t.Context(), []string{a.Credential, a.Credential}) }, issuer.Revoked{Revoked: 1, Before: 1}},
		{func() (issuer.Revoked, error) { return i.Revoke(t.Context(), []string{a.Credential}) }, issuer.Revoked{Before: 1}},
		{func() (issuer.Revoked, error) {
			return i.RevokeRecords(t.Context(), birth, []string{civil.KnownNumber})
		}, issuer.Revoked{Revoked: 1, Before: 1}},
		{func() (issuer.Revoked, error) {
			return i.RevokeRecords(t.Context(), birth, []string{civil.KnownNumber, civil.KnownNumber})
		}, issuer.Revoked{Before: 4}},
		{func() (issuer.Revoked, error) { return i.Revoke(t.Context(), nil) }, issuer.Revoked{}},
	} {
		got, err := test.revoke()
		if diff := cmp.Diff(test.want, got); err != nil || diff != "" {
			t.Errorf("%d: %v %s", n, err, diff)
		}
	}
	if diff := cmp.Diff([]string{a.Credential, b.Credential}, changes(inFile(t, dir))); diff != "" {
		t.Error(diff)
	}
}

func TestRevokeAList(t *testing.T) {
	const rows = 30
	i, dir, clock := setUp(t, rows)
	out := filepath.Join(dir, "out")
	issueAll(t, i, out)
	var keys []string
	for n, b := range issuertest.Births(t, rows) {
		if n%3 == 0 {
			keys = append(keys, b.RegistrationNumber)
		}
	}
	got, err := i.RevokeRecords(t.Context(), birth, keys)
	if diff := cmp.Diff(issuer.Revoked{Revoked: 10}, got); err != nil || diff != "" {
		t.Fatal(err, diff)
	}
	revoked := map[string]bool{}
	for _, id := range changes(inFile(t, dir)) {
		revoked[strings.TrimPrefix(id, "urn:uuid:")+".json"] = true
	}
	b := bundleOf(t, i, dir)
	for name, credential := range released(t, out) {
		want := verifier.VerdictAccepted
		if revoked[name] {
			want = verifier.VerdictRefused
		}
		if verdict := verify(t, credential, b, clock.Now()).Verdict(); verdict != want {
			t.Errorf("%s is %s; revoked: %v", name, verdict, revoked[name])
		}
	}
	if len(revoked) != 10 {
		t.Errorf("%d are revoked", len(revoked))
	}
}

func TestRevokeAtTheSameTime(t *testing.T) {
	const rows, callers = 8, 10
	i, dir, _ := setUp(t, rows)
	issueAll(t, i, filepath.Join(dir, "out"))
	var keys []string
	for _, b := range issuertest.Births(t, rows) {
		keys = append(keys, b.RegistrationNumber)
	}
	var mu sync.Mutex
	var sum issuer.Revoked
	var group sync.WaitGroup
	for range callers {
		group.Go(func() {
			got, err := i.RevokeRecords(t.Context(), birth, keys)
			if err != nil {
				t.Error(err)
			}
			mu.Lock()
			defer mu.Unlock()
			sum.Revoked, sum.Before = sum.Revoked+got.Revoked, sum.Before+got.Before
		})
	}
	group.Wait()
	if diff := cmp.Diff(issuer.Revoked{Revoked: rows, Before: rows * (callers - 1)}, sum); diff != "" {
		t.Error(diff)
	}
	if n := len(changes(inFile(t, dir))); n != rows {
		t.Errorf("the log has %d changes", n)
	}
}

func TestRevokeOfNoProfile(t *testing.T) {
	i, _, _ := setUp(t, 3)
	if _, err := i.RevokeRecords(t.Context(), "death", []string{civil.KnownNumber}); !errors.Is(err, issuer.ErrNotAllowed) {
		t.Errorf("revoke: %v", err)
	}
	if _, err := i.Entries("death", civil.KnownNumber); !errors.Is(err, issuer.ErrNotAllowed) {
		t.Errorf("entries: %v", err)
	}
	if _, err := i.Entry("urn:x"); !errors.Is(err, status.ErrUnknown) {
		t.Errorf("entry: %v", err)
	}
	if entries, err := i.Entries(birth, "2019-000043"); err != nil || len(entries) != 0 {
		t.Errorf("entries of no record: %v, %v", entries, err)
	}
}

// TestProfilesAreRevokedApart: the same record has credentials of two
// profiles, and one of them is revoked.
func TestProfilesAreRevokedApart(t *testing.T) {
	i, _, _ := setUp(t, 3, twoProfiles)
	first, second := known(), known()
	second.Profile = "other"
	a, b := answer(t, i, first), answer(t, i, second)
	if got, err := i.RevokeRecords(t.Context(), "other", []string{civil.KnownNumber}); err != nil || got.Revoked != 1 {
		t.Fatal(got, err)
	}
	for id, want := range map[string]bool{a.Credential: false, b.Credential: true} {
		if entry, err := i.Entry(id); err != nil || entry.Revoked != want {
			t.Errorf("%s: %+v, %v", id, entry, err)
		}
	}
}

func TestRevocationOutlivesTheProcess(t *testing.T) {
	i, dir, clock := setUp(t, 3)
	a := answer(t, i, known())
	_, err := i.Revoke(t.Context(), []string{a.Credential})
	must(t, err)
	must(t, i.Close())
	again := issuertest.Open(t, dir, clock)
	answer(t, again, known())
	if verdict := verify(t, a.Bytes, bundleOf(t, again, dir), clock.Now()).Verdict(); verdict != verifier.VerdictRefused {
		t.Errorf("it is %s", verdict)
	}
}
