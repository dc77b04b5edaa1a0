package grantproxy

import (
	"fmt"
	"mime"
	"net/http"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/verifier/statement"
)

// kinds are the kinds of questions, by path.
var kinds = map[string]string{"/v1/facts": "fact", "/v1/statuses": "status", "/v1/credentials": "credential"}

// refusal is what the proxy itself answers with.
type refusal struct {
	status int
	detail string
}

func refuse(status int, format string, args ...any) *refusal {
	return &refusal{status, fmt.Sprintf(format, args...)}
}

// checkSender refuses what no program on this machine sends that was told where
// the proxy is: a request for another name, and one that a browser makes for a
// page. Of a Unix socket host is "", and any name will do.
func checkSender(r *http.Request, host string) *refusal {
	switch {
	case host != "" && r.Host != host:
		return refuse(http.StatusMisdirectedRequest, "this is %s and nothing else: ask it by that address", host)
	case r.Header.Get("Origin") != "" || r.Header.Get("Sec-Fetch-Site") != "":
		return refuse(http.StatusForbidden, "this is for programs, and for no page in a browser")
	}
	return nil
}

// checkForm refuses what is not JSON as it stands.
func checkForm(r *http.Request) *refusal {
	if media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || media != "application/json" || len(r.Header.Values("Content-Type")) > 1 {
		return refuse(http.StatusUnsupportedMediaType, "send the question as application/json")
	}
	if r.Header.Get("Content-Encoding") != "" {
		return refuse(http.StatusUnsupportedMediaType, "send the question as it is, without a Content-Encoding")
	}
	if r.Header.Get("Authorization") != "" || r.Header.Get("DPoP") != "" {
		return refuse(http.StatusBadRequest, "leave the headers Authorization and DPoP out: the proxy says who asks")
	}
	return nil
}

// asked is what a request asks for, as far as it matters here.
type asked struct {
	Purpose   string `json:"purpose"`
	Name      string `json:"name"`
	Questions []struct {
		Name string `json:"name"`
	} `json:"questions"`
	Rest map[string]jsontext.Value `json:",embed"`
}

// checkQuestion refuses what the grant is not for. Members that are there twice
// are refused: another reader could take the other one.
func checkQuestion(g *statement.Grant, kind string, body []byte) *refusal {
	var q asked
	if err := json.Unmarshal(body, &q); err != nil {
		return refuse(http.StatusBadRequest, "the body is no question: an object of JSON with each member once")
	}
	names := []string{q.Name}
	if len(q.Questions) > 0 {
		names = nil
		for _, one := range q.Questions {
			names = append(names, one.Name)
		}
		if q.Name != "" {
			return refuse(http.StatusBadRequest, "send either one question, or questions")
		}
	}
	for _, name := range names {
		if !g.Covers(kind, name, q.Purpose) {
			return refuse(http.StatusForbidden, "the grant is not for the %s %.64q for the purpose %.64q; it is for %s, and for the purposes %s",
				kind, name, q.Purpose, listed(g, kind), strings.Join(g.Purposes, ", "))
		}
	}
	return nil
}

// listed says what of a kind a grant is for.
func listed(g *statement.Grant, kind string) string {
	names := g.Names(kind)
	if len(names) == 0 {
		return "no " + kind
	}
	return kind + " " + strings.Join(names, ", ")
}
