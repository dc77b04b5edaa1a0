package config

import (
	"fmt"
	"strings"
	"time"

	"github.com/chancery-vc/chancery/issuer/key"
	"github.com/chancery-vc/chancery/verifier/did"
)

// Key is a signing key beside those that sign answers: the DID document lists
// it, so that everybody has it before it signs, and still has it while what it
// signed lives. To rotate, exchange it with SigningKey or SelectiveKey.
type Key struct {
	// Key is a reference to it, as that of SigningKey, or its public half as
	// did:key, for which nothing secret is needed any more. One of Ed25519 that is
	// named by reference signs the log's checkpoints beside SigningKey, so that
	// who pinned it can follow.
	Key string `yaml:"key"`
	// Selective says that it takes turns with SelectiveKey, and is of P-256.
	// Default: with SigningKey, of Ed25519.
	Selective bool `yaml:"selective"`
	// Until is when nothing is to be verified with it any more, such as
	// 2028-01-01 or 2028-01-01T12:00:00Z. The DID document says so in advance
	// (expires), and lists it no longer from the first start after it. Of a key
	// that has signed it is the end of the last thing that it signed. Default: no
	// end.
	Until Time `yaml:"until"`
}

// maxKeys keeps a bundle, and a checkpoint with its signatures, small.
const maxKeys = 8

const didKey = "did:key:"

// Public tells whether the entry has the public half of the key alone.
func (k Key) Public() bool { return strings.HasPrefix(k.Key, didKey) }

// Kind returns the kind of key that it must be.
func (k Key) Kind() key.Kind {
	if k.Selective {
		return key.P256
	}
	return key.Ed25519
}

// Time is a moment in a configuration: RFC 3339, or a day, which begins at
// midnight UTC.
type Time struct{ time.Time }

// UnmarshalText reads a moment.
func (t *Time) UnmarshalText(text []byte) (err error) {
	for _, layout := range []string{time.DateOnly, time.RFC3339} {
		if t.Time, err = time.Parse(layout, string(text)); err == nil {
			return nil
		}
	}
	return fmt.Errorf("%q is not a time, such as 2028-01-01 or 2028-01-01T12:00:00Z", text)
}

func (c *Config) checkKeys() error {
	if len(c.Keys) > 0 && c.Issuer == IssuerDIDKey {
		return invalid("keys", "an issuer that is the did:key of one key has no other, and cannot rotate it: leave out issuer, so that it is named by its url")
	}
	if len(c.Keys) > maxKeys {
		return invalid("keys", "there are %d; %d fit into the documents. Leave out those whose until has passed", len(c.Keys), maxKeys)
	}
	seen := map[string]bool{c.SigningKey: true, c.SelectiveKey: true}
	for n, k := range c.Keys {
		where := fmt.Sprintf("keys[%d]", n)
		if err := k.check(where); err != nil {
			return err
		}
		if seen[k.Key] {
			return invalid(where, "%.200q is named twice; what signs now is not under keys", k.Key)
		}
		seen[k.Key] = true
	}
	return nil
}

func (k Key) check(where string) error {
	if k.Key == "" {
		return invalid(where, "key is missing: a reference to it, or its public half as did:key")
	}
	if !k.Public() {
		if err := key.Check(k.Key); err != nil {
			return invalid(where, "%v", err)
		}
		return nil
	}
	public, err := did.KeyFrom(k.Key)
	if err != nil {
		return invalid(where, "%.200q is not a did:key that can sign: %v", k.Key, err)
	}
	if kind := key.KindOf(public); kind != k.Kind() {
		return invalid(where, "%.200q is not of %s: selective says whether it is of %s or of %s", k.Key, k.Kind(), key.P256, key.Ed25519)
	}
	return nil
}
