package issuerhttp

import (
	"net/http"

	"github.com/go-json-experiment/json"
)

// Problem is a problem document (RFC 9457).
type Problem struct {
	Type   string `json:"type,omitzero"`
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail,omitzero"`
}

func writeProblem(w http.ResponseWriter, p Problem) {
	p.Title = http.StatusText(p.Status)
	data, _ := json.Marshal(p)
	w.Header().Set("Content-Type", "application/problem+json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(p.Status)
	_, _ = w.Write(data)
}
