package vault

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Types of keys of the transit engine that are used.
const (
	typeEd25519 = "ed25519"
	typeP256    = "ecdsa-p256"
)

// TransitKey is one version of a key of the transit engine.
type TransitKey struct {
	Public crypto.PublicKey // ed25519.PublicKey or *ecdsa.PublicKey

	client  *Client
	mount   string
	name    string
	version int
}

// TransitKey returns a version of a key; 0 is the newest that there is now. Its
// later versions are other keys.
func (c *Client) TransitKey(ctx context.Context, mount, name string, version int) (*TransitKey, error) {
	var answer struct {
		Data struct {
			Type   string                    `json:"type"`
			Latest int                       `json:"latest_version"`
			Keys   map[string]jsontext.Value `json:"keys"`
		} `json:"data"`
	}
	if err := c.call(ctx, http.MethodGet, mount+"/keys/"+name, nil, &answer); err != nil {
		return nil, err
	}
	if version == 0 {
		version = answer.Data.Latest
	}
	found, ok := answer.Data.Keys[strconv.Itoa(version)]
	if !ok {
		return nil, fmt.Errorf("%w: the key %s/%s has no version %d", ErrNone, mount, name, version)
	}
	public, err := transitPublic(answer.Data.Type, found)
	if err != nil {
		return nil, fmt.Errorf("the key %s/%s: %w", mount, name, err)
	}
	return &TransitKey{Public: public, client: c, mount: mount, name: name, version: version}, nil
}

// transitPublic reads the public key of a version: of Ed25519 its 32 bytes in
// base64, of P-256 SubjectPublicKeyInfo in PEM. Of a symmetric key a version is
// no object, but a time.
func transitPublic(kind string, version jsontext.Value) (crypto.PublicKey, error) {
	if kind != typeEd25519 && kind != typeP256 {
		return nil, fmt.Errorf("%w: it is of type %.40q; %s or %s is wanted", ErrAnswer, kind, typeEd25519, typeP256)
	}
	var of struct {
		Public string `json:"public_key"`
	}
	if err := json.Unmarshal(version, &of); err != nil {
		return nil, fmt.Errorf("%w: its version is not the JSON that was expected", ErrAnswer)
	}
	if kind == typeEd25519 {
		return ed25519Public(of.Public)
	}
	return p256Public(of.Public)
}

func ed25519Public(text string) (crypto.PublicKey, error) {
	raw, err := base64.StdEncoding.DecodeString(text)
	if err != nil || len(raw) != ed25519.PublicKeySize {
		return nil, fmt.Errorf("%w: its public key is not of %d bytes", ErrAnswer, ed25519.PublicKeySize)
	}
	return ed25519.PublicKey(raw), nil
}

func p256Public(text string) (crypto.PublicKey, error) {
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return nil, fmt.Errorf("%w: its public key is not in PEM", ErrAnswer)
	}
	parsed, err := x509.ParsePKIXPublicKey(block.Bytes)
	if public, ok := parsed.(*ecdsa.PublicKey); ok && err == nil {
		return public, nil
	}
	return nil, fmt.Errorf("%w: its public key is not of an elliptic curve", ErrAnswer)
}

// Sign signs a message with Ed25519, or a SHA-256 digest with P-256; the latter
// comes in ASN.1.
func (k *TransitKey) Sign(ctx context.Context, input []byte) ([]byte, error) {
	in := map[string]any{"input": base64.StdEncoding.EncodeToString(input), "key_version": k.version}
	if _, ok := k.Public.(*ecdsa.PublicKey); ok {
		in["prehashed"], in["hash_algorithm"], in["marshaling_algorithm"] = true, "sha2-256", "asn1"
	}
	var answer struct {
		Data struct {
			Signature string `json:"signature"`
		} `json:"data"`
	}
	if err := k.client.call(ctx, http.MethodPost, k.mount+"/sign/"+k.name, in, &answer); err != nil {
		return nil, err
	}
	encoded, ok := strings.CutPrefix(answer.Data.Signature, fmt.Sprintf("vault:v%d:", k.version))
	if !ok {
		return nil, fmt.Errorf("%w: its signature is not of version %d of the key", ErrAnswer, k.version)
	}
	signature, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil {
		return nil, fmt.Errorf("%w: its signature is not base64", ErrAnswer)
	}
	return signature, nil
}
