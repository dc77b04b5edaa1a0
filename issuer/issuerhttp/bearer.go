package issuerhttp

import "strings"

// bearer returns the token of an Authorization header (RFC 6750, section 2.1;
// the scheme is case-insensitive by RFC 9110, section 11.1).
func bearer(header string) (string, bool) {
	scheme, token, ok := strings.Cut(header, " ")
	if !ok || !strings.EqualFold(scheme, "Bearer") || token == "" {
		return "", false
	}
	return token, true
}
