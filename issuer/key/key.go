// Package key loads the issuer's signing key. Only a [crypto.Signer] leaves
// it.
//
// A key file holds one Ed25519 key as PKCS #8 in PEM (RFC 5958, RFC 8410) and
// may be read by its owner alone. Whoever can read it can sign as the issuer.
package key

import (
	"crypto"
	"crypto/ed25519"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/chancery-vc/chancery/internal/durable"
)

// Errors that callers can tell apart with [errors.Is].
var (
	ErrMode    = errors.New("others than the owner can read or write the signing key")
	ErrInvalid = errors.New("not a signing key")
)

const (
	blockType    = "PRIVATE KEY"
	maxFileBytes = 16 << 10
	privateMode  = 0o600
)

// Create makes a key from random and writes it to path, which must not exist.
func Create(path string, random io.Reader) (crypto.Signer, error) {
	_, private, err := ed25519.GenerateKey(random)
	if err != nil {
		return nil, fmt.Errorf("make a signing key: %w", err)
	}
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

// Load reads the key at path. It refuses a file that others can read or
// write.
func Load(path string) (crypto.Signer, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("signing key: %w", err)
	}
	defer file.Close()
	info, err := file.Stat() // of the open file: no other can take its place
	if err != nil {
		return nil, fmt.Errorf("signing key: %w", err)
	}
	if mode := info.Mode().Perm(); mode&^privateMode != 0 {
		return nil, fmt.Errorf("%w: %s has mode %04o; run: chmod 600 %s", ErrMode, path, mode, path)
	}
	data, err := io.ReadAll(io.LimitReader(file, maxFileBytes))
	if err != nil {
		return nil, fmt.Errorf("signing key: %w", err)
	}
	return parse(path, data)
}

// parse never quotes the file's content: it is a secret.
func parse(path string, data []byte) (crypto.Signer, error) {
	block, rest := pem.Decode(data)
	if block == nil || block.Type != blockType || len(rest) > 0 {
		return nil, fmt.Errorf("%w: %s does not hold one PEM block of type %s", ErrInvalid, path, blockType)
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("%w: %s is not PKCS #8", ErrInvalid, path)
	}
	private, ok := parsed.(ed25519.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("%w: %s holds a %T; Ed25519 is wanted", ErrInvalid, path, parsed)
	}
	return private, nil
}
