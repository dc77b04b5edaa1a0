package access

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
)

// tokenBytes is the length of a token before it is text.
const tokenBytes = 32

// NewToken returns a fresh token, and the digest to configure for it.
func NewToken(random io.Reader) (token, digest string, err error) {
	var secret [tokenBytes]byte
	if _, err := io.ReadFull(random, secret[:]); err != nil {
		return "", "", fmt.Errorf("make a token: %w", err)
	}
	token = base64.RawURLEncoding.EncodeToString(secret[:])
	return token, Digest(token), nil
}

// Digest returns what is configured for a token.
func Digest(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// Tokens finds a caller by its token.
type Tokens struct{ names, digests []string }

// Add lets whoever has the token with this digest be the caller called name.
func (t *Tokens) Add(name, digest string) {
	t.names, t.digests = append(t.names, name), append(t.digests, digest)
}

// Empty tells whether there is no caller.
func (t *Tokens) Empty() bool { return len(t.names) == 0 }

// Caller returns the name of the caller who has token, or "". It takes as long
// for one as for any other.
func (t *Tokens) Caller(token string) string {
	digest := []byte(Digest(token))
	found := -1
	for i, known := range t.digests {
		found = subtle.ConstantTimeSelect(subtle.ConstantTimeCompare(digest, []byte(known)), i, found)
	}
	if found < 0 {
		return ""
	}
	return t.names[found]
}
