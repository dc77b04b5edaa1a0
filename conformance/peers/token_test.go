package peers

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rand"
	_ "crypto/sha512" // for ES384 and ES512
	"encoding/base64"
	"math/big"
	"strings"
	"testing"

	"github.com/chancery-vc/chancery/verifier/did"
	"github.com/chancery-vc/chancery/verifier/proof/jose"
)

// party is who signs tokens, on either side.
type party struct {
	signer
	method string // the kid
	public crypto.PublicKey
}

// identify returns who a signer of a peer is.
func identify(t testing.TB, s signer) party {
	t.Helper()
	key, err := jose.ParseKey(s.JWK)
	must(t, err)
	p := party{signer: s, public: key.Public}
	p.ID, p.method, err = did.FromKey(key.Public)
	must(t, err)
	return p
}

// party returns who we are with a suite and a type of key.
func (o *ours) party(t testing.TB, s signer) party {
	t.Helper()
	p := party{signer: s, public: o.keys[s.Key].Public()}
	var err error
	p.ID, p.method, err = did.FromKey(p.public)
	must(t, err)
	p.JWK = format(publicJWK(p.public))
	return p
}

// keySet is what p has published.
func (p party) keySet() object {
	key := publicJWK(p.public)
	key["kid"], key["alg"], key["use"] = p.method, p.Suite, "sig"
	return object{"keys": []any{key}}
}

func publicJWK(key crypto.PublicKey) object {
	if public, ok := key.(ed25519.PublicKey); ok {
		return object{"kty": "OKP", "crv": "Ed25519", "x": base64url(public)}
	}
	public := key.(*ecdsa.PublicKey)
	point, err := public.Bytes()
	if err != nil {
		panic(err)
	}
	x, y := point[1:1+len(point)/2], point[1+len(point)/2:]
	return object{"kty": "EC", "crv": public.Params().Name, "x": base64url(x), "y": base64url(y)}
}

func base64url(data []byte) string { return base64.RawURLEncoding.EncodeToString(data) }

// unbase64url takes a last character with bits that mean nothing, too.
func unbase64url(text string) []byte {
	data, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		panic(err)
	}
	return data
}

// parts is a JWS taken apart: header, payload and signature in base64url.
type parts [3]string

func split(jws []byte) parts {
	return parts(strings.Split(string(jws), "."))
}

func (p parts) join() []byte { return []byte(strings.Join(p[:], ".")) }

func (p parts) header() object { return parse(unbase64url(p[0])) }

// sign makes a JWS of a header and a payload, whatever they say, with the
// algorithm that key is for.
func sign(key crypto.Signer, header, payload []byte) []byte {
	signed := base64url(header) + "." + base64url(payload)
	return []byte(signed + "." + base64url(signature(key, []byte(signed))))
}

// signature is in the form of JOSE: RFC 7518, section 3.4; RFC 8037, section
// 3.1.
func signature(key crypto.Signer, message []byte) []byte {
	private, ok := key.(*ecdsa.PrivateKey)
	if !ok {
		out, err := key.Sign(rand.Reader, message, crypto.Hash(0))
		if err != nil {
			panic(err)
		}
		return out
	}
	hash := map[int]crypto.Hash{256: crypto.SHA256, 384: crypto.SHA384, 521: crypto.SHA512}[private.Params().BitSize].New()
	hash.Write(message)
	r, s, err := ecdsa.Sign(rand.Reader, private, hash.Sum(nil))
	if err != nil {
		panic(err)
	}
	size := (private.Params().BitSize + 7) / 8
	return append(r.FillBytes(make([]byte, size)), s.FillBytes(make([]byte, size))...)
}

// halves are r and s of a signature with ECDSA.
func halves(signature []byte) (r, s *big.Int) {
	middle := len(signature) / 2
	return new(big.Int).SetBytes(signature[:middle]), new(big.Int).SetBytes(signature[middle:])
}

// changesNothing tells whether there was nothing to be edited.
func (e edit) changesNothing(before, after []byte) bool {
	return bytes.Equal(before, after) && e.name != usual.name
}
