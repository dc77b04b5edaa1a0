package issuerhttp

import (
	"context"
	"errors"
	"log/slog"
	"net/http"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/internal/web"
	"github.com/chancery-vc/chancery/issuer"
	"github.com/chancery-vc/chancery/issuer/key"
	"github.com/chancery-vc/chancery/issuer/mint"
)

// maxIssueBytes caps a request to issue a credential.
const maxIssueBytes = 1 << 20

// Types of problems (VC Data Model 2.0, section 7.3; Data Integrity 1.0,
// section 4.7).
const (
	problemParsing    = "https://www.w3.org/TR/vc-data-model#PARSING_ERROR"
	problemMalformed  = "https://www.w3.org/TR/vc-data-model#MALFORMED_VALUE_ERROR"
	problemGeneration = "https://w3id.org/security#PROOF_GENERATION_ERROR"
)

// issueRequest: Verifiable Credential API 0.3, "Issue Credential". What it
// does not list is refused, so that nobody takes an option for heard.
type issueRequest struct {
	Credential jsontext.Value `json:"credential"`
	Options    Options        `json:"options"`
}

// Options say how a credential is to be secured. What is left out is empty.
type Options struct {
	CredentialID      string   `json:"credentialId"`      // is to be its id
	MandatoryPointers []string `json:"mandatoryPointers"` // to what its holder cannot withhold (RFC 6901)
}

var errRequest = errors.New(`the body is not {"credential": {...}, "options": {...}}; the options are credentialId, a string, and mandatoryPointers, a list of strings`)

// Secure secures a credential of its caller's wording.
type Secure func(ctx context.Context, credential []byte, options Options) ([]byte, error)

// Issue returns a handler that answers requests to issue a credential. A caller
// is told what is wrong with its own words, and nothing else.
func Issue(secure Secure, log *slog.Logger) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		request, err := readIssue(w, r)
		if err != nil {
			writeProblem(w, Problem{Type: problemParsing, Status: http.StatusBadRequest, Detail: err.Error()})
			return
		}
		secured, err := secure(r.Context(), request.Credential, request.Options)
		if err != nil {
			failIssue(r.Context(), w, err, log)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Cache-Control", "no-store")
		w.WriteHeader(http.StatusCreated)
		_, _ = w.Write(append(append([]byte(`{"verifiableCredential":`), secured...), '}'))
	})
}

func readIssue(w http.ResponseWriter, r *http.Request) (issueRequest, error) {
	var request issueRequest
	body, err := web.ReadBody(http.MaxBytesReader(w, r.Body, maxIssueBytes), maxIssueBytes)
	if err != nil {
		return request, errors.New("the body is too large, or cannot be read")
	}
	if err := json.Unmarshal(body, &request, json.RejectUnknownMembers(true)); err != nil {
		return request, errRequest
	}
	if request.Credential.Kind() != '{' {
		return request, errors.New("credential is missing, or not an object")
	}
	return request, nil
}

// failIssue tells the caller what is wrong with the credential; of any other
// refusal it tells that it is one.
func failIssue(ctx context.Context, w http.ResponseWriter, err error, log *slog.Logger) {
	p := Problem{Type: problemGeneration, Status: http.StatusUnprocessableEntity, Detail: err.Error()}
	switch {
	case errors.Is(err, key.ErrUnavailable):
		log.ErrorContext(ctx, "issue", "error", err)
		p = Problem{Status: http.StatusServiceUnavailable, Detail: "nothing can be signed now; ask again later"}
	case errors.Is(err, mint.ErrForm):
		p.Type = problemMalformed
	case errors.Is(err, mint.ErrDraft), errors.Is(err, mint.ErrSelfVerify), errors.Is(err, mint.ErrNotSelective), errors.Is(err, issuer.ErrTerms):
	case errors.Is(err, issuer.ErrRefused):
		p.Detail = "this credential cannot be issued"
	default:
		log.ErrorContext(ctx, "issue", "error", err)
		p = Problem{Status: http.StatusInternalServerError}
	}
	writeProblem(w, p)
}
