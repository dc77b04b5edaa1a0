package did

import (
	"context"
	"fmt"
	"net/url"
	"strings"
)

// webPrefix starts every did:web identifier.
const webPrefix = "did:web:"

// Web returns the did:web identifier of an HTTPS URL: host, port and path.
func Web(address string) (string, error) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" || u.Hostname() == "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
		return "", fmt.Errorf("%w: %.120q is not an https URL of host, port and path", ErrInvalid, address)
	}
	parts := []string{strings.ReplaceAll(u.Host, ":", "%3A")}
	if path := strings.Trim(u.Path, "/"); path != "" {
		for part := range strings.SplitSeq(path, "/") {
			parts = append(parts, url.PathEscape(part))
		}
	}
	return webPrefix + strings.Join(parts, ":"), nil
}

// WebPath returns where below its host a did:web identifier has its document.
func WebPath(id string) (string, error) {
	rest, ok := strings.CutPrefix(id, webPrefix)
	if !ok || rest == "" {
		return "", fmt.Errorf("%w: %.120q is not a did:web", ErrInvalid, id)
	}
	_, path, nested := strings.Cut(rest, ":")
	if !nested {
		return ".well-known/did.json", nil
	}
	parts := strings.Split(path, ":")
	for _, part := range parts {
		if !isSegment(part) {
			return "", fmt.Errorf("%w: the path of %.120q is not one of folders", ErrInvalid, id)
		}
	}
	return strings.Join(parts, "/") + "/did.json", nil
}

// isSegment tells whether part, percent-encoded, names one folder and nothing
// above or beside it.
func isSegment(part string) bool {
	name, err := url.PathUnescape(part)
	return err == nil && name != "" && name != "." && name != ".." && !strings.ContainsAny(name, `/\?#`) && !strings.ContainsAny(part, "?#")
}

// WebResolver resolves did:web identifiers through Fetch.
type WebResolver struct{ Fetch Fetch }

var _ Resolver = WebResolver{}

// Resolve fetches the document of id, which must name id itself.
func (r WebResolver) Resolve(ctx context.Context, id string) (*Document, error) {
	if !strings.HasPrefix(id, webPrefix) {
		return nil, notMine(id)
	}
	path, err := WebPath(id)
	if err != nil || !isDID(id) {
		return nil, coded(InvalidDID, ErrInvalid, "%.120q is not a DID", id)
	}
	host, _, _ := strings.Cut(strings.TrimPrefix(id, webPrefix), ":")
	if host, err = url.PathUnescape(host); err != nil || strings.ContainsAny(host, "/?#@") {
		return nil, coded(InvalidDID, ErrInvalid, "%.120q names no host", id)
	}
	return fetch(ctx, r.Fetch, id, "https://"+host+"/"+path)
}
