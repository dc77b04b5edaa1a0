package issuer_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"

	"github.com/chancery-vc/chancery/examples/births/civil"
	"github.com/chancery-vc/chancery/internal/issuertest"
	"github.com/chancery-vc/chancery/issuer"
	"github.com/chancery-vc/chancery/issuer/claims"
	"github.com/chancery-vc/chancery/issuer/source"
	"github.com/chancery-vc/chancery/verifier"
	"github.com/chancery-vc/chancery/verifier/logproof"
	"github.com/chancery-vc/chancery/verifier/statement"
)

// Relying parties of the tests, each with its purposes.
const (
	school, clinic     = "school", "clinic"
	enrolment, checkup = "enrolment", "checkup"
)

// withRelyingParties is the edit of an issuer whom a school and a clinic may
// ask.
func withRelyingParties(text string) string {
	return text + `
purposes: [enrolment, checkup]
facts:
  of-age:
    source: births
    table: births
    key: registration_number
    rule: {compare: {column: date_of_birth, as: date, is: at most, to: today - 18 years}}
  born-in:
    source: births
    table: births
    key: registration_number
    rule: {field: {column: place_of_birth}}
    disclosure: value
    validity: 1h
  has-father:
    source: births
    table: births
    key: registration_number
    rule: {field: {column: father_name}}
    disclosure: redacted
  registered:
    source: births
    table: births
    key: registration_number
    where: {sex: [F, M]}
    rule: {exists: true}
statuses:
  registration:
    source: births
    table: births
    key: registration_number
    column: sex
    states: {F: first, M: second}
  birth-credential:
    profile: birth
consult:
  callers:
    - name: school
      token_sha256: ` + strings.Repeat("1a", 32) + `
      purposes: [enrolment, checkup]
      facts: [of-age, born-in, has-father, registered]
      statuses: [registration, birth-credential]
      credentials: [birth]
    - name: clinic
      token_sha256: ` + strings.Repeat("1b", 32) + `
      purposes: [checkup]
      statuses: [registration]
`
}

// query is the school's question for the state of the record that every
// register has.
func query(edit ...func(*issuer.Query)) issuer.Query {
	q := issuer.Query{Caller: school, Kind: issuer.Status, Name: "registration", Key: civil.KnownNumber, Purpose: enrolment, Nonce: "n-1"}
	for _, e := range edit {
		e(&q)
	}
	return q
}

func consult(t *testing.T, i *issuer.Issuer, q issuer.Query) issuer.Answer {
	t.Helper()
	a, err := i.Consult(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// stated returns the statement that an answer is, judged as its caller would.
func stated(t *testing.T, i *issuer.Issuer, dir string, clock *issuertest.Clock, q issuer.Query) *statement.Statement {
	t.Helper()
	a := consult(t, i, q)
	policy := policyOf(bundleOf(t, i, dir), clock.Now())
	policy.Domain, policy.Challenge = verifier.Expect(q.Caller), verifier.Expect(q.Nonce)
	report, err := verifier.Verify(t.Context(), a.Bytes, policy)
	if err != nil || report.Verdict() != verifier.VerdictAccepted {
		t.Fatalf("%s: %s, %v", a.Bytes, report.Reason(), err)
	}
	u, err := statement.Peek(a.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	return u.Statement
}

func TestRecordStatus(t *testing.T) {
	i, dir, clock := setUp(t, 3, withRelyingParties)
	s := stated(t, i, dir, clock, query())
	want := &statement.Statement{
		Issuer: i.ID(), Audience: school, Subject: s.Subject, ID: s.ID, Nonce: "n-1", Purpose: enrolment,
		Issued: issuertest.Start.Unix(), Expires: issuertest.Start.Add(5 * time.Minute).Unix(), Configuration: i.Config().Digest(),
		Status: &statement.Status{Name: "registration", State: map[string]string{"F": "first", "M": "second"}[civil.Known().Sex]},
	}
	if diff := cmp.Diff(want, s); diff != "" {
		t.Error(diff)
	}
	if !strings.HasPrefix(s.Subject, "urn:chancery:subject:") || strings.Contains(s.Subject, civil.KnownNumber) {
		t.Errorf("the subject is %s", s.Subject)
	}
}

// TestFacts: each is said as far as the configuration lets it.
func TestFacts(t *testing.T) {
	i, dir, clock := setUp(t, 3, withRelyingParties)
	known := civil.Known()
	for name, want := range map[string]*statement.Fact{
		"of-age":     {Name: "of-age", Disclosure: statement.DisclosePredicate, Value: jsontext.Value("false")},
		"born-in":    {Name: "born-in", Disclosure: statement.DiscloseValue, Value: jsontext.Value(strconv.Quote(known.PlaceOfBirth))},
		"has-father": {Name: "has-father", Disclosure: statement.DiscloseRedacted},
		"registered": {Name: "registered", Disclosure: statement.DisclosePredicate, Value: jsontext.Value("true")},
	} {
		s := stated(t, i, dir, clock, query(func(q *issuer.Query) { q.Kind, q.Name = issuer.Fact, name }))
		if diff := cmp.Diff(want, s.Fact); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		if wanted := i.Config().Facts[name].Validity.Std(); s.Expires-s.Issued != int64(wanted.Seconds()) {
			t.Errorf("%s is good for %d s, not %v", name, s.Expires-s.Issued, wanted)
		}
	}
}

// TestFactsOfWhatIsNotThere: that there is no record, or none that may be asked
// about, is an answer to the one question that asks for it.
func TestFactsOfWhatIsNotThere(t *testing.T) {
	i, dir, clock := setUp(t, 3, withRelyingParties)
	births := issuertest.Births(t, 3)
	if _, err := issuertest.Register(t, dir).Exec("UPDATE births SET sex = 'X', father_name = NULL WHERE registration_number = ?", births[1].RegistrationNumber); err != nil {
		t.Fatal(err)
	}
	fact := func(name, key string) issuer.Query {
		return query(func(q *issuer.Query) { q.Kind, q.Name, q.Key = issuer.Fact, name, key })
	}
	for what, key := range map[string]string{"no record": "1990-999999", "one that the filter leaves out": births[1].RegistrationNumber} {
		if s := stated(t, i, dir, clock, fact("registered", key)); string(s.Fact.Value) != "false" {
			t.Errorf("%s: %+v", what, s.Fact)
		}
	}
	for what, c := range map[string]struct {
		q    issuer.Query
		want error
	}{
		"no record":      {fact("of-age", "1990-999999"), source.ErrNone},
		"a blank column": {fact("has-father", births[1].RegistrationNumber), claims.ErrValue},
	} {
		if a, err := i.Consult(t.Context(), c.q); !errors.Is(err, issuer.ErrRefused) || !errors.Is(err, c.want) {
			t.Errorf("%s: %s, %v", what, a.Bytes, err)
		}
	}
}

// TestColumnsOfAFact: a fact reads the columns of its rule and no others.
func TestColumnsOfAFact(t *testing.T) {
	i, _, _ := setUp(t, 1, withRelyingParties)
	for name, want := range map[string][]string{
		"of-age": {"date_of_birth"}, "born-in": {"place_of_birth"}, "has-father": {"father_name"}, "registered": {"registration_number"},
	} {
		consult(t, i, query(func(q *issuer.Query) { q.Kind, q.Name = issuer.Fact, name }))
		records := issuertest.Log(t, i.Store())
		asked, answered := records[len(records)-2], records[len(records)-1]
		if !slices.Equal(asked.Columns, want) || asked.Asks != "fact "+name || answered.Disclosed[0] != name+": "+i.Config().Facts[name].Disclosure {
			t.Errorf("%s: %+v %+v", name, asked, answered)
		}
	}
}

func TestCredentialStatus(t *testing.T) {
	i, dir, clock := setUp(t, 2, withRelyingParties)
	credential := answer(t, i, known()).Credential
	q := query(func(q *issuer.Query) { q.Name, q.Key = "birth-credential", credential })
	want := func(state string) {
		t.Helper()
		s := stated(t, i, dir, clock, q)
		if diff := cmp.Diff(&statement.Status{Name: "birth-credential", Credential: credential, State: state}, s.Status); diff != "" {
			t.Error(diff)
		}
	}
	want(issuer.StateValid)
	clock.Advance(366 * 24 * time.Hour)
	want(issuer.StateExpired)
	if _, err := i.Revoke(t.Context(), []string{credential}); err != nil {
		t.Fatal(err)
	}
	want(issuer.StateRevoked)
	q.Key = "urn:uuid:00000000-0000-4000-8000-000000000000"
	if _, err := i.Consult(t.Context(), q); !errors.Is(err, issuer.ErrRefused) {
		t.Errorf("a credential that there is not: %v", err)
	}
}

func TestConsultedCredential(t *testing.T) {
	i, dir, clock := setUp(t, 2, withRelyingParties)
	q := query(func(q *issuer.Query) { q.Kind, q.Name = issuer.Credential, birth })
	a := consult(t, i, q)
	accepted(t, a.Bytes, bundleOf(t, i, dir), clock.Now())
	if !strings.Contains(string(a.Bytes), `"credentialSubject":{"id":"urn:chancery:subject:`) {
		t.Errorf("its subject has no pseudonym: %s", a.Bytes)
	}
	if entry, err := i.Entry(a.Credential); err != nil || entry.Profile != birth {
		t.Errorf("%+v, %v", entry, err)
	}
	if entries, err := i.Entries(birth, civil.KnownNumber); err != nil || len(entries) != 1 {
		t.Errorf("revoking by its record would miss it: %v, %v", entries, err)
	}
}

// TestPairwise: one caller is told the same name of a record each time for one
// purpose, and no other caller, purpose or record has it; nor does the log.
func TestPairwise(t *testing.T) {
	i, dir, clock := setUp(t, 3, withRelyingParties)
	other := issuertest.Births(t, 3)[1]
	if _, err := issuertest.Register(t, dir).Exec("UPDATE births SET sex = 'F'"); err != nil {
		t.Fatal(err)
	}
	subject := func(edit ...func(*issuer.Query)) string { return stated(t, i, dir, clock, query(edit...)).Subject }
	first := subject()
	if again := subject(func(q *issuer.Query) { q.Nonce = "n-2" }); again != first {
		t.Errorf("%s and %s", first, again)
	}
	for name, edit := range map[string]func(*issuer.Query){
		"another caller":  func(q *issuer.Query) { q.Caller, q.Purpose = clinic, checkup },
		"another purpose": func(q *issuer.Query) { q.Purpose = checkup },
		"another record":  func(q *issuer.Query) { q.Key = other.RegistrationNumber },
	} {
		if subject(edit) == first {
			t.Errorf("%s is told the same name", name)
		}
	}
	for _, r := range issuertest.Log(t, i.Store()) {
		if r.Subject != "" && strings.HasSuffix(first, r.Subject) {
			t.Errorf("the log has the name that the school was told: %+v", r)
		}
	}
}

func TestConsultIsLogged(t *testing.T) {
	i, _, _ := setUp(t, 1, withRelyingParties)
	before := len(issuertest.Log(t, i.Store()))
	a := consult(t, i, query())
	records := issuertest.Log(t, i.Store())[before:]
	if diff := cmp.Diff([]logproof.Kind{logproof.Asked, logproof.Answered}, issuertest.Kinds(records)); diff != "" {
		t.Fatal(diff)
	}
	for _, r := range records {
		if !strings.HasPrefix(r.Caller, "consult:") || strings.Contains(r.Caller, school) || r.Asks != "status registration" || r.Purpose != enrolment || r.Subject == "" || r.Profile != "" {
			t.Errorf("%+v", r)
		}
	}
	if !slices.Equal(records[0].Columns, []string{"sex"}) {
		t.Errorf("it read %v", records[0].Columns)
	}
	if end := records[1]; end.Released != logproof.HashOf(a.Bytes).String() || end.Credential != a.Credential || !slices.Equal(end.Disclosed, []string{"registration"}) {
		t.Errorf("%+v", end)
	}
}

// TestNotAnswered: whatever the reason, the caller is told the same, and the
// log has the reason, but nothing that a caller could put into it.
func TestNotAnswered(t *testing.T) {
	i, dir, _ := setUp(t, 3, withRelyingParties)
	births := issuertest.Births(t, 3)
	set := func(number string, sex any) {
		if _, err := issuertest.Register(t, dir).Exec("UPDATE births SET sex = ? WHERE registration_number = ?", sex, number); err != nil {
			t.Fatal(err)
		}
	}
	set(births[1].RegistrationNumber, "X")
	set(births[2].RegistrationNumber, nil)
	const forged = "forged-into-the-log"
	for name, c := range map[string]struct {
		edit   func(*issuer.Query)
		reason error
	}{
		"no record":                 {func(q *issuer.Query) { q.Key = "1990-999999" }, source.ErrNone},
		"a state without a word":    {func(q *issuer.Query) { q.Key = births[1].RegistrationNumber }, issuer.ErrState},
		"no state":                  {func(q *issuer.Query) { q.Key = births[2].RegistrationNumber }, issuer.ErrState},
		"an unknown caller":         {func(q *issuer.Query) { q.Caller = forged }, issuer.ErrNotAllowed},
		"a name that there is not":  {func(q *issuer.Query) { q.Name = forged }, issuer.ErrNotAllowed},
		"another kind of it":        {func(q *issuer.Query) { q.Kind = issuer.Credential }, issuer.ErrNotAllowed},
		"no kind":                   {func(q *issuer.Query) { q.Kind = "" }, issuer.ErrNotAllowed},
		"an unknown purpose":        {func(q *issuer.Query) { q.Purpose = forged }, issuer.ErrNotAllowed},
		"no purpose":                {func(q *issuer.Query) { q.Purpose = "" }, issuer.ErrNotAllowed},
		"a purpose of others":       {func(q *issuer.Query) { q.Caller = clinic }, issuer.ErrNotAllowed},
		"what only others may have": {func(q *issuer.Query) { q.Caller, q.Purpose, q.Kind, q.Name = clinic, checkup, issuer.Credential, birth }, issuer.ErrNotAllowed},
	} {
		a, err := i.Consult(t.Context(), query(c.edit))
		if !errors.Is(err, issuer.ErrRefused) || !errors.Is(err, c.reason) || a.Bytes != nil {
			t.Errorf("%s: %s, %v", name, a.Bytes, err)
		}
		records := issuertest.Log(t, i.Store())
		last := records[len(records)-1]
		if last.Kind != logproof.Refused || last.Reason != c.reason.Error() {
			t.Errorf("%s: the log has %+v", name, last)
		}
		if name != "an unknown caller" && strings.Contains(last.Caller+last.Purpose+last.Asks+last.Profile, forged) {
			t.Errorf("%s: a caller can write into the log: %+v", name, last)
		}
	}
}

// TestSourceGone: the caller is told that it can ask again.
func TestSourceGone(t *testing.T) {
	i, dir, _ := setUp(t, 1, withRelyingParties)
	register := filepath.Join(dir, issuertest.RegisterFile)
	if err := errors.Join(os.Rename(register, register+".old"), civil.Write(t.Context(), register, 1, 1)); err != nil {
		t.Fatal(err)
	}
	if _, err := i.Consult(t.Context(), query()); !errors.Is(err, issuer.ErrRefused) || !errors.Is(err, source.ErrUnavailable) {
		t.Errorf("got %v", err)
	}
}
