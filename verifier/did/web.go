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
	return strings.ReplaceAll(path, ":", "/") + "/did.json", nil
}

// WebResolver resolves did:web identifiers through Fetch, which returns the
// body at an https URL. Caps, time limits and redirects are Fetch's to keep.
type WebResolver struct {
	Fetch func(ctx context.Context, url string) ([]byte, error)
}

var _ Resolver = WebResolver{}

// Resolve fetches the document of id, which must name id itself.
func (r WebResolver) Resolve(ctx context.Context, id string) (*Document, error) {
	path, err := WebPath(id)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnknown, err)
	}
	host, _, _ := strings.Cut(strings.TrimPrefix(id, webPrefix), ":")
	if host, err = url.PathUnescape(host); err != nil || strings.ContainsAny(host, "/?#@") {
		return nil, fmt.Errorf("%w: %.120q names no host", ErrInvalid, id)
	}
	data, err := r.Fetch(ctx, "https://"+host+"/"+path)
	if err != nil {
		return nil, fmt.Errorf("%w: %.120s: %w", ErrUnknown, id, err)
	}
	document, err := Parse(data)
	if err != nil {
		return nil, err
	}
	if document.ID != id {
		return nil, fmt.Errorf("%w: the document of %.120s names %.120s", ErrInvalid, id, document.ID)
	}
	return document, nil
}
