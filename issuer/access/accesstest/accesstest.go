// Package accesstest plays an authorization server and its clients for tests:
// it makes access tokens and proofs of possession, good ones and any others.
package accesstest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"maps"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-json-experiment/json"

	"github.com/chancery-vc/chancery/internal/jwa"
)

// Object is a JSON object. A member that is set to nil is taken out.
type Object = map[string]any

// Edit changes the header and the claims of a token before it is signed.
type Edit func(header, claims Object)

// Claim returns an edit of one claim.
func Claim(name string, value any) Edit { return func(_, claims Object) { claims[name] = value } }

// Header returns an edit of one header parameter.
func Header(name string, value any) Edit { return func(header, _ Object) { header[name] = value } }

var errTest = errors.New("a test made something that cannot be signed")

var profile = jwa.Profile{
	Known:     []string{jwa.ES256},
	ErrChoice: errTest, ErrAlgorithm: errTest, ErrKey: errTest, ErrMalformed: errTest, ErrSignature: errTest,
}

// Key signs by ES256.
type Key struct{ *ecdsa.PrivateKey }

// NewKey returns a fresh key.
func NewKey(t testing.TB) Key {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	return Key{key}
}

// JWK returns the public key.
func (k Key) JWK(t testing.TB) Object { return jwk(t, &k.PublicKey) }

// PrivateJWK returns the key with its private part.
func (k Key) PrivateJWK(t testing.TB) Object { return jwk(t, k.PrivateKey) }

func jwk(t testing.TB, key any) (members Object) {
	t.Helper()
	text, err := jose.JSONWebKey{Key: key}.MarshalJSON()
	must(t, err)
	must(t, json.Unmarshal(text, &members))
	return members
}

// Thumbprint returns the thumbprint of the public key, as tokens have it.
func (k Key) Thumbprint(t testing.TB) string {
	t.Helper()
	sum, err := jwa.Thumbprint(crypto.PublicKey(&k.PublicKey))
	must(t, err)
	return base64.RawURLEncoding.EncodeToString(sum)
}

// Sign returns the JWT of header and claims, edited.
func (k Key) Sign(t testing.TB, header, claims Object, edits ...Edit) string {
	t.Helper()
	for _, edit := range edits {
		edit(header, claims)
	}
	empty := func(_ string, value any) bool { return value == nil }
	maps.DeleteFunc(header, empty)
	maps.DeleteFunc(claims, empty)
	payload, err := json.Marshal(claims, json.Deterministic(true))
	must(t, err)
	token, err := profile.SignToken(jwa.Signer{Algorithm: jwa.ES256, Key: k.PrivateKey, Random: rand.Reader}, header, payload)
	must(t, err)
	return token
}

// Server is an authorization server.
type Server struct {
	URL, Audience, KeyID string
	Key                  Key
}

// NewServer returns a server with a fresh key.
func NewServer(t testing.TB, address, audience string) Server {
	t.Helper()
	return Server{URL: address, Audience: audience, KeyID: "key-1", Key: NewKey(t)}
}

// JWKS returns the public keys of servers.
func JWKS(t testing.TB, servers ...Server) []byte {
	t.Helper()
	var keys []Object
	for _, s := range servers {
		key := s.Key.JWK(t)
		key["kid"] = s.KeyID
		keys = append(keys, key)
	}
	data, err := json.Marshal(Object{"keys": keys})
	must(t, err)
	return data
}

// Token returns an access token of the client "school-app" that is bound to key,
// good for five minutes.
func (s Server) Token(t testing.TB, now time.Time, key Key, edits ...Edit) string {
	t.Helper()
	header := Object{"typ": "at+jwt", "kid": s.KeyID}
	claims := Object{
		"iss": s.URL, "aud": s.Audience, "sub": "clerk-7", "client_id": "school-app", "jti": rand.Text(),
		"iat": now.Unix(), "exp": now.Add(5 * time.Minute).Unix(), "cnf": Object{"jkt": key.Thumbprint(t)},
	}
	return s.Key.Sign(t, header, claims, edits...)
}

// Proof returns a proof of the key for a token and a POST at address.
func (k Key) Proof(t testing.TB, now time.Time, token, address, nonce string, edits ...Edit) string {
	t.Helper()
	sum := sha256.Sum256([]byte(token))
	header := Object{"typ": "dpop+jwt", "jwk": k.JWK(t)}
	claims := Object{
		"jti": rand.Text(), "htm": "POST", "htu": address, "iat": now.Unix(),
		"ath": base64.RawURLEncoding.EncodeToString(sum[:]), "nonce": nonce,
	}
	return k.Sign(t, header, claims, edits...)
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
