package credential

import (
	"fmt"

	"github.com/go-json-experiment/json"

	"github.com/chancery-vc/chancery/internal/strictjson"
	"github.com/chancery-vc/chancery/schemas"
)

// Types of objects that hold a whole secured document in their id.
const (
	TypeEnvelopedCredential   = "EnvelopedVerifiableCredential"
	TypeEnvelopedPresentation = "EnvelopedVerifiablePresentation"
)

// Enveloped is a secured credential or presentation that came as an object of
// JSON (section 4.13). Nothing about what is in it has been looked at.
type Enveloped struct {
	Type      string // TypeEnvelopedCredential or TypeEnvelopedPresentation
	MediaType MediaType
	Data      []byte // the secured document
}

// IsEnveloped tells whether data says of itself that it is enveloped.
func IsEnveloped(data []byte) bool {
	if !mayHave(data, "Enveloped") {
		return false
	}
	object, err := strictjson.ParseObject(data, strictjson.Limits{Bytes: MaxBytes})
	if err != nil {
		return false
	}
	for _, t := range list(object["type"]) {
		if isEnvelopedType(t) {
			return true
		}
	}
	return false
}

func isEnvelopedType(t any) bool {
	return t == TypeEnvelopedCredential || t == TypeEnvelopedPresentation
}

// ParseEnveloped reads an enveloped credential or presentation. It has a
// @context that starts with the base context, one type and, in its id, a data:
// URL. Further members are refused: whoever passes such an object on could add
// them, and they say nothing about what is in the envelope.
func ParseEnveloped(data []byte) (*Enveloped, error) {
	object, err := strictjson.ParseObject(data, strictjson.Limits{Bytes: MaxBytes})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	c, err := readContexts(object)
	if err != nil {
		return nil, err
	}
	if c.version != V2 || c.inline {
		return nil, invalid("an envelope has %s as its first @context, and no terms of its own", schemas.CredentialsV2)
	}
	e := &Enveloped{}
	if e.Type, err = envelopedType(object); err != nil {
		return nil, err
	}
	for name := range object {
		if name != "@context" && name != "id" && name != "type" {
			return nil, invalid("an envelope has @context, id and type alone, not %.40q", name)
		}
	}
	id, ok := object["id"].(string)
	if !ok {
		return nil, invalid("the id of an envelope is a data: URL with the secured document")
	}
	e.MediaType, e.Data, err = ParseDataURL(id)
	return e, err
}

func envelopedType(object map[string]any) (string, error) {
	types := list(object["type"])
	if len(types) != 1 || !isEnvelopedType(types[0]) {
		return "", invalid("the type of an envelope is %s or %s alone", TypeEnvelopedCredential, TypeEnvelopedPresentation)
	}
	return types[0].(string), nil
}

// Envelope returns the object that holds a document which was secured as media
// type says. What is no text is written in base64.
func Envelope(enveloped, mediaType string, data []byte) ([]byte, error) {
	if !isEnvelopedType(enveloped) {
		return nil, invalid("%.40q is not a type of envelope", enveloped)
	}
	m, err := parseMediaType(mediaType)
	if err != nil {
		return nil, err
	}
	if len(data) == 0 {
		return nil, invalid("there is no document to put into an envelope")
	}
	return json.Marshal(struct {
		Context string `json:"@context"`
		ID      string `json:"id"`
		Type    string `json:"type"`
	}{schemas.CredentialsV2, m.dataURL(data), enveloped})
}
