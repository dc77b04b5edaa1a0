package jwa

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/internal/base64url"
)

// Token is a compact serialization (RFC 7515, section 7.1), taken apart. Nobody
// has vouched for it yet.
type Token struct {
	Header, Payload []byte // decoded
	signed          []byte // the text of both, with the dot between
	signature       []byte
}

// Parse takes a token apart. Base64url must be the one text that there is for
// the bytes, and nothing may be before or after it.
func Parse(token []byte) (*Token, error) {
	header, rest, _ := bytes.Cut(token, []byte("."))
	payload, signature, ok := bytes.Cut(rest, []byte("."))
	if !ok {
		return nil, errors.New("it does not have header, payload and signature with dots between them")
	}
	t := &Token{signed: token[:len(header)+1+len(payload)]}
	for _, part := range []struct {
		name string
		text []byte
		to   *[]byte
	}{{"header", header, &t.Header}, {"payload", payload, &t.Payload}, {"signature", signature, &t.signature}} {
		data, err := base64url.Decode(string(part.text))
		if err != nil || len(data) == 0 {
			return nil, fmt.Errorf("the %s is empty, or not in base64url", part.name)
		}
		*part.to = data
	}
	return t, nil
}

// vital are the header parameters without which no signature can be judged.
type vital struct {
	Algorithm string         `json:"alg"`
	Critical  jsontext.Value `json:"crit"`
	Unencoded jsontext.Value `json:"b64"`
}

// checkHeader wants a header to name the algorithm, and nothing that would
// change what was signed: RFC 7515, section 4.1.11; RFC 7797, section 3.
func (t *Token) checkHeader(algorithm string) error {
	var h vital
	if err := json.Unmarshal(t.Header, &h); err != nil {
		return errors.New("the header is not an object of JSON with each member once")
	}
	if h.Algorithm != algorithm || h.Critical != nil || h.Unencoded != nil {
		return fmt.Errorf("the header names another algorithm than %s, or has crit or b64", algorithm)
	}
	return nil
}
