package issuer_test

import (
	"context"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/gowebpki/jcs"

	"github.com/chancery-vc/chancery/examples/births/civil"
	"github.com/chancery-vc/chancery/internal/issuertest"
	"github.com/chancery-vc/chancery/issuer"
	"github.com/chancery-vc/chancery/issuer/issuancelog"
	"github.com/chancery-vc/chancery/issuer/source"
	"github.com/chancery-vc/chancery/issuer/store"
	"github.com/chancery-vc/chancery/verifier/logproof"
)

// lock keeps everybody from reading the register of a folder.
func lock(t *testing.T, dir string) (unlock func()) {
	t.Helper()
	conn, err := issuertest.Register(t, dir).Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := conn.ExecContext(t.Context(), "BEGIN EXCLUSIVE"); err != nil {
		t.Fatal(err)
	}
	return func() {
		if _, err := conn.ExecContext(context.Background(), "ROLLBACK"); err != nil { // also after the test
			t.Fatal(err)
		}
		conn.Close()
	}
}

// TestQuestionIsInTheLogBeforeTheSourceIsRead: the register is locked, so that
// it cannot have been read when the question is found in the state file.
func TestQuestionIsInTheLogBeforeTheSourceIsRead(t *testing.T) {
	i, dir, _ := setUp(t, 3)
	unlock := lock(t, dir)
	ended := make(chan error, 1)
	go func() {
		_, err := i.Answer(context.Background(), known())
		ended <- err
	}()
	waitFor(t, "the question", func() bool { return len(issuertest.Log(t, i.Store())) == 3 })
	if diff := cmp.Diff([]string{"configuration", "scope-proven", "asked"}, short(inFile(t, dir))); diff != "" {
		t.Error(diff)
	}
	if err := <-ended; !errors.Is(err, source.ErrUnavailable) {
		t.Errorf("the register was read although it is locked: %v", err)
	}
	unlock()
	answer(t, i, known())
	want := []string{"configuration", "scope-proven", "asked", "refused 2: source unavailable", "asked", "answered 4"}
	if diff := cmp.Diff(want, short(inFile(t, dir))); diff != "" {
		t.Error(diff)
	}
}

// TestSourceIsReadAfterTheQuestionIsInTheLog: the log is held up while the
// record goes away, so that an answer could only come of reading too early.
func TestSourceIsReadAfterTheQuestionIsInTheLog(t *testing.T) {
	i, dir, _ := setUp(t, 3)
	held, free := make(chan struct{}), make(chan struct{})
	go i.Store().Update(context.Background(), func(*store.Tx) error {
		close(held)
		<-free
		return nil
	})
	<-held
	ended := make(chan error, 1)
	go func() {
		_, err := i.Answer(context.Background(), known())
		ended <- err
	}()
	time.Sleep(50 * time.Millisecond) // for it to get as far as it can
	_, err := issuertest.Register(t, dir).ExecContext(t.Context(), "DELETE FROM births")
	must(t, err)
	close(free)
	if err := <-ended; !errors.Is(err, source.ErrNone) {
		t.Errorf("got %v", err)
	}
}

// TestNothingIsReadIfTheLogCannotBeWritten: the error is that of the log, not
// that of the register, which is locked.
func TestNothingIsReadIfTheLogCannotBeWritten(t *testing.T) {
	i, dir, _ := setUp(t, 3)
	defer lock(t, dir)()
	if err := i.Store().Close(); err != nil {
		t.Fatal(err)
	}
	_, err := i.Answer(t.Context(), known())
	if err == nil || errors.Is(err, source.ErrUnavailable) || errors.Is(err, issuer.ErrRefused) {
		t.Errorf("got %v", err)
	}
	if diff := cmp.Diff([]string{"configuration", "scope-proven"}, short(inFile(t, dir))); diff != "" {
		t.Error(diff)
	}
}

// TestAnswerIsInTheLogBeforeItLeaves looks at the state file at each moment at
// which the answer exists and has not been released.
func TestAnswerIsInTheLogBeforeItLeaves(t *testing.T) {
	i, dir, _ := setUp(t, 3)
	var staged, settled issuer.Answer
	q := known()
	q.Stage = func(a issuer.Answer) error {
		staged = a
		if diff := cmp.Diff([]string{"configuration", "scope-proven", "asked"}, short(inFile(t, dir))); diff != "" {
			t.Errorf("when it is staged: %s", diff)
		}
		return nil
	}
	q.Settle = func(tx *store.Tx, a issuer.Answer) error {
		settled = a
		for number := range issuancelog.Records(tx) {
			if number > 2 {
				t.Errorf("when it is settled the log has record %d already", number)
			}
		}
		return nil
	}
	a := answer(t, i, q)
	if a.Receipt == nil || staged.Receipt != nil || settled.Receipt != nil {
		t.Error("there is a receipt before the log has the record, or none after")
	}
	for name, other := range map[string]issuer.Answer{"staged": staged, "settled": settled} {
		if diff := cmp.Diff(a, other, cmpopts.IgnoreFields(a, "Receipt")); diff != "" {
			t.Errorf("what is %s is not what is released: %s", name, diff)
		}
	}
	if r := last(t, inFile(t, dir)); r.Kind != logproof.Answered || r.Released != logproof.HashOf(a.Bytes).String() {
		t.Errorf("%+v", r)
	}
}

// canonical returns the hash of the canonical form of a credential.
func canonical(t *testing.T, credential []byte) string {
	t.Helper()
	form, err := jcs.Transform(credential)
	must(t, err)
	return logproof.HashOf(form).String()
}

func TestRecordsOfAnAnswer(t *testing.T) {
	i, dir, _ := setUp(t, 3)
	a := answer(t, i, known())
	records := inFile(t, dir)
	digest, columns := i.Config().Digest(), []string{"given_names", "family_name", "date_of_birth", "place_of_birth"}
	question, entries := uint64(2), entriesOf(t, i)
	asked := logproof.Record{
		Format: logproof.Format, Sequence: 2, Time: "2026-07-01T12:00:00Z", Kind: logproof.Asked, Caller: "operator", Profile: birth,
		Subject: entries[0].Subject, Configuration: digest, Columns: columns,
	}
	answered := logproof.Record{
		Format: logproof.Format, Sequence: 3, Time: "2026-07-01T12:00:00Z", Kind: logproof.Answered, Caller: "operator", Profile: birth,
		Subject: entries[0].Subject, Configuration: digest, Question: &question, Credential: a.Credential,
		Disclosed:  []string{"givenNames", "familyName", "birthDate", "birthPlace"},
		StatusList: issuertest.URL + "/status/1", StatusIndex: &entries[0].Place.Index, Released: logproof.HashOf(a.Bytes).String(),
		Canonical: canonical(t, a.Bytes),
	}
	configuration := logproof.Record{Format: logproof.Format, Time: "2026-07-01T12:00:00Z", Kind: logproof.Configuration, Issuer: i.ID(), Configuration: digest}
	scope := logproof.Record{
		Format: logproof.Format, Sequence: 1, Time: "2026-07-01T12:00:00Z", Kind: logproof.ScopeProven, Source: "births", Status: "proven", Configuration: digest,
		Columns: []string{"births.date_of_birth", "births.family_name", "births.given_names", "births.place_of_birth", "births.registration_number"},
		Proof:   records[1].Proof,
	}
	want := []logproof.Record{configuration, scope, asked, answered}
	if diff := cmp.Diff(want, records, cmpopts.IgnoreFields(logproof.Record{}, "Previous")); diff != "" {
		t.Error(diff)
	}
}

func TestAnswerVerifies(t *testing.T) {
	i, dir, clock := setUp(t, 3)
	q := known()
	q.Caller, q.Holder = issuer.Holder, issuertest.NewHolder(t, "holder").DID
	a := answer(t, i, q)
	accepted(t, a.Bytes, bundleOf(t, i, dir), clock.Now())
	var credential struct {
		ID, ValidFrom, ValidUntil, Issuer string
		Subject                           map[string]any `json:"credentialSubject"`
	}
	if err := json.Unmarshal(a.Bytes, &credential); err != nil {
		t.Fatal(err)
	}
	record := civil.Known()
	want := map[string]any{
		"id": q.Holder, "givenNames": record.GivenNames, "familyName": record.FamilyName,
		"birthDate": record.DateOfBirth, "birthPlace": record.PlaceOfBirth,
	}
	if diff := cmp.Diff(want, credential.Subject); diff != "" {
		t.Error(diff)
	}
	if credential.ID != a.Credential || credential.Issuer != i.ID() || credential.ValidFrom != "2026-07-01T12:00:00Z" || credential.ValidUntil != "2027-07-01T12:00:00Z" {
		t.Errorf("%+v", credential)
	}
	clock.Advance(366 * 24 * time.Hour)
	if verdict := verify(t, a.Bytes, bundleOf(t, i, dir), clock.Now()).Verdict(); verdict != "refused" {
		t.Errorf("after a year and a day it is %s", verdict)
	}
}

// TestSubjectIdentifier: a column can name the subject of a credential that is
// bound to nobody.
func TestSubjectIdentifier(t *testing.T) {
	dir := issuertest.Folder(t, 3, issuertest.Replace("    validity:", "    subject_id: informant\n    validity:"))
	issuertest.Loosen(t, dir, "UPDATE births SET informant = 'https://registry.example/people/7'")
	i := issuertest.Open(t, dir, issuertest.NewClock())
	holder := issuertest.NewHolder(t, "holder").DID
	for of, want := range map[string]string{"": "https://registry.example/people/7", holder: holder} {
		q := known()
		q.Holder = of
		var credential struct {
			Subject struct{ ID string } `json:"credentialSubject"`
		}
		if err := json.Unmarshal(answer(t, i, q).Bytes, &credential); err != nil || credential.Subject.ID != want {
			t.Errorf("holder %q: %q, %v", of, credential.Subject.ID, err)
		}
	}
	if columns := issuertest.Log(t, i.Store())[2].Columns; !cmp.Equal(columns[len(columns)-1], "informant") {
		t.Errorf("the log does not say that the column was read: %v", columns)
	}
}

// TestAnswersAreDifferent: asked twice, the same record has two credentials.
func TestAnswersAreDifferent(t *testing.T) {
	i, _, _ := setUp(t, 3)
	first, second := answer(t, i, known()), answer(t, i, known())
	if first.Credential == second.Credential || logproof.HashOf(first.Bytes) == logproof.HashOf(second.Bytes) {
		t.Error("they are the same")
	}
	if entries := entriesOf(t, i); len(entries) != 2 || entries[0].Place == entries[1].Place || entries[0].Subject != entries[1].Subject {
		t.Errorf("%+v", entries)
	}
}
