// Package bundle reads and writes the offline bundle: everything that a
// verifier needs about one issuer, signed by it, with its age.
//
// A bundle is a compact JWS (RFC 7515) of type "chancery-bundle+jws" whose
// payload is a JSON object with the issuer's controller documents, status
// lists, contexts and newest checkpoint. It is signed with Ed25519 by a key
// that the relying party got from the issuer on another way; the header names
// no key.
//
// Errors wrap [ErrInvalid].
package bundle

import (
	"crypto"
	"crypto/ed25519"
	"errors"
	"fmt"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/cryptosigner"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/schemas"
	"github.com/chancery-vc/chancery/verifier/credential"
	"github.com/chancery-vc/chancery/verifier/did"
)

// ErrInvalid is the kind of every error of this package.
var ErrInvalid = errors.New("not a usable bundle")

// MediaType is the type of a bundle's header.
const MediaType = "chancery-bundle+jws"

// Caps on untrusted bundles.
const (
	MaxBytes       = 32 << 20
	maxDocuments   = 16
	maxStatusLists = 1_000
	maxContexts    = 64
)

// Context is a context document with the digest that it must have.
type Context struct {
	URL      string `json:"url"`
	SHA256   string `json:"sha256"`
	Document []byte `json:"document"` // base64 in JSON, so that its bytes keep their digest
}

// Content is the payload of a bundle.
type Content struct {
	Version     int              `json:"version"`
	Issuer      string           `json:"issuer"`
	Created     string           `json:"created"`
	Controllers []jsontext.Value `json:"controllers"`
	StatusLists []jsontext.Value `json:"statusLists"`
	Contexts    []Context        `json:"contexts"`
	Checkpoint  string           `json:"checkpoint"`
}

const version = 1

// Sign returns content as a bundle.
func Sign(content Content, signer crypto.Signer) ([]byte, error) {
	content.Version = version
	payload, err := json.Marshal(content)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	options := (&jose.SignerOptions{}).WithType(MediaType)
	key := jose.SigningKey{Algorithm: jose.EdDSA, Key: cryptosigner.Opaque(signer)}
	s, err := jose.NewSigner(key, options)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	signed, err := s.Sign(payload)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	compact, err := signed.CompactSerialize()
	return []byte(compact), err
}

// Bundle is what an issuer said about itself at one time.
type Bundle struct {
	Issuer      string
	Created     time.Time
	Controllers []*did.Document
	StatusLists map[string]*credential.Unverified // by URL
	Checkpoint  string

	contexts []Context
}

// Open returns the bundle that data holds, if it was signed with one of keys.
func Open(data []byte, keys ...crypto.PublicKey) (*Bundle, error) {
	if len(data) > MaxBytes {
		return nil, fmt.Errorf("%w: larger than %d bytes", ErrInvalid, MaxBytes)
	}
	signed, err := jose.ParseSignedCompact(string(data), []jose.SignatureAlgorithm{jose.EdDSA})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	// The signature is over what the base64 says: there is only one form of it.
	if form, err := signed.CompactSerialize(); err != nil || form != string(data) {
		return nil, fmt.Errorf("%w: its base64 is not in the one form", ErrInvalid)
	}
	if kind := signed.Signatures[0].Protected.ExtraHeaders[jose.HeaderType]; kind != MediaType {
		return nil, fmt.Errorf("%w: its type is not %s", ErrInvalid, MediaType)
	}
	payload, err := verify(signed, keys)
	if err != nil {
		return nil, err
	}
	var content Content
	if err := json.Unmarshal(payload, &content, json.RejectUnknownMembers(true)); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	return read(content)
}

func verify(signed *jose.JSONWebSignature, keys []crypto.PublicKey) ([]byte, error) {
	for _, key := range keys {
		public, ok := key.(ed25519.PublicKey)
		if !ok {
			return nil, fmt.Errorf("%w: bundles are signed with Ed25519", ErrInvalid)
		}
		if payload, err := signed.Verify(public); err == nil {
			return payload, nil
		}
	}
	return nil, fmt.Errorf("%w: it was not signed with a key that is trusted for it", ErrInvalid)
}

func read(content Content) (*Bundle, error) {
	if content.Version != version {
		return nil, fmt.Errorf("%w: version %d; this program knows %d", ErrInvalid, content.Version, version)
	}
	if len(content.Controllers) > maxDocuments || len(content.StatusLists) > maxStatusLists || len(content.Contexts) > maxContexts {
		return nil, fmt.Errorf("%w: it holds too many documents", ErrInvalid)
	}
	created, err := credential.ParseTime(content.Created)
	if err != nil {
		return nil, fmt.Errorf("%w: created: %w", ErrInvalid, err)
	}
	b := &Bundle{Issuer: content.Issuer, Created: created, Checkpoint: content.Checkpoint, contexts: content.Contexts}
	if err := b.readControllers(content.Controllers); err != nil {
		return nil, err
	}
	if err := b.readStatusLists(content.StatusLists); err != nil {
		return nil, err
	}
	return b, nil
}

// readControllers keeps to documents of the issuer: what it says about others
// counts for nothing.
func (b *Bundle) readControllers(values []jsontext.Value) error {
	for _, value := range values {
		document, err := did.Parse(value)
		if err != nil {
			return fmt.Errorf("%w: %w", ErrInvalid, err)
		}
		if document.ID != b.Issuer {
			return fmt.Errorf("%w: it is of %.120s and holds a document of %.120s", ErrInvalid, b.Issuer, document.ID)
		}
		b.Controllers = append(b.Controllers, document)
	}
	return nil
}

func (b *Bundle) readStatusLists(values []jsontext.Value) error {
	b.StatusLists = map[string]*credential.Unverified{}
	for _, value := range values {
		list, err := credential.Parse(value)
		if err != nil {
			return fmt.Errorf("%w: status list: %w", ErrInvalid, err)
		}
		if _, ok := b.StatusLists[list.ID]; ok || list.ID == "" {
			return fmt.Errorf("%w: a status list without an id, or %.120s twice", ErrInvalid, list.ID)
		}
		b.StatusLists[list.ID] = list
	}
	return nil
}

// Contexts returns the contexts that the bundle brings.
func (b *Bundle) Contexts() []Context { return b.contexts }

// AddContexts returns known with the contexts of the bundle, each of which
// must have its digest.
func (b *Bundle) AddContexts(known *schemas.Contexts) (*schemas.Contexts, error) {
	var err error
	for _, c := range b.contexts {
		if known, err = known.With(c.URL, c.Document, c.SHA256); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrInvalid, err)
		}
	}
	return known, nil
}

// Keys returns the keys of the issuer that may sign its next bundle: those of
// Ed25519 that its documents list for assertions, and that have not ended by now.
func (b *Bundle) Keys(now time.Time) []crypto.PublicKey {
	var keys []crypto.PublicKey
	for _, document := range b.Controllers {
		for _, key := range document.KeysAt("assertionMethod", now) {
			if _, ok := key.(ed25519.PublicKey); ok {
				keys = append(keys, key)
			}
		}
	}
	return keys
}
