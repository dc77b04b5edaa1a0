// Package credential is the data model of verifiable credentials and
// presentations, before anything about them has been verified: everything here
// is called unverified.
//
// Both versions of the model are read, by the first @context: 2.0 and 1.1.
// Times are xsd:dateTimeStamp, UTC or with an offset; an absent one is the
// zero time. All errors wrap [ErrInvalid].
//
// Source: Verifiable Credentials Data Model 2.0, sections 4 and 5; Data Model
// 1.1, sections 4 and 5; Bitstring Status List 1.0, section 2.1. Sections named
// in the code are those of 2.0.
package credential

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/chancery-vc/chancery/internal/strictjson"
)

// ErrInvalid is the kind of every error of this package.
var ErrInvalid = errors.New("not a verifiable credential")

// MaxBytes caps the size of one credential or presentation. A status list of
// 16 million entries that does not compress fits.
const MaxBytes = 3 << 20

// caps on parts of one document.
const (
	maxTypes    = 32
	maxSubjects = 100
	maxStatuses = 16
	maxParts    = 100     // of any other kind
	maxText     = 8 << 10 // of a URL or a type
)

// Types that documents have.
const (
	TypeCredential   = "VerifiableCredential"
	TypePresentation = "VerifiablePresentation"
)

// Version is a version of the data model.
type Version string

// The versions.
const (
	V1 Version = "1.1"
	V2 Version = "2.0"
)

// Unverified is a credential that nobody has vouched for yet.
type Unverified struct {
	Version    Version
	ID         string // empty if absent
	Contexts   []string
	Inline     bool // whether it defines terms of its own besides
	Types      []string
	Name       string // empty if absent or given in several languages
	Issuer     string
	ValidFrom  time.Time
	ValidUntil time.Time
	Subjects   []map[string]any
	Statuses   []StatusEntry
	Schemas    []SchemaEntry
	Related    []Related

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
		u.readContexts, u.readTypes, u.readIdentity, u.readValidity, u.readSubjects,
		u.readStatuses, u.readSchemas, u.readRelated, u.checkParts,
	} {
		if err := read(object); err != nil {
			return nil, err
		}
	}
	return u, nil
}

func (u *Unverified) readContexts(object map[string]any) error {
	c, err := readContexts(object)
	u.Version, u.Contexts, u.Inline = c.version, c.urls, c.inline
	return err
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
	if u.Name, err = readText(object, "name"); err != nil {
		return err
	}
	if _, err = readText(object, "description"); err != nil {
		return err
	}
	if u.Issuer, err = party(object, "issuer"); err != nil {
		return err
	}
	if u.Issuer == "" {
		return invalid("it names no issuer")
	}
	return nil
}

// readValidity: section 4.9. In version 1.1 the names are others, and
// issuanceDate must be there; the newer names limit it too.
func (u *Unverified) readValidity(object map[string]any) (err error) {
	if u.ValidFrom, err = optionalTime(object, "validFrom"); err != nil {
		return err
	}
	if u.ValidUntil, err = optionalTime(object, "validUntil"); err != nil {
		return err
	}
	if err := u.readDates(object); err != nil {
		return err
	}
	if !u.ValidFrom.IsZero() && !u.ValidUntil.IsZero() && u.ValidUntil.Before(u.ValidFrom) {
		return invalid("its validity ends before it starts")
	}
	return nil
}

// readDates: Data Model 1.1, sections 4.6 and 4.8.
func (u *Unverified) readDates(object map[string]any) error {
	issued, err := optionalTime(object, "issuanceDate")
	if err != nil {
		return err
	}
	expires, err := optionalTime(object, "expirationDate")
	if err != nil {
		return err
	}
	switch {
	case u.Version != V1 && !(issued.IsZero() && expires.IsZero()):
		return invalid("issuanceDate and expirationDate are of the data model 1.1; this is one of 2.0")
	case u.Version == V1 && issued.IsZero():
		return invalid("it has no issuanceDate")
	}
	if issued.After(u.ValidFrom) {
		u.ValidFrom = issued
	}
	if !expires.IsZero() && (u.ValidUntil.IsZero() || expires.Before(u.ValidUntil)) {
		u.ValidUntil = expires
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
