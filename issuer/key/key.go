// Package key makes and loads the issuer's signing keys. Only a
// [crypto.Signer] leaves it.
//
// A key file holds one key, of Ed25519 or of P-256, as PKCS #8 in PEM (RFC
// 5958, RFC 8410, RFC 5915) and may be read by its owner alone. Whoever can
// read it can sign as the issuer. Errors wrap [ErrInvalid], or are those of
// package secretfile; none has a word of the file.
package key

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"

	"github.com/chancery-vc/chancery/internal/durable"
	"github.com/chancery-vc/chancery/internal/secretfile"
)

// ErrInvalid says that a file does not hold such a key.
var ErrInvalid = errors.New("not a signing key")

const (
	blockType    = "PRIVATE KEY"
	maxFileBytes = 16 << 10
	privateMode  = 0o600
)

// Create makes an Ed25519 key from random and writes it to path, which must not
// exist.
func Create(path string, random io.Reader) (crypto.Signer, error) {
	_, private, err := ed25519.GenerateKey(random)
	if err != nil {
		return nil, fmt.Errorf("make a signing key: %w", err)
	}
	return write(path, private)
}

// CreateP256 is [Create] for a key of P-256.
func CreateP256(path string, random io.Reader) (crypto.Signer, error) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), random)
	if err != nil {
		return nil, fmt.Errorf("make a signing key: %w", err)
	}
	return write(path, private)
}

func write(path string, private crypto.Signer) (crypto.Signer, error) {
	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return nil, fmt.Errorf("make a signing key: %w", err)
	}
	text := pem.EncodeToMemory(&pem.Block{Type: blockType, Bytes: der})
	if err := durable.Write(path, text, privateMode); err != nil {
		return nil, fmt.Errorf("write the signing key: %w", err)
	}
	return private, nil
}

// Load reads the Ed25519 key at path. It refuses a file that others can read or
// write.
func Load(path string) (crypto.Signer, error) {
	parsed, err := load(path)
	if err != nil {
		return nil, err
	}
	private, ok := parsed.(ed25519.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("%w: %s holds a %T; Ed25519 is wanted", ErrInvalid, path, parsed)
	}
	return private, nil
}

// LoadP256 is [Load] for a key of P-256.
func LoadP256(path string) (crypto.Signer, error) {
	parsed, err := load(path)
	if err != nil {
		return nil, err
	}
	private, ok := parsed.(*ecdsa.PrivateKey)
	if !ok || private.Curve != elliptic.P256() {
		return nil, fmt.Errorf("%w: %s holds a %T; one of P-256 is wanted", ErrInvalid, path, parsed)
	}
	return private, nil
}

// load reads a key of any kind.
func load(path string) (any, error) {
	data, err := secretfile.Read(path, maxFileBytes)
	if errors.Is(err, secretfile.ErrContent) {
		return nil, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	if err != nil {
		return nil, fmt.Errorf("signing key: %w", err)
	}
	return parse(path, data)
}

// parse never quotes the file's content: it is a secret.
func parse(path string, data []byte) (any, error) {
	block, rest := pem.Decode(data)
	if block == nil || block.Type != blockType || len(rest) > 0 {
		return nil, fmt.Errorf("%w: %s does not hold one PEM block of type %s", ErrInvalid, path, blockType)
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("%w: %s is not PKCS #8", ErrInvalid, path)
	}
	return parsed, nil
}
