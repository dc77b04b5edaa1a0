// Package sshsig reads and verifies SSH signatures, which `ssh-keygen -Y sign`
// makes with a key in a file, in an agent or in a security key.
//
// A signature names its key; whether that is anybody's is for the caller to
// say. It is over the hash of a message and a namespace, so that one that was
// made for another purpose is worth nothing here. Keys are those of [KeyTypes];
// signatures of security keys must say that somebody touched them.
//
// All errors wrap [ErrInvalid]. Keys are those of package ssh.
//
// Source: OpenSSH, PROTOCOL.sshsig, version 1; PROTOCOL.u2f.
package sshsig

import (
	"bytes"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"

	"golang.org/x/crypto/ssh"
)

// ErrInvalid is the kind of every error about a signature.
var ErrInvalid = errors.New("not a good SSH signature")

// What is read at most.
const (
	MaxBytes      = 64 << 10 // of signatures, one after the other
	MaxSignatures = 64
)

// KeyTypes are the keys that count.
func KeyTypes() []string {
	return []string{
		ssh.KeyAlgoED25519, ssh.KeyAlgoSKED25519, ssh.KeyAlgoECDSA256, ssh.KeyAlgoSKECDSA256, ssh.KeyAlgoECDSA384, ssh.KeyAlgoECDSA521,
	}
}

// Signature is one of a key that it names itself.
type Signature struct {
	Key       ssh.PublicKey
	Namespace string // what it was made for

	reserved, hash string
	signature      ssh.Signature
}

const (
	begin   = "-----BEGIN SSH SIGNATURE-----\n"
	end     = "\n-----END SSH SIGNATURE-----"
	magic   = "SSHSIG"
	version = 1
)

// Read returns the signatures that data has, one after the other.
func Read(data []byte) ([]*Signature, error) {
	if len(data) > MaxBytes {
		return nil, fmt.Errorf("%w: more than %d bytes", ErrInvalid, MaxBytes)
	}
	var all []*Signature
	rest := bytes.TrimSpace(bytes.ReplaceAll(data, []byte("\r\n"), []byte("\n")))
	for len(rest) > 0 {
		if len(all) == MaxSignatures {
			return nil, fmt.Errorf("%w: more than %d of them", ErrInvalid, MaxSignatures)
		}
		armored, ok := bytes.CutPrefix(rest, []byte(begin))
		armored, after, ended := bytes.Cut(armored, []byte(end))
		if !ok || !ended {
			return nil, fmt.Errorf("%w: number %d is not from BEGIN to END SSH SIGNATURE", ErrInvalid, len(all)+1)
		}
		s, err := parse(armored)
		if err != nil {
			return nil, fmt.Errorf("number %d: %w", len(all)+1, err)
		}
		all, rest = append(all, s), bytes.TrimSpace(after)
	}
	return all, nil
}

// parse reads what stands between BEGIN and END.
func parse(armored []byte) (*Signature, error) {
	blob, err := base64.StdEncoding.Strict().DecodeString(string(armored)) // which passes over the ends of lines
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	inner, ok := bytes.CutPrefix(blob, []byte(magic))
	var wire struct {
		Version                   uint32
		Key                       []byte
		Namespace, Reserved, Hash string
		Signature                 []byte
	}
	if err := ssh.Unmarshal(inner, &wire); err != nil || !ok || wire.Version != version {
		return nil, fmt.Errorf("%w: it is not one of version %d, or was cut off", ErrInvalid, version)
	}
	s := &Signature{Namespace: wire.Namespace, reserved: wire.Reserved, hash: wire.Hash}
	if s.Key, err = ssh.ParsePublicKey(wire.Key); err != nil {
		return nil, fmt.Errorf("%w: its key: %w", ErrInvalid, err)
	}
	if err := ssh.Unmarshal(wire.Signature, &s.signature); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	return s, nil
}

// Verify returns an error unless the signature is good for message and
// namespace.
func (s *Signature) Verify(message []byte, namespace string) error {
	if !slices.Contains(KeyTypes(), s.Key.Type()) {
		return fmt.Errorf("%w: keys of the type %s do not count", ErrInvalid, s.Key.Type())
	}
	if s.Namespace != namespace {
		return fmt.Errorf("%w: it is for %q, not for %s", ErrInvalid, s.Namespace, namespace)
	}
	var digest []byte
	switch s.hash {
	case "sha512":
		sum := sha512.Sum512(message)
		digest = sum[:]
	case "sha256":
		sum := sha256.Sum256(message)
		digest = sum[:]
	default:
		return fmt.Errorf("%w: its hash is neither sha512 nor sha256", ErrInvalid)
	}
	signed := ssh.Marshal(struct {
		Namespace, Reserved, Hash string
		Digest                    []byte
	}{s.Namespace, s.reserved, s.hash, digest})
	if err := s.Key.Verify(append([]byte(magic), signed...), &s.signature); err != nil {
		return fmt.Errorf("%w: it does not verify, for these bytes and this key", ErrInvalid)
	}
	return nil
}
