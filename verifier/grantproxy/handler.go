package grantproxy

import (
	"crypto/subtle"
	"net/http"

	"github.com/go-json-experiment/json"

	"github.com/chancery-vc/chancery/internal/web"
)

// Handler returns what answers programs. host is the address that is listened
// on, as requests must name it; it is "" of a Unix socket.
func (p *Proxy) Handler(host string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if problem := p.serve(w, r, host); problem != nil {
			problem.write(w)
		}
	})
}

// serve answers a request, or returns why it does not.
func (p *Proxy) serve(w http.ResponseWriter, r *http.Request, host string) *refusal {
	if problem := checkSender(r, host); problem != nil {
		return problem
	}
	path := r.URL.EscapedPath()
	if host != "" {
		rest, ours := p.below(path)
		if !ours {
			return refuse(http.StatusForbidden, "the path does not begin as the proxy said when it started")
		}
		path = rest
	}
	kind, forwards := kinds[path]
	switch {
	case r.URL.RawQuery != "" || r.URL.ForceQuery:
		return refuse(http.StatusForbidden, "nothing that is forwarded has a query")
	case (path == "" || path == "/") && r.Method == http.MethodGet:
		return p.serveLeft(w, r)
	case !forwards || r.Method != http.MethodPost:
		return refuse(http.StatusForbidden, "only POST /v1/facts, /v1/statuses and /v1/credentials are forwarded; GET / tells what is left of the grant")
	}
	return p.forward(w, r, path, kind)
}

// below returns what of a path is behind the one that only the owner was told.
func (p *Proxy) below(path string) (rest string, ours bool) {
	if len(path) < len(p.path) || subtle.ConstantTimeCompare([]byte(path[:len(p.path)]), []byte(p.path)) != 1 {
		return "", false
	}
	rest = path[len(p.path):]
	return rest, rest == "" || rest[0] == '/'
}

// forward asks the registry what the program asks, if the grant is for it.
func (p *Proxy) forward(w http.ResponseWriter, r *http.Request, path, kind string) *refusal {
	if problem := checkForm(r); problem != nil {
		return problem
	}
	body, err := web.ReadBody(http.MaxBytesReader(w, r.Body, maxRequest), maxRequest)
	if err != nil {
		return refuse(http.StatusRequestEntityTooLarge, "the body is too large, or was cut off")
	}
	if problem := checkQuestion(p.terms.Grant, kind, body); problem != nil {
		return problem
	}
	select {
	case p.slots <- struct{}{}:
		defer func() { <-p.slots }()
	case <-r.Context().Done():
		return nil // nobody waits for an answer
	}
	if ended := p.watch.ended(); ended != "" {
		return refuse(http.StatusForbidden, "%s", ended)
	}
	a, err := p.upstream.ask(r.Context(), http.MethodPost, path, body)
	if err != nil {
		return refuse(http.StatusBadGateway, "the registry does not answer, or nothing that can be read")
	}
	a.write(w)
	p.heard(a)
	return nil
}

// write passes an answer on: its status, what it is, and when to ask again. No
// other header is, least of all one that is about who asked.
func (a *answer) write(w http.ResponseWriter) {
	for _, name := range []string{"Content-Type", "Retry-After"} {
		if value := a.header.Get(name); value != "" {
			w.Header().Set(name, value)
		}
	}
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(a.status)
	_, _ = w.Write(a.body)
}

// write writes a problem document (RFC 9457). The registry's have a type; these
// have none.
func (p *refusal) write(w http.ResponseWriter) {
	data, _ := json.Marshal(struct {
		Title  string `json:"title"`
		Status int    `json:"status"`
		Detail string `json:"detail"`
	}{http.StatusText(p.status), p.status, "proxy: " + p.detail})
	(&answer{p.status, http.Header{"Content-Type": {"application/problem+json"}}, data}).write(w)
}

// summary is what GET / tells.
type summary struct {
	Left
	Purposes    []string `json:"purposes"`
	Facts       []string `json:"facts,omitzero"`
	Statuses    []string `json:"statuses,omitzero"`
	Credentials []string `json:"credentials,omitzero"`
	Ended       End      `json:"ended,omitzero"`
}

// serveLeft tells what is left, which it asks the registry for.
func (p *Proxy) serveLeft(w http.ResponseWriter, r *http.Request) *refusal {
	left, err := p.refresh(r.Context())
	if err != nil && p.watch.ended() == "" {
		return refuse(http.StatusBadGateway, "%v", err)
	}
	g := p.terms.Grant
	data, err := json.Marshal(summary{left, g.Purposes, g.Facts, g.Statuses, g.Credentials, p.watch.ended()})
	if err != nil {
		return refuse(http.StatusInternalServerError, "what is left cannot be told")
	}
	(&answer{http.StatusOK, http.Header{"Content-Type": {"application/json"}}, append(data, '\n')}).write(w)
	return nil
}
