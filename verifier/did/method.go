package did

import (
	"crypto"
	"crypto/ecdh"
	"crypto/ed25519"
	"errors"
	"fmt"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/internal/multikey"
	"github.com/chancery-vc/chancery/verifier/credential"
)

// method is a verification method (Controlled Identifiers 1.0, section 2.2).
type method struct {
	wireMethod
	key crypto.PublicKey // nil if the method holds none that is known here
	end time.Time        // when it expires or is revoked; zero for never
}

// wireMethod is a method as JSON has it. Which member holds the key is up to
// the type, so that they are looked at only then.
type wireMethod struct {
	ID                 string         `json:"id"`
	Type               string         `json:"type"`
	Controller         string         `json:"controller"`
	Expires            string         `json:"expires,omitzero"`
	Revoked            string         `json:"revoked,omitzero"`
	PublicKeyMultibase jsontext.Value `json:"publicKeyMultibase,omitzero"`
	PublicKeyJWK       jsontext.Value `json:"publicKeyJwk,omitzero"`
	SecretKeyMultibase jsontext.Value `json:"secretKeyMultibase,omitzero"`
	SecretKeyJWK       jsontext.Value `json:"secretKeyJwk,omitzero"`
}

// Types of method that hold a key, and the formats of it that did:key offers.
const (
	typeMultikey       = "Multikey"
	typeJSONWebKey     = "JsonWebKey"
	typeJSONWebKey2020 = "JsonWebKey2020"
	typeEd25519        = "Ed25519VerificationKey2020"
	typeX25519         = "X25519KeyAgreementKey2020"
)

// methodType is how methods of one type hold a key.
type methodType struct {
	name    string
	context string // that defines the type
	jwk     bool   // in publicKeyJwk, not publicKeyMultibase
	fits    func(key crypto.PublicKey) bool
}

var methodTypes = []methodType{
	{typeMultikey, "https://w3id.org/security/multikey/v1", false, anyKey},
	{typeJSONWebKey, "https://w3id.org/security/jwk/v1", true, anyKey},
	{typeJSONWebKey2020, "https://w3id.org/security/suites/jws-2020/v1", true, anyKey},
	{typeEd25519, "https://w3id.org/security/suites/ed25519-2020/v1", false, isEd25519},
	{typeX25519, "https://w3id.org/security/suites/x25519-2020/v1", false, isX25519},
}

func anyKey(crypto.PublicKey) bool { return true }

func isEd25519(key crypto.PublicKey) bool { _, ok := key.(ed25519.PublicKey); return ok }

func isX25519(key crypto.PublicKey) bool { _, ok := key.(*ecdh.PublicKey); return ok }

func methodTypeOf(name string) (methodType, bool) {
	for _, t := range methodTypes {
		if t.name == name {
			return t, true
		}
	}
	return methodType{}, false
}

// newMethod returns the method of id that holds key.
func newMethod(t methodType, id, url string, key crypto.PublicKey) (m method, err error) {
	m = method{wireMethod: wireMethod{ID: url, Type: t.name, Controller: id}, key: key}
	if t.jwk {
		m.PublicKeyJWK, err = marshalJWK(key)
		return m, err
	}
	value, err := multikey.Encode(key)
	if err != nil {
		return m, err
	}
	m.PublicKeyMultibase, err = json.Marshal(value)
	return m, err
}

// readMethod reads a method of the document of id. A type, or a type of key,
// that is not known leaves it without a key; a key that is malformed is an
// error.
func readMethod(id string, w wireMethod) (m method, err error) {
	m = method{wireMethod: w}
	m.ID = absolute(id, w.ID)
	switch {
	case w.ID == "":
		return m, fmt.Errorf("%w: a method has no id", ErrInvalid)
	case w.SecretKeyMultibase != nil || w.SecretKeyJWK != nil:
		return m, fmt.Errorf("%w: %.200s: %w", ErrInvalid, m.ID, errPrivate)
	case w.PublicKeyMultibase != nil && w.PublicKeyJWK != nil:
		return m, fmt.Errorf("%w: %.200s holds its key twice", ErrInvalid, m.ID)
	}
	if m.end, err = w.ends(); err != nil {
		return m, fmt.Errorf("%w: %.200s: %w", ErrInvalid, m.ID, err)
	}
	t, ok := methodTypeOf(w.Type)
	if !ok {
		return m, nil
	}
	m.key, err = t.read(w)
	if errors.Is(err, multikey.ErrUnsupported) {
		return m, nil
	}
	if err != nil {
		return m, fmt.Errorf("%w: %.200s: %w", ErrInvalid, m.ID, err)
	}
	return m, nil
}

// read returns the key that a method of this type holds, or nil if it holds
// none: the member is optional.
func (t methodType) read(w wireMethod) (key crypto.PublicKey, err error) {
	switch {
	case t.jwk && w.PublicKeyJWK != nil:
		key, _, err = parseJWK(w.PublicKeyJWK)
	case !t.jwk && w.PublicKeyMultibase != nil:
		var value string
		if err := json.Unmarshal(w.PublicKeyMultibase, &value); err != nil {
			return nil, err
		}
		key, err = multikey.Decode(value)
	}
	if err == nil && key != nil && !t.fits(key) {
		return nil, fmt.Errorf("%w: %s does not hold %T", multikey.ErrInvalid, t.name, key)
	}
	return key, err
}

// ends returns when the method ceases to be usable: the sooner of the two.
func (w wireMethod) ends() (end time.Time, err error) {
	for _, text := range []string{w.Expires, w.Revoked} {
		if text == "" {
			continue
		}
		t, err := credential.ParseTime(text)
		if err != nil {
			return time.Time{}, err
		}
		if end.IsZero() || t.Before(end) {
			end = t
		}
	}
	return end, nil
}
