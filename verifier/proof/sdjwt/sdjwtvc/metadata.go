package sdjwtvc

import (
	"context"
	"crypto"
	"fmt"
	"net/url"
	"strings"

	"github.com/chancery-vc/chancery/internal/strictjson"
	"github.com/chancery-vc/chancery/verifier/did"
	"github.com/chancery-vc/chancery/verifier/proof/sdjwt"
)

// wellKnown is the path of an issuer's metadata.
const wellKnown = "/.well-known/jwt-vc-issuer"

// Metadata finds the key in what the issuer has on the web: "JWT VC Issuer
// Metadata". It is had through Fetch, for which [did.Fetcher] is the one to
// take.
type Metadata struct{ Fetch did.Fetch }

var _ Finder = Metadata{}

// Find asks the host of an iss that is an https URL. The key is the one with
// the kid of the header, or without a kid the only one.
func (m Metadata) Find(ctx context.Context, s Signed) (*Issuer, error) {
	if !strings.HasPrefix(s.Issuer, "https://") {
		return nil, fmt.Errorf("%w: iss is not an https URL", ErrNoKey)
	}
	address, err := metadataURL(s.Issuer)
	if err != nil {
		return nil, err
	}
	document, err := m.object(ctx, address)
	if err != nil {
		return nil, err
	}
	if document["issuer"] != s.Issuer {
		return nil, fmt.Errorf("%w: the metadata at %.200s are of another issuer", ErrIssuer, address)
	}
	keys, err := m.keys(ctx, document)
	if err != nil {
		return nil, err
	}
	key, err := choose(keys, s.Header)
	if err != nil {
		return nil, err
	}
	return &Issuer{Names: []string{s.Issuer}, Key: key, By: "by its metadata, which are at " + address}, nil
}

// metadataURL puts the well-known path between host and path.
func metadataURL(issuer string) (string, error) {
	u, err := url.Parse(issuer)
	if err != nil || u.Hostname() == "" || u.User != nil || strings.ContainsAny(issuer, "?#") {
		return "", fmt.Errorf("%w: iss %.200q is not a URL of host and path", ErrIssuer, issuer)
	}
	return u.Scheme + "://" + u.Host + wellKnown + strings.TrimSuffix(u.EscapedPath(), "/"), nil
}

// object fetches a JSON object.
func (m Metadata) object(ctx context.Context, address string) (map[string]any, error) {
	data, err := m.Fetch(ctx, address)
	if err != nil {
		return nil, fmt.Errorf("%w: %.200s: %w", did.ErrUnknown, address, err)
	}
	object, err := strictjson.ParseObject(data, strictjson.Limits{Bytes: MaxMetadata})
	if err != nil {
		return nil, fmt.Errorf("%w: at %.200s: %w", ErrIssuer, address, err)
	}
	return object, nil
}

// keys returns the JSON Web Keys of the metadata, which are there or at the
// address that stands there.
func (m Metadata) keys(ctx context.Context, document map[string]any) ([]any, error) {
	set, inside := document["jwks"]
	address, outside := document["jwks_uri"]
	if inside == outside {
		return nil, fmt.Errorf("%w: its metadata have not one of jwks and jwks_uri", ErrIssuer)
	}
	if outside {
		text, _ := address.(string)
		if !strings.HasPrefix(text, "https://") {
			return nil, fmt.Errorf("%w: jwks_uri is not an https URL", ErrIssuer)
		}
		var err error
		if set, err = m.object(ctx, text); err != nil {
			return nil, err
		}
	}
	return keysOf(set)
}

// keysOf returns what is in a key set: RFC 7517, section 5.
func keysOf(set any) ([]any, error) {
	members, _ := set.(map[string]any)
	keys, ok := members["keys"].([]any)
	if !ok || len(keys) == 0 || len(keys) > MaxKeys {
		return nil, fmt.Errorf("%w: its key set has not 1 to %d keys", ErrIssuer, MaxKeys)
	}
	return keys, nil
}

// choose returns the one key that a header means.
func choose(keys []any, header map[string]any) (crypto.PublicKey, error) {
	kid, named := header["kid"]
	var found []map[string]any
	for _, value := range keys {
		if jwk, ok := value.(map[string]any); ok && (!named || jwk["kid"] == kid) {
			found = append(found, jwk)
		}
	}
	if len(found) != 1 {
		return nil, fmt.Errorf("%w: %d keys of its set have the kid of the header; there must be one", ErrIssuer, len(found))
	}
	return sdjwt.ParsePublicKey(found[0])
}
