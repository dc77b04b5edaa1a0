package issuer_test

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chancery-vc/chancery/internal/issuertest"
	"github.com/chancery-vc/chancery/issuer"
	"github.com/chancery-vc/chancery/issuer/key"
	"github.com/chancery-vc/chancery/issuer/mint"
	"github.com/chancery-vc/chancery/schemas"
	"github.com/chancery-vc/chancery/verifier"
	"github.com/chancery-vc/chancery/verifier/did"
	"github.com/chancery-vc/chancery/verifier/proof"
	"github.com/chancery-vc/chancery/verifier/suites"
)

const selectiveFile = "selective.key"

// Edits of an issuer that has a second key, and of one whose profile needs it.
var (
	withSecondKey = issuertest.Replace("# selective_key:", "selective_key:")
	selectively   = issuertest.Replace("# disclosure: selective\n    # mandatory:", "disclosure: selective\n    mandatory:")
)

// selectiveFolder makes the folder of an issuer with a second key.
func selectiveFolder(t *testing.T, rows int, edits ...issuertest.Edit) string {
	t.Helper()
	dir := issuertest.Folder(t, rows, append([]issuertest.Edit{withSecondKey}, edits...)...)
	_, err := key.CreateP256(filepath.Join(dir, selectiveFile), rand.Reader)
	must(t, err)
	return dir
}

// derive returns what a holder shows of a base proof.
func derive(t *testing.T, base []byte, pointers ...string) []byte {
	t.Helper()
	table, err := suites.Recommended()
	must(t, err)
	contexts, err := schemas.Embedded()
	must(t, err)
	derived, err := proof.Derive(t.Context(), base, pointers, table, contexts)
	must(t, err)
	return derived
}

// subjectOf returns the members of a credential's subject.
func subjectOf(t *testing.T, credential []byte) map[string]any {
	t.Helper()
	var c struct {
		Subject map[string]any `json:"credentialSubject"`
	}
	must(t, json.Unmarshal(credential, &c))
	return c.Subject
}

// TestSelectiveProfile: the holder shows what they choose and what is mandatory,
// until it is revoked; nobody takes the base proof.
func TestSelectiveProfile(t *testing.T) {
	dir, clock := selectiveFolder(t, 3, selectively), issuertest.NewClock()
	i := issuertest.Open(t, dir, clock)
	holder := issuertest.NewHolder(t, "holder")
	q := known()
	q.Caller, q.Holder = issuer.Holder, holder.DID
	base := answer(t, i, q)
	b := bundleOf(t, i, dir)
	if report := verify(t, base.Bytes, b, clock.Now()); report.Verdict() != verifier.VerdictRefused {
		t.Errorf("the base proof: %s", report.Verdict())
	}
	least, part := derive(t, base.Bytes), derive(t, base.Bytes, "/credentialSubject/familyName")
	accepted(t, least, b, clock.Now())
	accepted(t, part, b, clock.Now())
	accepted(t, derive(t, base.Bytes, ""), b, clock.Now())
	all := subjectOf(t, base.Bytes)
	if diff := cmp.Diff(map[string]any{"id": holder.DID, "birthDate": all["birthDate"]}, subjectOf(t, least)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(map[string]any{"id": holder.DID, "birthDate": all["birthDate"], "familyName": all["familyName"]}, subjectOf(t, part)); diff != "" {
		t.Error(diff)
	}
	records := inFile(t, dir)
	if diff := cmp.Diff([]string{"givenNames", "familyName", "birthDate", "birthPlace"}, last(t, records).Disclosed); diff != "" {
		t.Error(diff)
	}
	_, err := i.Revoke(t.Context(), []string{base.Credential})
	must(t, err)
	clock.Advance(time.Second)
	if report := verify(t, part, bundleOf(t, i, dir), clock.Now()); report.Verdict() != verifier.VerdictRefused {
		t.Errorf("revoked: %s", report.Verdict())
	}
}

// TestMandatoryBlank: what the record does not have nobody can show.
func TestMandatoryBlank(t *testing.T) {
	edit := issuertest.Replace("# disclosure: selective\n    # mandatory: [birthDate]", "disclosure: selective\n    mandatory: [birthPlace]")
	dir := selectiveFolder(t, 1, edit)
	issuertest.Loosen(t, dir, "UPDATE births SET place_of_birth = NULL")
	i := issuertest.Open(t, dir, issuertest.NewClock())
	a := answer(t, i, known())
	if _, there := subjectOf(t, a.Bytes)["birthPlace"]; there {
		t.Fatalf("%s", a.Bytes)
	}
	if subject := subjectOf(t, derive(t, a.Bytes, "/credentialSubject/birthDate")); len(subject) != 1 {
		t.Errorf("%v", subject)
	}
}

// TestBatchIsSelective: a batch has base proofs, one file each.
func TestBatchIsSelective(t *testing.T) {
	dir, clock := selectiveFolder(t, 3, selectively), issuertest.NewClock()
	i := issuertest.Open(t, dir, clock)
	out := filepath.Join(dir, "out")
	result, err := i.IssueAll(t.Context(), issuer.Batch{Profile: birth, Dir: out})
	if err != nil || result.Issued != 3 {
		t.Fatalf("%+v, %v", result, err)
	}
	files, err := filepath.Glob(filepath.Join(out, "[^.]*.json"))
	must(t, err)
	b := bundleOf(t, i, dir)
	for _, file := range files {
		base, err := os.ReadFile(file)
		must(t, err)
		accepted(t, derive(t, base, "/credentialSubject/givenNames"), b, clock.Now())
	}
	if len(files) != 3 {
		t.Errorf("%d files", len(files))
	}
}

// TestConsultedSelectiveProfile: who asks about a holder gets what can be
// verified, and no base proof.
func TestConsultedSelectiveProfile(t *testing.T) {
	dir, clock := selectiveFolder(t, 1, selectively, withRelyingParties), issuertest.NewClock()
	i := issuertest.Open(t, dir, clock)
	a := consult(t, i, query(func(q *issuer.Query) { q.Kind, q.Name = issuer.Credential, birth }))
	accepted(t, a.Bytes, bundleOf(t, i, dir), clock.Now())
}

// TestTwoKeys: the document lists both; all but selective credentials is signed
// with the first.
func TestTwoKeys(t *testing.T) {
	dir, clock := selectiveFolder(t, 3), issuertest.NewClock()
	i := issuertest.Open(t, dir, clock)
	second, err := key.LoadP256(filepath.Join(dir, selectiveFile))
	must(t, err)
	_, document, err := i.DIDDocument()
	must(t, err)
	parsed, err := did.Parse(document)
	must(t, err)
	for _, public := range []any{signingKey(t, dir), second.Public()} {
		url, err := did.MethodURL(i.ID(), public)
		must(t, err)
		if _, err := parsed.Key(url, "assertionMethod"); err != nil {
			t.Errorf("%v in %s", err, document)
		}
	}
	b := bundleOf(t, i, dir) // signed with the first key, or it would not open
	accepted(t, answer(t, i, known()).Bytes, b, clock.Now())
	if suite := i.Suite(birth); suite != "eddsa-rdfc-2022" {
		t.Errorf("a profile that is not selective is signed with %s", suite)
	}
	lists, err := i.StatusLists(t.Context())
	must(t, err)
	if !strings.Contains(string(lists[0]), `"cryptosuite":"eddsa-rdfc-2022"`) {
		t.Errorf("the status list is %s", lists[0])
	}
	files, err := i.Publication(t.Context())
	must(t, err)
	if diff := cmp.Diff(string(document), string(files[".well-known/did.json"])); diff != "" {
		t.Error(diff)
	}
}

// TestSecureWithPointers: to name what is mandatory is to ask for a base proof.
func TestSecureWithPointers(t *testing.T) {
	dir, clock := selectiveFolder(t, 1, withOffice), issuertest.NewClock()
	i := issuertest.Open(t, dir, clock)
	w := wording()
	whole, err := i.Secure(t.Context(), w)
	must(t, err)
	w.Mandatory = []string{"/credentialSubject/id"}
	base, err := i.Secure(t.Context(), w)
	must(t, err)
	b := bundleOf(t, i, dir)
	accepted(t, whole.Bytes, b, clock.Now())
	if report := verify(t, base.Bytes, b, clock.Now()); report.Verdict() != verifier.VerdictRefused {
		t.Errorf("the base proof: %s", report.Verdict())
	}
	part := derive(t, base.Bytes, "/type")
	accepted(t, part, b, clock.Now())
	if strings.Contains(string(part), "Secret Name") || !strings.Contains(string(part), "did:example:child") {
		t.Errorf("got %s", part)
	}
	w.Mandatory = []string{"/credentialSubject/nothing"}
	if a, err := i.Secure(t.Context(), w); !errors.Is(err, mint.ErrDraft) || !errors.Is(err, proof.ErrPointer) {
		t.Errorf("%s, %v", a.Bytes, err)
	}
}

// TestSecondKeyIsIdentity: an issuer can get a second key later, and then has
// that one.
func TestSecondKeyIsIdentity(t *testing.T) {
	dir := issuertest.Folder(t, 1)
	must(t, open(issuertest.Load(t, dir), rand.Reader))
	file := filepath.Join(dir, issuertest.ConfigFile)
	first, err := os.ReadFile(file)
	must(t, err)
	must(t, os.WriteFile(file, []byte(withSecondKey(string(first))), 0o600))
	if err := open(issuertest.Load(t, dir), rand.Reader); !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), "chancery init FOLDER --selective") {
		t.Errorf("no second key: %v", err)
	}
	path := filepath.Join(dir, selectiveFile)
	_, err = key.CreateP256(path, rand.Reader)
	must(t, err)
	must(t, open(issuertest.Load(t, dir), rand.Reader))
	must(t, os.Rename(path, path+".old"))
	_, err = key.CreateP256(path, rand.Reader)
	must(t, err)
	if err := open(issuertest.Load(t, dir), rand.Reader); !errors.Is(err, issuer.ErrIdentity) || !strings.Contains(err.Error(), "selective key is did:key:zDn") {
		t.Errorf("another second key: %v", err)
	}
	must(t, os.WriteFile(file, first, 0o600))
	if err := open(issuertest.Load(t, dir), rand.Reader); !errors.Is(err, issuer.ErrIdentity) || !strings.Contains(err.Error(), "not none") {
		t.Errorf("no second key any more: %v", err)
	}
	must(t, os.Rename(path+".old", path))
	must(t, os.WriteFile(file, []byte(withSecondKey(string(first))), 0o600))
	must(t, open(issuertest.Load(t, dir), rand.Reader))
}

// TestSelectiveSpecimen: what cannot be issued is found before it is asked for.
func TestSelectiveSpecimen(t *testing.T) {
	dir := selectiveFolder(t, 1, selectively, issuertest.Replace("claim: familyName", "claim: nickname"))
	if err := open(issuertest.Load(t, dir), rand.Reader); err == nil || !strings.Contains(err.Error(), "claim nickname cannot be issued") {
		t.Errorf("got %v", err)
	}
	if _, err := os.Stat(stateFile(dir)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("there is state: %v", err)
	}
}

func TestExplainSelective(t *testing.T) {
	dir := selectiveFolder(t, 1, selectively)
	second, err := key.LoadP256(filepath.Join(dir, selectiveFile))
	must(t, err)
	public, _, err := did.FromKey(second.Public())
	must(t, err)
	e, err := issuer.Explain(t.Context(), issuertest.Load(t, dir), issuer.Environment{Now: time.Now, Random: rand.Reader})
	must(t, err)
	p := e.Callers[0].Profiles[0]
	if e.Second != public || !p.Selective || !cmp.Equal(p.Mandatory, []string{"birthDate"}) {
		t.Errorf("%+v", e)
	}
}
