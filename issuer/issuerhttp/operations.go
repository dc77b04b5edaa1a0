package issuerhttp

import (
	"context"
	"log/slog"
	"net/http"

	"github.com/gin-gonic/gin"
	"github.com/go-json-experiment/json"

	"github.com/chancery-vc/chancery/issuer"
)

// Paths for who looks after the issuer.
const (
	pathLive    = "/livez"
	pathReady   = "/readyz"
	pathMetrics = "/metrics"
)

// Operations returns the handler for probes, and for metrics if they are not
// nil. It asks nobody who they are: serve it only to this machine.
func Operations(i *issuer.Issuer, metrics http.Handler, log *slog.Logger) http.Handler {
	log = slog.New(naming{log.Handler()})
	router := newRouter(log, i.Random())
	mountOperations(router, i, metrics, log)
	return router
}

func mountOperations(routes gin.IRoutes, i *issuer.Issuer, metrics http.Handler, log *slog.Logger) {
	get(routes, pathLive, func(c *gin.Context) { live(c, i) })
	get(routes, pathReady, func(c *gin.Context) {
		ready := i.Ready(c.Request.Context())
		if !ready.Ready {
			log.WarnContext(c.Request.Context(), "not ready", "conditions", ready.Conditions)
		}
		condition(c, ready.Ready, ready)
	})
	if metrics != nil {
		routes.GET(pathMetrics, gin.WrapH(metrics))
	}
}

// live tells whether a new start would help: it does if the state could not be
// written.
func live(c *gin.Context, i *issuer.Issuer) {
	reason := ""
	if err := i.Store().Failure(); err != nil {
		reason = err.Error()
	}
	condition(c, reason == "", struct {
		Live   bool   `json:"live"`
		Reason string `json:"reason,omitzero"`
	}{reason == "", reason})
}

// condition answers 200 or 503, which is what probes go by.
func condition(c *gin.Context, good bool, said any) {
	data, err := json.Marshal(said)
	if err != nil {
		writeProblem(c.Writer, problemOf(codeInternal, ""))
		return
	}
	status := http.StatusOK
	if !good {
		status = http.StatusServiceUnavailable
	}
	noStore(c)
	c.Data(status, "application/json", data)
}

// Ready asks how the running issuer does.
func (c *Client) Ready(ctx context.Context) (ready issuer.Readiness, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://issuer"+pathReady, nil)
	if err != nil {
		return ready, err
	}
	response, err := c.http.Do(request)
	if err != nil {
		return ready, err
	}
	defer response.Body.Close()
	return ready, json.UnmarshalRead(response.Body, &ready)
}
