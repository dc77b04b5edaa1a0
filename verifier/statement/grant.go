package statement

import (
	"encoding/base64"
	"slices"
	"time"
)

// MaxGrantKeys caps the records that a grant names: it goes with each request, in
// a header.
const MaxGrantKeys = 100

// keyBytes is the length of what a grant has of a record's key.
const keyBytes = 16

// Grant is what a partner may ask for. Its statement says who that is (sub),
// where it may ask (aud, an address), from when on (nbf) and until when (exp),
// and by which key it is known (cnf).
type Grant struct {
	Purposes    []string `json:"purposes"`
	Facts       []string `json:"facts,omitzero"`
	Statuses    []string `json:"statuses,omitzero"`
	Credentials []string `json:"credentials,omitzero"`
	// Keys are the records that it is for: a keyed digest of each one's key,
	// which the issuer alone can make, of 16 bytes in base64url. None is for any
	// record.
	Keys []string `json:"keys,omitzero"`
	// Count is how many different records it is for at most.
	Count int `json:"count"`
}

// Confirmation is the key that a grant is bound to (RFC 7800, section 3.1).
type Confirmation struct {
	Thumbprint string `json:"jkt"` // RFC 9449, section 6.1
}

// Names returns what of a kind may be asked for: fact, status or credential.
func (g *Grant) Names(kind string) []string {
	return map[string][]string{"fact": g.Facts, "status": g.Statuses, "credential": g.Credentials}[kind]
}

// Covers tells whether the grant is for a question of this kind, called so, for
// this purpose. Of which records it is for, it tells nothing.
func (g *Grant) Covers(kind, name, purpose string) bool {
	return slices.Contains(g.Names(kind), name) && slices.Contains(g.Purposes, purpose)
}

// BeginsAt returns from when on a grant holds.
func (s *Statement) BeginsAt() time.Time { return time.Unix(s.NotBefore, 0).UTC() }

// checkGrant wants a grant to say all that bounds it.
func (s *Statement) checkGrant() error {
	g := s.Grant
	switch {
	case s.Audience == "" || s.Subject == "" || s.Purpose != "" || s.Nonce != "":
		return malformed("a grant needs aud and sub, and has its purposes within")
	case s.NotBefore <= 0 || s.NotBefore >= s.Expires:
		return malformed("nbf and exp are not two times, one after the other")
	case s.Confirmation == nil || !isDigest(s.Confirmation.Thumbprint, 32):
		return malformed("cnf does not name a key by its thumbprint")
	case len(g.Purposes) == 0 || len(g.Facts)+len(g.Statuses)+len(g.Credentials) == 0:
		return malformed("a grant without purposes, or of nothing")
	case g.Count < 1 || len(g.Keys) > MaxGrantKeys || len(g.Keys) > 0 && len(g.Keys) != g.Count:
		return malformed("count is none, or not the number of keys")
	}
	for _, key := range g.Keys {
		if !isDigest(key, keyBytes) {
			return malformed("a key is not a digest of %d bytes", keyBytes)
		}
	}
	return nil
}

func isDigest(text string, size int) bool {
	data, err := base64.RawURLEncoding.Strict().DecodeString(text)
	return err == nil && len(data) == size
}
