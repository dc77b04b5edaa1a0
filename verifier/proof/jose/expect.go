package jose

import (
	"crypto"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Skew is how far ahead of the verifier's a signer's clock may be.
const Skew = 5 * time.Minute

// Rule says what is wanted of one thing. Its zero value says nothing, which is
// an error: use [Expect] or [Ignore].
type Rule struct {
	said, expected bool
	values         []string
}

// Expect wants the thing, with one of values.
func Expect(values ...string) Rule {
	return Rule{said: len(values) > 0, expected: true, values: values}
}

// Ignore does not care about the thing.
func Ignore() Rule { return Rule{said: true} }

// met tells whether one of found is wanted.
func (r Rule) met(found ...string) bool {
	return !r.expected || slices.ContainsFunc(found, func(f string) bool { return f != "" && slices.Contains(r.values, f) })
}

// Expectation is what a token must be. Fields without another word must be
// set.
type Expectation struct {
	Kind Kind

	// Algorithms are the names of those that are allowed. Which of them a token
	// may have is up to the key: see [Fitting].
	Algorithms []string
	// KeyID is the kid by which the key was found.
	KeyID Rule
	// Signer is whose key it is: a credential's issuer, a presentation's
	// holder.
	Signer Rule
	// Audience and Nonce are the claims aud and nonce, for whom and on which
	// occasion a presentation was made.
	Audience, Nonce Rule

	// Now is the time by which iat, nbf and exp are judged: those of the
	// signature, not of the credential. Either it is set or IgnoreTimes is.
	Now         time.Time
	IgnoreTimes bool // then their form is not looked at either

	// Untyped takes a token without typ, too, of which something else, such as
	// a media type, has said what it is. May be left out.
	Untyped bool
	// ContentTypes are media types to accept as cty besides those of the text,
	// vc and vp. May be left out.
	ContentTypes []string
}

// check refuses an expectation that leaves something open.
func (e *Expectation) check() error {
	if e.Kind != Credential && e.Kind != Presentation {
		return fmt.Errorf("%w: Kind is neither Credential nor Presentation", ErrExpectation)
	}
	if err := profile.CheckAllowed(e.Algorithms); err != nil {
		return err
	}
	if e.Now.IsZero() != e.IgnoreTimes {
		return fmt.Errorf("%w: set either Now or IgnoreTimes", ErrExpectation)
	}
	for _, rule := range []struct {
		name string
		said bool
	}{
		{"KeyID", e.KeyID.said},
		{"Signer", e.Signer.said},
		{"Audience", e.Audience.said},
		{"Nonce", e.Nonce.said},
	} {
		if !rule.said {
			return fmt.Errorf("%w: say Expect with a value, or Ignore, for %s", ErrExpectation, rule.name)
		}
	}
	return nil
}

// checkHeader holds a header against e and key, before any signature is
// computed.
func (e *Expectation) checkHeader(h Header, typ string, key crypto.PublicKey) error {
	if err := checkType(h.Type, typ, e.Untyped); err != nil {
		return err
	}
	if h.ContentType != "" && !slices.ContainsFunc(append([]string{string(e.Kind)}, e.ContentTypes...),
		func(accepted string) bool { return mediaType(accepted) == mediaType(h.ContentType) }) {
		return fmt.Errorf("%w: cty is %.40q, not %s", ErrType, h.ContentType, e.Kind)
	}
	if !e.KeyID.met(h.KeyID) {
		return fmt.Errorf("%w: kid is %.200q", ErrKeyID, h.KeyID)
	}
	return profile.Check(h.Algorithm, e.Algorithms, key)
}

// checkType compares media types: RFC 7515, section 4.1.9; RFC 8725, section
// 3.11. The text has typ as SHOULD; without it nothing in the token keeps one
// kind from passing for another.
func checkType(found, wanted string, untyped bool) error {
	if found == "" && untyped || mediaType(found) == mediaType(wanted) {
		return nil
	}
	return fmt.Errorf("%w: typ is %.40q, not %s", ErrType, found, wanted)
}

// mediaType returns a media type in the short form of RFC 7515, section
// 4.1.9, in which "application/" is left out.
func mediaType(name string) string {
	return strings.TrimPrefix(strings.ToLower(name), "application/")
}
