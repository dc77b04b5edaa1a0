package did

import (
	"crypto"
	"fmt"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"

	"github.com/chancery-vc/chancery/internal/multikey"
)

// Caps on untrusted documents.
const (
	MaxBytes   = 256 << 10
	maxMethods = 64
)

// Purposes that a document can list a method for.
const (
	assertionMethod = "assertionMethod"
	authentication  = "authentication"
)

// Document is a controller document: the keys of one identifier, each listed
// for the purposes that it may serve.
type Document struct {
	ID        string
	methods   map[string]method
	listed    map[string][]string // purpose to ids of methods
	multikeys []string
}

type method struct {
	controller string
	key        crypto.PublicKey
}

// NewDocument returns the document of id that lists one key, as its fragment,
// for assertion and authentication.
func NewDocument(id string, key crypto.PublicKey) (*Document, error) {
	value, err := multikey.Encode(key)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	url := id + "#" + value
	return &Document{
		ID:        id,
		methods:   map[string]method{url: {controller: id, key: key}},
		listed:    map[string][]string{assertionMethod: {url}, authentication: {url}},
		multikeys: []string{value},
	}, nil
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
// lists that method for purpose and names itself as its controller.
func (d *Document) Key(url, purpose string) (crypto.PublicKey, error) {
	m, ok := d.methods[url]
	if !ok || m.controller != d.ID || !slices.Contains(d.listed[purpose], url) {
		return nil, fmt.Errorf("%w: %.200s for %s", ErrMethod, url, purpose)
	}
	return m.key, nil
}

// Controller returns the identifier whose document lists the method at url.
func Controller(url string) string {
	id, _, _ := strings.Cut(url, "#")
	return id
}

// wire is the document as JSON has it. Other members say nothing about keys.
type wire struct {
	Context            []string     `json:"@context,omitzero"`
	ID                 string       `json:"id"`
	VerificationMethod []wireMethod `json:"verificationMethod"`
	AssertionMethod    []string     `json:"assertionMethod"`
	Authentication     []string     `json:"authentication"`
}

type wireMethod struct {
	ID                 string `json:"id"`
	Type               string `json:"type"`
	Controller         string `json:"controller"`
	PublicKeyMultibase string `json:"publicKeyMultibase"`
}

const typeMultikey = "Multikey"

// MarshalJSON writes a document made by [NewDocument] as did.json has it.
func (d *Document) MarshalJSON() ([]byte, error) {
	w := wire{
		Context:         []string{"https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1"},
		ID:              d.ID,
		AssertionMethod: d.listed[assertionMethod],
		Authentication:  d.listed[authentication],
	}
	for _, value := range d.multikeys {
		w.VerificationMethod = append(w.VerificationMethod, wireMethod{
			ID: d.ID + "#" + value, Type: typeMultikey, Controller: d.ID, PublicKeyMultibase: value,
		})
	}
	return json.Marshal(w)
}

// Parse reads a controller document. Methods of other types than Multikey are
// passed over: no key of theirs can be used.
func Parse(data []byte) (*Document, error) {
	if len(data) > MaxBytes {
		return nil, fmt.Errorf("%w: larger than %d bytes", ErrInvalid, MaxBytes)
	}
	var w struct {
		wire
		Context any `json:"@context"` // a string, an array or absent; it says nothing about keys
	}
	if err := json.Unmarshal(data, &w); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	if w.ID == "" || len(w.VerificationMethod) > maxMethods {
		return nil, fmt.Errorf("%w: it has no id, or more than %d methods", ErrInvalid, maxMethods)
	}
	d := &Document{
		ID:      w.ID,
		methods: map[string]method{},
		listed:  map[string][]string{assertionMethod: w.AssertionMethod, authentication: w.Authentication},
	}
	for _, m := range w.VerificationMethod {
		if err := d.add(m); err != nil {
			return nil, err
		}
	}
	return d, nil
}

func (d *Document) add(m wireMethod) error {
	if m.Type != typeMultikey {
		return nil
	}
	if _, ok := d.methods[m.ID]; ok {
		return fmt.Errorf("%w: %.200s is listed twice", ErrInvalid, m.ID)
	}
	key, err := multikey.Decode(m.PublicKeyMultibase)
	if err != nil {
		return fmt.Errorf("%w: %.200s: %w", ErrInvalid, m.ID, err)
	}
	d.methods[m.ID] = method{controller: m.Controller, key: key}
	d.multikeys = append(d.multikeys, m.PublicKeyMultibase)
	return nil
}
