package did

import (
	"bytes"
	"fmt"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Caps on untrusted documents.
const (
	MaxBytes   = 256 << 10
	maxMethods = 64 // embedded ones included
	maxListed  = 64 // for one purpose
)

// Parse reads a controller document. Methods without a key of a type that is
// known here are passed over: nothing can be verified with them.
func Parse(data []byte) (*Document, error) {
	if len(data) > MaxBytes {
		return nil, fmt.Errorf("%w: larger than %d bytes", ErrInvalid, MaxBytes)
	}
	var w struct {
		ID                   string           `json:"id"`
		VerificationMethod   []wireMethod     `json:"verificationMethod"`
		AssertionMethod      []jsontext.Value `json:"assertionMethod"`
		Authentication       []jsontext.Value `json:"authentication"`
		KeyAgreement         []jsontext.Value `json:"keyAgreement"`
		CapabilityInvocation []jsontext.Value `json:"capabilityInvocation"`
		CapabilityDelegation []jsontext.Value `json:"capabilityDelegation"`
	}
	if err := json.Unmarshal(data, &w); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	if w.ID == "" {
		return nil, fmt.Errorf("%w: it has no id", ErrInvalid)
	}
	d := newDocument(w.ID)
	d.text = bytes.Clone(data)
	for _, m := range w.VerificationMethod {
		if _, err := d.read(m); err != nil {
			return nil, err
		}
	}
	for _, l := range []struct {
		purpose string
		methods []jsontext.Value
	}{
		{assertionMethod, w.AssertionMethod},
		{authentication, w.Authentication},
		{keyAgreement, w.KeyAgreement},
		{capabilityInvocation, w.CapabilityInvocation},
		{capabilityDelegation, w.CapabilityDelegation},
	} {
		if err := d.readListed(l.purpose, l.methods); err != nil {
			return nil, err
		}
	}
	return d, nil
}

// read adds a method and returns its URL.
func (d *Document) read(w wireMethod) (url string, err error) {
	m, err := readMethod(d.ID, w)
	if err != nil {
		return "", err
	}
	if _, ok := d.methods[m.ID]; ok {
		return "", fmt.Errorf("%w: %.200s is listed twice", ErrInvalid, m.ID)
	}
	if len(d.methods) == maxMethods {
		return "", fmt.Errorf("%w: it has more than %d methods", ErrInvalid, maxMethods)
	}
	d.methods[m.ID] = m
	return m.ID, nil
}

// readListed reads the methods that are listed for purpose: each is the URL of
// one, or one itself (Controlled Identifiers 1.0, section 2.2.4).
func (d *Document) readListed(purpose string, values []jsontext.Value) error {
	if len(values) > maxListed {
		return fmt.Errorf("%w: it lists more than %d methods for %s", ErrInvalid, maxListed, purpose)
	}
	for _, value := range values {
		url, err := d.readReference(value)
		if err != nil {
			return fmt.Errorf("%s: %w", purpose, err)
		}
		d.listed[purpose] = append(d.listed[purpose], url)
	}
	return nil
}

func (d *Document) readReference(value jsontext.Value) (url string, err error) {
	switch value.Kind() {
	case '{':
		var m wireMethod
		if err := json.Unmarshal(value, &m); err != nil {
			return "", fmt.Errorf("%w: %w", ErrInvalid, err)
		}
		return d.read(m)
	case '"':
		err := json.Unmarshal(value, &url)
		return absolute(d.ID, url), err
	}
	return "", fmt.Errorf("%w: neither a URL nor a method", ErrInvalid)
}
