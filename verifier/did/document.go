package did

import (
	"crypto"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/internal/multikey"
	"github.com/chancery-vc/chancery/verifier/credential"
)

// Purposes that a document can list a method for (Controlled Identifiers 1.0,
// section 2.3).
const (
	assertionMethod      = "assertionMethod"
	authentication       = "authentication"
	keyAgreement         = "keyAgreement"
	capabilityInvocation = "capabilityInvocation"
	capabilityDelegation = "capabilityDelegation"
)

// ErrEnded is an [ErrMethod]: the method was listed, until it expired or was
// revoked.
var ErrEnded = errors.New("the verification method has expired or was revoked")

// Document is a controller document: the keys of one identifier, each listed
// for the purposes that it may serve.
type Document struct {
	ID      string
	text    jsontext.Value // as it was read; nil if it was made here
	order   []string       // URLs of the methods that were made here
	methods map[string]method
	listed  map[string][]string // purpose to URLs of methods
}

// NewDocument returns the document of id that lists a key and others, in this
// order: each under the fragment that is its Multikey value, for assertion and
// authentication, or for key agreement if it is an X25519 key.
func NewDocument(id string, key crypto.PublicKey, others ...crypto.PublicKey) (*Document, error) {
	d := newDocument(id)
	for _, key := range append([]crypto.PublicKey{key}, others...) {
		if err := d.list(key); err != nil {
			return nil, err
		}
	}
	return d, nil
}

// list adds a key for what such a key does.
func (d *Document) list(key crypto.PublicKey) error {
	url, err := MethodURL(d.ID, key)
	if err != nil {
		return err
	}
	if _, there := d.methods[url]; there {
		return fmt.Errorf("%w: it lists %.200s twice", ErrInvalid, url)
	}
	purposes := []string{assertionMethod, authentication}
	if isX25519(key) {
		purposes = []string{keyAgreement}
	}
	t, _ := methodTypeOf(typeMultikey)
	return d.add(t, url, key, purposes...)
}

func newDocument(id string) *Document {
	return &Document{ID: id, methods: map[string]method{}, listed: map[string][]string{}}
}

// add adds a method that holds key, listed for purposes.
func (d *Document) add(t methodType, url string, key crypto.PublicKey, purposes ...string) error {
	m, err := newMethod(t, d.ID, url, key)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	d.put(m, purposes...)
	return nil
}

func (d *Document) put(m method, purposes ...string) {
	d.methods[m.ID] = m
	d.order = append(d.order, m.ID)
	for _, purpose := range purposes {
		d.listed[purpose] = append(d.listed[purpose], m.ID)
	}
}

// MethodURL returns the DID URL under which [NewDocument] lists key.
func MethodURL(id string, key crypto.PublicKey) (string, error) {
	value, err := multikey.Encode(key)
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	return id + "#" + value, nil
}

// Key returns the key of the verification method at url, if the document
// lists that method for purpose and names itself as its controller. A method
// that ends at some time is for [Document.KeyAt] to judge, and refused here.
func (d *Document) Key(url, purpose string) (crypto.PublicKey, error) {
	m, err := d.find(url, purpose)
	if err != nil {
		return nil, err
	}
	if !m.end.IsZero() {
		return nil, fmt.Errorf("%w: %w, or will: %.200s at %s", ErrMethod, ErrEnded, url, credential.FormatTime(m.end))
	}
	return m.key, nil
}

// KeyAt returns the key of the verification method at url as Key does, if the
// method has neither expired nor been revoked by now.
func (d *Document) KeyAt(url, purpose string, now time.Time) (crypto.PublicKey, error) {
	// What has ended may be listed for nothing any more, and it is the end that
	// tells the reader what happened.
	if m, ok := d.methods[url]; ok && !m.end.IsZero() && !now.Before(m.end) {
		return nil, fmt.Errorf("%w: %w: %.200s at %s", ErrMethod, ErrEnded, url, credential.FormatTime(m.end))
	}
	m, err := d.find(url, purpose)
	if err != nil {
		return nil, err
	}
	return m.key, nil
}

// find is the second half of Controlled Identifiers 1.0, section 3.3: that the
// document is the one of url's controller is seen here too, so that no
// document speaks for another.
func (d *Document) find(url, purpose string) (method, error) {
	m, ok := d.methods[url]
	switch {
	case !ok || Controller(url) != d.ID || m.Controller != d.ID || !slices.Contains(d.listed[purpose], url):
		return method{}, fmt.Errorf("%w: %.200s for %.40s", ErrMethod, url, purpose)
	case m.key == nil:
		return method{}, fmt.Errorf("%w: %.200s holds no key of a type that is known here (%.80s)", ErrMethod, url, m.Type)
	}
	return m, nil
}

// Method returns the verification method at url in JSON, whatever it is listed
// for, as dereferencing a DID URL answers it.
func (d *Document) Method(url string) ([]byte, error) {
	m, ok := d.methods[url]
	if !ok {
		return nil, fmt.Errorf("%w: %.200s", ErrMethod, url)
	}
	return json.Marshal(m.wireMethod)
}

// Contexts of a document, without those of its methods' types.
const (
	contextDID = "https://www.w3.org/ns/did/v1"
	contextCID = "https://www.w3.org/ns/cid/v1"
)

// MarshalJSON writes the document as it was read, or as its identifier's
// method has it if it was made here.
func (d *Document) MarshalJSON() ([]byte, error) {
	if d.text != nil {
		return d.text, nil
	}
	w := struct {
		Context              []string     `json:"@context"`
		ID                   string       `json:"id"`
		VerificationMethod   []wireMethod `json:"verificationMethod"`
		AssertionMethod      []string     `json:"assertionMethod,omitzero"`
		Authentication       []string     `json:"authentication,omitzero"`
		CapabilityInvocation []string     `json:"capabilityInvocation,omitzero"`
		CapabilityDelegation []string     `json:"capabilityDelegation,omitzero"`
		KeyAgreement         []string     `json:"keyAgreement,omitzero"`
	}{
		Context:              d.contexts(),
		ID:                   d.ID,
		AssertionMethod:      d.listed[assertionMethod],
		Authentication:       d.listed[authentication],
		CapabilityInvocation: d.listed[capabilityInvocation],
		CapabilityDelegation: d.listed[capabilityDelegation],
		KeyAgreement:         d.listed[keyAgreement],
	}
	for _, url := range d.order {
		w.VerificationMethod = append(w.VerificationMethod, d.methods[url].wireMethod)
	}
	return json.Marshal(w)
}

// contexts: The did:key Method, Context Creation Algorithm; Controlled
// Identifiers 1.0, section 4.3 for what is not a DID.
func (d *Document) contexts() []string {
	if !strings.HasPrefix(d.ID, "did:") {
		return []string{contextCID}
	}
	contexts := []string{contextDID}
	for _, url := range d.order {
		t, _ := methodTypeOf(d.methods[url].Type)
		if !slices.Contains(contexts, t.context) {
			contexts = append(contexts, t.context)
		}
	}
	return contexts
}
