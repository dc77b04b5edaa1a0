package audit_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chancery-vc/chancery/internal/bitstring"
	"github.com/chancery-vc/chancery/internal/issuertest"
	"github.com/chancery-vc/chancery/issuer"
	"github.com/chancery-vc/chancery/issuer/audit"
	"github.com/chancery-vc/chancery/issuer/issuancelog"
	"github.com/chancery-vc/chancery/issuer/store"
	"github.com/chancery-vc/chancery/verifier/credential"
	"github.com/chancery-vc/chancery/verifier/logproof"
	statuslist "github.com/chancery-vc/chancery/verifier/status"
)

// at rebuilds what was known, with the state of each credential.
func at(t *testing.T, path string, m audit.Moment) (past audit.Past, states map[string]string) {
	t.Helper()
	states = map[string]string{}
	viewed(t, path, func(tx *store.Tx) (err error) {
		past, err = audit.At(t.Context(), tx, nil, m, func(c audit.PastCredential) error {
			if _, twice := states[c.Credential]; twice {
				t.Errorf("%s is told of twice", c.Credential)
			}
			states[c.Credential] = c.State
			return nil
		})
		return err
	})
	return past, states
}

// known is what the records of a log say up to one of them, by a plainer way.
func known(log []logproof.Record, size int, now time.Time, until map[string]time.Time) (states map[string]string) {
	states = map[string]string{}
	for _, r := range log[:size] {
		switch {
		case r.Kind == logproof.StatusChanged:
			states[r.Credential] = audit.Revoked
		case r.Kind == logproof.Answered && r.StatusIndex != nil && !now.Before(until[r.Credential]):
			states[r.Credential] = audit.Expired
		case r.Kind == logproof.Answered && r.StatusIndex != nil:
			states[r.Credential] = audit.Live
		}
	}
	return states
}

// TestAtEachSize: at each number of records, each credential was in the state
// that the records up to there say, and the bits of the lists are those of the
// revoked ones.
func TestAtEachSize(t *testing.T) {
	i := issue(t)
	path := i.copied(t, nil)
	for size := 1; size <= len(i.log); size++ {
		past, states := at(t, path, audit.Moment{Size: uint64(size)})
		want := known(i.log, size, past.Time, i.validUntil(t))
		if diff := cmp.Diff(want, states); diff != "" {
			t.Errorf("of %d records: %s", size, diff)
		}
		if past.Records != uint64(size) || credential.FormatTime(past.Time) != i.log[size-1].Time || len(past.Findings) > 0 {
			t.Errorf("of %d records: %+v", size, past)
		}
		sameBits(t, past, i.log, want)
	}
	_, all := at(t, path, audit.Moment{})
	if diff := cmp.Diff(known(i.log, len(i.log), i.clock.Now(), i.validUntil(t)), all); diff != "" {
		t.Errorf("of all: %s", diff)
	}
}

// validUntil returns when the credentials of an issuer expire, by what they
// say.
func (i issued) validUntil(t *testing.T) map[string]time.Time {
	t.Helper()
	until := map[string]time.Time{}
	validity := issuertest.Load(t, i.dir).Profiles["birth"].Validity.Std()
	for _, r := range i.log {
		if r.Kind == logproof.Answered && r.StatusIndex != nil {
			answered, err := time.Parse(time.RFC3339, r.Time)
			must(t, err)
			until[r.Credential] = answered.Add(validity)
		}
	}
	return until
}

func sameBits(t *testing.T, past audit.Past, log []logproof.Record, states map[string]string) {
	t.Helper()
	if len(states) == 0 {
		if len(past.Lists) > 0 {
			t.Errorf("%d lists of no credential", len(past.Lists))
		}
		return
	}
	bits, err := bitstring.Decode(past.Lists[0].Encoded)
	must(t, err)
	for _, r := range log {
		if r.Kind != logproof.Answered || r.StatusIndex == nil {
			continue
		}
		if set, err := bits.Get(*r.StatusIndex); err != nil || set != (states[r.Credential] == audit.Revoked) {
			t.Errorf("%s: %v, %v", r.Credential, set, err)
		}
	}
}

// TestAtTime: the records of a time are of it, and those of a second later are
// not; a list is the one that was published then.
func TestAtTime(t *testing.T) {
	i := issue(t)
	path := i.copied(t, nil)
	data, err := os.ReadFile(i.published() + "/status/1")
	must(t, err)
	u, err := credential.Parse(data)
	must(t, err)
	_, err = statuslist.Read(u)
	must(t, err)
	past, _ := at(t, path, audit.Moment{Time: u.ValidFrom})
	if len(past.Lists) != 1 || past.Lists[0].Encoded != u.Subjects[0]["encodedList"] || past.Lists[0].URL != u.ID {
		t.Errorf("another list than was published: %+v", past.Lists)
	}
	first := issuertest.Start
	for _, c := range []struct {
		at                     time.Time
		live, revoked, expired uint64
	}{
		{first.Add(-time.Second), 0, 0, 0},
		{first, 8, 0, 0},
		{first.Add(time.Minute - time.Second), 8, 0, 0},
		{first.Add(time.Minute), 8, 1, 0},
		{first.Add(3 * time.Minute), 7, 2, 0},
		{first.AddDate(100, 0, 0), 0, 2, 7},
	} {
		past, _ := at(t, path, audit.Moment{Time: c.at})
		if past.Live != c.live || past.Revoked != c.revoked || past.Expired != c.expired || !past.Time.Equal(c.at) {
			t.Errorf("at %s: %d live, %d revoked, %d expired, %s", c.at, past.Live, past.Revoked, past.Expired, past.Time)
		}
	}
}

// TestAtOthers: configuration, scopes, keys, anchors, offers, grants and
// questions are those up to then, the last of each where one replaces the
// other.
func TestAtOthers(t *testing.T) {
	i := issue(t)
	three, four := uint64(3), uint64(4)
	more := []logproof.Record{
		{Kind: logproof.Configuration, Issuer: "did:web:other", Configuration: "second"},
		{Kind: logproof.CheckpointAnchored, Anchor: "vault", Size: &three, Root: "AA"},
		{Kind: logproof.CheckpointAnchored, Anchor: "vault", Size: &four, Root: "BB"},
		{Kind: logproof.KeyChanged, Key: "did:web:other#key", Status: "begun"},
		{Kind: logproof.Asked, Grant: "partner"},
		{Kind: logproof.Asked, Grant: "partner"},
		{Kind: logproof.Grant, Profile: "birth"},
		{Kind: logproof.ScopeProven, Source: "births", Status: "wide"},
	}
	path := i.copied(t, func(tx *store.Tx) error { return appended(tx, more...) })
	before, next := uint64(len(i.log)), uint64(len(i.log))
	past, _ := at(t, path, audit.Moment{Size: before})
	if past.Configuration != i.log[0].Configuration || past.Issuer != i.log[0].Issuer || len(past.Keys)+len(past.Anchors)+len(past.Offers) > 0 || past.Open > 0 {
		t.Errorf("before: %+v", past)
	}
	if len(past.Scopes) != 1 || past.Scopes[0].Status != "proven" {
		t.Errorf("before: %+v", past.Scopes)
	}
	past, _ = at(t, path, audit.Moment{})
	if past.Configuration != "second" || past.Issuer != "did:web:other" || past.Open != 2 {
		t.Errorf("after: %+v", past)
	}
	if len(past.Anchors) != 1 || *past.Anchors[0].Size != 4 || len(past.Keys) != 1 || len(past.Scopes) != 1 || past.Scopes[0].Status != "wide" {
		t.Errorf("after: %+v", past)
	}
	if diff := cmp.Diff(audit.Grant{Questions: 2, First: next + 4, Last: next + 5}, past.Grants["partner"]); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(map[string]uint64{"birth": 1}, past.Offers); diff != "" {
		t.Error(diff)
	}
}

// TestAtDamaged: what is wrong with the records up to then is said, and what is
// wrong after them is not.
func TestAtDamaged(t *testing.T) {
	i := issue(t)
	a := i.credentials[0]
	path := i.copied(t, func(tx *store.Tx) error { return replace(tx, "log", number(a.Sequence), `"operator"`, `"operatoR"`) })
	past, _ := at(t, path, audit.Moment{Size: a.Sequence + 2})
	if len(past.Findings) != 1 || past.Findings[0].Sequence != a.Sequence {
		t.Errorf("%+v", past.Findings)
	}
	past, _ = at(t, path, audit.Moment{Size: a.Sequence})
	if len(past.Findings) > 0 {
		t.Errorf("%+v", past.Findings)
	}
}

// TestSealed: what only records tell of that were moved out is believed, and
// held against the state again once their segments are there.
func TestSealed(t *testing.T) {
	dir, clock := issuertest.Folder(t, 200), issuertest.NewClock()
	i := issued{dir: dir, clock: clock}
	opened := issuertest.Open(t, dir, clock)
	_, err := opened.IssueAll(t.Context(), issuer.Batch{Profile: "birth", Dir: i.batch()})
	must(t, err)
	for _, r := range issuertest.Log(t, opened.Store()) {
		if r.Kind == logproof.Answered {
			i.credentials = append(i.credentials, r)
		}
	}
	i.revoke(t, opened, 0)
	folder := filepath.Join(t.TempDir(), "sealed")
	_, err = opened.Seal(t.Context(), issuer.SealTerms{Folder: folder})
	must(t, err)
	i.revoke(t, opened, 199) // whose answer may be anywhere
	must(t, opened.Close())
	path, sources := i.copied(t, nil), audit.Sources{Credentials: os.DirFS(i.batch())}
	believed, found := reconcile(t, path, sources)
	if len(found) > 0 || believed.Sealed == 0 || believed.Believed == 0 || believed.Credentials+believed.Believed < 200 {
		t.Errorf("%+v %v", believed, found)
	}
	if sources.Archive, err = issuancelog.OpenArchive(folder); err != nil {
		t.Fatal(err)
	}
	whole, found := reconcile(t, path, sources)
	if len(found) > 0 || whole.Credentials != 200 || whole.Sealed+whole.Believed > 0 || whole.Revoked != 2 {
		t.Errorf("%+v %v", whole, found)
	}
	archive, err := issuancelog.OpenArchive(folder)
	must(t, err)
	viewed(t, path, func(tx *store.Tx) error {
		past, err := audit.At(t.Context(), tx, archive, audit.Moment{}, func(audit.PastCredential) error { return nil })
		if err != nil || past.Live != 198 || past.Revoked != 2 || past.Sealed > 0 {
			t.Errorf("%+v, %v", past, err)
		}
		past, err = audit.At(t.Context(), tx, nil, audit.Moment{}, func(audit.PastCredential) error { return nil })
		if err != nil || past.Sealed != believed.Sealed || past.Live+past.Revoked >= 200 {
			t.Errorf("without the segments: %+v, %v", past, err)
		}
		return nil
	})
}
