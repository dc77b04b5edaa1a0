// Package schemas holds what issuer, verifier and wallet agree on, as data:
// the JSON-LD contexts that credentials name.
//
// A context is never fetched. It is embedded here, or it was handed over
// together with the SHA-256 digest that it must have; any other one is
// refused with [ErrUnknownContext].
//
// Source: VC Data Model 2.0, section 4.3 and appendix B.1, and Data Integrity
// 1.0, section 2.5, which fix the digests of the base contexts.
package schemas

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"sync"

	"github.com/go-json-experiment/json"
)

// URLs of the embedded contexts.
const (
	CredentialsV2          = "https://www.w3.org/ns/credentials/v2"
	CredentialsV1          = "https://www.w3.org/2018/credentials/v1"
	DataIntegrityV2        = "https://w3id.org/security/data-integrity/v2"
	Ed25519Signature2020V1 = "https://w3id.org/security/suites/ed25519-2020/v1"
	CivilV1                = "https://chancery-vc.github.io/contexts/civil/v1"
)

// MaxContextBytes caps the size of one context document.
const MaxContextBytes = 256 << 10

// Errors that callers can tell apart with [errors.Is].
var (
	ErrUnknownContext = errors.New("context is neither embedded nor given")
	ErrContextDigest  = errors.New("context does not have the digest that was given for it")
)

//go:embed contexts
var files embed.FS

// embedded lists each context of this package with the digest it must have:
// a changed file would silently change what old signatures mean.
var embedded = []struct{ url, file, sha256 string }{
	{CredentialsV2, "contexts/credentials-v2.jsonld", "59955ced6697d61e03f2b2556febe5308ab16842846f5b586d7f1f7adec92734"},
	{CredentialsV1, "contexts/credentials-v1.jsonld", "ab4ddd9a531758807a79a5b450510d61ae8d147eab966cc9a200c07095b0cdcc"},
	{DataIntegrityV2, "contexts/data-integrity-v2.jsonld", "67f21e6e33a6c14e5ccfd2fc7865f7474fb71a04af7e94136cb399dfac8ae8f4"},
	{Ed25519Signature2020V1, "contexts/ed25519-2020-v1.jsonld", "3db5c19efb0047a6edfd3b36e24346a8a3caad369d749e3c2d69e862696403e5"},
	{CivilV1, "contexts/civil-v1.jsonld", "32fdbbed4d7b7d473d5875e474c76985a57734b8c3a95aa79bdbe7bf4ba4ebac"},
}

// Context is one JSON-LD context document.
type Context struct {
	URL    string
	SHA256 string // lower-case hexadecimal, of JSON
	JSON   []byte
	parsed any
}

// NewContext checks that document is a JSON object with an @context member
// whose digest is sha256hex.
func NewContext(url string, document []byte, sha256hex string) (Context, error) {
	if got := Digest(document); got != sha256hex {
		return Context{}, fmt.Errorf("%w: %s is %s, not %s", ErrContextDigest, url, got, sha256hex)
	}
	if len(document) > MaxContextBytes {
		return Context{}, fmt.Errorf("context %s: larger than %d bytes", url, MaxContextBytes)
	}
	var parsed any
	if err := json.Unmarshal(document, &parsed); err != nil {
		return Context{}, fmt.Errorf("context %s: %w", url, err)
	}
	if object, ok := parsed.(map[string]any); !ok || object["@context"] == nil {
		return Context{}, fmt.Errorf("context %s: the document has no @context", url)
	}
	return Context{URL: url, SHA256: sha256hex, JSON: document, parsed: parsed}, nil
}

// Digest returns the SHA-256 of a context document in hexadecimal.
func Digest(document []byte) string {
	sum := sha256.Sum256(document)
	return hex.EncodeToString(sum[:])
}

// maxDerived caps what a set keeps of its derived values: their keys come from
// documents of others.
const maxDerived = 64

// Contexts is a closed set of context documents by URL. It is immutable and
// safe for concurrent use.
type Contexts struct {
	byURL  map[string]Context
	inline bool

	mu      sync.Mutex
	derived map[string]any
}

func newContexts(byURL map[string]Context, inline bool) *Contexts {
	return &Contexts{byURL: byURL, inline: inline, derived: map[string]any{}}
}

// Embedded returns the contexts of this package.
func Embedded() (*Contexts, error) {
	set := newContexts(map[string]Context{}, false)
	for _, e := range embedded {
		document, err := files.ReadFile(e.file)
		if err != nil {
			return nil, fmt.Errorf("embedded context: %w", err)
		}
		if set, err = set.With(e.url, document, e.sha256); err != nil {
			return nil, err
		}
	}
	return set, nil
}

// With returns the set with one more context. A URL that is already there may
// only be given again with the same content.
func (c *Contexts) With(url string, document []byte, sha256hex string) (*Contexts, error) {
	if old, ok := c.byURL[url]; ok && old.SHA256 != sha256hex {
		return nil, fmt.Errorf("%w: %s is already known as %s", ErrContextDigest, url, old.SHA256)
	}
	context, err := NewContext(url, document, sha256hex)
	if err != nil {
		return nil, err
	}
	next := newContexts(maps.Clone(c.byURL), c.inline)
	next.byURL[url] = context
	return next, nil
}

// And returns the set with those of other besides. A URL that both have must
// have the same content in both.
func (c *Contexts) And(other *Contexts) (*Contexts, error) {
	if c == other {
		return c, nil
	}
	next := newContexts(maps.Clone(c.byURL), c.inline && other.inline)
	for url, context := range other.byURL {
		if old, ok := next.byURL[url]; ok && old.SHA256 != context.SHA256 {
			return nil, fmt.Errorf("%w: %s is known as %s and as %s", ErrContextDigest, url, old.SHA256, context.SHA256)
		}
		next.byURL[url] = context
	}
	return next, nil
}

// WithInline returns the set, allowing documents to define terms of their own
// besides, in their @context and below. A signature over RDF does not cover
// which terms a document uses for its statements: whoever passes it on can
// choose others.
func (c *Contexts) WithInline() *Contexts {
	return newContexts(c.byURL, true)
}

// Inline tells whether documents may define terms of their own.
func (c *Contexts) Inline() bool { return c.inline }

// Has tells whether the set holds the context at url.
func (c *Contexts) Has(url string) bool {
	_, ok := c.byURL[url]
	return ok
}

// JSON returns the bytes of the context document at url, which the caller must
// not change, or nil.
func (c *Contexts) JSON(url string) []byte { return c.byURL[url].JSON }

// Document returns the parsed context document at url, which the caller must
// not change.
func (c *Contexts) Document(url string) (any, error) {
	context, ok := c.byURL[url]
	if !ok {
		return nil, fmt.Errorf("%w: %s", ErrUnknownContext, url)
	}
	return context.parsed, nil
}

// Derived returns what build makes of the set for key. It is kept, so that
// what is made of the same contexts again and again is made once.
func (c *Contexts) Derived(key string, build func() (any, error)) (any, error) {
	c.mu.Lock()
	value, ok := c.derived[key]
	c.mu.Unlock()
	if ok {
		return value, nil
	}
	value, err := build()
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.derived) < maxDerived {
		c.derived[key] = value
	}
	return value, nil
}
