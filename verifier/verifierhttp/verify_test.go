package verifierhttp_test

import (
	"bytes"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chancery-vc/chancery/internal/credtest"
	"github.com/chancery-vc/chancery/schemas"
	"github.com/chancery-vc/chancery/verifier"
	"github.com/chancery-vc/chancery/verifier/bundle"
	"github.com/chancery-vc/chancery/verifier/credential"
	"github.com/chancery-vc/chancery/verifier/verifierhttp"
)

func TestAccepted(t *testing.T) {
	s := serve(t)
	good := s.issuer.Signed(t)
	for _, options := range []string{"", "null", "{}", `{"checks":null,"domain":null,"challenge":null}`, `{"checks":[]}`, `{"checks":["proof","credentialStatus"]}`} {
		f := s.verify(good, options)
		s.wantAccepted(f, verifier.CheckModel, verifier.CheckProof, verifier.CheckIssuer, verifier.CheckValidity, verifier.CheckStatus)
		if f.Report["verdict"] != "accepted" || f.Report["subjects"] == nil || len(f.Warnings) > 0 {
			t.Errorf("%s: %+v", options, f)
		}
	}
}

// TestProblems: what is wrong with a credential has the type of problem that
// the texts give it.
func TestProblems(t *testing.T) {
	s := serve(t)
	const refused = http.StatusUnprocessableEntity
	proofWith := func(name string, value any) []byte {
		unsigned := s.issuer.Proof()
		unsigned[name] = value
		return s.issuer.Sign(t, s.issuer.Credential(), unsigned)
	}
	relabelled := func(name string, value any) []byte {
		document := credtest.Unmarshal(t, s.issuer.Signed(t))
		document["proof"].(credtest.Object)[name] = value
		return credtest.Marshal(t, document)
	}
	without := func(names ...string) []byte {
		document := credtest.Unmarshal(t, s.issuer.Signed(t))
		credtest.Without(names...)(document)
		return credtest.Marshal(t, document)
	}
	for name, test := range map[string]struct {
		document        []byte
		options         string
		status          int
		problem, detail string
	}{
		"no @context":     {without("@context"), "", refused, "MALFORMED_VALUE_ERROR", "@context"},
		"no type":         {without("type"), "", refused, "MALFORMED_VALUE_ERROR", "type"},
		"no issuer":       {without("issuer"), "", refused, "MALFORMED_VALUE_ERROR", "issuer"},
		"no subject":      {without("credentialSubject"), "", refused, "MALFORMED_VALUE_ERROR", "credentialSubject"},
		"an empty object": {[]byte("{}"), "", refused, "MALFORMED_VALUE_ERROR", ""},
		"unknown context": {
			append([]byte(`{"@context":["`+schemas.CredentialsV2+`","https://elsewhere.example/v1"],`), without("@context")[1:]...),
			"", refused, "MALFORMED_VALUE_ERROR", "get it into a bundle",
		},
		"no proof":       {without("proof"), "", refused, "PROOF_VERIFICATION_ERROR", "it has no proof"},
		"proof null":     {with(t, without("proof"), "proof", nil), "", refused, "PROOF_VERIFICATION_ERROR", "it has no proof"},
		"proof a list":   {with(t, without("proof"), "proof", []any{}), "", refused, "PROOF_VERIFICATION_ERROR", ""},
		"proof a string": {with(t, without("proof"), "proof", "x"), "", refused, "PROOF_VERIFICATION_ERROR", ""},
		"altered":        {bytes.Replace(s.issuer.Signed(t), []byte("O'Brien"), []byte("O'Briem"), 1), "", refused, "PROOF_VERIFICATION_ERROR", "forged or altered"},
		"other purpose":  {proofWith("proofPurpose", "authentication"), "", refused, "PROOF_VERIFICATION_ERROR", "purpose"},
		"unknown suite":  {relabelled("cryptosuite", "invalid-cryptosuite"), "", http.StatusBadRequest, "PROOF_TRANSFORMATION_ERROR", "invalid-cryptosuite"},
		"unknown type":   {relabelled("type", "RsaSignature2018"), "", http.StatusBadRequest, "PROOF_TRANSFORMATION_ERROR", "RsaSignature2018"},
		"other domain":   {proofWith("domain", "a.example"), `{"domain":"b.example"}`, refused, "INVALID_DOMAIN_ERROR", "domain"},
		"no domain":      {s.issuer.Signed(t), `{"domain":"b.example"}`, refused, "INVALID_DOMAIN_ERROR", "domain"},
		"other answer":   {proofWith("challenge", "1"), `{"challenge":"2"}`, refused, "INVALID_CHALLENGE_ERROR", "challenge"},
		"expired":        {s.issuer.Signed(t, credtest.With("validUntil", "2026-06-30T12:00:00Z")), "", refused, "RANGE_ERROR", "expired"},
		"not valid yet":  {s.issuer.Signed(t, credtest.With("validFrom", "2026-07-02T11:00:00Z")), "", refused, "RANGE_ERROR", "not valid yet"},
		"other issuer":   {s.holder.Signed(t), "", refused, "CRYPTOGRAPHIC_SECURITY_ERROR", "not an issuer that is expected"},
		"signed for another": {
			s.holder.Sign(t, s.issuer.Credential(), s.holder.Proof()), "", refused, "CRYPTOGRAPHIC_SECURITY_ERROR", "signed for",
		},
		"no status": {s.issuer.Signed(t, credtest.Without("credentialStatus")), "", refused, "STATUS_RETRIEVAL_ERROR", "no status"},
		"revoked":   {s.issuer.Signed(t, credtest.With("credentialStatus", s.issuer.Entry("revocation", "9"))), "", refused, "STATUS_VERIFICATION_ERROR", "revoked"},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, revoking(t, 9))
			f := s.verify(test.document, test.options)
			s.wantRefused(f, test.status, test.problem, test.detail)
			if f.Report == nil || f.Report["subjects"] != nil {
				t.Errorf("the report is %v", f.Report)
			}
		})
	}
}

func with(t *testing.T, document []byte, name string, value any) []byte {
	t.Helper()
	object := credtest.Unmarshal(t, document)
	object[name] = value
	return credtest.Marshal(t, object)
}

// revoking is a policy that knows entries to be revoked.
func revoking(t *testing.T, entries ...int) func(*verifier.Policy) {
	issuer := credtest.NewIssuer(t, "registry")
	return func(p *verifier.Policy) {
		p.Bundles = []*bundle.Bundle{credtest.Open(t, issuer, issuer.Bundle(t, credtest.Now.Add(-time.Hour), entries...))}
	}
}

// TestStale: what is refused because of old knowledge says by how much.
func TestStale(t *testing.T) {
	s := serve(t, func(p *verifier.Policy) { p.Freshness = verifier.Expect(time.Minute) })
	f := s.verify(s.issuer.Signed(t), "")
	s.wantRefused(f, http.StatusUnprocessableEntity, "STATUS_RETRIEVAL_ERROR", "59 min too old: give the verifier a newer bundle")
	if f.Report["verdict"] != "stale" {
		t.Errorf("the verdict is %v", f.Report["verdict"])
	}
}

// TestChecksAddOnly: asking for one check takes away none that is required,
// and adds one that is not.
func TestChecksAddOnly(t *testing.T) {
	s := serve(t)
	altered := bytes.Replace(s.issuer.Signed(t), []byte("O'Brien"), []byte("O'Briem"), 1)
	for _, checks := range []string{`[]`, `["credentialStatus"]`, `["model","validity"]`} {
		f := s.verify(altered, `{"checks":`+checks+`}`)
		s.wantRefused(f, http.StatusUnprocessableEntity, "PROOF_VERIFICATION_ERROR", "")
	}
	s.wantRefused(s.verify(s.issuer.Signed(t), `{"checks":["holder"]}`), http.StatusUnprocessableEntity, "CRYPTOGRAPHIC_SECURITY_ERROR", "holder: ")
	careless := serve(t, func(p *verifier.Policy) { p.Status = verifier.Ignore[string]() })
	careless.wantAccepted(careless.verify(s.issuer.Signed(t), `{"checks":["proof"]}`))
	careless.wantRefused(careless.verify(s.issuer.Signed(t), `{"checks":["proof","credentialStatus"]}`), http.StatusUnprocessableEntity, "STATUS_RETRIEVAL_ERROR", "not asked for")
}

func TestUnknownOptionsAreNamed(t *testing.T) {
	s := serve(t)
	f := s.verify(s.issuer.Signed(t), `{"returnCredential":true,"chalenge":"c"}`)
	s.wantAccepted(f)
	want := []string{`the option "chalenge" is not known here and was ignored`, `the option "returnCredential" is not known here and was ignored`}
	if diff := cmp.Diff(want, f.Warnings); diff != "" {
		t.Error(diff)
	}
}

func TestDomainAndChallenge(t *testing.T) {
	s := serve(t)
	unsigned := s.issuer.Proof()
	unsigned["domain"], unsigned["challenge"] = []any{"a.example", "counter.example"}, "c-1"
	document := s.issuer.Sign(t, s.issuer.Credential(), unsigned)
	for _, options := range []string{"", `{"domain":"counter.example"}`, `{"challenge":"c-1"}`, `{"domain":"a.example","challenge":"c-1"}`} {
		s.wantAccepted(s.verify(document, options))
	}
	s.wantRefused(s.verify(document, `{"domain":"a.example","challenge":"c-2"}`), http.StatusUnprocessableEntity, "INVALID_CHALLENGE_ERROR", "")
}

func TestPresentations(t *testing.T) {
	s := serve(t)
	good := s.issuer.Signed(t)
	const here = `{"domain":"counter.example","challenge":"c-1"}`
	f := s.present(s.presentation(good, s.issuer.Signed(t, credtest.With("id", "urn:example:2"))), here)
	s.wantAccepted(f, verifier.CheckModel, verifier.CheckProof, verifier.CheckHolder)
	if held, _ := f.Report["credentials"].([]any); len(held) != 2 {
		t.Errorf("the report is %v", f.Report)
	}
	s.wantAccepted(s.present(s.presentation(), ""))
	bad := s.presentation(good, s.issuer.Signed(t, credtest.With("validUntil", credential.FormatTime(credtest.Now.Add(-time.Hour)))))
	s.wantRefused(s.present(bad, here), http.StatusUnprocessableEntity, "RANGE_ERROR", "credential 2: validity: expired")
	altered := bytes.Replace(s.presentation(good), []byte("O'Brien"), []byte("O'Briem"), 1)
	f = s.present(altered, here)
	s.wantRefused(f, http.StatusUnprocessableEntity, "PROOF_VERIFICATION_ERROR", "proof: ")
	rows := []string{"proof", "credential 1: proof", "holder", "credential 1: issuer"} // refusals first
	for i, row := range rows {
		if len(f.Errors) != len(rows) || !strings.HasPrefix(f.Errors[i], row+": ") {
			t.Fatalf("errors: %q", f.Errors)
		}
	}
	s.wantRefused(s.present(s.presentation(good), `{"domain":"elsewhere.example"}`), http.StatusUnprocessableEntity, "INVALID_DOMAIN_ERROR", "")
	s.wantRefused(s.present(s.presentation(good), `{"challenge":"c-2"}`), http.StatusUnprocessableEntity, "INVALID_CHALLENGE_ERROR", "")
	s.wantRefused(s.present(s.presentation(good), `{"checks":["credentialSchema"]}`), http.StatusUnprocessableEntity, "MALFORMED_VALUE_ERROR", "credential 1: schema: ")
}

// TestEachAtItsEndpoint: one is not taken for the other.
func TestEachAtItsEndpoint(t *testing.T) {
	s := serve(t)
	good := s.issuer.Signed(t)
	s.wantRefused(s.verify(s.presentation(good), ""), http.StatusUnprocessableEntity, "MALFORMED_VALUE_ERROR", "is not a credential; send it to the endpoint for what it is")
	s.wantRefused(s.present(good, ""), http.StatusUnprocessableEntity, "MALFORMED_VALUE_ERROR", "is not a presentation; send it to the endpoint for what it is")
}

// TestUnderBase: several can be mounted on one server, and what is elsewhere is
// answered with where to go.
func TestUnderBase(t *testing.T) {
	s := serve(t)
	v, err := verifier.New(verifier.Policy{
		Now: credtest.Now, Issuer: verifier.Ignore[string](), Domain: verifier.Ignore[string](), Challenge: verifier.Ignore[string](),
		Status: verifier.Ignore[string](), Freshness: verifier.Ignore[time.Duration](), LogReceipt: verifier.Ignore[string](),
	})
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle("/lax/", verifierhttp.New(func() (*verifier.Verifier, error) { return v, nil }, verifierhttp.Options{Base: "/lax", Log: discard()}))
	mux.Handle("/", s.handler)
	s.handler = mux
	other := request("verifiableCredential", s.holder.Signed(t), "")
	s.wantAccepted(s.post("/lax"+credentialsVerify, other))
	s.wantRefused(s.verify(s.holder.Signed(t), ""), http.StatusUnprocessableEntity, "CRYPTOGRAPHIC_SECURITY_ERROR", "")
	for _, path := range []string{"/lax/1.0/identifiers/" + s.holder.ID, "/lax/", "/credentials", "/"} {
		if f := s.post(path, nil); f.code != http.StatusNotFound || !strings.Contains(f.Detail, credentialsVerify) {
			t.Errorf("%s: %d %s", path, f.code, f.Detail)
		}
	}
	w := httptest.NewRecorder()
	s.handler.ServeHTTP(w, httptest.NewRequest(http.MethodGet, credentialsVerify, nil))
	if w.Code != http.StatusMethodNotAllowed || w.Header().Get("Allow") != http.MethodPost {
		t.Errorf("GET: %d, Allow %q", w.Code, w.Header().Get("Allow"))
	}
}

// TestLogHasNoContent: the log says that somebody asked, and not about whom.
func TestLogHasNoContent(t *testing.T) {
	s := serve(t)
	good := s.issuer.Signed(t)
	s.verify(good, `{"challenge":"c-secret"}`)
	s.verify(bytes.Replace(good, []byte("O'Brien"), []byte("O'Briem"), 1), "")
	s.post(credentialsVerify, strings.NewReader(`{"verifiableCredential":"O'Brien"}`))
	s.resolve(s.holder.ID, "", "")
	if lines := strings.Count(s.log.String(), "\n"); lines != 4 {
		t.Errorf("%d lines", lines)
	}
	for _, word := range []string{"O'Bri", "did:", "urn:", "c-secret", "2026-05-04"} {
		if strings.Contains(s.log.String(), word) {
			t.Errorf("the log has %s:\n%s", word, s.log)
		}
	}
}

// TestNoVerifier: a service that cannot judge says so, and no more.
func TestNoVerifier(t *testing.T) {
	var log bytes.Buffer
	handler := verifierhttp.New(func() (*verifier.Verifier, error) { return nil, errors.New("bundle /srv/x is gone") },
		verifierhttp.Options{Log: slog.New(slog.NewJSONHandler(&log, nil))})
	answer := httptest.NewRecorder()
	handler.ServeHTTP(answer, httptest.NewRequest(http.MethodPost, "/credentials/verify", strings.NewReader(`{"verifiableCredential":{}}`)))
	if answer.Code != http.StatusServiceUnavailable || strings.Contains(answer.Body.String(), "/srv/x") || !strings.Contains(log.String(), "/srv/x") {
		t.Errorf("got %d %s; log %s", answer.Code, answer.Body, log.String())
	}
}
