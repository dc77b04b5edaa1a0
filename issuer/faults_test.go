package issuer_test

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chancery-vc/chancery/examples/births/civil"
	"github.com/chancery-vc/chancery/internal/issuertest"
	"github.com/chancery-vc/chancery/issuer"
	"github.com/chancery-vc/chancery/issuer/claims"
	"github.com/chancery-vc/chancery/issuer/mint"
	"github.com/chancery-vc/chancery/issuer/source"
	"github.com/chancery-vc/chancery/issuer/status"
	"github.com/chancery-vc/chancery/issuer/store"
)

func entriesOf(t *testing.T, i *issuer.Issuer) []status.Entry {
	t.Helper()
	entries, err := i.Entries(birth, civil.KnownNumber)
	if err != nil {
		t.Fatal(err)
	}
	return entries
}

var errTest = errors.New("a fault with the canary " + canary)

// canary is a value of the register.
var canary = civil.Known().Remarks

// fault is one way for a question to get no answer.
type fault struct {
	edits    []issuertest.Edit
	register []string                           // statements, before the issuer is opened
	meantime func(t *testing.T, dir string)     // after it is opened
	question func(*testing.T, *issuer.Question) // nil for the known one
	within   time.Duration                      // 0 for no limit
	kind     error
	log      []string // after the record of the configuration
}

func refusal(reason string) []string { return []string{"asked", "refused 2: " + reason} }

func faults() map[string]fault {
	asList := issuertest.Replace("column: place_of_birth", "column: place_of_birth\n        as: list")
	subjectID := issuertest.Replace("    validity:", "    subject_id: place_of_birth\n    validity:")
	notAllowed := []string{"refused: " + issuer.ErrNotAllowed.Error()}
	set := func(assignment string) []string { return []string{"UPDATE births SET " + assignment} }
	return map[string]fault{
		"no record": {
			question: func(_ *testing.T, q *issuer.Question) { q.Key = "2019-000043" },
			kind:     source.ErrNone, log: refusal("no record has that key"),
		},
		"two records": {
			register: []string{"INSERT INTO births SELECT * FROM births"},
			kind:     source.ErrMany, log: refusal("more than one record has that key"),
		},
		"a value that is not text":   {register: set("place_of_birth = x'C0FFEE'"), kind: source.ErrShape, log: refusal("source not of the expected shape")},
		"text that is not UTF-8":     {register: set("place_of_birth = CAST(x'FF' AS TEXT)"), kind: source.ErrShape, log: refusal("source not of the expected shape")},
		"a required column is blank": {register: set("date_of_birth = NULL"), kind: claims.ErrValue, log: refusal(claims.ErrValue.Error())},
		"no date":                    {register: set("date_of_birth = remarks"), kind: claims.ErrValue, log: refusal(claims.ErrValue.Error())},
		"a list with one item twice": {
			edits: []issuertest.Edit{asList}, register: set("place_of_birth = 'Akureyri; Akureyri'"),
			kind: claims.ErrValue, log: refusal(claims.ErrValue.Error()),
		},
		"a subject that is no IRI": {edits: []issuertest.Edit{subjectID}, kind: mint.ErrDraft, log: refusal(mint.ErrDraft.Error())},

		"an unknown profile": {question: func(_ *testing.T, q *issuer.Question) { q.Profile = "death" }, kind: issuer.ErrNotAllowed, log: notAllowed},
		"a caller without the profile": {
			edits: []issuertest.Edit{issuertest.Replace("operator: [birth]", "operator: []")},
			kind:  issuer.ErrNotAllowed, log: notAllowed,
		},
		"a holder without the profile": {
			edits:    []issuertest.Edit{issuertest.Replace("holder: [birth]", "holder: []")},
			question: func(_ *testing.T, q *issuer.Question) { q.Caller = issuer.Holder },
			kind:     issuer.ErrNotAllowed, log: notAllowed,
		},
		"nobody": {question: func(_ *testing.T, q *issuer.Question) { q.Caller = "" }, kind: issuer.ErrNotAllowed, log: notAllowed},

		"the register goes away": {
			meantime: func(t *testing.T, dir string) { must(t, os.Remove(filepath.Join(dir, issuertest.RegisterFile))) },
			kind:     source.ErrUnavailable, log: refusal("source unavailable"),
		},
		"another register takes its place": {
			meantime: func(t *testing.T, dir string) {
				must(t, os.Rename(filepath.Join(issuertest.Folder(t, 3), issuertest.RegisterFile), filepath.Join(dir, issuertest.RegisterFile)))
			},
			kind: source.ErrUnavailable, log: refusal("source unavailable"),
		},
		"the register becomes garbage": {
			meantime: func(t *testing.T, dir string) {
				must(t, os.WriteFile(filepath.Join(dir, issuertest.RegisterFile), []byte(strings.Repeat(canary, 1000)), 0o600))
			},
			kind: source.ErrUnavailable, log: refusal("source unavailable"),
		},
		"the table goes away": {
			meantime: func(t *testing.T, dir string) { issuertest.Loosen(t, dir, "DROP TABLE births") },
			kind:     source.ErrShape, log: refusal("source not of the expected shape"),
		},
		"the register is locked": {
			meantime: func(t *testing.T, dir string) { t.Cleanup(lock(t, dir)) },
			kind:     source.ErrUnavailable, log: refusal("source unavailable"),
		},
		"the time is up while it is read": {
			meantime: func(t *testing.T, dir string) { t.Cleanup(lock(t, dir)) }, within: 100 * time.Millisecond,
			kind: issuer.ErrStopped, log: refusal(issuer.ErrStopped.Error()),
		},

		"it cannot be staged": {
			question: func(_ *testing.T, q *issuer.Question) { q.Stage = func(issuer.Answer) error { return errTest } },
			kind:     errTest, log: refusal("internal error"),
		},
		"it cannot be settled": {
			question: func(_ *testing.T, q *issuer.Question) {
				q.Settle = func(*store.Tx, issuer.Answer) error { return errTest }
			},
			kind: errTest, log: refusal("internal error"),
		},
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// TestFaults: whatever goes wrong, there is no answer, the log says why in
// words that tell nothing of the record, and the next question finds the issuer
// as it was.
func TestFaults(t *testing.T) {
	for name, f := range faults() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := issuertest.Folder(t, 3, f.edits...)
			if f.register != nil {
				issuertest.Loosen(t, dir, f.register...)
			}
			i := issuertest.Open(t, dir, issuertest.NewClock())
			if f.meantime != nil {
				f.meantime(t, dir)
			}
			q := known()
			if f.question != nil {
				f.question(t, &q)
			}
			ctx := t.Context()
			if f.within > 0 {
				var cancel context.CancelFunc
				ctx, cancel = context.WithTimeout(ctx, f.within)
				defer cancel()
			}
			a, err := i.Answer(ctx, q)
			if !errors.Is(err, issuer.ErrRefused) || !errors.Is(err, f.kind) || a.Bytes != nil || a.Credential != "" {
				t.Fatalf("got %+v, %v", a, err)
			}
			if !errors.Is(f.kind, errTest) && tells(err.Error()) {
				t.Errorf("the error tells of the record: %v", err)
			}
			if diff := cmp.Diff(append([]string{"configuration", "scope-proven"}, f.log...), short(inFile(t, dir))); diff != "" {
				t.Error(diff)
			}
			if entries := entriesOf(t, i); len(entries) > 0 {
				t.Errorf("a place in a status list was given: %v", entries)
			}
		})
	}
}

// tells tells whether text has something of the record that every register
// has.
func tells(text string) bool {
	r := civil.Known()
	for _, value := range []string{r.RegistrationNumber, r.GivenNames, r.FamilyName, r.DateOfBirth, r.PlaceOfBirth, r.MotherName, r.Remarks} {
		if strings.Contains(text, value) {
			return true
		}
	}
	return false
}

// TestContextThatEnded: before the question there is no record of it; between
// the question and the answer there is one that says why.
func TestContextThatEnded(t *testing.T) {
	i, dir, _ := setUp(t, 3)
	ctx, cancel := context.WithCancel(t.Context())
	q := known()
	q.Stage = func(issuer.Answer) error { cancel(); return nil }
	if a, err := i.Answer(ctx, q); !errors.Is(err, issuer.ErrStopped) || a.Bytes != nil {
		t.Errorf("ended while it is answered: %+v, %v", a, err)
	}
	if a, err := i.Answer(ctx, known()); !errors.Is(err, context.Canceled) || a.Bytes != nil {
		t.Errorf("ended before it is asked: %+v, %v", a, err)
	}
	want := []string{"configuration", "scope-proven", "asked", "refused 2: " + issuer.ErrStopped.Error()}
	if diff := cmp.Diff(want, short(inFile(t, dir))); diff != "" {
		t.Error(diff)
	}
}

// switchable is randomness that can end.
type switchable struct{ off atomic.Bool }

func (s *switchable) Read(p []byte) (int, error) {
	if s.off.Load() {
		return 0, io.ErrUnexpectedEOF
	}
	return rand.Read(p)
}

// TestRandomnessThatEnds: without salts there is no log, and without a log
// there is no question.
func TestRandomnessThatEnds(t *testing.T) {
	dir, random := issuertest.Folder(t, 3), &switchable{}
	i, err := issuer.Open(t.Context(), issuertest.Load(t, dir), issuer.Environment{Now: issuertest.NewClock().Now, Random: random})
	must(t, err)
	defer i.Close()
	random.off.Store(true)
	if a, err := i.Answer(t.Context(), known()); !errors.Is(err, io.ErrUnexpectedEOF) || a.Bytes != nil {
		t.Errorf("got %+v, %v", a, err)
	}
	random.off.Store(false)
	answer(t, i, known())
	if diff := cmp.Diff([]string{"configuration", "scope-proven", "asked", "answered 2"}, short(inFile(t, dir))); diff != "" {
		t.Error(diff)
	}
}

func TestSettleThatFailsLeavesNothing(t *testing.T) {
	i, dir, _ := setUp(t, 3)
	q := known()
	q.Settle = func(tx *store.Tx, _ issuer.Answer) error {
		return errors.Join(tx.Put("test", []byte("k"), []byte("v")), errTest)
	}
	if _, err := i.Answer(t.Context(), q); !errors.Is(err, errTest) {
		t.Fatal(err)
	}
	must(t, i.Store().View(func(tx *store.Tx) error {
		if value := tx.Get("test", []byte("k")); value != nil {
			t.Errorf("its change stayed: %s", value)
		}
		return nil
	}))
	answer(t, i, known())
	if r := last(t, inFile(t, dir)); r.Kind != "answered" || *r.Question != 4 {
		t.Errorf("%+v", r)
	}
}
