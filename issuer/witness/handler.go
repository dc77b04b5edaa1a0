package witness

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net/http"

	"github.com/chancery-vc/chancery/internal/web"
	"github.com/chancery-vc/chancery/issuer/anchor"
)

const (
	// PathAdd is where a log sends its checkpoints, below the submission prefix.
	PathAdd = "/add-checkpoint"
	// MediaTypeSize is that of the answer that tells a size.
	MediaTypeSize = "text/x.tlog.size"
	// MaxRequestBytes caps a request: a size, 63 hashes and a checkpoint fit.
	MaxRequestBytes = anchor.MaxCheckpointBytes + 4<<10
)

// CheckpointPath is where the longest checkpoint of a log is read, below the
// same prefix. The standard leaves open how a witness is read.
func CheckpointPath(origin string) string {
	sum := sha256.Sum256([]byte(origin))
	return "/" + hex.EncodeToString(sum[:]) + "/checkpoint"
}

// endpoint is what one path is for.
type endpoint struct {
	method string
	serve  http.HandlerFunc
}

// Handler serves w. It logs each request, and of one that shows a fork the
// request itself, which is the evidence. Each path has one spelling.
func Handler(w *Witness, log *slog.Logger) http.Handler {
	endpoints := w.endpoints(log)
	return http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		e, ok := endpoints[r.URL.Path]
		switch {
		case !ok || r.URL.RawPath != "":
			log.Info("refused", "from", r.RemoteAddr, "status", http.StatusNotFound)
			write(out, http.StatusNotFound, "text/plain; charset=utf-8", "there is nothing here\n")
		case r.Method != e.method && (r.Method != http.MethodHead || e.method != http.MethodGet):
			log.Info("refused", "from", r.RemoteAddr, "status", http.StatusMethodNotAllowed)
			out.Header().Set("Allow", e.method)
			write(out, http.StatusMethodNotAllowed, "text/plain; charset=utf-8", "ask with "+e.method+"\n")
		default:
			e.serve(out, r)
		}
	})
}

// endpoints are what there is, by path.
func (w *Witness) endpoints(log *slog.Logger) map[string]endpoint {
	all := map[string]endpoint{
		PathAdd: {http.MethodPost, func(out http.ResponseWriter, r *http.Request) { w.serveAdd(out, r, log) }},
	}
	for origin := range w.logs {
		all[CheckpointPath(origin)] = endpoint{http.MethodGet, func(out http.ResponseWriter, r *http.Request) { w.serveLast(out, r, origin, log) }}
	}
	return all
}

func (w *Witness) serveAdd(out http.ResponseWriter, r *http.Request, log *slog.Logger) {
	body, err := web.ReadBody(r.Body, MaxRequestBytes)
	if err != nil {
		err = fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	var line []byte
	if err == nil {
		line, err = w.Add(r.Context(), body)
	}
	if err == nil {
		log.Info("cosigned", "from", r.RemoteAddr, "checkpoint", brief(body))
		write(out, http.StatusOK, "text/plain; charset=utf-8", string(line))
		return
	}
	status := statusOf(err)
	var at *SizeError
	if errors.As(err, &at) {
		if at.Fork {
			log.Error("fork", "from", r.RemoteAddr, "error", err, "request", string(body))
		}
		write(out, status, MediaTypeSize, fmt.Sprintf("%d\n", at.Size))
		return
	}
	switch {
	case status == http.StatusInternalServerError:
		log.Error("failed", "from", r.RemoteAddr, "error", err)
		err = errors.New("the witness cannot say now") // and to nobody else why
	case errors.Is(err, ErrProof):
		log.Error("not continued", "from", r.RemoteAddr, "error", err, "request", string(body))
	default:
		log.Info("refused", "from", r.RemoteAddr, "status", status, "error", err)
	}
	write(out, status, "text/plain; charset=utf-8", err.Error()+"\n")
}

// statusOf is the status that tlog-witness has for an error.
func statusOf(err error) int {
	for _, known := range []struct {
		kind   error
		status int
	}{
		{ErrMalformed, http.StatusBadRequest},
		{ErrUnknown, http.StatusNotFound},
		{ErrSignature, http.StatusForbidden},
		{ErrSize, http.StatusConflict},
		{ErrProof, http.StatusUnprocessableEntity},
	} {
		if errors.Is(err, known.kind) {
			return known.status
		}
	}
	return http.StatusInternalServerError
}

func (w *Witness) serveLast(out http.ResponseWriter, r *http.Request, origin string, log *slog.Logger) {
	checkpoint, err := w.Last(origin)
	log.Info("read", "from", r.RemoteAddr, "found", checkpoint != nil)
	switch {
	case err != nil:
		log.Error("failed", "error", err)
		write(out, http.StatusInternalServerError, "text/plain; charset=utf-8", "the witness cannot say now\n")
	case checkpoint == nil:
		write(out, http.StatusNotFound, "text/plain; charset=utf-8", "no checkpoint of this log was cosigned yet\n")
	default:
		write(out, http.StatusOK, "text/plain; charset=utf-8", string(checkpoint))
	}
}

func write(out http.ResponseWriter, status int, mediaType, body string) {
	out.Header().Set("Content-Type", mediaType)
	out.Header().Set("Cache-Control", "no-store")
	out.Header().Set("X-Content-Type-Options", "nosniff")
	out.WriteHeader(status)
	_, _ = out.Write([]byte(body)) // whoever has gone asks again
}

// brief says of which checkpoint a request is.
func brief(body []byte) string {
	_, next, err := parse(body)
	if err != nil {
		return ""
	}
	return fmt.Sprintf("%.100q, %d records", next.origin, next.size)
}
