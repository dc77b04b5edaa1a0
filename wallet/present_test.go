package wallet_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chancery-vc/chancery/verifier"
	"github.com/chancery-vc/chancery/verifier/did"
	"github.com/chancery-vc/chancery/verifier/suites"
	"github.com/chancery-vc/chancery/wallet"
	"github.com/chancery-vc/chancery/wallet/oid4vci/issuertest"
)

// selective returns an issuer of base proofs.
func selective(t *testing.T) *issuertest.Issuer {
	t.Helper()
	issuer := issuertest.New(t)
	issuer.Selective()
	return issuer
}

// relyingParty is a policy that expects an issuer and the occasion.
func relyingParty(t *testing.T, issuers ...*issuertest.Issuer) verifier.Policy {
	t.Helper()
	var documents []*did.Document
	var ids []string
	for _, issuer := range issuers {
		documents, ids = append(documents, issuer.Document()), append(ids, issuer.DID)
	}
	return verifier.Policy{
		Now: time.Now(), Issuer: verifier.Expect(ids...), Domain: verifier.Expect("bank.example"), Challenge: verifier.Expect("8d1f6a90"),
		Status: verifier.Ignore[string](), Freshness: verifier.Ignore[time.Duration](), LogReceipt: verifier.Ignore[string](),
		Contexts: issuertest.Contexts(t), Resolver: did.NewPinned(documents...), Require: []string{verifier.CheckHolder},
	}
}

var occasion = wallet.Occasion{Domain: "bank.example", Challenge: "8d1f6a90", Now: time.Now()}

func verify(t *testing.T, data []byte, policy verifier.Policy) *verifier.Report {
	t.Helper()
	report, err := verifier.Verify(t.Context(), data, policy)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

func derived(t *testing.T, e wallet.Entry, pointers ...string) wallet.Shown {
	t.Helper()
	shown, err := e.Derive(t.Context(), pointers)
	if err != nil {
		t.Fatal(err)
	}
	return shown
}

// names returns the members of a JSON object, and those of its subject.
func names(t *testing.T, data []byte) []string {
	t.Helper()
	var object map[string]any
	if err := json.Unmarshal(data, &object); err != nil {
		t.Fatal(err)
	}
	var all []string
	for name := range object {
		all = append(all, name)
	}
	subject, _ := object["credentialSubject"].(map[string]any)
	for name := range subject {
		all = append(all, "credentialSubject."+name)
	}
	slices.Sort(all)
	return all
}

// TestPresent: a part of one credential and all of another verify as one
// presentation by the holder, for its occasion alone.
func TestPresent(t *testing.T) {
	part, all := selective(t), issuertest.New(t)
	w, dir := newWallet(t)
	inPart, inWhole := add(t, part, w), add(t, all, w)
	if w, err := wallet.Open(dir); err != nil { // nothing is needed that is not in the folder
		t.Fatal(err)
	} else if inPart, err = w.Get(inPart.ID); err != nil {
		t.Fatal(err)
	}
	whole, err := inWhole.Whole()
	if err != nil {
		t.Fatal(err)
	}
	shown := derived(t, inPart, "/credentialSubject/birthDate", "/credentialSubject/office")
	presentation, err := w.Present(t.Context(), occasion, []wallet.Shown{shown, whole})
	if err != nil {
		t.Fatal(err)
	}
	policy := relyingParty(t, part, all)
	report := verify(t, presentation, policy)
	if report.Verdict() != verifier.VerdictAccepted {
		t.Fatalf("%s: %s", report.Reason(), presentation)
	}
	if subject := report.Presented()[0].Subjects()[0]; subject["birthDate"] != "2019-02-28" || subject["id"] != w.DID() || len(subject) != 4 {
		t.Errorf("shown are %v", subject)
	}
	if strings.Count(string(presentation), "givenNames") != 1 {
		t.Errorf("the names are shown otherwise than in the whole: %s", presentation)
	}
	for name, change := range map[string]func(*verifier.Policy){
		"domain":    func(p *verifier.Policy) { p.Domain = verifier.Expect("evil.example") },
		"challenge": func(p *verifier.Policy) { p.Challenge = verifier.Expect("8d1f6a91") },
		"issuer":    func(p *verifier.Policy) { p.Issuer = verifier.Expect(all.DID) },
	} {
		other := policy
		change(&other)
		if report := verify(t, presentation, other); report.Verdict() != verifier.VerdictRefused {
			t.Errorf("for another %s: %s", name, report.Verdict())
		}
	}
	thief, _ := newWallet(t)
	stolen, err := thief.Present(t.Context(), occasion, []wallet.Shown{shown})
	if err != nil {
		t.Fatal(err)
	}
	if report := verify(t, stolen, policy); report.Verdict() == verifier.VerdictAccepted {
		t.Error("another presents it")
	}
}

// TestDerive: what is derived shows what was asked for and what the issuer made
// mandatory, and verifies; the wallet keeps the whole.
func TestDerive(t *testing.T) {
	issuer := selective(t)
	w, _ := newWallet(t)
	entry := add(t, issuer, w)
	before := bytes.Clone(entry.Bytes())
	policy := relyingParty(t, issuer)
	policy.Domain, policy.Challenge, policy.Require = verifier.Ignore[string](), verifier.Ignore[string](), nil
	always := []string{"@context", "credentialSubject", "credentialSubject.id", "credentialSubject.type", "id", "issuer", "proof", "type", "validFrom", "validUntil"}
	for pointer, more := range map[string][]string{
		"/credentialSubject/birthDate": {"credentialSubject.birthDate"},
		"/credentialSubject/id":        nil,
		"/credentialSubject":           {"credentialSubject.birthDate", "credentialSubject.familyName", "credentialSubject.givenNames", "credentialSubject.office"},
		"":                             {"credentialSubject.birthDate", "credentialSubject.familyName", "credentialSubject.givenNames", "credentialSubject.office", "name"},
	} {
		shown := derived(t, entry, pointer)
		want := slices.Sorted(slices.Values(slices.Concat(always, more)))
		if diff := cmp.Diff(want, names(t, shown.Bytes())); diff != "" {
			t.Errorf("%q: %s", pointer, diff)
		}
		if report := verify(t, shown.Bytes(), policy); report.Verdict() != verifier.VerdictAccepted {
			t.Errorf("%q: %s", pointer, report.Reason())
		}
	}
	if !bytes.Equal(before, entry.Bytes()) {
		t.Error("the credential in the wallet was changed")
	}
}

func TestDeriveRefuses(t *testing.T) {
	issuer := selective(t)
	w, _ := newWallet(t)
	entry := add(t, issuer, w)
	for _, pointers := range [][]string{
		nil,
		{},
		{"/name"},
		{"/credentialSubject/nothing"},
		{"birthDate"},
		{"/credentialSubject/birthDate/0"},
		{"/credentialSubject/birthDate", "/x"},
		{"/credentialSubject/~2"},
	} {
		_, err := entry.Derive(t.Context(), pointers)
		if !errors.Is(err, wallet.ErrPointer) || !strings.Contains(err.Error(), "what can be shown: /credentialSubject/birthDate, ") {
			t.Errorf("%q: %v", pointers, err)
		}
	}
	if _, err := entry.Whole(); !errors.Is(err, wallet.ErrBase) {
		t.Errorf("the base proof is shown: %v", err)
	}
	plain := add(t, issuertest.New(t), w)
	if _, err := plain.Derive(t.Context(), []string{"/name"}); !errors.Is(err, wallet.ErrWhole) || plain.Selective() {
		t.Errorf("of what was signed as a whole: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := entry.Derive(ctx, []string{"/credentialSubject"}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

func TestPresentRefuses(t *testing.T) {
	issuer := issuertest.New(t)
	w, _ := newWallet(t)
	whole, err := add(t, issuer, w).Whole()
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range []wallet.Occasion{{}, {Domain: "bank.example"}, {Challenge: "8d1f6a90"}} {
		if _, err := w.Present(t.Context(), o, []wallet.Shown{whole}); !errors.Is(err, wallet.ErrOccasion) {
			t.Errorf("%+v: %v", o, err)
		}
	}
	for _, n := range []int{0, 101} {
		if data, err := w.Present(t.Context(), occasion, slices.Repeat([]wallet.Shown{whole}, n)); err == nil {
			t.Errorf("%d credentials: %s", n, data)
		}
	}
}

// TestUnlinkable: by bbs-2023, two derivations have another proof each, and a
// verifier who takes the suite accepts both.
func TestUnlinkable(t *testing.T) {
	issuer := issuertest.New(t)
	issuer.Unlinkable()
	w, _ := newWallet(t)
	entry := add(t, issuer, w)
	if _, err := entry.Whole(); !errors.Is(err, wallet.ErrBase) {
		t.Errorf("the base proof is shown: %v", err)
	}
	policy := relyingParty(t, issuer)
	var err error
	if policy.Suites, err = suites.All(); err != nil {
		t.Fatal(err)
	}
	var presentations [2][]byte
	var shown [2]wallet.Shown
	for i := range shown {
		shown[i] = derived(t, entry, "/credentialSubject/birthDate")
		if presentations[i], err = w.Present(t.Context(), occasion, shown[i:i+1]); err != nil {
			t.Fatal(err)
		}
		if report := verify(t, presentations[i], policy); report.Verdict() != verifier.VerdictAccepted {
			t.Error(report.Reason())
		}
	}
	if bytes.Equal(shown[0].Credential.Bytes(), shown[1].Credential.Bytes()) {
		t.Error("both have the same proof")
	}
}

// TestCheckBase: a base proof is checked by all that it can show.
func TestCheckBase(t *testing.T) {
	issuer := selective(t)
	w, _ := newWallet(t)
	policy := relyingParty(t, issuer)
	policy.Domain, policy.Challenge, policy.Require = verifier.Ignore[string](), verifier.Ignore[string](), nil
	base := issuer.Credential(w.DID())
	received, err := wallet.Check(t.Context(), base, policy)
	if err != nil || received.Report().Verified() == nil || !bytes.Equal(received.Bytes(), base) {
		t.Fatalf("%v, %v", received, err)
	}
	derived := received.Report().Unverified().Bytes()
	for name, data := range map[string][]byte{
		"altered":             bytes.Replace(base, []byte("2019-02-28"), []byte("2019-02-27"), 1),
		"altered mandatory":   bytes.Replace(base, []byte(`"validUntil": "2`), []byte(`"validUntil": "3`), 1),
		"another's signature": issuer.SignAsOther(issuer.Unsigned(w.DID())),
		"derived":             derived,
		"without a proof":     []byte(strings.Replace(string(derived), `"proof":`, `"x":`, 1)),
		"no credential":       []byte(`{}`),
		"nothing":             nil,
	} {
		received, err := wallet.Check(t.Context(), data, policy)
		if err == nil {
			_, err = w.Add(received)
		}
		if !errors.Is(err, wallet.ErrNotAccepted) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestContextsAreKept: what came with a credential is needed to show it, and
// noticed if it was changed.
func TestContextsAreKept(t *testing.T) {
	issuer := selective(t)
	w, dir := newWallet(t)
	entry := add(t, issuer, w)
	path := filepath.Join(dir, "contexts", entry.ID+".json")
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("%v, %v", info, err)
	}
	kept, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"no JSON": "x", "another digest": strings.Replace(string(kept), `"sha256":"`, `"sha256":"0`, 1),
	} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := entry.Derive(t.Context(), []string{"/name"}); !errors.Is(err, wallet.ErrDamaged) || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestPointers: members that go with any claim are none, and names are escaped.
func TestPointers(t *testing.T) {
	issuer := issuertest.New(t)
	w, _ := newWallet(t)
	issuer.Make = func(holder string) []byte {
		document := issuer.Unsigned(holder)
		document["evidence"] = map[string]any{"type": "BirthRegistration"}
		return issuer.Sign(document)
	}
	want := []string{
		"/credentialSubject/birthDate", "/credentialSubject/familyName", "/credentialSubject/givenNames", "/credentialSubject/office",
		"/evidence", "/name", "/validFrom", "/validUntil",
	}
	if diff := cmp.Diff(want, add(t, issuer, w).Pointers()); diff != "" {
		t.Error(diff)
	}
}
