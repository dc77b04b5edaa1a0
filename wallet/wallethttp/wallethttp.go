// Package wallethttp serves what a holder does over HTTP: the holder's part of
// the VC API.
//
//	POST /credentials/derive  {"verifiableCredential": {…}, "options": {"selectivePointers": ["/…"]}}
//
// The answer is 201 with {"verifiableCredential": {…}}, which shows what its
// issuer made mandatory and what the pointers (RFC 6901) select. A body that
// cannot be read as such a request is answered with 400, and a credential of
// which that cannot be shown with 422, both with a problem document (RFC 9457).
// An option that is not known is refused: it could be one to show less.
//
// No key is needed and none is used; nothing is fetched, kept or logged of what
// a request holds. Who may ask is for the caller to see to.
//
// Source: Verifiable Credential API 0.3, "Derive Credential"; Data Integrity
// ECDSA Cryptosuites 1.0, section 3.6.6; Verifiable Credentials Data Model 2.0,
// section 7.2; RFC 9457.
package wallethttp

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/chancery-vc/chancery/schemas"
	"github.com/chancery-vc/chancery/verifier/proof"
)

// maxTime caps what deriving one credential may take.
const maxTime = 20 * time.Second

// Types of problems (VC Data Model 2.0, section 7.2; Data Integrity 1.0,
// section 4.7).
const (
	problemParsing    = "https://www.w3.org/TR/vc-data-model#PARSING_ERROR"
	problemMalformed  = "https://www.w3.org/TR/vc-data-model#MALFORMED_VALUE_ERROR"
	problemGeneration = "https://w3id.org/security#PROOF_GENERATION_ERROR"
)

// problem is a problem document.
type problem struct {
	Type   string `json:"type"`
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail"`
}

// Derive returns a handler that derives credentials whose base proof is by a
// suite of table. The log gets a line a request, without its content.
func Derive(table *proof.Table, contexts *schemas.Contexts, log *slog.Logger) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		status := http.StatusCreated
		answer, err := derive(r.Context(), r.Body, table, contexts)
		if err != nil {
			p := problemOf(err)
			status = p.Status
			writeProblem(w, p)
		} else {
			write(w, status, "application/json", answer)
		}
		log.Info("derive", "status", status)
	})
}

// problemOf: whatever is wrong is the request's, which is all that there is.
func problemOf(err error) problem {
	p := problem{Type: problemGeneration, Status: http.StatusUnprocessableEntity, Detail: err.Error()}
	switch {
	case errors.Is(err, errRequest):
		p.Type, p.Status = problemParsing, http.StatusBadRequest
	case errors.Is(err, context.DeadlineExceeded):
		p.Detail = "deriving from this credential takes too long"
	case errors.Is(err, proof.ErrMalformed), errors.Is(err, proof.ErrMissing):
		p.Type = problemMalformed
	}
	p.Title = http.StatusText(p.Status)
	return p
}

func writeProblem(w http.ResponseWriter, p problem) {
	data, _ := json.Marshal(p) // text can always be written
	write(w, p.Status, "application/problem+json", data)
}

func write(w http.ResponseWriter, status int, mediaType string, data []byte) {
	w.Header().Set("Content-Type", mediaType)
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(data)
}
