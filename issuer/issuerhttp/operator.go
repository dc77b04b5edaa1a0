package issuerhttp

import (
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strconv"

	"github.com/gin-gonic/gin"
	"github.com/go-json-experiment/json"

	"github.com/chancery-vc/chancery/issuer"
	"github.com/chancery-vc/chancery/issuer/issuancelog"
	"github.com/chancery-vc/chancery/issuer/oid4vci"
	"github.com/chancery-vc/chancery/issuer/status"
)

// maxOperatorBytes caps a request of the operator: a list of a million keys
// fits.
const maxOperatorBytes = 64 << 20

// OfferRequest asks for an offer to the holder of a record.
type OfferRequest struct {
	Profile string `json:"profile"`
	Key     string `json:"key"`
}

// RevocationRequest names credentials by identifier, or, with a profile, the
// records that they were issued for.
type RevocationRequest struct {
	Profile     string   `json:"profile,omitzero"`
	Keys        []string `json:"keys,omitzero"`
	Credentials []string `json:"credentials,omitzero"`
}

type operator struct {
	issuer  *issuer.Issuer
	service *oid4vci.Service
	log     *slog.Logger
}

// Operator returns the handler for the operator's own commands. Serve it only
// where nobody else can reach it.
func Operator(i *issuer.Issuer, s *oid4vci.Service, log *slog.Logger) http.Handler {
	log = slog.New(naming{log.Handler()})
	h := &operator{i, s, log}
	router := newRouter(log, i.Random())
	router.POST("/offers", h.offer)
	router.POST("/revocations", h.revoke)
	router.POST("/seal", h.seal)
	router.GET("/budgets", h.budgets)
	router.POST("/budgets", h.resetBudget)
	router.GET("/grants", h.grants)
	router.POST("/grants", h.mintGrant)
	router.POST("/grants/revocations", h.revokeGrant)
	router.POST("/forget", h.forget)
	router.GET("/keys", h.keys)
	router.POST("/keys/revocations", h.revokeKey)
	router.GET("/entries", h.entries)
	router.GET("/replicas", h.replicas)
	router.POST("/replicas/forget", h.forgetReplica)
	router.GET("/publication", h.publication)
	router.GET("/tiles", h.tiles)
	router.GET("/snapshot", h.snapshot)
	router.GET("/checkpoint", h.checkpoint)
	mountOperations(router, i, nil, log)
	return router
}

func (h *operator) offer(c *gin.Context) {
	var r OfferRequest
	if !decode(c, &r) {
		return
	}
	offer, err := h.service.Offer(c.Request.Context(), r.Profile, r.Key)
	reply(c, offer, err)
}

func (h *operator) revoke(c *gin.Context) {
	var r RevocationRequest
	if !decode(c, &r) {
		return
	}
	if r.Profile != "" {
		revoked, err := h.issuer.RevokeRecords(c.Request.Context(), r.Profile, r.Keys)
		reply(c, revoked, err)
		return
	}
	revoked, err := h.issuer.Revoke(c.Request.Context(), r.Credentials)
	reply(c, revoked, err)
}

func (h *operator) entries(c *gin.Context) {
	entries, err := h.issuer.Entries(c.Query("profile"), c.Query("key"))
	reply(c, entries, err)
}

func (h *operator) publication(c *gin.Context) {
	files, err := h.issuer.Publication(c.Request.Context())
	reply(c, files, err)
}

func (h *operator) tiles(c *gin.Context) {
	since, err := strconv.ParseUint(c.Query("since"), 10, 63)
	size, err2 := strconv.ParseUint(c.Query("size"), 10, 63)
	if err := errors.Join(err, err2); err != nil {
		problem(c, http.StatusBadRequest, err)
		return
	}
	files, err := h.issuer.LogTiles(c.Request.Context(), since, size)
	reply(c, files, err)
}

// snapshot streams a copy of the state file. Its length goes ahead, so that
// the reader notices an error that cuts it off.
func (h *operator) snapshot(c *gin.Context) {
	err := h.issuer.Store().Snapshot(c.Writer, func(size int64) {
		c.Header("Content-Length", strconv.FormatInt(size, 10))
		c.Header("Content-Type", "application/octet-stream")
	})
	if err != nil {
		h.log.ErrorContext(c.Request.Context(), "snapshot", "error", err)
	}
}

func decode(c *gin.Context, into any) bool {
	body, err := io.ReadAll(http.MaxBytesReader(c.Writer, c.Request.Body, maxOperatorBytes))
	if err == nil {
		err = json.Unmarshal(body, into, json.RejectUnknownMembers(true))
	}
	if err != nil {
		problem(c, http.StatusBadRequest, err)
		return false
	}
	return true
}

func reply(c *gin.Context, value any, err error) {
	switch {
	case err == nil:
		data, err := json.Marshal(value)
		if err != nil {
			problem(c, http.StatusInternalServerError, err)
			return
		}
		c.Data(http.StatusOK, "application/json", data)
	case errors.Is(err, issuer.ErrRefused), errors.Is(err, issuer.ErrNothing), errors.Is(err, issuancelog.ErrNothingToSeal),
		errors.Is(err, issuer.ErrNoCaller), errors.Is(err, issuer.ErrNotAllowed), errors.Is(err, status.ErrUnknown), isKeyRefusal(err), isPartnerRefusal(err), isReplicaRefusal(err):
		problem(c, http.StatusConflict, err)
	default:
		problem(c, http.StatusInternalServerError, err)
	}
}

// problem tells the operator, who may know the cause.
func problem(c *gin.Context, status int, err error) {
	writeProblem(c.Writer, Problem{Status: status, Detail: err.Error()})
}
