package issuerhttp

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net/http"
	"runtime/debug"
	"sync"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/internal/web"
	"github.com/chancery-vc/chancery/issuer"
	"github.com/chancery-vc/chancery/issuer/access"
	"github.com/chancery-vc/chancery/issuer/anchor"
	"github.com/chancery-vc/chancery/issuer/budget"
	"github.com/chancery-vc/chancery/issuer/issuancelog"
	"github.com/chancery-vc/chancery/issuer/key"
	"github.com/chancery-vc/chancery/issuer/partner"
	"github.com/chancery-vc/chancery/issuer/singleuse"
	"github.com/chancery-vc/chancery/issuer/source"
	"github.com/chancery-vc/chancery/issuer/store"
)

// parallel is how many questions of one batch are answered at a time.
const parallel = 16

// consultAnswer is the outcome of one question.
type consultAnswer struct {
	Answer  jsontext.Value `json:"answer,omitzero"`
	Receipt string         `json:"receipt,omitzero"` // of the log, base64
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
	if i.Access().Empty() {
		return
	}
	h := &consult{i, log, terms.Batch, terms.RefusalStep.Std()}
	routes.Use(known(i, log), few(web.NewLarge(maxLarge)))
	routes.GET("/v1/grant", h.left)
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
		query := issuer.Query{Caller: c.GetString(callerKey), Grant: grantOf(c), Kind: kind, Purpose: string(request.Purpose)}
		if request.Questions != nil {
			writeJSON(c, map[string]any{"answers": h.answers(c.Request.Context(), query, request.Questions)})
			return
		}
		answer := h.answer(c.Request.Context(), request.asks(query))
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
		slots <- struct{}{}
		group.Go(func() {
			answers[i] = h.answer(ctx, one.asks(q))
			<-slots
		})
	}
	group.Wait()
	return answers
}

// answer takes one question through the pipeline. A refusal is always the same
// one, and leaves at a whole step after the question came, so that neither its
// text nor its time tells whether there is a record.
func (h *consult) answer(ctx context.Context, q issuer.Query) (a consultAnswer) {
	start := time.Now()
	defer h.recovered(ctx, q.Kind, &a)
	answer, err := h.issuer.Consult(ctx, q)
	if err == nil {
		return consultAnswer{Answer: asJSON(q.Kind, answer.Bytes), Receipt: base64.StdEncoding.EncodeToString(answer.Receipt)}
	}
	problem := problemOf(codeInternal, "")
	var limited access.Limited
	var exhausted budget.Exhausted
	switch {
	case errors.As(err, &limited):
		problem = problemOf(codeLimited, "you have asked as often as you may for now; ask again later")
		problem.RetryAfter = int(math.Ceil(limited.After.Seconds()))
	case errors.As(err, &exhausted):
		problem = problemOf(codeBudget, exhaustedDetail[exhausted])
	case errors.Is(err, partner.ErrUsedUp):
		problem = problemOf(codeUsedUp, "your grant is for no more records than you have asked about; those you can ask about until it ends")
	case errors.Is(err, singleuse.ErrUnavailable):
		problem = problemOf(codeUnavailable, "questions cannot be counted now; ask again later")
		h.tell(ctx, q, err)
	case errors.Is(err, key.ErrUnavailable):
		problem = problemOf(codeUnavailable, "answers cannot be signed now; ask again later")
		h.tell(ctx, q, err)
	case notWritten(err):
		problem = problemOf(codeUnavailable, "nothing can be logged now, and what is not logged is not answered; ask again later")
		h.tell(ctx, q, err)
	case errors.Is(err, source.ErrUnavailable), errors.Is(err, issuer.ErrWidened), errors.Is(err, anchor.ErrStale), errors.Is(err, issuer.ErrStopped):
		problem = problemOf(codeUnavailable, "the register cannot be asked now; ask again later")
		h.tell(ctx, q, err)
	case errors.Is(err, issuer.ErrRefused):
		if errors.Is(err, source.ErrShape) {
			h.tell(ctx, q, err)
		}
		problem = problemOf(codeRefused, "there is no answer to this question for you")
		wait(ctx, untilStep(time.Since(start), h.step))
	default:
		h.log.ErrorContext(ctx, "consult", "kind", q.Kind, "error", err)
	}
	return consultAnswer{Problem: &problem}
}

// notWritten tells whether the log cannot be added to for now, by its clock or
// its disk: of the latter, until the issuer is started again.
func notWritten(err error) bool {
	return errors.Is(err, issuancelog.ErrClock) || errors.Is(err, store.ErrStopped)
}

// exhaustedDetail is what a caller is told of its budget. Which of them it is
// follows from what it asked and was answered before.
var exhaustedDetail = map[budget.Exhausted]string{
	budget.ErrSubjects:  "you have asked about as many records as you may for now; ask later, or have your budget changed",
	budget.ErrQuestions: "you have asked as many questions about this as you may for now; ask later, or have your budget changed",
	budget.ErrNarrow:    "with the answers that you have, this one could tell more than you may know",
}

// tell tells the operator what is wrong with a source. Its errors hold no key and
// no value; that a caller went away is no fault of the source's.
func (h *consult) tell(ctx context.Context, q issuer.Query, err error) {
	if ctx.Err() == nil {
		h.log.WarnContext(ctx, "consult", "kind", q.Kind, "name", q.Name, "error", err)
	}
}

// recovered turns a panic into the outcome of its question: one of a batch would
// end the service. What it panicked with may hold a value of a record.
func (h *consult) recovered(ctx context.Context, kind issuer.Kind, a *consultAnswer) {
	if cause := recover(); cause != nil {
		h.log.ErrorContext(ctx, "panic", "kind", kind, "cause", fmt.Sprintf("%T", cause), "stack", string(debug.Stack()))
		problem := problemOf(codeInternal, "")
		*a = consultAnswer{Problem: &problem}
	}
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
