package issuerhttp

import (
	"errors"
	"log/slog"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/chancery-vc/chancery/issuer"
	"github.com/chancery-vc/chancery/issuer/anchor"
	"github.com/chancery-vc/chancery/issuer/issuancelog"
)

// How long the files of the public log may be kept by caches: a tile never
// changes, a checkpoint is soon another (C2SP tlog-tiles).
const (
	cacheTile       = "public, max-age=31536000, immutable"
	cacheCheckpoint = "public, max-age=2"
)

// mountLog serves the public log out of the state, so that nothing need be
// published for anybody to follow it.
func mountLog(routes *gin.RouterGroup, i *issuer.Issuer, log *slog.Logger) {
	get(routes, "/"+issuer.PathLog+issuer.PathCheckpoint, func(c *gin.Context) {
		data, err := i.PublicCheckpoint()
		serveLog(c, log, "text/plain; charset=utf-8", cacheCheckpoint, data, err)
	})
	get(routes, "/"+issuer.PathLog+"tile/*tile", func(c *gin.Context) {
		data, err := i.LogTile("tile" + c.Param("tile"))
		serveLog(c, log, "application/octet-stream", cacheTile, data, err)
	})
}

func serveLog(c *gin.Context, log *slog.Logger, mediaType, cache string, data []byte, err error) {
	switch {
	case errors.Is(err, issuancelog.ErrNoTile), errors.Is(err, anchor.ErrNone):
		noStore(c) // it can be there soon
		writeProblem(c.Writer, problemOf(codeNotFound, ""))
	case err != nil:
		log.ErrorContext(c.Request.Context(), "request failed", "route", c.FullPath(), "error", err)
		noStore(c)
		c.Status(http.StatusInternalServerError)
	default:
		c.Header("Cache-Control", cache)
		c.Data(http.StatusOK, mediaType, data)
	}
}
