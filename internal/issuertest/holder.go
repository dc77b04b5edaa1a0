package issuertest

import (
	"crypto/ed25519"
	"crypto/sha256"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-json-experiment/json"

	"github.com/chancery-vc/chancery/verifier/did"
)

// Holder has a key, and its did:key.
type Holder struct {
	Key   ed25519.PrivateKey
	DID   string
	KeyID string // DID URL
}

// NewHolder returns the holder of a seed, the same one each time.
func NewHolder(t testing.TB, seed string) Holder {
	t.Helper()
	sum := sha256.Sum256([]byte(seed))
	key := ed25519.NewKeyFromSeed(sum[:])
	id, method, err := did.FromKey(key.Public())
	must(t, err)
	return Holder{Key: key, DID: id, KeyID: method}
}

// ProofType is the typ of a key proof (OpenID4VCI 1.0, appendix F.1).
const ProofType = "openid4vci-proof+jwt"

// Prove returns a key proof of type jwt.
func (h Holder) Prove(t testing.TB, audience, nonce string, now time.Time) string {
	t.Helper()
	header := map[jose.HeaderKey]any{jose.HeaderType: ProofType, "kid": h.KeyID}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.EdDSA, Key: h.Key}, &jose.SignerOptions{ExtraHeaders: header})
	must(t, err)
	claims, err := json.Marshal(map[string]any{"aud": audience, "iat": now.Unix(), "nonce": nonce})
	must(t, err)
	signed, err := signer.Sign(claims)
	must(t, err)
	compact, err := signed.CompactSerialize()
	must(t, err)
	return compact
}
