// Package pseudonym gives records of registers, and callers, names for the
// issuance log that tell nothing without a key.
//
// A pseudonym is HMAC-SHA-256 over its parts, each as a netstring, in base64url
// without padding. A key is in use for a period, and kept for a time after it;
// then it is destroyed, and a record of the log tells so: nobody can test a
// guess at a pseudonym of that period any more. Relying parties are told of a
// record under a pseudonym of another key, which stays.
//
// Keys are files of 32 bytes in the state folder. Whoever reads one can, with
// the log, test guesses at whom it names in that period. Which ones there must
// be is in the state, so that a key that is missing is told from one that was
// destroyed.
//
// Source: RFC 2104 (HMAC); FIPS 180-4 (SHA-256); RFC 4648, section 5.
package pseudonym

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"io"
	"strconv"
	"sync"

	"github.com/chancery-vc/chancery/issuer/store"
)

// Keys are the keys of an issuer. They are safe for concurrent use.
type Keys struct {
	store    *store.Store // nil of keys that are only read
	folder   string
	random   io.Reader
	pairwise []byte

	keeping sync.Mutex // held while keys are made or destroyed
	mu      sync.RWMutex
	living  []key // oldest first; the last one is in use
}

// key is one that was not destroyed.
type key struct {
	number uint64
	secret []byte
}

// Of returns the pseudonym, by the key in use, of what parts say.
func (k *Keys) Of(parts ...string) string {
	k.mu.RLock()
	defer k.mu.RUnlock()
	return mac(k.living[len(k.living)-1].secret, parts)
}

// All returns the pseudonyms, by each key that was not destroyed, of what parts
// say, the newest first: under one of them it is in the log, if it is.
func (k *Keys) All(parts ...string) []string {
	k.mu.RLock()
	defer k.mu.RUnlock()
	all := make([]string, len(k.living))
	for n, key := range k.living {
		all[len(all)-1-n] = mac(key.secret, parts)
	}
	return all
}

// Pairwise returns the pseudonym under which relying parties are told of what
// parts say. It stays the same, and is not in the log.
func (k *Keys) Pairwise(parts ...string) string { return mac(k.pairwise, parts) }

func mac(secret []byte, parts []string) string {
	var text []byte
	for _, part := range parts {
		text = strconv.AppendInt(text, int64(len(part)), 10)
		text = append(text, ':')
		text = append(text, part...)
		text = append(text, ',')
	}
	sum := hmac.New(sha256.New, secret)
	sum.Write(text)
	return base64.RawURLEncoding.EncodeToString(sum.Sum(nil))
}
