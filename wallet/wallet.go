// Package wallet keeps a holder's key and credentials in one folder.
//
// The folder, mode 0700, holds:
//
//   - key.pem, mode 0600: the holder's Ed25519 key, PKCS#8 in PEM. Who reads
//     it can act as the holder; who writes it decides to whom credentials are
//     bound from then on.
//   - credentials/ID.json, or ID.sd-jwt for one in an SD-JWT (dc+sd-jwt or
//     vc+sd-jwt), mode 0600: the very bytes of a credential as its
//     issuer sent them; ID is their SHA-256 in hexadecimal, which the issuer's
//     log has too. Who writes there can add or take away credentials, but not
//     alter one: it would no longer have its ID, and no verifier accepts it.
//     A base proof among them, and an SD-JWT, are the holder's alone: who
//     reads it can show any part of the credential, though not in the holder's
//     name.
//   - credentials/ID.json.receipt or ID.sd-jwt.receipt, mode 0600: the receipt
//     of the issuer's log, if one came with the credential and was good. Who
//     writes there can take it away, and a verifier that wants one does not
//     accept the credential then.
//   - contexts/ID.json, mode 0600: the JSON-LD contexts that came with the
//     credential, if there are any. Who writes there can keep it from being
//     shown: what is derived or signed by other contexts verifies nowhere.
//
// What is shown of a credential is a [Shown]: all of it or, if its proof lets
// the holder choose, a part. [Wallet.Present] signs that for one verifier.
//
// A key or folder that others may use is refused with [ErrPermissions]. Files
// appear whole or not at all. Other errors wrap [ErrExists], [ErrMissing],
// [ErrDamaged], [ErrNotAccepted], [ErrHolder], [ErrUnknown], [ErrAmbiguous],
// [ErrPointer], [ErrWhole], [ErrBase], [ErrAlone] or [ErrOccasion], or are those
// of the file system.
//
// Source: RFC 5958 and RFC 8410 (the key); The did:key Method (its
// identifier); Verifiable Credentials Data Model 2.0, section 4.13; Data
// Integrity 1.0, section 2.1; RFC 6901 (pointers); RFC 9901 and
// draft-ietf-oauth-sd-jwt-vc (SD-JWT).
package wallet

import (
	"crypto"
	"crypto/ed25519"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/chancery-vc/chancery/internal/durable"
	"github.com/chancery-vc/chancery/verifier/did"
)

// Errors that callers can tell apart with [errors.Is].
var (
	ErrExists      = errors.New("there is a wallet already")
	ErrMissing     = errors.New("there is no wallet")
	ErrPermissions = errors.New("others may use it")
	ErrDamaged     = errors.New("it is not what the wallet wrote")
	ErrNotAccepted = errors.New("the credential was not verified")
	ErrHolder      = errors.New("the credential is not about the holder of this wallet")
	ErrUnknown     = errors.New("no credential has this id")
	ErrAmbiguous   = errors.New("more than one credential has this id")
	ErrPointer     = errors.New("that cannot be shown of the credential")
	ErrWhole       = errors.New("its issuer signed the credential as a whole, so that no part of it can be shown")
	ErrBase        = errors.New("the credential is to be shown in part: say what to show of it")
	ErrAlone       = errors.New("an SD-JWT VC is presented alone")
	ErrOccasion    = errors.New("a presentation is for one verifier, once")
)

// Names within the folder.
const (
	keyFile        = "key.pem"
	credentialsDir = "credentials"
	contextsDir    = "contexts"
	extension      = ".json"
	extensionSDJWT = ".sd-jwt"
)

// typeSDJWT is the media type of a credential of the data model in an SD-JWT.
const typeSDJWT = "vc+sd-jwt"

// Wallet is an open folder.
type Wallet struct {
	dir   string
	key   ed25519.PrivateKey
	did   string
	keyID string
}

// Create makes a wallet in dir, with a new key made from random.
func Create(dir string, random io.Reader) (*Wallet, error) {
	if err := os.MkdirAll(filepath.Join(dir, credentialsDir), 0o700); err != nil {
		return nil, fmt.Errorf("make the wallet's folder: %w", err)
	}
	if err := checkPrivate(dir); err != nil {
		return nil, err
	}
	text, err := newKey(random)
	if err != nil {
		return nil, err
	}
	err = durable.Place(filepath.Join(dir, keyFile), text, 0o600, os.Link)
	if errors.Is(err, fs.ErrExist) {
		return nil, fmt.Errorf("%w in %s: use it, or name another folder", ErrExists, dir)
	}
	if err != nil {
		return nil, fmt.Errorf("write the key: %w", err)
	}
	return Open(dir)
}

// Open opens the wallet in dir.
func Open(dir string) (*Wallet, error) {
	path := filepath.Join(dir, keyFile)
	for _, private := range []string{dir, path} {
		if err := checkPrivate(private); errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("%w in %s: make one with init", ErrMissing, dir)
		} else if err != nil {
			return nil, err
		}
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read the key: %w", err)
	}
	w := &Wallet{dir: dir}
	if w.key, err = parseKey(text); err != nil {
		return nil, fmt.Errorf("%s: %w: put the key back from a copy", path, err)
	}
	if w.did, w.keyID, err = did.FromKey(w.key.Public()); err != nil {
		return nil, err
	}
	return w, nil
}

// checkPrivate wants that only the owner may read or write path.
func checkPrivate(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if mode := info.Mode().Perm(); mode&0o077 != 0 {
		return fmt.Errorf("%s: %w (mode %04o): run chmod go= on it", path, ErrPermissions, mode)
	}
	return nil
}

// DID returns the holder's identifier, a did:key.
func (w *Wallet) DID() string { return w.did }

// KeyID returns the DID URL of the holder's key.
func (w *Wallet) KeyID() string { return w.keyID }

// Signer returns the holder's key, Ed25519.
func (w *Wallet) Signer() crypto.Signer { return w.key }
