package web

import (
	"crypto/sha256"
	"crypto/subtle"
	"log/slog"
	"net/http"
	"strings"
)

// Bearer returns the token of an Authorization header (RFC 6750, section 2.1;
// the scheme is case-insensitive by RFC 9110, section 11.1).
func Bearer(header string) (string, bool) {
	scheme, token, ok := strings.Cut(header, " ")
	if !ok || !strings.EqualFold(scheme, "Bearer") || token == "" {
		return "", false
	}
	return token, true
}

// RequireBearer returns a handler that lets through to next only who shows
// token. How long it takes says nothing of how much of a token was right. The
// log gets a line about who was turned away.
func RequireBearer(token string, next http.Handler, log *slog.Logger) http.Handler {
	want := sha256.Sum256([]byte(token))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		shown, ok := Bearer(r.Header.Get("Authorization"))
		ok = ok && len(r.Header.Values("Authorization")) == 1 // of two, a proxy in front may have gone by the other one
		got := sha256.Sum256([]byte(shown))
		if ok && subtle.ConstantTimeCompare(got[:], want[:]) == 1 {
			next.ServeHTTP(w, r)
			return
		}
		log.Warn("unauthorized", "method", Method(r), "from", r.RemoteAddr)
		challenge, detail := `Bearer`, "send the header Authorization: Bearer, a space and the token of this service" // no error code (RFC 6750, section 3.1)
		if ok {
			challenge, detail = `Bearer error="invalid_token"`, "this is not the token of this service; ask its operator for it"
		}
		w.Header().Set("WWW-Authenticate", challenge)
		refuse(w, http.StatusUnauthorized, detail)
	})
}
