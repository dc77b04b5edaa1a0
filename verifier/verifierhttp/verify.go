package verifierhttp

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/go-json-experiment/json"

	"github.com/chancery-vc/chancery/verifier"
)

// maxTime caps what judging one request may take.
const maxTime = 20 * time.Second

// result is what the VC API answers; each version of it has some of these
// members. Checks are the rows that are established.
type result struct {
	Verified bool             `json:"verified"`
	Checks   []string         `json:"checks"`
	Warnings []string         `json:"warnings"`
	Errors   []string         `json:"errors"`
	Problems []Problem        `json:"problemDetails"`
	Report   *verifier.Report `json:"report,omitzero"`
}

// refusal is a problem document about the first of the problems.
type refusal struct {
	Problem
	result
}

// verifying returns the handler of one endpoint.
func verifying(current Current, k kind, log *slog.Logger) gin.HandlerFunc {
	return func(c *gin.Context) {
		r, err := read(c.Request.Body, k)
		if err != nil {
			refuse(c, result{}, ofRequest(err))
			return
		}
		v, err := current()
		if err != nil {
			log.Error("no verifier", "error", err)
			refuse(c, result{}, unavailable)
			return
		}
		ctx, cancel := context.WithTimeout(c.Request.Context(), maxTime)
		defer cancel()
		report, err := r.judge(ctx, v)
		if err != nil {
			refuse(c, result{}, transformation.problem(http.StatusUnprocessableEntity,
				fmt.Sprintf("%s: judging it did not come to an end within %s, so that nothing is established", k.member, maxTime)))
			return
		}
		r.answer(c, k, report)
	}
}

// unavailable is the answer of a service that cannot judge now.
var unavailable = Problem{
	Type: "about:blank", Title: http.StatusText(http.StatusServiceUnavailable), Status: http.StatusServiceUnavailable,
	Detail: "the service cannot judge at the moment; its log says why",
}

// judge judges the document. A domain or a challenge that the request names
// takes the place of the verifier's own.
func (r *request) judge(ctx context.Context, v *verifier.Verifier) (*verifier.Report, error) {
	if r.domain != "" || r.challenge != "" {
		var err error
		if v, err = v.Expecting(rule(r.domain), rule(r.challenge)); err != nil {
			return nil, err
		}
	}
	return v.Verify(ctx, r.document)
}

func rule(text string) verifier.Rule[string] {
	if text == "" {
		return verifier.Ignore[string]()
	}
	return verifier.Expect(text)
}

// answer answers with what was found.
func (r *request) answer(c *gin.Context, k kind, report *verifier.Report) {
	found := result{Warnings: r.ignored, Report: report}
	for _, check := range report.Checks {
		if check.Outcome == verifier.Established {
			found.Checks = append(found.Checks, check.Name)
		}
	}
	problems := problemsOf(r, report)
	switch isPresentation := report.Presentation() != nil; {
	case len(problems) > 0:
	case isPresentation != (k == presentations):
		problems = append(problems, malformed.problem(http.StatusUnprocessableEntity,
			fmt.Sprintf("%s is not a %s; send it to the endpoint for what it is", k.member, k.name)))
	case report.Verdict() != verifier.VerdictAccepted:
		problems = append(problems, security.problem(http.StatusUnprocessableEntity, report.Reason()))
	}
	if len(problems) > 0 {
		refuse(c, found, problems...)
		return
	}
	found.Verified = true
	send(c, http.StatusOK, "application/json", found)
}

// refuse answers with a problem document: the first problem is its own.
func refuse(c *gin.Context, found result, problems ...Problem) {
	found.Problems = problems
	for _, p := range problems {
		found.Errors = append(found.Errors, p.Detail)
	}
	send(c, problems[0].Status, "application/problem+json", refusal{problems[0], found})
}

func send(c *gin.Context, status int, mediaType string, value any) {
	c.Header("Cache-Control", "no-store")
	data, err := json.Marshal(value, json.Deterministic(true))
	if err != nil { // a report can always be written
		c.Status(http.StatusInternalServerError)
		return
	}
	c.Data(status, mediaType, data)
}
