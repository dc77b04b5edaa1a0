package issuer

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"time"

	"github.com/chancery-vc/chancery/verifier"
	"github.com/chancery-vc/chancery/verifier/statement"
)

// ErrGrantTerms says that a grant is none that can be signed: the configuration
// does not let it be, or it says something that has no meaning.
var ErrGrantTerms = errors.New("such a grant cannot be signed")

// PartnerTerms are what a grant for a partner is to say.
type PartnerTerms struct {
	Partner     string    `json:"partner"`
	Thumbprint  string    `json:"thumbprint"` // of the partner's key, RFC 7638 with SHA-256
	Purposes    []string  `json:"purposes"`
	Facts       []string  `json:"facts,omitzero"`
	Statuses    []string  `json:"statuses,omitzero"`
	Credentials []string  `json:"credentials,omitzero"`
	Keys        []string  `json:"keys,omitzero"`  // of the records; none for any
	Count       int       `json:"count,omitzero"` // of any records, at most
	From        time.Time `json:"from"`
	Until       time.Time `json:"until"`
}

// partnerPrefix sets partners apart from callers of the configuration.
const partnerPrefix = "partner:"

// partnerName is what a partner can be called.
var partnerName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

// thumbprint is 32 bytes in base64url, as far as a slip shows; package statement
// wants the one form.
var thumbprint = regexp.MustCompile(`^[A-Za-z0-9_-]{43}$`)

// maxRecordKey caps the key of a record, in bytes.
const maxRecordKey = 4 << 10

// checkPartnerTerms wants a grant to be within the configuration.
func (i *Issuer) checkPartnerTerms(t PartnerTerms) error {
	p, now := i.config.Partners, i.now()
	wrong := func(format string, args ...any) error {
		return fmt.Errorf("%w: %s", ErrGrantTerms, fmt.Sprintf(format, args...))
	}
	switch {
	case p == nil:
		return wrong("the configuration has no partners: nothing can be granted")
	case !partnerName.MatchString(t.Partner):
		return wrong("the partner's name is missing, or more than letters, digits, - and _")
	case !thumbprint.MatchString(t.Thumbprint):
		return wrong("the thumbprint is not one of a key: it has 43 letters, digits, - and _")
	case !t.From.Before(t.Until) || !now.Before(t.Until):
		return wrong("it ends before it begins, or has ended")
	case t.Until.Sub(t.From) > p.MaxLifetime.Std() || t.From.Sub(now) > p.MaxLifetime.Std():
		return wrong("it would hold for %s, or begin later than that; partners.max_lifetime is %s", verifier.Span(t.Until.Sub(t.From)), verifier.Span(p.MaxLifetime.Std()))
	case (len(t.Keys) == 0) == (t.Count == 0) || t.Count < 0:
		return wrong("say either which records it is for, or how many")
	case len(t.Keys) > statement.MaxGrantKeys:
		return wrong("%d records cannot be named, at most %d: say how many it is for instead", len(t.Keys), statement.MaxGrantKeys)
	case max(len(t.Keys), t.Count) > p.MaxRecords:
		return wrong("it would be for %d records; partners.max_records is %d", max(len(t.Keys), t.Count), p.MaxRecords)
	case len(t.Purposes) == 0:
		return wrong("name a purpose")
	case len(t.Facts)+len(t.Statuses)+len(t.Credentials) == 0:
		return wrong("name facts, statuses or credentials")
	}
	seen := map[string]bool{}
	for _, key := range t.Keys {
		if key == "" || len(key) > maxRecordKey || seen[key] {
			return wrong("a record's key is empty, too long or there twice")
		}
		seen[key] = true
	}
	return i.checkPartnerNames(t, wrong)
}

// checkPartnerNames wants all that a grant is to name to be what can be granted.
func (i *Issuer) checkPartnerNames(t PartnerTerms, wrong func(string, ...any) error) error {
	p := i.config.Partners
	for _, list := range []struct {
		of           string
		named, known []string
	}{
		{"purposes", t.Purposes, p.Purposes}, {"facts", t.Facts, p.Facts}, {"statuses", t.Statuses, p.Statuses}, {"credentials", t.Credentials, p.Credentials},
	} {
		for _, name := range list.named {
			if !slices.Contains(list.known, name) {
				return wrong("%.64q is not one of partners.%s", name, list.of)
			}
		}
	}
	return nil
}
