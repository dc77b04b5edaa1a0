// Package issuerhttp serves an issuer over HTTP: to the world, over TLS, what
// wallets and verifiers need; to the programs that the configuration names, the
// VC API; and to the operator's own commands, over a socket that only the
// operator's account can open, what they do.
//
// Answers to the world are the protocol's own; what is not the caller's
// business is a plain 500 that says nothing, with its cause in the service's
// log. Paths that hold codes are never logged.
//
// Source: OpenID4VCI 1.0, sections 6.3, 7, 8.3 and 12.2.2; RFC 6750, section 3;
// Verifiable Credential API 0.3; RFC 9457.
package issuerhttp

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"runtime/debug"
	"strconv"

	"github.com/gin-gonic/gin"

	"github.com/chancery-vc/chancery/internal/web"
	"github.com/chancery-vc/chancery/issuer"
	"github.com/chancery-vc/chancery/issuer/key"
	"github.com/chancery-vc/chancery/issuer/oid4vci"
	"github.com/chancery-vc/chancery/issuer/singleuse"
	"github.com/chancery-vc/chancery/verifier/bundle"
	"github.com/chancery-vc/chancery/verifier/statement"
)

// maxFormBytes caps a token request.
const maxFormBytes = 8 << 10

type public struct {
	issuer  *issuer.Issuer
	service *oid4vci.Service
	log     *slog.Logger
}

// Public returns the handler for the world.
func Public(i *issuer.Issuer, s *oid4vci.Service, log *slog.Logger) (http.Handler, error) {
	address, err := url.Parse(i.Config().URL)
	if err != nil {
		return nil, err
	}
	log = slog.New(naming{log.Handler()})
	h := &public{issuer: i, service: s, log: log}
	router := newRouter(log, i.Random(), observed(i))
	get(router, "/.well-known/openid-credential-issuer"+address.Path, func(c *gin.Context) { c.JSON(http.StatusOK, s.Metadata()) })
	get(router, "/.well-known/oauth-authorization-server"+address.Path, func(c *gin.Context) { c.JSON(http.StatusOK, s.ServerMetadata()) })
	base := router.Group(address.Path)
	base.GET("/offers/:code", h.offer)
	base.POST("/token", h.token)
	base.POST("/nonce", h.nonce)
	base.POST("/credential", h.credential)
	mountVCAPI(router.Group(address.Path), i, log)
	mountConsult(router.Group(address.Path), i, log)
	own := base.Group("/" + i.Config().Shard())
	get(own, "/"+issuer.PathStatus+":list", h.statusList)
	get(own, "/"+issuer.PathCheckpoint, h.checkpoint)
	mountLog(own, i, log)
	get(own, "/"+issuer.PathBundle, h.bundle)
	get(base, "/"+issuer.PathScope, h.scope)
	path, _, err := i.DIDDocument()
	if err != nil {
		return nil, err
	}
	if path != "" {
		get(base, "/"+path, h.document)
	}
	return router, nil
}

// get serves what anybody may cache: caches ask with HEAD, too.
func get(routes gin.IRoutes, path string, handler gin.HandlerFunc) {
	routes.GET(path, handler)
	routes.HEAD(path, handler)
}

// newRouter returns a router that gives each request a name, and writes a line
// for it. What is around a request sees that name, and a panic as its answer.
func newRouter(log *slog.Logger, random io.Reader, around ...gin.HandlerFunc) *gin.Engine {
	gin.SetMode(gin.ReleaseMode)
	router := gin.New()
	router.HandleMethodNotAllowed = true
	router.RedirectTrailingSlash = false // no request goes by unlogged
	router.ForwardedByClientIP = false   // anybody can send the header
	router.NoRoute(func(c *gin.Context) { writeProblem(c.Writer, problemOf(codeNotFound, "")) })
	router.NoMethod(func(c *gin.Context) { writeProblem(c.Writer, problemOf(codeMethod, "")) })
	router.Use(logged(log), named(random))
	router.Use(around...)
	router.Use(gin.CustomRecoveryWithWriter(io.Discard, func(c *gin.Context, cause any) {
		// What it panicked with may hold a value of a record, or a token.
		log.ErrorContext(c.Request.Context(), "panic", "route", c.FullPath(), "cause", fmt.Sprintf("%T", cause), "stack", string(debug.Stack()))
		writeProblem(c.Writer, problemOf(codeInternal, ""))
		c.Abort()
	}), spelled, once)
	return router
}

// logged writes one line a request. It names the route, not the path, which
// may hold a code.
func logged(log *slog.Logger) gin.HandlerFunc {
	return func(c *gin.Context) {
		c.Next()
		log.InfoContext(c.Request.Context(), "request", "method", web.Method(c.Request), "route", c.FullPath(), "status", c.Writer.Status(), "from", c.ClientIP())
	}
}

func (h *public) offer(c *gin.Context) {
	object, err := h.service.OfferObject(c.Request.Context(), c.Param("code"))
	if err != nil {
		h.fail(c, err)
		return
	}
	noStore(c)
	c.JSON(http.StatusOK, object)
}

func (h *public) token(c *gin.Context) {
	body, err := read(c, maxFormBytes)
	if err != nil {
		h.fail(c, &oid4vci.Error{Code: oid4vci.InvalidRequest, Description: "the request cannot be read"})
		return
	}
	form, err := url.ParseQuery(string(body))
	if err != nil || c.ContentType() != "application/x-www-form-urlencoded" {
		h.fail(c, &oid4vci.Error{Code: oid4vci.InvalidRequest, Description: "the request is not a form"})
		return
	}
	token, err := h.service.Token(c.Request.Context(), form)
	if err != nil {
		h.fail(c, err)
		return
	}
	noStore(c)
	c.JSON(http.StatusOK, token)
}

func (h *public) nonce(c *gin.Context) {
	nonce, err := h.service.Nonce(c.Request.Context())
	if err != nil {
		h.fail(c, err)
		return
	}
	noStore(c)
	c.JSON(http.StatusOK, gin.H{"c_nonce": nonce})
}

func (h *public) credential(c *gin.Context) {
	token, ok := web.Bearer(c.GetHeader("Authorization"))
	if !ok {
		c.Header("WWW-Authenticate", "Bearer") // and no error (RFC 6750, section 3.1)
		c.Status(http.StatusUnauthorized)
		return
	}
	body, err := read(c, oid4vci.MaxRequestBytes)
	if err != nil {
		h.fail(c, &oid4vci.Error{Code: oid4vci.InvalidCredentialRequest, Description: "the request cannot be read"})
		return
	}
	response, err := h.service.Credential(c.Request.Context(), token, body)
	if err != nil {
		h.fail(c, err)
		return
	}
	noStore(c)
	c.Data(http.StatusOK, "application/json", response)
}

func (h *public) statusList(c *gin.Context) {
	lists, err := h.issuer.StatusLists(c.Request.Context())
	if err != nil {
		h.fail(c, err)
		return
	}
	number, err := strconv.Atoi(c.Param("list"))
	if err != nil || number < 1 || number > len(lists) {
		c.Status(http.StatusNotFound)
		return
	}
	c.Data(http.StatusOK, "application/vc", lists[number-1])
}

func (h *public) checkpoint(c *gin.Context) {
	h.data(c, "text/plain; charset=utf-8", func(context.Context) ([]byte, error) { return h.issuer.Checkpoint() })
}

// document is that of now: a key that is revoked is so at once.
func (h *public) document(c *gin.Context) {
	h.data(c, "application/did+json", func(context.Context) ([]byte, error) {
		_, document, err := h.issuer.DIDDocument()
		return document, err
	})
}

func (h *public) bundle(c *gin.Context) {
	h.data(c, "application/"+bundle.MediaType, h.issuer.Bundle)
}

func (h *public) scope(c *gin.Context) {
	h.data(c, "application/"+string(statement.TypeScope), h.issuer.ScopeStatement)
}

func (h *public) data(c *gin.Context, contentType string, get func(context.Context) ([]byte, error)) {
	data, err := get(c.Request.Context())
	if err != nil {
		h.fail(c, err)
		return
	}
	c.Data(http.StatusOK, contentType, data)
}

func noStore(c *gin.Context) { c.Header("Cache-Control", "no-store") }

func read(c *gin.Context, most int64) ([]byte, error) {
	return io.ReadAll(http.MaxBytesReader(c.Writer, c.Request.Body, most))
}

// fail answers with the protocol's error. A refusal by the pipeline is always
// the same one.
func (h *public) fail(c *gin.Context, err error) {
	var known *oid4vci.Error
	switch {
	case errors.As(err, &known):
	case errors.Is(err, singleuse.ErrUnavailable), errors.Is(err, key.ErrUnavailable), notWritten(err): // for now
		h.log.ErrorContext(c.Request.Context(), "request failed", "route", c.FullPath(), "error", err)
		c.Header("Retry-After", "1")
		c.Status(http.StatusServiceUnavailable)
		return
	case errors.Is(err, issuer.ErrRefused):
		known = &oid4vci.Error{Code: oid4vci.RequestDenied, Description: "this credential cannot be issued"}
	default:
		h.log.ErrorContext(c.Request.Context(), "request failed", "route", c.FullPath(), "error", err)
		c.Status(http.StatusInternalServerError)
		return
	}
	status := http.StatusBadRequest
	if known.Code == oid4vci.InvalidToken {
		status = http.StatusUnauthorized
		c.Header("WWW-Authenticate", `Bearer error="invalid_token"`)
	}
	noStore(c)
	c.JSON(status, gin.H{"error": known.Code, "error_description": known.Description})
}
