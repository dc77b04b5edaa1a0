package sdjwt

import (
	"crypto"
	_ "crypto/sha256" // the hashes below
	_ "crypto/sha512"
	"encoding/base64"
	"fmt"
)

// DefaultHash is that of an SD-JWT which names none: section 4.1.1.
const DefaultHash = "sha-256"

// hashOf has the hash algorithms for disclosures, by their names in the IANA
// registry "Named Information Hash Algorithm". The others there are cut short
// (section 9.4), or no standard that is followed here asks for them.
func hashOf(name string) (crypto.Hash, error) {
	switch name {
	case DefaultHash:
		return crypto.SHA256, nil
	case "sha-384":
		return crypto.SHA384, nil
	case "sha-512":
		return crypto.SHA512, nil
	}
	return 0, fmt.Errorf("%w: %.40q is not sha-256, sha-384 or sha-512", ErrHash, name)
}

// hashIn returns the hash algorithm that the claims of an SD-JWT name.
func hashIn(claims map[string]any) (crypto.Hash, error) {
	value, ok := claims[nameHash]
	if !ok {
		return hashOf(DefaultHash)
	}
	name, ok := value.(string)
	if !ok {
		return 0, fmt.Errorf("%w: %s is not a text", ErrHash, nameHash)
	}
	return hashOf(name)
}

// digest returns the digest of text, which is base64url itself: section 4.2.3.
func digest(hash crypto.Hash, text string) string {
	state := hash.New()
	state.Write([]byte(text))
	return base64.RawURLEncoding.EncodeToString(state.Sum(nil))
}
