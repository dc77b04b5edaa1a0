package issuerhttp

import "github.com/chancery-vc/chancery/internal/web"

// bearer returns the token of an Authorization header.
func bearer(header string) (string, bool) { return web.Bearer(header) }
