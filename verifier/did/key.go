package did

import (
	"cmp"
	"context"
	"crypto"
	"crypto/ed25519"
	"fmt"
	"slices"
	"strings"

	"github.com/chancery-vc/chancery/internal/multikey"
)

// Key resolves did:key identifiers, which hold their own key.
type Key struct {
	// PublicKeyFormat is the type of the verification methods: Multikey, which
	// is what it is if empty, JsonWebKey, or one for this type of key.
	PublicKeyFormat string
	// DeriveKeyAgreement adds to an Ed25519 key the X25519 key that follows
	// from it. One key for two ends is not advised (The did:key Method,
	// section 5.3).
	DeriveKeyAgreement bool
}

var _ Resolver = Key{}

// experimental are formats that the vectors of did:key name and nobody needs
// any more; they stay switched off.
var experimental = []string{
	"Ed25519VerificationKey2018", "X25519KeyAgreementKey2019", "EcdsaSecp256k1VerificationKey2019",
	"JwsVerificationKey2020", "P256Key2021", "Bls12381G1Key2020", "Bls12381G2Key2020",
}

// forSigning are the purposes of a key that makes signatures.
var forSigning = []string{assertionMethod, authentication, capabilityInvocation, capabilityDelegation}

// Resolve returns the document that id stands for: The did:key Method,
// Document Creation Algorithm. There is one text for each key, so that an
// identifier with a version, which its syntax has no place for, is refused.
func (k Key) Resolve(_ context.Context, id string) (*Document, error) {
	value, ok := strings.CutPrefix(id, multikey.DIDPrefix)
	if !ok {
		return nil, notMine(id)
	}
	if !isDID(id) {
		return nil, coded(InvalidDID, ErrInvalid, "%.120q is not a DID", id)
	}
	key, err := multikey.Decode(value)
	if err != nil {
		return nil, coded(keyCode(err, InvalidDID), ErrInvalid, "%.120q: %w", id, err)
	}
	t, err := k.methodType()
	if err != nil {
		return nil, err
	}
	d := newDocument(id)
	if err := d.addFormatted(t, key, purposes(key)...); err != nil {
		return nil, err
	}
	if signing, ok := key.(ed25519.PublicKey); ok && k.DeriveKeyAgreement {
		derived, err := multikey.X25519(signing)
		if err != nil {
			return nil, coded(keyCode(err, InvalidPublicKey), ErrInvalid, "derive the key for key agreement: %w", err)
		}
		if err := d.addFormatted(t, derived, keyAgreement); err != nil {
			return nil, err
		}
	}
	return d, nil
}

func (k Key) methodType() (methodType, error) {
	format := cmp.Or(k.PublicKeyFormat, typeMultikey)
	if t, ok := methodTypeOf(format); ok {
		return t, nil
	}
	if slices.Contains(experimental, format) {
		return methodType{}, coded(InvalidPublicKeyType, ErrInvalid, "the format %s is experimental and not offered", format)
	}
	return methodType{}, coded(UnsupportedPublicKeyType, ErrInvalid, "the format %.80q is not known", format)
}

// purposes returns what a key may be listed for.
func purposes(key crypto.PublicKey) []string {
	if isX25519(key) {
		return []string{keyAgreement}
	}
	return forSigning
}

// addFormatted adds the method whose fragment is the Multikey value of key.
func (d *Document) addFormatted(t methodType, key crypto.PublicKey, purposes ...string) error {
	if !t.fits(key) {
		return coded(InvalidPublicKeyType, ErrInvalid, "%s does not hold such a key", t.name)
	}
	url, err := MethodURL(d.ID, key)
	if err == nil {
		err = d.add(t, url, key, purposes...)
	}
	if err != nil {
		return &Error{keyCode(err, InternalError), err}
	}
	return nil
}

// FromKey returns the did:key identifier of key and the DID URL of its
// verification method.
func FromKey(key crypto.PublicKey) (id, method string, err error) {
	return multikey.DID(key)
}

// KeyFrom returns the public key that a did:key identifier stands for.
func KeyFrom(id string) (crypto.PublicKey, error) {
	key, err := multikey.FromDID(id)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	return key, nil
}
