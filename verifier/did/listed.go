package did

import (
	"crypto"
	"fmt"
	"time"

	"github.com/chancery-vc/chancery/verifier/credential"
)

// Listed is a key of a document, and when it ends (Controlled Identifiers 1.0,
// section 2.2). The times are zero for never.
type Listed struct {
	Key     crypto.PublicKey
	Expires time.Time // nothing is to be verified with it from then on
	Revoked time.Time // nothing is to be verified with it, whenever it was made
}

// NewDocumentOf is [NewDocument] for keys that may end. One that was revoked is
// in the document, and listed for nothing: a verifier that does not look at
// revoked must not take it either.
func NewDocumentOf(id string, keys ...Listed) (*Document, error) {
	d := newDocument(id)
	for _, listed := range keys {
		if err := d.listEnding(listed); err != nil {
			return nil, err
		}
	}
	return d, nil
}

func (d *Document) listEnding(listed Listed) error {
	if !listed.Revoked.IsZero() {
		return d.listRevoked(listed)
	}
	if err := d.list(listed.Key); err != nil || listed.Expires.IsZero() {
		return err
	}
	url := d.order[len(d.order)-1]
	m := d.methods[url]
	m.Expires, m.end = credential.FormatTime(listed.Expires), listed.Expires
	d.methods[url] = m
	return nil
}

func (d *Document) listRevoked(listed Listed) error {
	url, err := MethodURL(d.ID, listed.Key)
	if err != nil {
		return err
	}
	if _, there := d.methods[url]; there {
		return fmt.Errorf("%w: it lists %.200s twice", ErrInvalid, url)
	}
	t, _ := methodTypeOf(typeMultikey)
	m, err := newMethod(t, d.ID, url, listed.Key)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	m.Revoked, m.end = credential.FormatTime(listed.Revoked), listed.Revoked
	d.put(m)
	return nil
}

// KeysAt returns the keys that the document lists for purpose and that have
// neither expired nor been revoked by now, in no order.
func (d *Document) KeysAt(purpose string, now time.Time) []crypto.PublicKey {
	var keys []crypto.PublicKey
	for _, url := range d.listed[purpose] {
		if key, err := d.KeyAt(url, purpose, now); err == nil {
			keys = append(keys, key)
		}
	}
	return keys
}
