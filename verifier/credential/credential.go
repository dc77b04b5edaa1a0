// Package credential is the data model of verifiable credentials, before
// anything about them has been verified: everything here is called
// [Unverified].
//
// Times are xsd:dateTimeStamp, UTC or with an offset; an absent one is the
// zero time. All errors wrap [ErrInvalid].
//
// Source: Verifiable Credentials Data Model 2.0, section 4; Bitstring Status
// List 1.0, section 2.1.
package credential

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/chancery-vc/chancery/internal/strictjson"
	"github.com/chancery-vc/chancery/schemas"
)

// ErrInvalid is the kind of every error of this package.
var ErrInvalid = errors.New("not a verifiable credential")

// MaxBytes caps the size of one credential. A status list of 16 million
// entries that does not compress fits.
const MaxBytes = 3 << 20

// caps on parts of one credential.
const (
	maxTypes    = 32
	maxSubjects = 100
	maxStatuses = 16
	maxText     = 8 << 10 // of a URL or a type
)

// TypeCredential is the type that every credential has.
const TypeCredential = "VerifiableCredential"

// Unverified is a credential that nobody has vouched for yet.
type Unverified struct {
	ID         string // empty if absent
	Contexts   []string
	Types      []string
	Name       string // empty if absent or given in several languages
	Issuer     string
	ValidFrom  time.Time
	ValidUntil time.Time
	Subjects   []map[string]any
	Statuses   []StatusEntry
	Schemas    int // number of credentialSchema entries

	raw []byte
}

// Bytes returns the very bytes that were parsed, which the caller must not
// change.
func (u *Unverified) Bytes() []byte { return u.raw }

// Parse reads a credential, secured or not, and checks its form.
func Parse(data []byte) (*Unverified, error) {
	object, err := strictjson.ParseObject(data, strictjson.Limits{Bytes: MaxBytes})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	u := &Unverified{raw: data}
	for _, read := range []func(map[string]any) error{
		u.readContexts, u.readTypes, u.readIdentity, u.readValidity, u.readSubjects, u.readStatuses,
	} {
		if err := read(object); err != nil {
			return nil, err
		}
	}
	u.Schemas = len(list(object["credentialSchema"]))
	return u, nil
}

// readContexts: section 4.3, the base context comes first.
func (u *Unverified) readContexts(object map[string]any) error {
	contexts, err := strings(object, "@context", maxTypes)
	if err != nil {
		return err
	}
	if contexts[0] != schemas.CredentialsV2 {
		return invalid("the first @context is not %s", schemas.CredentialsV2)
	}
	u.Contexts = contexts
	return nil
}

// readTypes: section 4.5.
func (u *Unverified) readTypes(object map[string]any) error {
	types, err := strings(object, "type", maxTypes)
	if err != nil {
		return err
	}
	if !slices.Contains(types, TypeCredential) {
		return invalid("type does not have %s", TypeCredential)
	}
	u.Types = types
	return nil
}

// readIdentity: sections 4.4, 4.6 and 4.7. id and issuer are URLs.
func (u *Unverified) readIdentity(object map[string]any) (err error) {
	if u.ID, err = optionalURL(object, "id"); err != nil {
		return err
	}
	u.Name, _ = object["name"].(string)
	issuer := object
	member := "issuer"
	if nested, ok := object["issuer"].(map[string]any); ok {
		issuer, member = nested, "id"
	}
	if u.Issuer, err = optionalURL(issuer, member); err != nil {
		return err
	}
	if u.Issuer == "" {
		return invalid("it names no issuer")
	}
	return nil
}

// readValidity: section 4.9.
func (u *Unverified) readValidity(object map[string]any) (err error) {
	if u.ValidFrom, err = optionalTime(object, "validFrom"); err != nil {
		return err
	}
	if u.ValidUntil, err = optionalTime(object, "validUntil"); err != nil {
		return err
	}
	if !u.ValidFrom.IsZero() && !u.ValidUntil.IsZero() && u.ValidUntil.Before(u.ValidFrom) {
		return invalid("validUntil is before validFrom")
	}
	return nil
}

// readSubjects: section 4.8, one subject or more, none of them empty.
func (u *Unverified) readSubjects(object map[string]any) (err error) {
	if u.Subjects, err = objects(object, "credentialSubject", maxSubjects); err != nil {
		return err
	}
	if len(u.Subjects) == 0 {
		return invalid("it has no credentialSubject")
	}
	for _, subject := range u.Subjects {
		if len(subject) == 0 {
			return invalid("a credentialSubject is empty")
		}
		if _, err := optionalURL(subject, "id"); err != nil {
			return fmt.Errorf("credentialSubject: %w", err)
		}
	}
	return nil
}
