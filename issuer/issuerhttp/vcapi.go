package issuerhttp

import (
	"context"
	"log/slog"
	"path"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/chancery-vc/chancery/internal/web"
	"github.com/chancery-vc/chancery/issuer"
	"github.com/chancery-vc/chancery/issuer/access"
	"github.com/chancery-vc/chancery/verifier"
	"github.com/chancery-vc/chancery/verifier/verifierhttp"
)

// vcAPI serves the VC API to the callers that the configuration names.
type vcAPI struct {
	issuer *issuer.Issuer
	log    *slog.Logger
}

// paramDID is the part of a path that is an identifier.
const paramDID = "did"

// mountVCAPI adds the VC API, and the resolution of did:key identifiers, to
// routes if it has callers.
func mountVCAPI(routes *gin.RouterGroup, i *issuer.Issuer, log *slog.Logger) {
	h := &vcAPI{issuer: i, log: log}
	var tokens access.Tokens
	for _, caller := range i.Config().VCAPI.Callers {
		tokens.Add(caller.Name, caller.TokenSHA256)
	}
	if tokens.Empty() {
		return
	}
	routes.Use(authenticated(i, tokens), few(web.NewLarge(maxLarge)))
	routes.POST("/credentials/issue", h.issue)
	base := routes.BasePath()
	verify := gin.WrapH(verifierhttp.New(h.verifier, verifierhttp.Options{
		Base: strings.TrimSuffix(base, "/"), Identifiers: path.Join(base, "identifiers"), Log: slog.New(failures{log.Handler()}),
	}))
	routes.POST("/credentials/verify", verify)
	routes.POST("/presentations/verify", verify)
	routes.GET("/identifiers/*"+paramDID, verify)
}

// failures is a log without the line a request that the router writes already.
type failures struct{ slog.Handler }

func (f failures) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= slog.LevelWarn && f.Handler.Enabled(ctx, level)
}

// callerKey is where a request keeps who asks.
const callerKey = "caller"

// authenticated lets none but a known caller pass. The others learn nothing,
// not even whether they showed a token.
func authenticated(i *issuer.Issuer, tokens access.Tokens) gin.HandlerFunc {
	return func(c *gin.Context) {
		_, end := i.Begin(c.Request.Context(), issuer.StageAuthenticate)
		token, _ := web.Bearer(c.GetHeader("Authorization"))
		name := tokens.Caller(token)
		if name == "" {
			end(issuer.EndRefused, issuer.ReasonInvalidToken)
			c.Header("WWW-Authenticate", "Bearer")
			writeProblem(c.Writer, problemOf(codeUnauthorized, "send the header Authorization: Bearer, a space and your token"))
			c.Abort()
			return
		}
		end(issuer.EndDone, issuer.ReasonNone)
		c.Set(callerKey, name)
	}
}

// verifier judges credentials of this issuer, by what it knows now.
func (h *vcAPI) verifier() (*verifier.Verifier, error) {
	return h.issuer.Verifier(context.Background())
}

func (h *vcAPI) issue(c *gin.Context) {
	caller := c.GetString(callerKey)
	secure := func(ctx context.Context, credential []byte, o Options) ([]byte, error) {
		answer, err := h.issuer.Secure(ctx, issuer.Wording{
			Caller: caller, Credential: credential, ID: o.CredentialID, Mandatory: o.MandatoryPointers,
		})
		return answer.Bytes, err
	}
	Issue(secure, h.log).ServeHTTP(c.Writer, c.Request)
}
