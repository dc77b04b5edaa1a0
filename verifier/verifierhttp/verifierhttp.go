// Package verifierhttp serves a verifier over HTTP: the verifier's part of the
// VC API, and the resolution of did:key identifiers.
//
//	POST {base}/credentials/verify    {"verifiableCredential": {…}, "options": {…}}
//	POST {base}/presentations/verify  {"verifiablePresentation": {…}, "options": {…}}
//	GET  {identifiers}/{did}
//
// The answer to a POST is 200 only if everything that the policy requires is
// established; a body that cannot be read as such a request is answered with
// 400, and what is refused, stale or not established with 422. Whatever is not
// 200 is a problem document (RFC 9457) that holds the report as well, as far
// as there is one. The options are "domain" and "challenge", which the proof
// must have been made for, in place of the policy's; and "checks", which must
// be established besides those that the policy requires, and never instead. A
// request with a check that is not known is refused; other options that are
// not known are ignored, and the answer says so.
//
// Nothing is logged of what a request holds, and nothing is fetched. Who may
// ask is for the caller to see to.
//
// Source: Verifiable Credential API 0.3, "Verifying"; Verifiable Credential
// Data Integrity 1.0, "Processing Errors"; Verifiable Credentials Data Model
// 2.0, section 7.2; Bitstring Status List 1.0, section 3.5; RFC 9457; DID
// Resolution 1.0, "HTTP(S) Binding"; The did:key Method, section 3.1.
package verifierhttp

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/chancery-vc/chancery/internal/web"
	"github.com/chancery-vc/chancery/verifier"
)

// maxLarge caps how many large documents are judged at a time.
const maxLarge = 16

// Options says where a handler serves what.
type Options struct {
	// Base is the path that the endpoints of the VC API are below, such as
	// "/v1". It is empty for the root.
	Base string
	// Identifiers is the path below which identifiers are resolved, such as
	// "/1.0/identifiers". If it is empty, none are.
	Identifiers string
	// Log gets one line a request, without its content.
	Log *slog.Logger
}

// Current gives the verifier to judge a request by, so that the time to judge
// by can be that of the request. Its error is for the log.
type Current func() (*verifier.Verifier, error)

// New returns a handler that judges by what current gives.
func New(current Current, options Options) http.Handler {
	gin.SetMode(gin.ReleaseMode)
	router := gin.New()
	router.HandleMethodNotAllowed = true
	router.RedirectTrailingSlash = false // no request goes by unlogged
	router.ForwardedByClientIP = false   // anybody can send the header
	router.Use(logged(options.Log), gin.CustomRecoveryWithWriter(io.Discard, func(c *gin.Context, cause any) {
		options.Log.Error("panic", "route", c.FullPath(), "cause", fmt.Sprintf("%T", cause)) // it may hold a value
		c.AbortWithStatus(http.StatusInternalServerError)
	}), spelled)
	router.NoRoute(func(c *gin.Context) { notServed(c, http.StatusNotFound) })
	router.NoMethod(func(c *gin.Context) { notServed(c, http.StatusMethodNotAllowed) })
	base := router.Group(options.Base)
	base.Use(few(web.NewLarge(maxLarge)))
	base.POST("/credentials/verify", verifying(current, credentials, options.Log))
	base.POST("/presentations/verify", verifying(current, presentations, options.Log))
	if options.Identifiers != "" {
		router.GET(options.Identifiers+"/*did", resolve)
	}
	return router
}

// logged writes one line a request. It names the route, not the path, which
// may name a person.
func logged(log *slog.Logger) gin.HandlerFunc {
	return func(c *gin.Context) {
		c.Next()
		log.Info("request", "method", web.Method(c.Request), "route", c.FullPath(), "status", c.Writer.Status(), "from", c.ClientIP())
	}
}

// spelled refuses a path that is spelled otherwise than it may be.
func spelled(c *gin.Context) {
	if !web.Spelled(c.Request.URL, c.FullPath()) {
		notServed(c, http.StatusNotFound)
		c.Abort()
	}
}

// few lets only so many large requests be judged at a time.
func few(large web.Large) gin.HandlerFunc {
	return func(c *gin.Context) {
		if !large.Do(c.Request, c.Next) {
			c.AbortWithStatus(http.StatusServiceUnavailable) // nobody waits for it, but the log has it
		}
	}
}

func notServed(c *gin.Context, status int) {
	refuse(c, result{}, Problem{
		Type: "about:blank", Title: http.StatusText(status), Status: status,
		Detail: "POST to /credentials/verify or /presentations/verify, below the base of this service",
	})
}
