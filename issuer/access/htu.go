package access

import (
	"net/url"
	"strings"
)

// sameURI tells whether htu is the address that was asked, without query and
// fragment (RFC 9449, section 4.3), both in the form of RFC 3986, sections 6.2.2
// and 6.2.3.
func sameURI(htu, asked string) bool {
	one, ok := normal(htu)
	other, fine := normal(asked)
	return ok && fine && one == other
}

// normal returns the normal form of an http address: scheme and host in lower
// case, no default port, no dots among the segments, and nothing escaped that
// need not be. A segment with an escaped slash has none: nothing here is called
// so.
func normal(address string) (string, bool) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.User != nil || strings.Contains(strings.ToLower(u.RawPath), "%2f") {
		return "", false
	}
	port := map[string]string{"https": ":443", "http": ":80"}[u.Scheme] // which Parse has in lower case
	if port == "" {
		return "", false
	}
	u.RawPath = ""
	u = u.ResolveReference(u) // takes the dots out
	path := u.EscapedPath()
	if path == "" {
		path = "/"
	}
	return u.Scheme + "://" + strings.TrimSuffix(strings.ToLower(u.Host), port) + path, true
}
