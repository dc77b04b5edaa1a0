package sdjwt

import (
	"crypto"
	"fmt"
	"io"
	"slices"

	"github.com/chancery-vc/chancery/internal/jwa"
	"github.com/chancery-vc/chancery/internal/strictjson"
)

// Issuance is what an issuer puts into an SD-JWT.
type Issuance struct {
	// Claims is a JSON object with all claims, as if none were hidden.
	Claims []byte
	// Selective are JSON Pointers to the claims that the holder may withhold:
	// members of objects and elements of arrays. One below another makes
	// recursive disclosures: section 4.2.6.
	Selective []string
	// Decoys says how many decoy digests to add to the object or the array at
	// a JSON Pointer. In an array they follow the elements, so that those keep
	// their numbers.
	Decoys map[string]int
	// Holder, if not nil, is the key that can make key bindings, for cnf.
	Holder crypto.PublicKey

	Type      string         // for typ; "" leaves it out, which section 9.11 advises against
	Header    map[string]any // more members of the header, such as kid, x5c as []string
	Hash      string         // DefaultHash if empty
	Algorithm string
	Signer    crypto.Signer
	Random    io.Reader // for salts and decoys; it must be fit for keys
}

// Issue returns the SD-JWT with all its disclosures, for the holder alone:
// section 4.
func Issue(in Issuance) (*Token, error) {
	signer := jwa.Signer{Algorithm: in.Algorithm, Key: in.Signer, Random: in.Random}
	if err := checkSigner(signer); err != nil {
		return nil, err
	}
	header, err := in.header()
	if err != nil {
		return nil, err
	}
	claims, err := in.claims()
	if err != nil {
		return nil, err
	}
	payload, disclosures, err := in.hide(claims)
	if err != nil {
		return nil, err
	}
	jwt, err := sign(signer, header, payload)
	if err != nil {
		return nil, err
	}
	t := &Token{JWT: jwt, Disclosures: disclosures}
	if _, err := Inspect(t); err != nil {
		return nil, fmt.Errorf("what would be issued could not be read: %w", err)
	}
	return t, nil
}

func (in *Issuance) header() (map[string]any, error) {
	header := map[string]any{}
	for name, value := range in.Header {
		if slices.Contains([]string{"alg", "typ", "crit", "b64"}, name) {
			return nil, fmt.Errorf("%w: the header parameter %s is not for the caller to set", ErrPolicy, name)
		}
		header[name] = value
	}
	if _, ok := header["kid"].(string); !ok && header["kid"] != nil {
		return nil, fmt.Errorf("%w: kid must be a text (RFC 7515, section 4.1.4)", ErrPolicy)
	}
	if in.Type != "" {
		header["typ"] = in.Type
	}
	return header, nil
}

// claims reads the claims and adds the holder's key.
func (in *Issuance) claims() (map[string]any, error) {
	claims, err := strictjson.ParseObject(in.Claims, strictjson.Limits{Bytes: MaxLength, Depth: MaxDepth})
	if err != nil {
		return nil, fmt.Errorf("the claims: %w", err)
	}
	if in.Holder == nil {
		return claims, nil
	}
	if _, ok := claims[claimConfirmation]; ok {
		return nil, fmt.Errorf("%w: cnf is there already, beside the holder's key", ErrClaim)
	}
	jwk, err := jwkOf(in.Holder)
	if err != nil {
		return nil, err
	}
	claims[claimConfirmation] = map[string]any{"jwk": jwk}
	return claims, nil
}

// hide returns the payload to be signed, and the disclosures.
func (in *Issuance) hide(claims map[string]any) (any, []string, error) {
	name := in.Hash
	if name == "" {
		name = DefaultHash
	}
	hash, err := hashOf(name)
	if err != nil {
		return nil, nil, err
	}
	h, err := newHider(in, hash)
	if err != nil {
		return nil, nil, err
	}
	payload, err := h.object(claims)
	if err != nil {
		return nil, nil, err
	}
	if err := h.allUsed(); err != nil {
		return nil, nil, err
	}
	if len(h.disclosures) > 0 || len(in.Decoys) > 0 {
		payload[nameHash] = name
	}
	return payload, h.disclosures, nil
}
