package sdjwtvc

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/chancery-vc/chancery/internal/strictjson"
	"github.com/chancery-vc/chancery/verifier/did"
)

var errNotPinned = errors.New("the metadata of this issuer were not given")

// PinnedMetadata returns what [Metadata] can fetch from where there is no
// network: documents, each the metadata of one issuer with its keys in them.
func PinnedMetadata(documents ...[]byte) (did.Fetch, error) {
	pinned := map[string][]byte{}
	for _, data := range documents {
		address, err := pin(data)
		if err != nil {
			return nil, err
		}
		if pinned[address] != nil {
			return nil, fmt.Errorf("%w: there are two for %.200s", ErrMetadata, address)
		}
		pinned[address] = data
	}
	return func(_ context.Context, address string) ([]byte, error) {
		data, ok := pinned[address]
		if !ok {
			return nil, errNotPinned
		}
		return data, nil
	}, nil
}

// pin returns where the issuer would have the document.
func pin(data []byte) (address string, err error) {
	document, err := strictjson.ParseObject(data, strictjson.Limits{Bytes: MaxMetadata})
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrMetadata, err)
	}
	issuer, _ := document["issuer"].(string)
	if address, err = metadataURL(issuer); err != nil || !strings.HasPrefix(issuer, "https://") {
		return "", fmt.Errorf("%w: issuer %.200q is not an https URL of host and path", ErrMetadata, issuer)
	}
	if _, ok := document["jwks"].(map[string]any); !ok {
		return "", fmt.Errorf("%w: those of %.200s have no keys in them: put the set that is at jwks_uri in its place, as jwks", ErrMetadata, issuer)
	}
	if _, err := keysOf(document["jwks"]); err != nil {
		return "", fmt.Errorf("%w: those of %.200s: %w", ErrMetadata, issuer, err)
	}
	return address, nil
}
