package audit_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/chancery-vc/chancery/issuer/audit"
	"github.com/chancery-vc/chancery/issuer/issuancelog"
	"github.com/chancery-vc/chancery/issuer/status"
	"github.com/chancery-vc/chancery/issuer/store"
	"github.com/chancery-vc/chancery/verifier/logproof"
)

// errUndone ends a transaction whose changes are not to stay.
var errUndone = errors.New("undone")

// large is a state with n credentials, each tenth of which was revoked, made by
// the code of the log and of the registry.
func large(t testing.TB, n int) *store.Store {
	t.Helper()
	s, err := store.Open(filepath.Join(t.TempDir(), "s.db"))
	must(t, err)
	t.Cleanup(func() { s.Close() })
	l, err := issuancelog.Open(t.Context(), s, time.Now, rand.Reader)
	must(t, err)
	registry, err := status.Open(s, rand.Reader)
	must(t, err)
	const atOnce = 500
	for first := 0; first < n; first += atOnce {
		places := make([]status.Place, atOnce)
		for i := range places {
			places[i], err = registry.Reserve()
			must(t, err)
		}
		must(t, s.Update(t.Context(), func(tx *store.Tx) error {
			for i, place := range places {
				if err := one(tx, l, registry, first+i, place); err != nil {
					return err
				}
			}
			return nil
		}))
	}
	return s
}

func nameOf(n int) string { return fmt.Sprintf("urn:uuid:00000000-0000-4000-8000-%012d", n) }

// one issues credential n.
func one(tx *store.Tx, l *issuancelog.Log, registry *status.Registry, n int, place status.Place) error {
	question, err := issuancelog.Size(tx)
	if err != nil {
		return err
	}
	e := status.Entry{Credential: nameOf(n), Profile: "birth", Subject: fmt.Sprint("s", n), Place: place, ValidUntil: time.Now().AddDate(1, 0, 0)}
	answer := logproof.Record{
		Kind: logproof.Answered, Question: &question, Credential: e.Credential, Profile: e.Profile, Subject: e.Subject,
		StatusList: fmt.Sprint("https://registry.example/status/", place.List), StatusIndex: &place.Index,
	}
	errs := []error{
		l.Append(tx, logproof.Record{Kind: logproof.Asked}), tx.Put("log-open", number(question), []byte{}),
		l.Append(tx, answer), registry.Assign(tx, e),
	}
	if n%10 == 0 {
		change := answer
		change.Kind, change.Question = logproof.StatusChanged, nil
		errs = append(errs, l.Append(tx, change), status.Revoke(tx, e, time.Now()))
	}
	return errors.Join(errs...)
}

// changed returns what is found after a change, which does not stay.
func changed(t testing.TB, s *store.Store, change func(tx *store.Tx) error) (found []audit.Difference) {
	t.Helper()
	err := s.Update(context.Background(), func(tx *store.Tx) error {
		found = nil // the function may run again
		if err := change(tx); err != nil {
			return err
		}
		_, err := audit.Reconcile(t.Context(), tx, audit.Sources{Found: func(d audit.Difference) { found = append(found, d) }})
		return errors.Join(err, errUndone)
	})
	if !errors.Is(err, errUndone) {
		t.Fatal(err)
	}
	return found
}

// hide takes one trace of a credential away. There are as many ways as kinds.
var hide = []func(tx *store.Tx, e status.Entry) error{
	func(tx *store.Tx, e status.Entry) error { return tx.Delete("credentials", []byte(e.Credential)) },
	func(tx *store.Tx, e status.Entry) error { return tx.Delete("status-places", placeKey(e.Place)) },
	func(tx *store.Tx, e status.Entry) error {
		return tx.Delete("credentials-subject", []byte(e.Profile+"\x00"+e.Subject+"\x00"+e.Credential))
	},
	func(tx *store.Tx, e status.Entry) error {
		hash := issuancelog.IndexHash(e.Credential)
		for key := range tx.All("log-index") {
			if [16]byte(key[8:]) == hash {
				return tx.Delete("log-index", append([]byte{}, key...))
			}
		}
		return errors.New("it is not in the index")
	},
	func(tx *store.Tx, e status.Entry) error { // revoked, or not
		if _, revoked := status.RevokedAt(tx, e.Place); revoked {
			return tx.Delete("status-revoked", placeKey(e.Place))
		}
		return status.Revoke(tx, e, time.Now())
	},
}

// TestAnyTampering: in a log of a thousand records, whatever traces of
// whichever credentials are taken away, these credentials are named and no
// others.
func TestAnyTampering(t *testing.T) {
	const n = 500 // in more than one run of the index
	s := large(t, n)
	if found := changed(t, s, func(*store.Tx) error { return nil }); len(found) > 0 {
		t.Fatal(found)
	}
	rapid.Check(t, func(rt *rapid.T) {
		chosen := rapid.MapOfN(rapid.IntRange(0, n-1), rapid.IntRange(0, len(hide)-1), 1, 20).Draw(rt, "hidden")
		found := changed(t, s, func(tx *store.Tx) error {
			for credential, way := range chosen {
				e, err := status.Find(tx, nameOf(credential))
				if err == nil {
					err = hide[way](tx, e)
				}
				if err != nil {
					return err
				}
			}
			return nil
		})
		named := map[string]bool{}
		for _, d := range found {
			named[d.Credential] = true
		}
		for credential := range chosen {
			if !named[nameOf(credential)] {
				rt.Errorf("%s is not named", nameOf(credential))
			}
			delete(named, nameOf(credential))
		}
		for name := range named {
			rt.Errorf("%s is named", name)
		}
	})
}

// TestSecondList: places are of the list that their record names.
func TestSecondList(t *testing.T) {
	s := large(t, 500)
	found := changed(t, s, func(tx *store.Tx) error {
		for key, data := range tx.All("log") {
			record, err := logproof.Decode(data)
			if err == nil && record.Kind == logproof.Answered {
				key, data := append([]byte{}, key...), strings.Replace(string(data), "/status/1", "/status/2", 1)
				return tx.Put("log", key, []byte(data))
			}
		}
		return errors.New("no answer")
	})
	if len(found) == 0 || !strings.Contains(fmt.Sprint(found), "it names status list 2 index ") {
		t.Error(found)
	}
}

// BenchmarkReconcile tells how many records a second are held against the
// state.
func BenchmarkReconcile(b *testing.B) {
	s := large(b, 50_000)
	var records uint64
	for b.Loop() {
		must(b, s.View(func(tx *store.Tx) error {
			f, err := audit.Reconcile(b.Context(), tx, audit.Sources{Found: func(d audit.Difference) { b.Error(d) }})
			records += f.Records
			return err
		}))
	}
	b.ReportMetric(float64(records)/b.Elapsed().Seconds(), "records/s")
}
