package issuer_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chancery-vc/chancery/examples/births/civil"
	"github.com/chancery-vc/chancery/internal/issuertest"
	"github.com/chancery-vc/chancery/issuer"
	"github.com/chancery-vc/chancery/issuer/config"
	"github.com/chancery-vc/chancery/issuer/pseudonym"
	"github.com/chancery-vc/chancery/issuer/store"
	"github.com/chancery-vc/chancery/verifier/logproof"
)

// replayed is an issuer that was asked, and the last question of its log with
// all that there is to ask it again.
type replayed struct {
	issuer *issuer.Issuer
	dir    string
	clock  *issuertest.Clock
}

// last returns the last question of the log, whatever its end, with a copy of
// the source as it is.
func (r replayed) last(t *testing.T, key string, answer []byte) issuer.PastQuestion {
	t.Helper()
	q := issuer.PastQuestion{Key: key, Answer: answer, Configuration: r.issuer.Config(), Source: r.copied(t)}
	for _, record := range issuertest.Log(t, r.issuer.Store()) {
		switch {
		case record.Kind == logproof.Asked:
			q.Asked, q.End = record, nil
		case record.Question != nil && *record.Question == q.Asked.Sequence:
			q.End = &record
		}
	}
	must(t, r.issuer.Store().View(func(tx *store.Tx) (err error) {
		q.Names, err = pseudonym.Read(tx, filepath.Join(r.dir, "state"))
		return err
	}))
	return q
}

func (r replayed) copied(t *testing.T) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(r.dir, issuertest.RegisterFile))
	must(t, err)
	path := filepath.Join(t.TempDir(), "then.db")
	must(t, os.WriteFile(path, data, 0o600))
	return path
}

// outcomes returns what a question comes to when it is asked again.
func outcomes(t *testing.T, q issuer.PastQuestion) map[string]issuer.Outcome {
	t.Helper()
	compared, err := issuer.Replay(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]issuer.Outcome{}
	for _, c := range compared {
		if _, twice := all[c.Of]; twice || c.Said == "" {
			t.Errorf("%+v", c)
		}
		all[c.Of] = c.Outcome
	}
	return all
}

// same are all of these, and the others.
func same(others map[string]issuer.Outcome, names ...string) map[string]issuer.Outcome {
	all := map[string]issuer.Outcome{}
	for _, name := range names {
		all[name] = issuer.Same
	}
	for name, outcome := range others {
		all[name] = outcome
	}
	return all
}

func setUpReplay(t *testing.T) replayed {
	i, dir, clock := setUp(t, 3, withRelyingParties)
	return replayed{i, dir, clock}
}

var (
	ofStatement  = []string{"answer", "identifier", "configuration", "purpose", "caller", "time", "subject", "columns", "end", "disclosed", "value"}
	ofCredential = []string{"answer", "identifier", "status", "type", "validity", "subject", "columns", "end", "disclosed", "value"}
)

// ask makes one question of each kind, and returns what left and what is
// compared of it.
func (r replayed) ask(t *testing.T, kind string) (answer []byte, compared []string) {
	t.Helper()
	edit := func(kind issuer.Kind, name string) func(*issuer.Query) {
		return func(q *issuer.Query) { q.Kind, q.Name = kind, name }
	}
	switch kind {
	case "credential of a batch":
		a, err := r.issuer.Answer(t.Context(), known())
		must(t, err)
		return a.Bytes, ofCredential
	case "credential":
		return consult(t, r.issuer, query(edit(issuer.Credential, birth))).Bytes, ofCredential
	case "status":
		return consult(t, r.issuer, query()).Bytes, ofStatement
	default:
		return consult(t, r.issuer, query(edit(issuer.Fact, kind))).Bytes, ofStatement
	}
}

var everyKind = []string{"of-age", "born-in", "has-father", "registered", "status", "credential", "credential of a batch"}

// TestReplay: each kind of question comes to the same answer when it is asked
// again of the same source, years later, and by the log alone as far as that
// goes.
func TestReplay(t *testing.T) {
	r := setUpReplay(t)
	for _, kind := range everyKind {
		t.Run(kind, func(t *testing.T) {
			answer, compared := r.ask(t, kind)
			q := r.last(t, civil.KnownNumber, answer)
			r.clock.Advance(24 * time.Hour)
			if diff := cmp.Diff(same(nil, compared...), outcomes(t, q)); diff != "" {
				t.Error(diff)
			}
			q.Answer, q.Names = nil, nil
			want := same(map[string]issuer.Outcome{"subject": issuer.Unknown, "value": issuer.Unknown}, "columns", "end", "disclosed")
			if diff := cmp.Diff(want, outcomes(t, q)); diff != "" {
				t.Error("without the answer and the pseudonym keys:", diff)
			}
		})
	}
}

// TestReplayOfAlteredSource: a source that is not as it was is noticed.
func TestReplayOfAlteredSource(t *testing.T) {
	r := setUpReplay(t)
	for _, kind := range everyKind {
		answer, compared := r.ask(t, kind)
		q := r.last(t, civil.KnownNumber, answer)
		altered := map[string]string{
			"of-age": "date_of_birth = '1950-01-01'", "born-in": "place_of_birth = 'Elsewhere'", "has-father": "father_name = NULL",
			"registered": "registration_number = 'gone'", "status": "sex = CASE sex WHEN 'F' THEN 'M' ELSE 'F' END",
			"credential": "place_of_birth = 'Elsewhere'", "credential of a batch": "place_of_birth = 'Elsewhere'",
		}[kind]
		must(t, issuertest.Exec(t.Context(), q.Source, fmt.Sprintf("UPDATE births SET %s WHERE registration_number = '%s'", altered, civil.KnownNumber)))
		want := same(map[string]issuer.Outcome{"value": issuer.Differs}, compared...)
		if kind == "has-father" {
			want["end"] = issuer.Differs // a blank has no answer
			delete(want, "value")
			delete(want, "disclosed")
		}
		if diff := cmp.Diff(want, outcomes(t, q)); diff != "" {
			t.Errorf("%s: %s", kind, diff)
		}
	}
}

// TestReplayNamesClaims: which claims differ is said, and no value.
func TestReplayNamesClaims(t *testing.T) {
	r := setUpReplay(t)
	answer, _ := r.ask(t, "credential")
	q := r.last(t, civil.KnownNumber, answer)
	must(t, issuertest.Exec(t.Context(), q.Source, "UPDATE births SET place_of_birth = 'Elsewhere', family_name = NULL"))
	compared, err := issuer.Replay(t.Context(), q)
	must(t, err)
	said := ""
	for _, c := range compared {
		if c.Of == "value" {
			said = c.Said
		}
		if strings.Contains(c.Said, "Elsewhere") {
			t.Errorf("a value is told: %s", c.Said)
		}
	}
	if said != "other than what was said: birthPlace, familyName" {
		t.Error(said)
	}
}

// TestReplayOfAnother: a key, an answer, a configuration or a source that is
// another's.
func TestReplayOfAnother(t *testing.T) {
	r := setUpReplay(t)
	other, _ := r.ask(t, "of-age")
	answer, compared := r.ask(t, "born-in")
	whole := func() issuer.PastQuestion { return r.last(t, civil.KnownNumber, answer) }
	another, err := config.Parse(bytes.Replace(r.issuer.Config().Text(), []byte("born-in:"), []byte("born-at:"), 1), r.dir)
	if err == nil {
		t.Fatal("the school may ask for what is not there")
	}
	another, err = config.Parse(bytes.ReplaceAll(r.issuer.Config().Text(), []byte("born-in"), []byte("born-at")), r.dir)
	must(t, err)
	narrower, err := config.Parse(bytes.Replace(r.issuer.Config().Text(), []byte("column: place_of_birth}}\n    disclosure: value"), []byte("column: place_of_birth}}\n    disclosure: redacted"), 1), r.dir)
	must(t, err)
	read := []string{"answer", "identifier", "configuration", "purpose", "caller", "time"}
	for name, c := range map[string]struct {
		edit func(*issuer.PastQuestion)
		want map[string]issuer.Outcome
	}{
		"key":              {func(q *issuer.PastQuestion) { q.Key = "2000-000000" }, same(map[string]issuer.Outcome{"subject": issuer.Differs}, read...)},
		"no key":           {func(q *issuer.PastQuestion) { q.Key = "" }, same(map[string]issuer.Outcome{"evaluation": issuer.Unknown}, read...)},
		"answer":           {func(q *issuer.PastQuestion) { q.Answer = other }, same(map[string]issuer.Outcome{"answer": issuer.Differs, "value": issuer.Unknown}, "subject", "columns", "end", "disclosed")},
		"altered answer":   {func(q *issuer.PastQuestion) { q.Answer = append(bytes.Clone(answer), '\n') }, same(map[string]issuer.Outcome{"answer": issuer.Differs, "value": issuer.Unknown}, "subject", "columns", "end", "disclosed")},
		"configuration":    {func(q *issuer.PastQuestion) { q.Configuration = another }, same(map[string]issuer.Outcome{"evaluation": issuer.Differs}, read...)},
		"narrower":         {func(q *issuer.PastQuestion) { q.Configuration = narrower }, same(map[string]issuer.Outcome{"disclosed": issuer.Differs, "value": issuer.Differs}, compared...)},
		"no configuration": {func(q *issuer.PastQuestion) { q.Configuration = nil }, same(map[string]issuer.Outcome{"evaluation": issuer.Unknown}, read[:5]...)},
		"no source":        {func(q *issuer.PastQuestion) { q.Source = "" }, same(map[string]issuer.Outcome{"evaluation": issuer.Unknown, "subject": issuer.Same}, read...)},
	} {
		q := whole()
		c.edit(&q)
		if diff := cmp.Diff(c.want, outcomes(t, q)); diff != "" {
			t.Errorf("another %s: %s", name, diff)
		}
	}
	q := whole()
	q.Source = filepath.Join(t.TempDir(), "none.db")
	if _, err := issuer.Replay(t.Context(), q); err == nil {
		t.Error("a source that is not there")
	}
}

// TestReplayOfRefused: why there was no answer is compared, if the source
// decides it.
func TestReplayOfRefused(t *testing.T) {
	r := setUpReplay(t)
	refuse := func(key string) issuer.PastQuestion {
		t.Helper()
		if _, err := r.issuer.Consult(t.Context(), query(func(q *issuer.Query) { q.Key = key })); !errors.Is(err, issuer.ErrRefused) {
			t.Fatal(err)
		}
		return r.last(t, key, nil)
	}
	q := refuse("2000-000000")
	if diff := cmp.Diff(same(nil, "subject", "columns", "end"), outcomes(t, q)); diff != "" {
		t.Error(diff)
	}
	must(t, issuertest.Exec(t.Context(), q.Source, "UPDATE births SET registration_number = '2000-000000', sex = 'F' WHERE registration_number = '"+civil.KnownNumber+"'"))
	if diff := cmp.Diff(same(map[string]issuer.Outcome{"end": issuer.Differs}, "subject", "columns"), outcomes(t, q)); diff != "" {
		t.Error("a record that was not there:", diff)
	}
	q.Answer = []byte("ey")
	if got := outcomes(t, q)["answer"]; got != issuer.Differs {
		t.Errorf("an answer to what got none: %s", got)
	}
	q = refuse("2000-000000")
	q.End.Reason = issuer.ErrStopped.Error()
	if got := outcomes(t, q)["end"]; got != issuer.Unknown {
		t.Errorf("a refusal that the source did not decide: %s", got)
	}
	for _, end := range []*logproof.Record{nil, {Kind: logproof.Abandoned, Time: q.Asked.Time}} {
		if q.End = end; outcomes(t, q)["end"] != issuer.Unknown {
			t.Errorf("a question without an end: %v", outcomes(t, q))
		}
	}
}

// TestReplayOfOwnWording: of what reads no register, the answer is compared.
func TestReplayOfOwnWording(t *testing.T) {
	q := issuer.PastQuestion{Asked: logproof.Record{Kind: logproof.Asked, Caller: "vc-api:office"}}
	if diff := cmp.Diff(map[string]issuer.Outcome{"evaluation": issuer.Unknown}, outcomes(t, q)); diff != "" {
		t.Error(diff)
	}
}

// TestReplayOfCredentialState: the state of a credential is that of the log.
func TestReplayOfCredentialState(t *testing.T) {
	r := setUpReplay(t)
	a := answer(t, r.issuer, known())
	said := consult(t, r.issuer, query(func(q *issuer.Query) { q.Name, q.Key = "birth-credential", a.Credential }))
	for state, want := range map[string]issuer.Outcome{issuer.StateValid: issuer.Same, issuer.StateRevoked: issuer.Differs} {
		q := r.last(t, a.Credential, said.Bytes)
		q.State = func(id string, at time.Time) (string, error) {
			if id != a.Credential || !at.Equal(r.clock.Now()) {
				t.Errorf("%s at %s", id, at)
			}
			return state, nil
		}
		if got := outcomes(t, q)["value"]; got != want {
			t.Errorf("%s: %s", state, got)
		}
	}
}

// TestConfigurationsAreKept: the text of each configuration that was in use is
// in the state folder, by its digest, and one that was altered is not taken.
func TestConfigurationsAreKept(t *testing.T) {
	dir, clock := issuertest.Folder(t, 3), issuertest.NewClock()
	path := filepath.Join(dir, issuertest.ConfigFile)
	first, err := os.ReadFile(path)
	must(t, err)
	texts := [][]byte{first, append(bytes.Clone(first), "# later\n"...)}
	var digests []string
	for _, text := range texts {
		must(t, os.WriteFile(path, text, 0o600))
		c := issuertest.Load(t, dir)
		digests = append(digests, c.Digest())
		must(t, issuertest.Open(t, dir, clock).Close())
	}
	folder := filepath.Join(dir, "state", issuer.ConfigurationFolder)
	for n, digest := range digests {
		text, err := issuer.ConfigurationText(folder, digest)
		if err != nil || !bytes.Equal(text, texts[n]) {
			t.Errorf("configuration %d: %v", n, err)
		}
	}
	for _, digest := range []string{"none", "../" + digests[0], strings.Repeat("00", 32)} {
		if _, err := issuer.ConfigurationText(folder, digest); !errors.Is(err, issuer.ErrConfiguration) {
			t.Errorf("%s: %v", digest, err)
		}
	}
	must(t, os.WriteFile(filepath.Join(folder, digests[1]+".yaml"), texts[0], 0o600))
	if _, err := issuer.ConfigurationText(folder, digests[1]); !errors.Is(err, issuer.ErrConfiguration) || !strings.Contains(err.Error(), "altered") {
		t.Errorf("an altered one: %v", err)
	}
	must(t, issuertest.Open(t, dir, clock).Close()) // under the second one, which is kept again
	if text, err := issuer.ConfigurationText(folder, digests[1]); err != nil || !bytes.Equal(text, texts[1]) {
		t.Errorf("it is not mended: %v", err)
	}
}
