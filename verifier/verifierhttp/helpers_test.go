package verifierhttp_test

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/internal/credtest"
	"github.com/chancery-vc/chancery/schemas"
	"github.com/chancery-vc/chancery/verifier"
	"github.com/chancery-vc/chancery/verifier/bundle"
	"github.com/chancery-vc/chancery/verifier/proof"
	"github.com/chancery-vc/chancery/verifier/status"
	"github.com/chancery-vc/chancery/verifier/verifierhttp"
)

const (
	credentialsVerify   = "/credentials/verify"
	presentationsVerify = "/presentations/verify"
)

// served is a handler, by a policy that knows one issuer.
type served struct {
	testing.TB
	issuer  *credtest.Issuer
	holder  *credtest.Issuer
	policy  verifier.Policy
	handler http.Handler
	log     *bytes.Buffer
}

// serve returns a handler by the policy of a careful relying party, after edit.
func serve(t testing.TB, edit ...func(*verifier.Policy)) *served {
	t.Helper()
	s := &served{TB: t, issuer: credtest.NewIssuer(t, "registry"), holder: credtest.NewIssuer(t, "holder"), log: &bytes.Buffer{}}
	policy := verifier.Policy{
		Now:        credtest.Now,
		Issuer:     verifier.Expect(s.issuer.ID),
		Domain:     verifier.Ignore[string](),
		Challenge:  verifier.Ignore[string](),
		Status:     verifier.Expect(status.Revocation),
		Freshness:  verifier.Expect(24 * time.Hour),
		LogReceipt: verifier.Ignore[string](),
		Bundles:    []*bundle.Bundle{credtest.Open(t, s.issuer, s.issuer.Bundle(t, credtest.Now.Add(-time.Hour)))},
	}
	for _, e := range edit {
		e(&policy)
	}
	s.policy = policy
	v, err := verifier.New(policy)
	if err != nil {
		t.Fatal(err)
	}
	s.handler = verifierhttp.New(func() (*verifier.Verifier, error) { return v, nil }, verifierhttp.Options{
		Identifiers: "/1.0/identifiers", Log: slog.New(slog.NewJSONHandler(s.log, nil)),
	})
	return s
}

// found is an answer of the VC API, as a client reads it.
type found struct {
	Type, Title, Detail string
	Status              int
	Verified            *bool
	Checks              []string
	Warnings            []string
	Errors              []string
	ProblemDetails      []verifierhttp.Problem
	Report              map[string]any

	code int
}

// post posts a body and reads the answer, which must be of the right form
// whatever was posted.
func (s *served) post(path string, body io.Reader) found {
	s.Helper()
	w := httptest.NewRecorder()
	s.handler.ServeHTTP(w, httptest.NewRequest(http.MethodPost, path, body))
	f := found{code: w.Code}
	if err := json.Unmarshal(w.Body.Bytes(), &f); err != nil {
		s.Fatalf("%d %s: %v", w.Code, w.Body, err)
	}
	good := w.Code == http.StatusOK
	want := "application/problem+json"
	if good {
		want = "application/json"
	}
	switch {
	case w.Header().Get("Content-Type") != want,
		f.Verified == nil || *f.Verified != good,
		f.Checks == nil || f.Warnings == nil || f.Errors == nil || f.ProblemDetails == nil,
		good != (len(f.Errors) == 0), len(f.Errors) != len(f.ProblemDetails),
		good != (f.Type == "") || !good && (f.Status != w.Code || f.Title == "" || f.Detail == ""):
		s.Errorf("%d %s is not an answer of the right form: %s", w.Code, w.Header().Get("Content-Type"), w.Body)
	}
	return f
}

// request returns a request about a document.
func request(member string, document []byte, options string) io.Reader {
	text := `{"` + member + `":` + string(document)
	if options != "" {
		text += `,"options":` + options
	}
	return strings.NewReader(text + "}")
}

// verify asks about a credential.
func (s *served) verify(credential []byte, options string) found {
	s.Helper()
	return s.post(credentialsVerify, request("verifiableCredential", credential, options))
}

// present asks about a presentation.
func (s *served) present(presentation []byte, options string) found {
	s.Helper()
	return s.post(presentationsVerify, request("verifiablePresentation", presentation, options))
}

// presentation returns a presentation of credentials by the holder.
func (s *served) presentation(credentials ...[]byte) []byte {
	s.Helper()
	held := []any{}
	for _, one := range credentials {
		held = append(held, credtest.Unmarshal(s, one))
	}
	document := credtest.Object{
		"@context": []any{schemas.CredentialsV2}, "type": "VerifiablePresentation",
		"holder": s.holder.ID,
	}
	if len(held) > 0 {
		document["verifiableCredential"] = held
	}
	unsigned := s.holder.Proof()
	unsigned["proofPurpose"] = proof.Authentication
	unsigned["domain"], unsigned["challenge"] = "counter.example", "c-1"
	return s.holder.Sign(s, document, unsigned)
}

// wantRefused wants an answer with a status and, first of all, a problem.
func (s *served) wantRefused(f found, status int, problem, detail string) {
	s.Helper()
	if f.code != status || !strings.HasSuffix(f.Type, "#"+problem) || !strings.Contains(f.Detail, detail) {
		s.Errorf("got %d %s (%s), want %d %s (%s)", f.code, f.Type, f.Detail, status, problem, detail)
	}
}

func (s *served) wantAccepted(f found, checks ...string) {
	s.Helper()
	if f.code != http.StatusOK {
		s.Errorf("got %d: %s", f.code, f.Detail)
	}
	for _, check := range checks {
		if !slices.Contains(f.Checks, check) {
			s.Errorf("the check %s is not among %v", check, f.Checks)
		}
	}
}
