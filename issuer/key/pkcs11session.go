//go:build pkcs11

package key

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"encoding/asn1"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"

	"github.com/miekg/pkcs11"
)

// Of PKCS #11 3.0, section 2.3: the library has no names for them.
const (
	mechanismEdDSA = 0x1057 // CKM_EDDSA
	keyTypeEdwards = 0x40   // CKK_EC_EDWARDS
)

// curveP256 is the DER of P-256's object identifier, as CKA_EC_PARAMS has it.
const curveP256 = "\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07"

// ErrPIN says that a token does not take the PIN. It is not tried again until it
// is another one: a token locks itself after a few.
var ErrPIN = errors.New("the token does not take this PIN")

// connect opens a session, logs in and finds the private key.
func (t *token) connect(ctx context.Context) (session, error) {
	if err := t.library.Initialize(); err != nil && !is(err, pkcs11.CKR_CRYPTOKI_ALREADY_INITIALIZED) {
		return session{}, err
	}
	slot, err := t.slot()
	if err != nil {
		return session{}, err
	}
	handle, err := t.library.OpenSession(slot, pkcs11.CKF_SERIAL_SESSION)
	if err != nil {
		return session{}, err
	}
	err = t.login(ctx, handle)
	if err == nil {
		var key pkcs11.ObjectHandle
		if key, err = find(t.library, handle, t.uri, pkcs11.CKO_PRIVATE_KEY); err == nil {
			return session{handle, key}, nil
		}
	}
	return session{}, errors.Join(err, t.library.CloseSession(handle))
}

// slot returns the slot of the one token that the URI means.
func (t *token) slot() (uint, error) {
	slots, err := t.library.GetSlotList(true)
	if err != nil {
		return 0, err
	}
	var found []uint
	for _, slot := range slots {
		info, err := t.library.GetTokenInfo(slot)
		if err != nil {
			continue // another token that is out of order
		}
		if fits(t.uri.token, info.Label) && fits(t.uri.serial, info.SerialNumber) {
			found = append(found, slot)
		}
	}
	if len(found) != 1 {
		return 0, fmt.Errorf("%d tokens are %s, of %d that are there; one is wanted", len(found), strings.TrimSpace(t.uri.token+" "+t.uri.serial), len(slots))
	}
	return found[0], nil
}

// fits tells whether a text that is padded with blanks is the wanted one.
func fits(want, got string) bool { return want == "" || want == strings.TrimRight(got, " \x00") }

func (t *token) login(ctx context.Context, handle pkcs11.SessionHandle) error {
	pin, err := t.secrets.LastLine(ctx, t.uri.pin)
	if err != nil {
		return fmt.Errorf("pin-source: %w", err)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if pin == t.refused {
		return ErrPIN
	}
	err = t.library.Login(handle, pkcs11.CKU_USER, pin)
	switch {
	case is(err, pkcs11.CKR_USER_ALREADY_LOGGED_IN):
		return nil
	case is(err, pkcs11.CKR_PIN_INCORRECT), is(err, pkcs11.CKR_PIN_LEN_RANGE), is(err, pkcs11.CKR_PIN_INVALID):
		t.refused = pin
		return fmt.Errorf("%w: %w", ErrPIN, err)
	}
	return err
}

func is(err error, code uint) bool {
	said, ok := errors.AsType[pkcs11.Error](err)
	return ok && uint(said) == code
}

// find returns the one object of a class that the URI means.
func find(library *pkcs11.Ctx, handle pkcs11.SessionHandle, uri tokenKey, class uint) (pkcs11.ObjectHandle, error) {
	template := []*pkcs11.Attribute{pkcs11.NewAttribute(pkcs11.CKA_CLASS, class)}
	if uri.object != "" {
		template = append(template, pkcs11.NewAttribute(pkcs11.CKA_LABEL, uri.object))
	}
	if uri.id != "" {
		template = append(template, pkcs11.NewAttribute(pkcs11.CKA_ID, []byte(uri.id)))
	}
	if err := library.FindObjectsInit(handle, template); err != nil {
		return 0, err
	}
	found, _, err := library.FindObjects(handle, 2)
	if err := errors.Join(err, library.FindObjectsFinal(handle)); err != nil {
		return 0, err
	}
	if len(found) != 1 {
		return 0, fmt.Errorf("the token has none, or more than one, of class %d that is %s", class, strings.TrimSpace(uri.object+" "+uri.id))
	}
	return found[0], nil
}

// publicKey returns the public half, from the object that has it.
func publicKey(library *pkcs11.Ctx, s session, uri tokenKey) (crypto.PublicKey, error) {
	public, err := find(library, s.handle, uri, pkcs11.CKO_PUBLIC_KEY)
	if err != nil {
		return nil, fmt.Errorf("public key: %w", err)
	}
	got, err := library.GetAttributeValue(s.handle, public, []*pkcs11.Attribute{
		pkcs11.NewAttribute(pkcs11.CKA_KEY_TYPE, nil), pkcs11.NewAttribute(pkcs11.CKA_EC_PARAMS, nil), pkcs11.NewAttribute(pkcs11.CKA_EC_POINT, nil),
	})
	if err != nil {
		return nil, fmt.Errorf("public key: %w", err)
	}
	point := got[2].Value
	var inner []byte
	if rest, err := asn1.Unmarshal(point, &inner); err == nil && len(rest) == 0 {
		point = inner
	}
	switch kind := number(got[0].Value); {
	case kind == keyTypeEdwards && len(point) == ed25519.PublicKeySize:
		return ed25519.PublicKey(point), nil
	case kind == pkcs11.CKK_EC && string(got[1].Value) == curveP256:
		parsed, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), point)
		if err != nil {
			return nil, fmt.Errorf("%w: public key: it is no point of P-256", ErrInvalid)
		}
		return parsed, nil
	}
	return nil, fmt.Errorf("%w: its type or its curve is neither Ed25519 nor P-256", ErrInvalid)
}

// number reads a CK_ULONG, which is as long as the machine's words.
func number(value []byte) uint64 {
	switch len(value) {
	case 8:
		return binary.NativeEndian.Uint64(value)
	case 4:
		return uint64(binary.NativeEndian.Uint32(value))
	}
	return 0
}
