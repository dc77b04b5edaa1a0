package issuerhttp

import (
	"errors"
	"log/slog"

	"github.com/gin-gonic/gin"

	"github.com/chancery-vc/chancery/issuer"
	"github.com/chancery-vc/chancery/issuer/access"
)

// known lets none but a known caller pass. The others are told what the
// standards have, and the log why.
func known(i *issuer.Issuer, log *slog.Logger) gin.HandlerFunc {
	a := i.Access()
	return func(c *gin.Context) {
		_, end := i.Begin(c.Request.Context(), issuer.StageAuthenticate)
		nonce, err := a.Nonce(c.Request.Context())
		if nonce != "" {
			c.Header("DPoP-Nonce", nonce)
		}
		var caller access.Caller
		if err == nil {
			caller, err = a.Caller(c.Request)
		}
		end(issuer.EndOf(err), issuer.ReasonOf(err))
		if err == nil {
			c.Set(callerKey, caller.Name)
			c.Set(grantKey, caller.Grant)
			return
		}
		log.WarnContext(c.Request.Context(), "unauthorized", "route", c.FullPath(), "from", c.ClientIP(), "reason", err)
		writeProblem(c.Writer, turnedAway(c, a, err))
		c.Abort()
	}
}

// turnedAway returns what a sender is told who is nobody.
func turnedAway(c *gin.Context, a *access.Authenticator, err error) Problem {
	var denied *access.Denied
	switch {
	case errors.Is(err, access.ErrUnavailable), notWritten(err): // a proof's name could not be kept
		return problemOf(codeUnavailable, "who you are cannot be told now; ask again later")
	case !errors.As(err, &denied):
		return problemOf(codeInternal, "")
	case denied.Code == access.CodeInvalidRequest:
		return problemOf(codeMalformed, "say who you are in one way, by the header Authorization, and not in the address")
	}
	for _, challenge := range a.Challenges(denied) {
		c.Writer.Header().Add("WWW-Authenticate", challenge)
	}
	return problemOf(codeUnauthorized, "say who you are in one of the ways that WWW-Authenticate names, as the registry told you")
}
