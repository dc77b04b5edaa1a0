package wallethttp_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chancery-vc/chancery/schemas"
	"github.com/chancery-vc/chancery/verifier"
	"github.com/chancery-vc/chancery/verifier/did"
	"github.com/chancery-vc/chancery/verifier/proof"
	"github.com/chancery-vc/chancery/verifier/proof/ecdsasd"
	"github.com/chancery-vc/chancery/verifier/proof/eddsa"
	"github.com/chancery-vc/chancery/verifier/suites"
	"github.com/chancery-vc/chancery/wallet/wallethttp"
)

const unsigned = `{"@context":["https://www.w3.org/ns/credentials/v2","https://chancery-vc.github.io/contexts/civil/v1"],` +
	`"type":["VerifiableCredential","BirthRegistration"],"issuer":"did:example:registry","validFrom":"2026-01-01T00:00:00Z","name":"Birth",` +
	`"credentialSubject":{"id":"did:example:child","type":"BirthRegistration","givenNames":"Anna","birthDate":"2019-03-07"}}`

// issued returns a credential with a base proof, and one without.
func issued(t testing.TB) (base, whole string, document *did.Document) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	_, private, err := ed25519.GenerateKey(nil)
	must(t, err)
	id, method, err := did.FromKey(key.Public())
	must(t, err)
	document, err = did.NewDocument(id, key.Public())
	must(t, err)
	_, other, err := did.FromKey(private.Public())
	must(t, err)
	contexts, err := schemas.Embedded()
	must(t, err)
	template := proof.Template{VerificationMethod: method, Purpose: proof.AssertionMethod, Created: time.Now()}
	text := []byte(strings.Replace(unsigned, "did:example:registry", id, 1))
	signed, err := proof.Sign(t.Context(), text, template, ecdsasd.SD2023{Mandatory: []string{"/issuer", "/validFrom"}}, key, contexts)
	must(t, err)
	template.VerificationMethod = other
	plain, err := proof.Sign(t.Context(), text, template, eddsa.RDFC2022{}, private, contexts)
	must(t, err)
	return string(signed), string(plain), document
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// handler returns the handler, and its log.
func handler(t testing.TB) (http.Handler, *bytes.Buffer) {
	t.Helper()
	table, err := suites.Recommended()
	must(t, err)
	contexts, err := schemas.Embedded()
	must(t, err)
	log := &bytes.Buffer{}
	return wallethttp.Derive(table, contexts, slog.New(slog.NewTextHandler(log, nil))), log
}

func ask(h http.Handler, body string) *httptest.ResponseRecorder {
	r := httptest.NewRecorder()
	h.ServeHTTP(r, httptest.NewRequest(http.MethodPost, "/credentials/derive", strings.NewReader(body)))
	return r
}

// wantProblem wants a problem document of a status and a type that ends with
// suffix.
func wantProblem(t *testing.T, r *httptest.ResponseRecorder, status int, suffix string) {
	t.Helper()
	var p struct {
		Type, Title, Detail string
		Status              int
	}
	if err := json.Unmarshal(r.Body.Bytes(), &p); err != nil || r.Code != status || p.Status != status || p.Title == "" || p.Detail == "" ||
		!strings.HasSuffix(p.Type, suffix) || r.Header().Get("Content-Type") != "application/problem+json" {
		t.Errorf("%d %v: %.300s", r.Code, r.Header(), r.Body)
	}
}

// TestDerive: what is asked for and what is mandatory is shown, and verifies.
func TestDerive(t *testing.T) {
	h, log := handler(t)
	base, _, document := issued(t)
	for options, want := range map[string][]string{
		`,"options":{"selectivePointers":["/credentialSubject/birthDate"]}`: {"birthDate", "id", "type"},
		`,"options":{"selectivePointers":["/credentialSubject"]}`:           {"birthDate", "givenNames", "id", "type"},
		`,"options":{"selectivePointers":[""]}`:                             {"birthDate", "givenNames", "id", "type"},
		`,"options":{"selectivePointers":[]}`:                               nil,
		`,"options":{}`:                                                     nil,
		``:                                                                  nil,
	} {
		r := ask(h, `{"verifiableCredential":`+base+options+`}`)
		var answer map[string]json.RawMessage
		if err := json.Unmarshal(r.Body.Bytes(), &answer); err != nil || r.Code != http.StatusCreated || len(answer) != 1 || r.Header().Get("Content-Type") != "application/json" {
			t.Fatalf("%s: %d %v %s", options, r.Code, r.Header(), r.Body)
		}
		var shown struct {
			Issuer            string
			ValidFrom         string
			CredentialSubject map[string]any
		}
		must(t, json.Unmarshal(answer["verifiableCredential"], &shown))
		if diff := cmp.Diff(want, slices.Sorted(maps.Keys(shown.CredentialSubject))); diff != "" || shown.Issuer != document.ID || shown.ValidFrom == "" {
			t.Errorf("%s: %s%s", options, diff, r.Body)
		}
		if want != nil {
			wantAccepted(t, answer["verifiableCredential"], document)
		}
	}
	if text := log.String(); strings.Contains(text, "Anna") || strings.Contains(text, "did:") || strings.Count(text, "\n") != 6 {
		t.Errorf("the log has %s", text)
	}
}

func wantAccepted(t *testing.T, data []byte, document *did.Document) {
	t.Helper()
	report, err := verifier.Verify(t.Context(), data, verifier.Policy{
		Now: time.Now(), Issuer: verifier.Expect(document.ID), Domain: verifier.Ignore[string](), Challenge: verifier.Ignore[string](),
		Status: verifier.Ignore[string](), Freshness: verifier.Ignore[time.Duration](), LogReceipt: verifier.Ignore[string](),
	})
	must(t, err)
	if report.Verdict() != verifier.VerdictAccepted {
		t.Errorf("%s: %s", report.Reason(), data)
	}
}

// TestHostileRequests: what is no request is told from what cannot be shown,
// and nothing is this service's fault.
func TestHostileRequests(t *testing.T) {
	h, _ := handler(t)
	base, whole, _ := issued(t)
	for name, body := range map[string]string{
		"nothing":               ``,
		"null":                  `null`,
		"a list":                `[]`,
		"no credential":         `{"options":{"selectivePointers":[]}}`,
		"a string":              `{"verifiableCredential":"ey.J.x"}`,
		"a list of credentials": `{"verifiableCredential":[` + base + `]}`,
		"another member":        `{"verifiableCredential":` + base + `,"x":1}`,
		"another option":        `{"verifiableCredential":` + base + `,"options":{"withhold":["/name"]}}`,
		"options of a list":     `{"verifiableCredential":` + base + `,"options":[]}`,
		"pointers of a string":  `{"verifiableCredential":` + base + `,"options":{"selectivePointers":"/name"}}`,
		"pointers of numbers":   `{"verifiableCredential":` + base + `,"options":{"selectivePointers":[1]}}`,
		"the credential twice":  `{"verifiableCredential":` + base + `,"verifiableCredential":` + base + `}`,
		"unfinished":            `{"verifiableCredential":` + base,
		"two":                   `{"verifiableCredential":` + base + `}{}`,
		"not UTF-8":             "{\"verifiableCredential\":{\"a\":\"\xff\"}}",
		"deep":                  `{"verifiableCredential":` + strings.Repeat(`{"a":`, 20_000) + `1` + strings.Repeat(`}`, 20_000) + `}`,
		"large":                 `{"verifiableCredential":{"a":"` + strings.Repeat("x", 4<<20) + `"}}`,
	} {
		t.Run(name, func(t *testing.T) { wantProblem(t, ask(h, body), http.StatusBadRequest, "#PARSING_ERROR") })
	}
	for name, c := range map[string]struct{ credential, pointers, problem string }{
		"empty":                   {`{}`, `["/x"]`, "#MALFORMED_VALUE_ERROR"},
		"without a proof":         {unsigned, `["/name"]`, "#MALFORMED_VALUE_ERROR"},
		"without a base proof":    {whole, `["/name"]`, "#MALFORMED_VALUE_ERROR"},
		"proof of a number":       {strings.Replace(unsigned, `{`, `{"proof":1,`, 1), `["/name"]`, "#MALFORMED_VALUE_ERROR"},
		"cut proof value":         {base[:len(base)-20] + `"}}`, `["/name"]`, "#MALFORMED_VALUE_ERROR"},
		"pointer to nothing":      {base, `["/x"]`, "#PROOF_GENERATION_ERROR"},
		"no pointer":              {base, `["name"]`, "#PROOF_GENERATION_ERROR"},
		"wrong escape":            {base, `["/~2"]`, "#PROOF_GENERATION_ERROR"},
		"too many":                {base, `["/name"` + strings.Repeat(`,"/name"`, 1000) + `]`, "#PROOF_GENERATION_ERROR"},
		"more than was signed":    {strings.Replace(base, `"name"`, `"description":"x","name"`, 1), `["/name"]`, "#PROOF_GENERATION_ERROR"},
		"unknown context":         {strings.Replace(base, `civil/v1`, `civil/v9`, 1), `["/name"]`, "#PROOF_GENERATION_ERROR"},
		"terms of its own":        {strings.Replace(base, `"@context":[`, `"@context":[{"x":"urn:x"},`, 1), `["/name"]`, "#PROOF_GENERATION_ERROR"},
		"a term nobody knows":     {strings.Replace(base, `"name"`, `"nobody":"x","name"`, 1), `["/name"]`, "#PROOF_GENERATION_ERROR"},
		"context that is a value": {strings.Replace(base, `"@context":[`, `"@context":[7,`, 1), `["/name"]`, "#PROOF_GENERATION_ERROR"},
	} {
		t.Run(name, func(t *testing.T) {
			r := ask(h, `{"verifiableCredential":`+c.credential+`,"options":{"selectivePointers":`+c.pointers+`}}`)
			wantProblem(t, r, http.StatusUnprocessableEntity, c.problem)
		})
	}
}

// TestDerivedOnce: what was derived cannot be derived from again.
func TestDerivedOnce(t *testing.T) {
	h, _ := handler(t)
	base, _, _ := issued(t)
	r := ask(h, `{"verifiableCredential":`+base+`,"options":{"selectivePointers":["/credentialSubject"]}}`)
	again := strings.TrimSuffix(r.Body.String(), "}") + `,"options":{"selectivePointers":["/credentialSubject"]}}`
	wantProblem(t, ask(h, again), http.StatusUnprocessableEntity, "#MALFORMED_VALUE_ERROR")
}

// FuzzDerive: whatever the body is, it is answered, or the caller's mistake.
func FuzzDerive(f *testing.F) {
	h, _ := handler(f)
	base, whole, _ := issued(f)
	for _, pointers := range []string{`[]`, `[""]`, `["/name"]`, `["/credentialSubject/id","/x"]`, `[1]`} {
		f.Add(`{"verifiableCredential":` + base + `,"options":{"selectivePointers":` + pointers + `}}`)
	}
	f.Add(`{"verifiableCredential":` + whole + `}`)
	f.Fuzz(func(t *testing.T, body string) {
		if r := ask(h, body); r.Code != http.StatusCreated && r.Code != http.StatusBadRequest && r.Code != http.StatusUnprocessableEntity {
			t.Errorf("%d: %s", r.Code, r.Body)
		}
	})
}
