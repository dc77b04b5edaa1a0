package credential

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/internal/strictjson"
)

// MaxPresented caps the credentials of one presentation.
const MaxPresented = 100

// Presentation is a verifiable presentation that nobody has vouched for yet.
type Presentation struct {
	Version     Version
	ID          string // empty if absent
	Contexts    []string
	Inline      bool
	Types       []string
	Holder      string   // empty if absent
	Credentials [][]byte // each one's JSON, not looked at but for being an object

	raw []byte
}

// Bytes returns the very bytes that were parsed, which the caller must not
// change.
func (p *Presentation) Bytes() []byte { return p.raw }

// IsPresentation tells whether data says of itself that it is a presentation.
func IsPresentation(data []byte) bool {
	if !mayHave(data, TypePresentation) {
		return false
	}
	object, err := strictjson.ParseObject(data, strictjson.Limits{Bytes: MaxBytes})
	return err == nil && slices.Contains(list(object["type"]), any(TypePresentation))
}

// mayHave tells whether text can be a string of the JSON in data: as it is, or
// with escapes. It spares most documents from being parsed to find out.
func mayHave(data []byte, text string) bool {
	return bytes.Contains(data, []byte(text)) || bytes.IndexByte(data, '\\') >= 0
}

// ParsePresentation reads a presentation, secured or not, and checks its form:
// section 4.13.
func ParsePresentation(data []byte) (*Presentation, error) {
	object, err := strictjson.ParseObject(data, strictjson.Limits{Bytes: MaxBytes})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	p := &Presentation{raw: data}
	c, err := readContexts(object)
	if err != nil {
		return nil, err
	}
	p.Version, p.Contexts, p.Inline = c.version, c.urls, c.inline
	if p.Types, err = strings(object, "type", maxTypes); err != nil {
		return nil, err
	}
	if !slices.Contains(p.Types, TypePresentation) || slices.Contains(p.Types, TypeCredential) {
		return nil, invalid("type does not have %s alone", TypePresentation)
	}
	if p.ID, err = optionalURL(object, "id"); err != nil {
		return nil, err
	}
	if p.Holder, err = party(object, "holder"); err != nil {
		return nil, err
	}
	if _, err := parts(object, "termsOfUse", false); err != nil {
		return nil, err
	}
	if err := p.readCredentials(object); err != nil {
		return nil, err
	}
	return p, nil
}

// readCredentials keeps each credential as it was written, for its own proof.
func (p *Presentation) readCredentials(object map[string]any) error {
	if _, err := objects(object, "verifiableCredential", MaxPresented); err != nil {
		return err
	}
	var wire struct {
		Credentials jsontext.Value `json:"verifiableCredential"`
	}
	if err := json.Unmarshal(p.raw, &wire); err != nil {
		return invalid("%v", err)
	}
	switch wire.Credentials.Kind() {
	case '{':
		p.Credentials = [][]byte{wire.Credentials}
	case '[':
		var all []jsontext.Value
		if err := json.Unmarshal(wire.Credentials, &all); err != nil {
			return invalid("%v", err)
		}
		for _, one := range all {
			p.Credentials = append(p.Credentials, one)
		}
	}
	return nil
}
