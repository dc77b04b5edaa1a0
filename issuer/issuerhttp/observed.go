package issuerhttp

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/chancery-vc/chancery/issuer"
)

// observed tells the observer of each request. What a sender says of a trace of
// its own (W3C Trace Context, traceparent) is not taken: anybody could else put
// requests into the operator's traces, or choose which ones are kept. The name
// of the request, which the sender gets, leads from its records to ours.
func observed(i *issuer.Issuer) gin.HandlerFunc {
	return func(c *gin.Context) {
		ctx, end := i.Begin(c.Request.Context(), issuer.StageRequest)
		c.Request = c.Request.WithContext(ctx)
		c.Next()
		end(endOf(c.Writer.Status()), issuer.ReasonNone)
	}
}

// endOf returns what became of a request that was answered with a status.
func endOf(status int) issuer.End {
	switch {
	case status < http.StatusBadRequest:
		return issuer.EndDone
	case status == http.StatusTooManyRequests:
		return issuer.EndLimited
	case status == http.StatusServiceUnavailable:
		return issuer.EndUnavailable
	case status < http.StatusInternalServerError:
		return issuer.EndRefused
	}
	return issuer.EndFailed
}
