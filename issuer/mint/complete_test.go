package mint_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/issuer/mint"
	"github.com/chancery-vc/chancery/schemas"
	"github.com/chancery-vc/chancery/verifier"
	"github.com/chancery-vc/chancery/verifier/did"
	"github.com/chancery-vc/chancery/verifier/proof"
	ecdsasuite "github.com/chancery-vc/chancery/verifier/proof/ecdsa"
	"github.com/chancery-vc/chancery/verifier/proof/eddsa"
)

// Credentials of a caller's wording, with the spacing and order of a person's.
const (
	worded2 = `{ "credentialSubject": {"id":"did:example:a", "name" : "\u00c1nh" }, "type": ["VerifiableCredential"],` +
		` "@context": ["https://www.w3.org/ns/credentials/v2"]}`
	worded1 = `{"@context":"https://www.w3.org/2018/credentials/v1","type":["VerifiableCredential"],"credentialSubject":{"id":"did:example:a"}}`
)

const us = "did:example:issuer"

func additions() mint.Additions {
	return mint.Additions{Now: now, Issuer: us}
}

func TestCompleteAddsWhatIsMissing(t *testing.T) {
	const subject2, rest2 = `"credentialSubject":{"id":"did:example:a", "name" : "\u00c1nh" }`, `,"type":["VerifiableCredential"],"@context":["https://www.w3.org/ns/credentials/v2"]`
	const start1 = `{"@context":["https://www.w3.org/2018/credentials/v1","https://w3id.org/security/data-integrity/v2"],"type":["VerifiableCredential"],"credentialSubject":{"id":"did:example:a"}`
	until := now.Add(time.Hour)
	for name, test := range map[string]struct {
		document string
		edit     func(*mint.Additions)
		want     string
	}{
		"an issuer": {worded2, nil, `{` + subject2 + rest2 + `,"issuer":"` + us + `"}`},
		"an end": {
			worded2, func(a *mint.Additions) { a.ValidUntil = until },
			`{` + subject2 + rest2 + `,"issuer":"` + us + `","validUntil":"2026-07-01T13:00:00Z"}`,
		},
		"an id": {
			worded2, func(a *mint.Additions) { a.ID = "urn:x:1" },
			`{` + subject2 + rest2 + `,"id":"urn:x:1","issuer":"` + us + `"}`,
		},
		"a status": {
			worded2, func(a *mint.Additions) { a.Status = &mint.Status{List: "https://r.example/status/1", Index: 7} },
			`{` + subject2 + rest2 + `,"issuer":"` + us + `","credentialStatus":{"id":"https://r.example/status/1#7","type":"BitstringStatusListEntry",` +
				`"statusPurpose":"revocation","statusListIndex":"7","statusListCredential":"https://r.example/status/1"}}`,
		},
		"the context and the date of 1.1": {worded1, nil, start1 + `,"issuanceDate":"2026-07-01T12:00:00Z","issuer":"` + us + `"}`},
		"the end of 1.1": {
			worded1, func(a *mint.Additions) { a.ValidUntil = until },
			start1 + `,"issuanceDate":"2026-07-01T12:00:00Z","issuer":"` + us + `","expirationDate":"2026-07-01T13:00:00Z"}`,
		},
	} {
		a := additions()
		if test.edit != nil {
			test.edit(&a)
		}
		got, u, err := mint.Complete([]byte(test.document), a)
		if err != nil || string(got) != test.want || u.Issuer != us {
			t.Errorf("%s: %v\ngot  %s\nwant %s", name, err, got, test.want)
		}
	}
}

func TestCompleteLeavesWhatIsThere(t *testing.T) {
	a := mint.Additions{Now: now, ID: "urn:x:1", Issuer: us, ValidUntil: now.Add(time.Hour)}
	for name, document := range map[string]string{
		"2.0": `{"@context":["https://www.w3.org/ns/credentials/v2"],"id":"urn:x:1","type":["VerifiableCredential"],"issuer":{"id":"did:example:other","name":"Other"},` +
			`"validUntil":"2030-01-01T00:00:00Z","credentialSubject":{"name":"x"}}`,
		"1.1": `{"@context":["https://www.w3.org/2018/credentials/v1","https://w3id.org/security/data-integrity/v2"],"id":"urn:x:1","type":["VerifiableCredential"],` +
			`"issuer":"did:example:other","issuanceDate":"2020-01-01T00:00:00Z","expirationDate":"2030-01-01T00:00:00Z","credentialSubject":{"id":"urn:x:2"}}`,
	} {
		got, u, err := mint.Complete([]byte(document), a)
		if err != nil || string(got) != document || u.Issuer != "did:example:other" {
			t.Errorf("%s: %v\n%s", name, err, got)
		}
	}
}

func TestCompleteGivesAnIssuerObjectItsID(t *testing.T) {
	document := strings.Replace(worded2, `"type"`, `"issuer": {"name": "Office"}, "type"`, 1)
	got, _, err := mint.Complete([]byte(document), additions())
	if err != nil || !strings.Contains(string(got), `"issuer":{"name":"Office","id":"`+us+`"}`) {
		t.Errorf("%v: %s", err, got)
	}
}

func TestCompleteRefuses(t *testing.T) {
	with := func(member string) string { return strings.Replace(worded2, "{", "{"+member+",", 1) }
	status := func(a *mint.Additions) { a.Status = &mint.Status{List: "https://r.example/status/1"} }
	for name, test := range map[string]struct {
		document string
		edit     func(*mint.Additions)
	}{
		"nothing":                    {"", nil},
		"null":                       {"null", nil},
		"a string":                   {`"credential"`, nil},
		"a list":                     {"[" + worded2 + "]", nil},
		"two documents":              {worded2 + worded2, nil},
		"a doubled member":           {with(`"type":["VerifiableCredential"]`), nil},
		"an unfinished one":          {worded2[:len(worded2)-1], nil},
		"not UTF-8":                  {strings.Replace(worded2, `\u00c1`, "\xc1", 1), nil},
		"a proof":                    {with(`"proof":{}`), nil},
		"a proof that is null":       {with(`"proof":null`), nil},
		"another id":                 {with(`"id":"urn:x:1"`), func(a *mint.Additions) { a.ID = "urn:x:2" }},
		"an id that is none":         {worded2, func(a *mint.Additions) { a.ID = "number 7" }},
		"a status already":           {with(`"credentialStatus":{"type":"https://example.org/Status"}`), status},
		"an issuer that is null":     {with(`"issuer":null`), nil},
		"an issuer that is a list":   {with(`"issuer":[]`), nil},
		"no context":                 {strings.Replace(worded2, "@context", "context", 1), nil},
		"a context that is none":     {strings.Replace(worded2, `["https://www.w3.org/ns/credentials/v2"]`, `4`, 1), nil},
		"no contexts":                {strings.Replace(worded2, `["https://www.w3.org/ns/credentials/v2"]`, `[]`, 1), nil},
		"the date of 1.1 in 2.0":     {with(`"issuanceDate":"2020-01-01T00:00:00Z"`), nil},
		"no issuer, and none to add": {worded2, func(a *mint.Additions) { a.Issuer = "" }},
	} {
		a := additions()
		if test.edit != nil {
			test.edit(&a)
		}
		if got, u, err := mint.Complete([]byte(test.document), a); !errors.Is(err, mint.ErrForm) || got != nil || u != nil {
			t.Errorf("%s: %s, %v", name, got, err)
		}
	}
}

// FuzzComplete: what is completed is complete: it stays as it is.
func FuzzComplete(f *testing.F) {
	f.Add([]byte(worded2))
	f.Add([]byte(worded1))
	f.Add([]byte(`{"issuer":{"id":1},"@context":[["https://www.w3.org/2018/credentials/v1"]]}`))
	a := mint.Additions{Now: now, Issuer: us, ValidUntil: now.Add(time.Hour)}
	f.Fuzz(func(t *testing.T, document []byte) {
		once, _, err := mint.Complete(document, a)
		if err != nil {
			if !errors.Is(err, mint.ErrForm) || once != nil {
				t.Fatalf("%s, %v", once, err)
			}
			return
		}
		if twice, _, err := mint.Complete(once, a); err != nil || string(twice) != string(once) {
			t.Fatalf("%v\n%s\n%s", err, once, twice)
		}
	})
}

// suiteCase is a suite with a kind of key.
type suiteCase struct {
	suite  proof.SigningSuite
	signer crypto.Signer
}

func suiteCases(t *testing.T) map[string]suiteCase {
	t.Helper()
	_, ed, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	p256, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	p384, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return map[string]suiteCase{
		"eddsa-rdfc-2022":       {eddsa.RDFC2022{}, ed},
		"eddsa-jcs-2022":        {eddsa.JCS2022{}, ed},
		"ecdsa-rdfc-2019 P-256": {ecdsasuite.RDFC2019{}, p256},
		"ecdsa-rdfc-2019 P-384": {ecdsasuite.RDFC2019{}, p384},
		"ecdsa-jcs-2019 P-256":  {ecdsasuite.JCS2019{}, p256},
		"ecdsa-jcs-2019 P-384":  {ecdsasuite.JCS2019{}, p384},
	}
}

func newMinter(t *testing.T, c suiteCase) *mint.Minter {
	t.Helper()
	id, _, err := did.FromKey(c.signer.Public())
	if err != nil {
		t.Fatal(err)
	}
	contexts, err := schemas.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	m, err := mint.New(id, c.signer, c.suite, contexts)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// accepted tells whether anybody's verifier accepts a credential.
func accepted(t *testing.T, signed []byte) bool {
	t.Helper()
	report, err := verifier.Verify(t.Context(), signed, verifier.Policy{
		Now: now, Issuer: verifier.Ignore[string](), Domain: verifier.Ignore[string](), Challenge: verifier.Ignore[string](),
		Status: verifier.Ignore[string](), Freshness: verifier.Ignore[time.Duration](), LogReceipt: verifier.Ignore[string](),
	})
	if err != nil {
		t.Fatal(err)
	}
	return report.Verdict() == verifier.VerdictAccepted
}

func TestEverySuiteSecuresBothModels(t *testing.T) {
	for name, c := range suiteCases(t) {
		m := newMinter(t, c)
		for _, document := range []string{worded1, strings.Replace(worded2, `"name"`, `"description"`, 1)} {
			completed, _, err := mint.Complete([]byte(document), mint.Additions{Now: now, Issuer: m.Issuer().ID})
			if err != nil {
				t.Fatal(err)
			}
			signed, err := m.Secure(t.Context(), completed, now)
			if err != nil || !accepted(t, signed) {
				t.Errorf("%s: %s, %v", name, signed, err)
			}
			if !strings.HasPrefix(string(signed), string(completed[:len(completed)-1])) {
				t.Errorf("%s: the credential itself was changed: %s", name, signed)
			}
		}
	}
}

func TestSuiteAndKeyMustFit(t *testing.T) {
	cases := suiteCases(t)
	m := newMinter(t, suiteCase{eddsa.RDFC2022{}, cases["ecdsa-jcs-2019 P-256"].signer})
	if signed, err := m.Mint(t.Context(), draft(), now); !errors.Is(err, proof.ErrKey) || signed != nil {
		t.Errorf("got %s, %v", signed, err)
	}
}

// TestSecureRefuses: what a relying party would refuse is not released, also
// if it is the caller who says so.
func TestSecureRefuses(t *testing.T) {
	with := func(member string) string { return strings.Replace(worded2, "{", "{"+member+",", 1) }
	for name, c := range suiteCases(t) {
		m := newMinter(t, c)
		for what, document := range map[string]string{
			"an undefined term":  with(`"undefinedTerm":"x"`),
			"an undefined type":  strings.Replace(worded2, `["VerifiableCredential"]`, `["VerifiableCredential","UndefinedType"]`, 1),
			"another's name":     with(`"issuer":"did:example:other"`),
			"what is over":       with(`"validUntil":"2020-01-01T00:00:00Z"`),
			"what is to come":    with(`"validFrom":"2040-01-01T00:00:00Z"`),
			"an unknown context": strings.Replace(worded2, `credentials/v2"]`, `credentials/v2","https://example.org/v1"]`, 1),
		} {
			completed, _, err := mint.Complete([]byte(document), mint.Additions{Now: now, Issuer: m.Issuer().ID})
			if err != nil {
				t.Fatalf("%s: %v", what, err)
			}
			signed, err := m.Secure(t.Context(), completed, now)
			if !errors.Is(err, mint.ErrDraft) && !errors.Is(err, mint.ErrSelfVerify) || signed != nil {
				t.Errorf("%s of %s: %s, %v", name, what, signed, err)
			}
		}
	}
}

// TestLenient: for tests of conformance another's name and any time are good;
// nothing else is.
func TestLenient(t *testing.T) {
	with := func(member string) string { return strings.Replace(worded2, "{", "{"+member+",", 1) }
	const issuer = `"issuer":"did:example:other"`
	m := newMinter(t, suiteCases(t)["eddsa-rdfc-2022"]).Lenient(map[string][][]byte{"https://example.org/known": {[]byte("x")}})
	for document, want := range map[string]bool{
		with(issuer): true,
		with(issuer + `,"validFrom":"2019-01-01T00:00:00Z","validUntil":"2020-01-01T00:00:00Z"`):                                                  true,
		with(issuer + `,"validFrom":"2040-01-01T00:00:00Z"`):                                                                                      true,
		with(issuer + `,"undefinedTerm":"x"`):                                                                                                     false,
		with(issuer + `,"relatedResource":{"id":"https://example.org/known","digestMultibase":"uAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}`):   false,
		with(issuer + `,"relatedResource":{"id":"https://example.org/known","digestSRI":"sha256-LXEWQrcmsEQBYnyp+6wy9chTD7GQPMTbAiWHF5IaSIE="}`):  true,
		with(issuer + `,"relatedResource":{"id":"https://example.org/unknown","digestMultibase":"uAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}`): true,
	} {
		signed, err := m.Secure(t.Context(), []byte(document), now)
		if (err == nil) != want || (signed != nil) != want {
			t.Errorf("%s\n%v", document, err)
		}
	}
}
