package access

import (
	"context"
	"crypto"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net/http"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/chancery-vc/chancery/internal/jwa"
	"github.com/chancery-vc/chancery/issuer/singleuse"
)

// typeProof is the typ of a proof (RFC 9449, section 4.2).
const typeProof = "dpop+jwt"

// proofAlgorithms are those that callers can sign proofs by.
var proofAlgorithms = []string{jwa.ES256, jwa.EdDSA, jwa.Ed25519}

// proofAge is how old a proof can be: as long as its nonce is good.
const proofAge = nonceSteps * nonceStep

// proofs judges DPoP proofs.
type proofs struct {
	nonces *nonces
	used   singleuse.Store
	now    func() time.Time
}

type proofClaims struct {
	ID     string   `json:"jti"`
	Method string   `json:"htm"`
	URI    string   `json:"htu"`
	Issued *float64 `json:"iat"`
	Token  string   `json:"ath"`
	Nonce  string   `json:"nonce"`
}

// check wants r to have a proof of the key with this thumbprint for token, at
// address: all of RFC 9449, section 4.3. The order is that of what it costs; that
// a nonce is wrong is said only of a proof that is otherwise good.
func (p *proofs) check(ctx context.Context, r *http.Request, address, token, thumbprint string) error {
	headers := r.Header.Values("DPoP")
	if len(headers) != 1 || len(headers[0]) > maxProof {
		return denyProof("there is not one proof, or it is too long")
	}
	claims, key, err := openProof(headers[0])
	if err != nil {
		return err
	}
	sum := sha256.Sum256([]byte(token))
	switch {
	case encode(key) != thumbprint:
		return deny("the proof is of another key than the token is bound to")
	case claims.Token != encode(sum[:]):
		return denyProof("the proof is for another token")
	case claims.Method != r.Method || !sameURI(claims.URI, address):
		return denyProof("the proof is for another request")
	case claims.ID == "" || claims.Issued == nil || !p.recent(*claims.Issued):
		return denyProof("the proof lacks jti or iat, is too old or from the future")
	}
	if good, err := p.nonces.good(ctx, claims.Nonce); err != nil {
		return err
	} else if !good {
		return &Denied{Code: CodeUseNonce, reason: "the proof has no nonce, or not that of now"}
	}
	err = spend(ctx, p.used, thumbprint, claims.ID, p.now().Add(proofAge))
	if errors.Is(err, errUsed) {
		return denyProof(errUsed.Error())
	}
	return err
}

func (p *proofs) recent(issued float64) bool {
	now := float64(p.now().Unix())
	return issued > now-proofAge.Seconds()-clockSkew.Seconds() && issued < now+clockSkew.Seconds()
}

// openProof returns what a proof says, and the thumbprint of the key that it is
// signed by, which it brings along.
func openProof(text string) (claims proofClaims, thumbprint []byte, err error) {
	token, h, err := parse(text)
	if err != nil {
		return claims, nil, denyProof("the proof is no JWT in the one form")
	}
	switch {
	case h.Type != typeProof:
		return claims, nil, denyProof("the proof's typ is not " + typeProof)
	case h.Foreign.any():
		return claims, nil, denyProof("the proof has a header parameter that is not taken: jku, x5u, x5c, crit or b64")
	}
	key, err := proofKey(h)
	if err != nil {
		return claims, nil, err
	}
	if err := verify(token, h, proofAlgorithms, key); err != nil {
		return claims, nil, denyProof("the proof: " + err.Error())
	}
	if err := json.Unmarshal(token.Payload, &claims); err != nil {
		return claims, nil, denyProof("the claims of the proof are not those of RFC 9449")
	}
	thumbprint, err = jwa.Thumbprint(key)
	return claims, thumbprint, err
}

// proofKey reads the key of a proof, which must be a public one.
func proofKey(h header) (crypto.PublicKey, error) {
	var members map[string]any
	if err := json.Unmarshal(h.Key, &members); err != nil {
		return nil, denyProof("the proof has no jwk")
	}
	key, _, err := signatures.ParseKey(members, h.Key)
	if errors.Is(err, jwa.ErrPrivate) {
		return nil, denyProof("the proof's jwk has the private part")
	}
	if err != nil {
		return nil, denyProof("the proof's jwk is no public key for signatures")
	}
	return key, nil
}

func encode(data []byte) string { return base64.RawURLEncoding.EncodeToString(data) }
