package issuerhttp

import (
	"context"
	"encoding/hex"
	"io"
	"log/slog"

	"github.com/gin-gonic/gin"

	"github.com/chancery-vc/chancery/issuer"
)

// headerRequest tells whoever asks what the service's log calls the request.
const headerRequest = "X-Request-Id"

// requestBytes is how many random bytes the name of a request has: no two of one
// log are the same.
const requestBytes = 12

// named gives each request a name of ours. One that the sender chose is not
// taken: it could be another's.
func named(random io.Reader) gin.HandlerFunc {
	return func(c *gin.Context) {
		name := make([]byte, requestBytes)
		if _, err := io.ReadFull(random, name); err != nil {
			writeProblem(c.Writer, problemOf(codeInternal, ""))
			c.Abort()
			return
		}
		id := hex.EncodeToString(name)
		c.Header(headerRequest, id)
		c.Request = c.Request.WithContext(issuer.WithRequest(c.Request.Context(), id))
	}
}

// naming is a handler of log lines that adds the name of the request to each
// that has it in its context.
type naming struct{ slog.Handler }

// Handle writes a line.
func (h naming) Handle(ctx context.Context, r slog.Record) error {
	if id := issuer.RequestOf(ctx); id != "" {
		r.AddAttrs(slog.String("request_id", id))
	}
	return h.Handler.Handle(ctx, r)
}

// WithAttrs returns a handler that names requests, too.
func (h naming) WithAttrs(attrs []slog.Attr) slog.Handler { return naming{h.Handler.WithAttrs(attrs)} }

// WithGroup returns a handler that names requests, too.
func (h naming) WithGroup(name string) slog.Handler { return naming{h.Handler.WithGroup(name)} }
