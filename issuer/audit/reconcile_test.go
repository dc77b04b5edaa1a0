package audit_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chancery-vc/chancery/internal/bitstring"
	"github.com/chancery-vc/chancery/issuer"
	"github.com/chancery-vc/chancery/issuer/audit"
	"github.com/chancery-vc/chancery/issuer/issuancelog"
	"github.com/chancery-vc/chancery/issuer/status"
	"github.com/chancery-vc/chancery/issuer/store"
	"github.com/chancery-vc/chancery/verifier/logproof"
)

func (i issued) sources() audit.Sources {
	return audit.Sources{Published: os.DirFS(i.published()), Credentials: os.DirFS(i.batch())}
}

func TestClean(t *testing.T) {
	i := issue(t)
	var told []uint64
	s := i.sources()
	s.Progress = func(records uint64) { told = append(told, records) }
	figures, found := reconcile(t, i.copied(t, nil), s)
	size := uint64(len(i.log))
	want := audit.Figures{
		Records: size, Questions: 11, Answers: 10, Credentials: 9, Revoked: 2, Indexed: 10, Lists: 1, Unpublished: 1, Files: 8,
	}
	if diff := cmp.Diff(want, figures); diff != "" || len(found) > 0 {
		t.Error(diff, found)
	}
	if diff := cmp.Diff([]uint64{0, size}, told); diff != "" {
		t.Error(diff)
	}
}

func placeOf(r logproof.Record) status.Place { return status.Place{List: 1, Index: *r.StatusIndex} }

func placeKey(p status.Place) []byte { return number(p.Key()) }

func onList(p status.Place) string { return fmt.Sprintf("status list %d index %d", p.List, p.Index) }

func record(r logproof.Record) string {
	return fmt.Sprintf("record %d, %s: ", r.Sequence, r.Credential)
}

// free returns a place that nothing has.
func (i issued) free() status.Place {
	p := status.Place{List: 1}
	for _, r := range i.log {
		if r.StatusIndex != nil && *r.StatusIndex == p.Index {
			p.Index++
		}
	}
	return p
}

// appended adds records as the issuer does, by its own code.
func appended(tx *store.Tx, records ...logproof.Record) error {
	for _, r := range records {
		last, data := tx.Last("log")
		r.Sequence = uint64(last[6])<<8 + uint64(last[7]) + 1
		r.Format, r.Previous, r.Time = logproof.Format, logproof.HashOf(data).String(), "2026-07-01T12:30:00Z"
		encoded, err := logproof.Encode(r)
		if err != nil {
			return err
		}
		if err := tx.Put("log", number(r.Sequence), encoded); err != nil {
			return err
		}
		if r.Kind == logproof.Answered {
			hash := issuancelog.IndexHash(r.Credential)
			if err := tx.Put("log-index", append(number(0), hash[:]...), number(r.Sequence)); err != nil {
				return err
			}
		}
	}
	return nil
}

// tampering is a change of the state, and what is said of it: each difference
// begins with one of these, and each of these is one.
type tampering struct {
	change func(tx *store.Tx) error
	said   []string
}

// TestTampering: each way to change what the state has is found, and named by
// number and identifier; nothing else is.
func TestTampering(t *testing.T) {
	i := issue(t)
	a, b, revoked := i.credentials[0], i.credentials[1], i.credentials[7]
	var change logproof.Record
	for _, r := range i.log {
		if r.Kind == logproof.StatusChanged && r.Credential == revoked.Credential {
			change = r
		}
	}
	free, next := i.free(), uint64(len(i.log))
	id := []byte(a.Credential)
	indexOf := func(r logproof.Record) []byte {
		hash := issuancelog.IndexHash(r.Credential)
		return append(number(0), hash[:]...)
	}
	subject := []byte("birth\x00" + a.Subject + "\x00" + a.Credential)
	orphan := func(tx *store.Tx, e status.Entry) error {
		return errors.Join(
			tx.Put("credentials", []byte(e.Credential), fmt.Appendf(nil, `{"credential":%q,"profile":"birth","subject":"s","place":{"list":1,"index":%d},"validUntil":"2027-07-01T12:00:00Z"}`, e.Credential, e.Place.Index)),
			tx.Put("status-places", placeKey(e.Place), []byte(e.Credential)),
			tx.Put("credentials-subject", []byte("birth\x00s\x00"+e.Credential), []byte{}),
		)
	}
	again := a
	again.Question = nil
	for name, c := range map[string]tampering{
		"an entry dropped": {
			func(tx *store.Tx) error { return tx.Delete("credentials", id) },
			[]string{
				record(a) + "the state does not have its credential",
				a.Credential + ", " + onList(placeOf(a)) + ": the place is taken by a credential that the state does not have",
				a.Credential + ": it is found by a subject that it was not issued for",
			},
		},
		"an entry that cannot be read": {
			func(tx *store.Tx) error { return tx.Put("credentials", id, []byte(`{"credential":`)) },
			[]string{
				record(a) + "the state does not have its credential",
				a.Credential + ": what the state has of it cannot be read",
				a.Credential + ", " + onList(placeOf(a)) + ": the place is taken",
				a.Credential + ": it is found by a subject",
			},
		},
		"an entry of another": {
			func(tx *store.Tx) error {
				return tx.Put("credentials", id, tx.Get("credentials", []byte(b.Credential)))
			},
			[]string{
				record(a) + "it names " + onList(placeOf(a)) + ", and the state has " + onList(placeOf(b)),
				a.Credential + ": what the state has of it cannot be read, or is another's",
				a.Credential + ", " + onList(placeOf(a)) + ": the place is taken by",
				a.Credential + ": it is found by a subject",
			},
		},
		"an entry for another profile": {
			func(tx *store.Tx) error { return replace(tx, "credentials", id, `"birth"`, `"death"`) },
			[]string{
				record(a) + "the state has its credential for another profile or another subject",
				a.Credential + ", " + onList(placeOf(a)) + ": it is not found by its subject",
			},
		},
		"an entry with another index": {
			func(tx *store.Tx) error {
				return replace(tx, "credentials", id, fmt.Sprintf(`"index":%d}`, *a.StatusIndex), fmt.Sprintf(`"index":%d}`, free.Index))
			},
			[]string{
				record(a) + "it names " + onList(placeOf(a)) + ", and the state has " + onList(free),
				a.Credential + ", " + onList(placeOf(a)) + ": the place is taken by a credential that the state does not have, or has elsewhere",
			},
		},
		"an entry doubled, in another place": {
			func(tx *store.Tx) error { return tx.Put("status-places", placeKey(free), id) },
			[]string{a.Credential + ", " + onList(free) + ": the place is taken by"},
		},
		"a place freed": {
			func(tx *store.Tx) error { return tx.Delete("status-places", placeKey(placeOf(a))) },
			[]string{record(a) + "in the state, " + onList(placeOf(a)) + " is free"},
		},
		"a place given to another": {
			func(tx *store.Tx) error { return tx.Put("status-places", placeKey(placeOf(a)), []byte(b.Credential)) },
			[]string{
				record(a) + "in the state, " + onList(placeOf(a)) + " is that of " + b.Credential,
				b.Credential + ", " + onList(placeOf(a)) + ": the place is taken by",
			},
		},
		"a place that is none": {
			func(tx *store.Tx) error { return tx.Put("status-places", []byte{0}, id) },
			[]string{a.Credential + ", status list 0 index 0: the place is taken by"},
		},
		"a credential that nobody answered with": {
			func(tx *store.Tx) error { return orphan(tx, status.Entry{Credential: "urn:uuid:orphan", Place: free}) },
			[]string{"urn:uuid:orphan, " + onList(free) + ": the state has it, and no record of the log answers with it"},
		},
		"a subject dropped": {
			func(tx *store.Tx) error { return tx.Delete("credentials-subject", subject) },
			[]string{a.Credential + ", " + onList(placeOf(a)) + ": it is not found by its subject"},
		},
		"a subject more": {
			func(tx *store.Tx) error {
				return tx.Put("credentials-subject", []byte("birth\x00somebody\x00"+a.Credential), []byte{})
			},
			[]string{a.Credential + ": it is found by a subject that it was not issued for"},
		},
		"a bit set without a record": {
			func(tx *store.Tx) error {
				return tx.Put("status-revoked", placeKey(placeOf(a)), []byte("2026-07-01T12:00:00Z"))
			},
			[]string{a.Credential + ", " + onList(placeOf(a)) + ": it is revoked in the state, and no record of the log revokes it"},
		},
		"a bit set of nobody": {
			func(tx *store.Tx) error {
				return tx.Put("status-revoked", placeKey(free), []byte("2026-07-01T12:00:00Z"))
			},
			[]string{onList(free) + ": it is revoked in the state"},
		},
		"a record without its bit": {
			func(tx *store.Tx) error { return tx.Delete("status-revoked", placeKey(placeOf(revoked))) },
			[]string{record(change) + "it revokes " + onList(placeOf(revoked)) + ", which is not revoked in the state"},
		},
		"the index without an entry": {
			func(tx *store.Tx) error { return tx.Delete("log-index", indexOf(a)) },
			[]string{record(a) + "the index does not lead to it"},
		},
		"the index leads elsewhere": {
			func(tx *store.Tx) error { return tx.Put("log-index", indexOf(a), number(b.Sequence)) },
			[]string{record(a) + "the index does not lead to it", fmt.Sprintf("record %d: the index leads to it for a credential", b.Sequence)},
		},
		"the index leads to what is not there": {
			func(tx *store.Tx) error {
				return tx.Put("log-index", indexOf(logproof.Record{Credential: "x"}), number(999))
			},
			[]string{"record 999: the index leads to it, and it is not there"},
		},
		"the index has an entry in a wrong place": {
			func(tx *store.Tx) error {
				return tx.Put("log-index", append(number(7), indexOf(a)[8:]...), number(a.Sequence))
			},
			[]string{fmt.Sprintf("record %d: the index has an entry for it in a wrong place", a.Sequence)},
		},
		"no word of an index": {
			func(tx *store.Tx) error {
				return errors.Join(tx.Delete("log-indexed", []byte("to")), tx.Delete("log-index", indexOf(a)))
			},
			[]string{record(a) + "the index does not lead to it"},
		},
		"a question kept as open": {
			func(tx *store.Tx) error { return tx.Put("log-open", number(*a.Question), []byte{}) },
			[]string{fmt.Sprintf("record %d: it is kept as a question that is open, and is none or has an end", *a.Question)},
		},
		"a question that is not kept as open": {
			func(tx *store.Tx) error { return appended(tx, logproof.Record{Kind: logproof.Asked}) },
			[]string{fmt.Sprintf("record %d: it is a question without an end", next)},
		},
		"a second answer": {
			func(tx *store.Tx) error { return appended(tx, a) },
			[]string{
				fmt.Sprintf("record %d, %s: it ends question %d, which has an end already", next, a.Credential, *a.Question),
				record(a) + "the index does not lead to it",
				fmt.Sprintf("record %d, %s: its credential was answered with before, in record %d", next, a.Credential, a.Sequence),
			},
		},
		"an answer to no question": {
			func(tx *store.Tx) error { return appended(tx, again) },
			[]string{
				fmt.Sprintf("record %d, %s: it answers no question", next, a.Credential),
				record(a) + "the index does not lead to it",
				fmt.Sprintf("record %d, %s: its credential was answered with before", next, a.Credential),
			},
		},
		"a second revocation": {
			func(tx *store.Tx) error { return appended(tx, change) },
			[]string{fmt.Sprintf("record %d, %s: its place was revoked before, in record %d", next, revoked.Credential, change.Sequence)},
		},
		"a revocation of what was not issued": {
			func(tx *store.Tx) error {
				other := change
				other.Credential = "urn:uuid:other"
				other.StatusIndex = &free.Index
				return appended(tx, other)
			},
			[]string{
				fmt.Sprintf("record %d, urn:uuid:other: it revokes a credential that the state does not have", next),
				fmt.Sprintf("record %d, urn:uuid:other: it revokes %s, which is not revoked", next, onList(free)),
				"file status/1, " + onList(free) + ": a record of the log revokes it, and the list that was published later",
			},
		},
		"a record altered": {
			func(tx *store.Tx) error { return replace(tx, "log", number(a.Sequence), `"operator"`, `"operatoR"`) },
			[]string{fmt.Sprintf("record %d: altered", a.Sequence)},
		},
		"a record dropped": {
			func(tx *store.Tx) error { return tx.Delete("log", number(a.Sequence)) },
			[]string{
				fmt.Sprintf("record %d: missing", a.Sequence),
				fmt.Sprintf("record %d: it is a question without an end", *a.Question),
				a.Credential + ", " + onList(placeOf(a)) + ": the state has it, and no record",
				fmt.Sprintf("record %d: the index leads to it, and it is not there", a.Sequence),
				"file " + issuer.BatchFile(a.Credential) + ", " + a.Credential + ": the batch has issued it, and no record",
			},
		},
		"the batch has another": {
			func(tx *store.Tx) error {
				for key := range tx.All("batches") {
					return tx.Put("batches", append(bytes.Clone(key), 'x'), []byte("urn:uuid:more"))
				}
				return errors.New("no batch")
			},
			[]string{
				"file more.json, urn:uuid:more: the batch has issued it into this folder, and it is not there",
				"file more.json, urn:uuid:more: the batch has issued it, and no record",
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			figures, found := reconcile(t, i.copied(t, c.change), i.sources())
			said(t, c.said, found)
			if figures.Differences != uint64(len(found)) {
				t.Errorf("%d differences are counted", figures.Differences)
			}
		})
	}
}

// said wants each difference to begin with one of the texts, and each text to
// begin one.
func said(t *testing.T, want []string, found []audit.Difference) {
	t.Helper()
	left := map[string]bool{}
	for _, text := range want {
		left[text] = true
	}
	for _, d := range found {
		matched := false
		for text := range left {
			if strings.HasPrefix(d.String(), text) {
				delete(left, text)
				matched = true
				break
			}
		}
		if !matched {
			t.Errorf("not expected: %s", d)
		}
	}
	for text := range left {
		t.Errorf("not found: %s", text)
	}
}

// TestFiles: what is wrong with the files of a batch is named by their names.
func TestFiles(t *testing.T) {
	i := issue(t)
	a, b := i.credentials[0], i.credentials[1]
	path := func(r logproof.Record) string { return filepath.Join(i.batch(), issuer.BatchFile(r.Credential)) }
	data, err := os.ReadFile(path(a))
	must(t, err)
	must(t, os.WriteFile(path(a), append(data, '\n'), 0o600))
	must(t, os.Rename(path(b), filepath.Join(i.batch(), "foreign.json")))
	for _, r := range i.log {
		if r.Kind == logproof.Answered && strings.HasPrefix(r.Caller, "consult:") && r.Profile != "" {
			must(t, os.WriteFile(path(r), nil, 0o600))
			_, found := reconcile(t, i.copied(t, nil), i.sources())
			name := issuer.BatchFile(r.Credential)
			said(t, []string{
				fmt.Sprintf("record %d, file %s, %s: the file is not what was released", a.Sequence, issuer.BatchFile(a.Credential), a.Credential),
				"file " + issuer.BatchFile(b.Credential) + ", " + b.Credential + ": the batch has issued it into this folder, and it is not there",
				"file " + issuer.BatchFile(b.Credential) + ".receipt: it is the receipt of a file that is not there",
				"file foreign.json: no record of the log answers with what it is called after",
				fmt.Sprintf("record %d, file %s, %s: the file is not what was released", r.Sequence, name, r.Credential),
				"file " + name + ": it was issued, and not by this batch",
			}, found)
		}
	}
	var none audit.Sources
	none.Credentials = os.DirFS(t.TempDir())
	viewed(t, i.copied(t, nil), func(tx *store.Tx) error {
		if _, err := audit.Reconcile(t.Context(), tx, none); !errors.Is(err, issuer.ErrBatch) {
			t.Errorf("a folder of no batch: %v", err)
		}
		return nil
	})
}

// TestPublished: bits of published lists that are not those of the log are
// named by list and index.
func TestPublished(t *testing.T) {
	i := issue(t)
	path := filepath.Join(i.published(), "status", "1")
	list, err := os.ReadFile(path)
	must(t, err)
	before, after, found := bytes.Cut(list, []byte(`"encodedList":"`))
	_, rest, ended := bytes.Cut(after, []byte(`"`))
	if !found || !ended {
		t.Fatal("no list")
	}
	with := func(set ...logproof.Record) []byte {
		bits := bitstring.New(bitstring.MinLength)
		for _, r := range set {
			must(t, bits.Set(*r.StatusIndex))
		}
		encoded, err := bits.Encode()
		must(t, err)
		return fmt.Appendf(nil, `%s"encodedList":"%s"%s`, before, encoded, rest)
	}
	a, early, late := i.credentials[0], i.credentials[7], i.credentials[6]
	for name, c := range map[string]struct {
		list []byte
		said []string
	}{
		"as it should be": {with(early), nil},
		"a bit more": {with(early, a), []string{
			"file status/1, " + a.Credential + ", " + onList(placeOf(a)) + ": it is revoked in the published list, and no record of the log revokes it",
		}},
		"a bit less": {with(late), []string{
			"file status/1, " + early.Credential + ", " + onList(placeOf(early)) + ": a record of the log revokes it, and the list that was published later does not have it",
		}},
		"no credential": {[]byte("{}"), []string{"file status/1: it is no status list"}},
		"no list":       {bytes.Replace(list, []byte(`"encodedList":"u`), []byte(`"encodedList":"z`), 1), []string{"file status/1: it is no status list"}},
	} {
		must(t, os.WriteFile(path, c.list, 0o600))
		_, found := reconcile(t, i.copied(t, nil), i.sources())
		t.Log(name)
		said(t, c.said, found)
	}
	must(t, os.Rename(path, filepath.Join(i.published(), "status", "2")))
	_, all := reconcile(t, i.copied(t, nil), i.sources())
	said(t, []string{
		"file status/1: the state has this status list, and it is not published",
		"file status/2: it is published as a status list, and the state has no such list",
	}, all)
}
