package web

import (
	"net/url"
	"strings"
)

// Spelled tells whether the path of u has the one spelling that it may have: a
// proxy in front may have gone by the spelling of one that is another until it is
// unescaped. route is what the router found it by. Only an identifier, its part
// *did, may be escaped, since those who ask for one escape its colons.
func Spelled(u *url.URL, route string) bool {
	before, isIdentifier := strings.CutSuffix(route, "*did")
	return u.RawPath == "" || isIdentifier && strings.HasPrefix(u.RawPath, before)
}
