package issuerhttp

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/chancery-vc/chancery/internal/web"
)

// maxLarge caps how many large questions, or wordings of credentials, are
// answered at a time.
const maxLarge = 16

// spelled refuses a path that is spelled otherwise than it may be.
func spelled(c *gin.Context) {
	if !web.Spelled(c.Request.URL, c.FullPath()) {
		writeProblem(c.Writer, problemOf(codeNotFound, ""))
		c.Abort()
	}
}

// once refuses a request that says twice who asks, or what it brings: a proxy in
// front may have gone by the other one (RFC 9110, section 5.3).
func once(c *gin.Context) {
	header := c.Request.Header
	if len(header.Values("Authorization")) > 1 || len(header.Values("Content-Type")) > 1 {
		writeProblem(c.Writer, problemOf(codeMalformed, "the header Authorization or Content-Type is there more than once"))
		c.Abort()
	}
}

// few lets only so many large requests be answered at a time.
func few(large web.Large) gin.HandlerFunc {
	return func(c *gin.Context) {
		if !large.Do(c.Request, c.Next) {
			c.AbortWithStatus(http.StatusServiceUnavailable) // nobody waits for it, but the log has it
		}
	}
}
