package did

import (
	"context"
	"net/url"
	"strings"
)

// HTTPSResolver resolves https URLs that are identifiers themselves: what
// stands there is the controller document (Controlled Identifiers 1.0, section
// 2.1.1). The document is had through Fetch.
type HTTPSResolver struct{ Fetch Fetch }

var _ Resolver = HTTPSResolver{}

// Resolve fetches the document of id, which must name id itself.
func (r HTTPSResolver) Resolve(ctx context.Context, id string) (*Document, error) {
	if !strings.HasPrefix(id, "https://") {
		return nil, notMine(id)
	}
	u, err := url.Parse(id)
	if err != nil || len(id) > maxID || u.Hostname() == "" || u.User != nil || strings.Contains(id, "#") {
		return nil, coded(InvalidDID, ErrInvalid, "%.120q is not the https URL of a controller document", id)
	}
	return fetch(ctx, r.Fetch, id, id)
}
