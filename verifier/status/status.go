// Package status reads status lists.
//
// A list says one bit about each of its credentials; the bit means what the
// purpose of the list says, such as that the credential was revoked.
//
// Source: Bitstring Status List 1.0, sections 2.2 and 3.2. Errors wrap
// [ErrList].
package status

import (
	"errors"
	"fmt"
	"slices"

	"github.com/chancery-vc/chancery/internal/bitstring"
	"github.com/chancery-vc/chancery/verifier/credential"
)

// ErrList is the kind of every error about a status list.
var ErrList = errors.New("not a usable status list")

// Types and purposes in use here.
const (
	TypeCredential = "BitstringStatusListCredential"
	TypeList       = "BitstringStatusList"
	Revocation     = "revocation"
)

// List is the content of a status list credential.
type List struct {
	Purposes []string
	bits     bitstring.Bits
}

// Read returns the list that c holds. The caller has verified c.
func Read(c *credential.Unverified) (*List, error) {
	if !slices.Contains(c.Types, TypeCredential) || len(c.Subjects) != 1 {
		return nil, fmt.Errorf("%w: not a %s with one subject", ErrList, TypeCredential)
	}
	subject := c.Subjects[0]
	if subject["type"] != TypeList {
		return nil, fmt.Errorf("%w: the subject is not a %s", ErrList, TypeList)
	}
	purposes := purposes(subject["statusPurpose"])
	if len(purposes) == 0 {
		return nil, fmt.Errorf("%w: it has no statusPurpose", ErrList)
	}
	encoded, _ := subject["encodedList"].(string)
	bits, err := bitstring.Decode(encoded)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrList, err)
	}
	return &List{Purposes: purposes, bits: bits}, nil
}

func purposes(value any) []string {
	items, ok := value.([]any)
	if !ok {
		items = []any{value}
	}
	var texts []string
	for _, item := range items {
		if text, ok := item.(string); ok && text != "" {
			texts = append(texts, text)
		}
	}
	return texts
}

// Get returns the bit of entry, whose purpose the list must have.
func (l *List) Get(entry credential.StatusEntry) (bool, error) {
	if !slices.Contains(l.Purposes, entry.Purpose) {
		return false, fmt.Errorf("%w: its purpose is not %.40q", ErrList, entry.Purpose)
	}
	set, err := l.bits.Get(entry.Index)
	if err != nil {
		return false, fmt.Errorf("%w: %w", ErrList, err)
	}
	return set, nil
}
