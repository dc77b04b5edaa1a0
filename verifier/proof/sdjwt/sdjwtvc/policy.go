package sdjwtvc

import (
	"fmt"
	"slices"
	"time"

	"github.com/chancery-vc/chancery/verifier/proof/sdjwt"
)

// Rule says which names a policy wants. Its zero value says nothing, which is
// an error: use [Expect] or [Ignore].
type Rule struct {
	said, expected bool
	names          []string
}

// Expect wants one of names.
func Expect(names ...string) Rule { return Rule{said: len(names) > 0, expected: true, names: names} }

// Ignore takes any name.
func Ignore() Rule { return Rule{said: true} }

func (r Rule) takes(names ...string) bool {
	return !r.expected || slices.ContainsFunc(names, func(name string) bool { return slices.Contains(r.names, name) })
}

// Policy is what a verifier, or a holder who is given it, wants of a
// credential.
type Policy struct {
	// Now is the time to judge by, and Skew how far other clocks may be off.
	Now  time.Time
	Skew time.Duration
	// Types are the values of typ to accept: Type, and OlderType only where
	// such credentials are still about.
	Types []string
	// Credential says which values of vct to accept. With AlsoKnownAs, one in
	// aka_vcts is as good.
	Credential  Rule
	AlsoKnownAs bool
	// Issuer says which issuers to accept: their iss, or where a certificate
	// speaks for them a name in it.
	Issuer Rule
	// Finders are the permitted ways to the issuer's key. The first that fits
	// the credential decides.
	Finders []Finder
	// Algorithms are those that issuers may sign with.
	Algorithms []string
	// Audience, Require and KeyBinding are as in sdjwt.Policy.
	Audience   string
	Require    []string
	KeyBinding sdjwt.KeyBindingRule
	// TypeMetadata are documents by their vct. If that of the credential is
	// among them, the credential must be as it says; with RequireTypeMetadata
	// it must be among them.
	TypeMetadata        map[string][]byte
	RequireTypeMetadata bool
}

func (p *Policy) check() error {
	switch {
	case p.Now.IsZero():
		return fmt.Errorf("%w: Now is not set", sdjwt.ErrPolicy)
	case !p.Credential.said:
		return fmt.Errorf("%w: say Expect with a value, or Ignore, for Credential", sdjwt.ErrPolicy)
	case !p.Issuer.said:
		return fmt.Errorf("%w: say Expect with a value, or Ignore, for Issuer", sdjwt.ErrPolicy)
	case len(p.Finders) == 0:
		return fmt.Errorf("%w: name the ways to the issuer's key that are permitted", sdjwt.ErrPolicy)
	case !subset(p.Types, []string{Type, OlderType}):
		return fmt.Errorf("%w: Types are of %s and %s", sdjwt.ErrPolicy, Type, OlderType)
	}
	return nil
}

func subset(names, of []string) bool {
	return len(names) > 0 && !slices.ContainsFunc(names, func(name string) bool { return !slices.Contains(of, name) })
}
