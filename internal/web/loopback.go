package web

import (
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// Loopback returns a handler that lets through to next only what was meant for
// this machine: by the header Host, a loopback address, localhost or one of
// names, and by Origin, if it is there, a page of such a one. A page in a browser
// on this machine can send requests here, and with a name of its own that leads
// here it could read the answers (DNS rebinding); its Host is that name.
func Loopback(next http.Handler, names []string, log *slog.Logger) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if isHere(r.Host, names) && fromHere(r.Header.Values("Origin"), names) {
			next.ServeHTTP(w, r)
			return
		}
		log.Warn("misdirected", "method", Method(r), "from", r.RemoteAddr)
		// RFC 9110, section 15.5.20
		refuse(w, http.StatusMisdirectedRequest, "this is served to this machine alone: ask for it by its loopback address, and not from a page of another site")
	})
}

// isHere tells whether a host, with a port or without, is this machine's.
func isHere(hostport string, names []string) bool {
	host := hostport
	if name, port, err := net.SplitHostPort(hostport); err == nil {
		if _, err := strconv.ParseUint(port, 10, 16); err != nil {
			return false
		}
		host = name
	}
	if ip := net.ParseIP(strings.Trim(host, "[]")); ip != nil {
		return ip.IsLoopback()
	}
	return strings.EqualFold(host, "localhost") || slices.ContainsFunc(names, func(name string) bool { return strings.EqualFold(name, host) })
}

// fromHere tells whether each origin (RFC 6454, section 7) is this machine's.
func fromHere(origins, names []string) bool {
	return !slices.ContainsFunc(origins, func(origin string) bool {
		u, err := url.Parse(origin)
		return err != nil || u.Host == "" || !isHere(u.Host, names)
	})
}
