package issuerhttp

import (
	"context"
	"errors"
	"log/slog"
	"mime"
	"net/http"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/gin-gonic/gin"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/internal/web"
	"github.com/chancery-vc/chancery/issuer"
	"github.com/chancery-vc/chancery/issuer/access"
	"github.com/chancery-vc/chancery/issuer/source"
)

// Caps on a request of a relying party; those of texts are in characters.
const (
	maxConsultBytes = 1 << 20
	maxName         = 64
	maxKey          = 1 << 10
	maxNonce        = 128
)

// parallel is how many questions of one batch are answered at a time.
const parallel = 16

// consultRequest is one question, or a batch of them for one purpose. It is
// described in schemas/openapi.yaml.
type consultRequest struct {
	Purpose   string     `json:"purpose"`
	Nonce     string     `json:"nonce"`
	Name      string     `json:"name"`
	Key       string     `json:"key"`
	Questions []question `json:"questions"`
}

type question struct {
	Name string `json:"name"`
	Key  string `json:"key"`
}

// consultAnswer is the outcome of one question.
type consultAnswer struct {
	Answer  jsontext.Value `json:"answer,omitzero"`
	Problem *Problem       `json:"problem,omitzero"`
}

// consult answers relying parties.
type consult struct {
	issuer *issuer.Issuer
	log    *slog.Logger
	batch  int
	step   time.Duration
}

// mountConsult adds the three questions of relying parties to routes if anybody
// may ask them.
func mountConsult(routes *gin.RouterGroup, i *issuer.Issuer, log *slog.Logger) {
	terms := i.Config().Consult
	var tokens access.Tokens
	for _, caller := range terms.Callers {
		tokens.Add(caller.Name, caller.TokenSHA256)
	}
	if tokens.Empty() {
		return
	}
	h := &consult{i, log, terms.Batch, terms.RefusalStep.Std()}
	routes.Use(authenticated(tokens))
	routes.POST("/v1/facts", h.ask(issuer.Fact))
	routes.POST("/v1/statuses", h.ask(issuer.Status))
	routes.POST("/v1/credentials", h.ask(issuer.Credential))
}

func (h *consult) ask(kind issuer.Kind) gin.HandlerFunc {
	return func(c *gin.Context) {
		request, problem := h.read(c, kind)
		if problem != nil {
			writeProblem(c.Writer, *problem)
			return
		}
		query := issuer.Query{Caller: c.GetString(callerKey), Kind: kind, Purpose: request.Purpose, Nonce: request.Nonce}
		if request.Questions != nil {
			writeJSON(c, map[string]any{"answers": h.answers(c.Request.Context(), query, request.Questions)})
			return
		}
		query.Name, query.Key = request.Name, request.Key
		answer := h.answer(c.Request.Context(), query)
		if answer.Problem != nil {
			writeProblem(c.Writer, *answer.Problem)
			return
		}
		writeJSON(c, answer)
	}
}

func writeJSON(c *gin.Context, value any) {
	data, err := json.Marshal(value)
	if err != nil {
		writeProblem(c.Writer, problemOf(codeInternal, ""))
		return
	}
	noStore(c)
	c.Data(http.StatusOK, "application/json", data)
}

// answers takes each question of a batch through the pipeline, in no order. Its
// outcomes are in that of the questions.
func (h *consult) answers(ctx context.Context, q issuer.Query, questions []question) []consultAnswer {
	answers := make([]consultAnswer, len(questions))
	slots := make(chan struct{}, parallel)
	var group sync.WaitGroup
	for i, one := range questions {
		asked := q
		asked.Name, asked.Key = one.Name, one.Key
		slots <- struct{}{}
		group.Go(func() {
			answers[i] = h.answer(ctx, asked)
			<-slots
		})
	}
	group.Wait()
	return answers
}

// answer takes one question through the pipeline. A refusal is always the same
// one, and leaves at a whole step after the question came, so that neither its
// text nor its time tells whether there is a record.
func (h *consult) answer(ctx context.Context, q issuer.Query) consultAnswer {
	start := time.Now()
	answer, err := h.issuer.Consult(ctx, q)
	if err == nil {
		return consultAnswer{Answer: asJSON(q.Kind, answer.Bytes)}
	}
	problem := problemOf(codeInternal, "")
	switch {
	case errors.Is(err, source.ErrUnavailable), errors.Is(err, issuer.ErrWidened), errors.Is(err, issuer.ErrStopped):
		problem = problemOf(codeUnavailable, "the register cannot be asked now; ask again later")
	case errors.Is(err, issuer.ErrRefused):
		problem = problemOf(codeRefused, "there is no answer to this question for you")
		wait(ctx, untilStep(time.Since(start), h.step))
	default:
		h.log.Error("consult", "kind", q.Kind, "error", err)
	}
	return consultAnswer{Problem: &problem}
}

// asJSON returns an answer as it stands in JSON: a credential is, and a
// statement is a text.
func asJSON(kind issuer.Kind, answer []byte) jsontext.Value {
	if kind == issuer.Credential {
		return answer
	}
	return jsontext.Value(`"` + string(answer) + `"`) // base64url and dots
}

// untilStep returns how long it is from elapsed to the next whole step.
func untilStep(elapsed, step time.Duration) time.Duration {
	return (step - elapsed%step) % step
}

func wait(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// read reads a request. What it does not know is refused, so that nobody takes
// it for heard.
func (h *consult) read(c *gin.Context, kind issuer.Kind) (consultRequest, *Problem) {
	var r consultRequest
	if media, _, err := mime.ParseMediaType(c.GetHeader("Content-Type")); err != nil || media != "application/json" {
		p := problemOf(codeMediaType, "send the question as application/json")
		return r, &p
	}
	body, err := web.ReadBody(http.MaxBytesReader(c.Writer, c.Request.Body, maxConsultBytes), maxConsultBytes)
	if err != nil {
		p := problemOf(codeTooLarge, "the body is too large, or was cut off")
		return r, &p
	}
	if err := json.Unmarshal(body, &r, json.RejectUnknownMembers(true)); err != nil {
		p := problemOf(codeMalformed, `the body is not {"purpose": "...", "nonce": "...", "name": "...", "key": "..."}, or the same with questions, a list of name and key, instead of both`)
		return r, &p
	}
	if detail := r.fault(kind, h.batch); detail != "" {
		p := problemOf(codeMalformed, detail)
		return r, &p
	}
	return r, nil
}

// fault says what is wrong with the form of a request, or "".
func (r *consultRequest) fault(kind issuer.Kind, batch int) string {
	switch {
	case !sized(r.Purpose, maxName):
		return "purpose is missing or too long"
	case kind == issuer.Credential && r.Nonce != "":
		return "nonce is not for credentials, which anybody can check: leave it out"
	case kind != issuer.Credential && !sized(r.Nonce, maxNonce):
		return "nonce is missing or longer than 128 characters: a text of your own that the answer will hold"
	case r.Questions == nil && !(question{r.Name, r.Key}).formed():
		return "name or key is missing or too long"
	case r.Questions == nil:
		return ""
	case r.Name != "" || r.Key != "":
		return "send either name and key, or questions"
	case len(r.Questions) == 0 || len(r.Questions) > batch:
		return "questions is empty, or has more than this registry answers at a time"
	}
	for _, q := range r.Questions {
		if !q.formed() {
			return "the name or key of a question is missing or too long"
		}
	}
	return ""
}

func (q question) formed() bool { return sized(q.Name, maxName) && sized(q.Key, maxKey) }

func sized(text string, most int) bool { return text != "" && utf8.RuneCountInString(text) <= most }
