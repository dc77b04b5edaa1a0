package issuerhttp

import (
	"net/http"
	"strconv"

	"github.com/go-json-experiment/json"
)

// Problem is a problem document (RFC 9457).
type Problem struct {
	Type   string `json:"type,omitzero"`
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail,omitzero"`
	// RetryAfter is after how many seconds to ask again.
	RetryAfter int `json:"retryAfter,omitzero"`
}

// Codes of what relying parties can be told, each with a type of problem that
// docs/errors.md explains. There are no others.
const (
	codeMalformed    = "malformed"
	codeUnauthorized = "unauthorized"
	codeRefused      = "refused"
	codeLimited      = "limited"
	codeBudget       = "budget-exhausted"
	codeUsedUp       = "grant-used-up"
	codeTooLarge     = "too-large"
	codeMediaType    = "media-type"
	codeNotFound     = "not-found"
	codeMethod       = "method"
	codeUnavailable  = "unavailable"
	codeInternal     = "internal"
)

// problemBase is what the types of problems begin with.
const problemBase = "urn:chancery:problem:"

// statuses are the HTTP statuses of the codes.
var statuses = map[string]int{
	codeMalformed:    http.StatusBadRequest,
	codeUnauthorized: http.StatusUnauthorized,
	codeRefused:      http.StatusForbidden,
	codeLimited:      http.StatusTooManyRequests,
	codeBudget:       http.StatusTooManyRequests,
	codeUsedUp:       http.StatusForbidden,
	codeTooLarge:     http.StatusRequestEntityTooLarge,
	codeMediaType:    http.StatusUnsupportedMediaType,
	codeNotFound:     http.StatusNotFound,
	codeMethod:       http.StatusMethodNotAllowed,
	codeUnavailable:  http.StatusServiceUnavailable,
	codeInternal:     http.StatusInternalServerError,
}

// problemOf returns the problem of a code.
func problemOf(code, detail string) Problem {
	return Problem{Type: problemBase + code, Title: http.StatusText(statuses[code]), Status: statuses[code], Detail: detail}
}

func writeProblem(w http.ResponseWriter, p Problem) {
	p.Title = http.StatusText(p.Status)
	data, _ := json.Marshal(p)
	w.Header().Set("Content-Type", "application/problem+json")
	w.Header().Set("Cache-Control", "no-store")
	if p.RetryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(p.RetryAfter))
	}
	w.WriteHeader(p.Status)
	_, _ = w.Write(data)
}
