package sdjwttest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"encoding/base64"
	"testing"

	"github.com/goccy/go-yaml/ast"
)

// Settings are what the examples of one folder share.
type Settings struct {
	Issuer    string
	IssuerKey *ecdsa.PrivateKey
	HolderKey *ecdsa.PrivateKey
	Audience  string
	Nonce     string
	IssuedAt  float64 // seconds since 1970
	Expires   float64
}

// ReadSettings reads a settings.yml below the shared folder.
func ReadSettings(t testing.TB, name string) *Settings {
	t.Helper()
	all := map[string]any{}
	for key, node := range document(t, name) {
		all[key] = value(node)
	}
	identifiers, keys := all["identifiers"].(map[string]any), all["key_settings"].(map[string]any)
	issuer, ok := keys["issuer_key"].(map[string]any)
	if !ok {
		issuer = keys["issuer_keys"].([]any)[0].(map[string]any)
	}
	return &Settings{
		Issuer:    identifiers["issuer"].(string),
		IssuerKey: privateKey(t, issuer),
		HolderKey: privateKey(t, keys["holder_key"].(map[string]any)),
		Audience:  identifiers["verifier"].(string),
		Nonce:     all["key_binding_nonce"].(string),
		IssuedAt:  all["iat"].(float64),
		Expires:   all["exp"].(float64),
	}
}

func value(node ast.Node) any {
	var none []string
	return plain(node, "", &none)
}

func privateKey(t testing.TB, jwk map[string]any) *ecdsa.PrivateKey {
	t.Helper()
	secret, err := base64.RawURLEncoding.DecodeString(jwk["d"].(string))
	if err != nil || jwk["crv"] != "P-256" {
		t.Fatalf("not a private key of P-256: %v", err)
	}
	key, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), secret)
	if err != nil {
		t.Fatal(err)
	}
	return key
}
