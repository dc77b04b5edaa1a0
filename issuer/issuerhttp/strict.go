package issuerhttp

import (
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/chancery-vc/chancery/internal/web"
)

// maxLarge caps how many large questions, or wordings of credentials, are
// answered at a time.
const maxLarge = 16

// spelled refuses a path that is another one until it is unescaped: a proxy in
// front may have gone by its spelling. Only an identifier may be written so,
// since those who ask for one escape its colons.
func spelled(c *gin.Context) {
	before, isIdentifier := strings.CutSuffix(c.FullPath(), "*did")
	if raw := c.Request.URL.RawPath; raw != "" && !(isIdentifier && strings.HasPrefix(raw, before)) {
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
		leave, err := large.Enter(c.Request)
		if err != nil { // nobody waits for an answer
			c.Abort()
			return
		}
		defer leave()
		c.Next()
	}
}
