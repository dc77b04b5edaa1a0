package main

import (
	"crypto"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/chancery-vc/chancery/schemas"
	"github.com/chancery-vc/chancery/verifier/bundle"
	"github.com/chancery-vc/chancery/verifier/did"
)

// bundleKeys are the flags that say whose bundles count.
type bundleKeys struct {
	BundleKey []string `placeholder:"DID:KEY" sep:"none" help:"Key that bundles must be signed with, as a did:key. Default: each --issuer that is a did:key, for its own bundles."`
}

var errNoBundleKey = errors.New(`no key to check the bundle with: give --bundle-key did:key:..., which "chancery init" and "chancery check" print at the issuer`)

// trustedKey may sign bundles of issuer, or of anybody if that is empty.
type trustedKey struct {
	key    crypto.PublicKey
	issuer string
}

func (b bundleKeys) trusted(issuers []string) ([]trustedKey, error) {
	var keys []trustedKey
	for _, id := range b.BundleKey {
		key, err := did.KeyFrom(id)
		if err != nil {
			return nil, fmt.Errorf("--bundle-key %s: %w", id, err)
		}
		keys = append(keys, trustedKey{key: key})
	}
	if len(keys) > 0 {
		return keys, nil
	}
	for _, id := range issuers {
		if !strings.HasPrefix(id, "did:key:") {
			continue
		}
		key, err := did.KeyFrom(id)
		if err != nil {
			return nil, fmt.Errorf("--issuer %s: %w", id, err)
		}
		keys = append(keys, trustedKey{key, id})
	}
	if len(keys) == 0 {
		return nil, errNoBundleKey
	}
	return keys, nil
}

// openBundle reads a bundle, signed with one of keys for its issuer.
func openBundle(path string, keys []trustedKey) (*bundle.Bundle, crypto.PublicKey, error) {
	data, err := readFile(path, bundle.MaxBytes)
	if err != nil {
		return nil, nil, err
	}
	for _, trusted := range keys {
		var b *bundle.Bundle
		if b, err = bundle.Open(data, trusted.key); err != nil {
			continue
		}
		if trusted.issuer == "" || trusted.issuer == b.Issuer {
			return b, trusted.key, nil
		}
		err = fmt.Errorf("it is of %s and was signed with the key of %s", b.Issuer, trusted.issuer)
	}
	return nil, nil, fmt.Errorf("%s: %w; get it from the issuer again, or check --bundle-key", path, err)
}

// openBundles reads the bundles of issuers.
func openBundles(paths, issuers []string, keys bundleKeys) ([]*bundle.Bundle, error) {
	if len(paths) == 0 {
		return nil, nil
	}
	trusted, err := keys.trusted(issuers)
	if err != nil {
		return nil, err
	}
	var bundles []*bundle.Bundle
	for _, path := range paths {
		b, _, err := openBundle(path, trusted)
		if err != nil {
			return nil, err
		}
		if !slices.Contains(issuers, b.Issuer) {
			return nil, fmt.Errorf("%s: it is of %s, which no --issuer names", path, b.Issuer)
		}
		bundles = append(bundles, b)
	}
	return bundles, nil
}

// readContexts returns the embedded contexts and those of the flag --context,
// each URL=FILE=SHA256. A URL can have an equals sign; the others should not.
func readContexts(flags []string) (*schemas.Contexts, error) {
	contexts, err := schemas.Embedded()
	if err != nil {
		return nil, err
	}
	for _, flag := range flags {
		parts := strings.Split(flag, "=")
		if len(parts) < 3 {
			return nil, fmt.Errorf("--context %s: write it as URL=FILE=SHA256", flag)
		}
		url, path, digest := strings.Join(parts[:len(parts)-2], "="), parts[len(parts)-2], parts[len(parts)-1]
		document, err := readFile(path, schemas.MaxContextBytes)
		if err != nil {
			return nil, fmt.Errorf("--context: %w", err)
		}
		if contexts, err = contexts.With(url, document, strings.ToLower(digest)); err != nil {
			return nil, fmt.Errorf("--context: %w", err)
		}
	}
	return contexts, nil
}
