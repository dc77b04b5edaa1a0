package sdjwt

import (
	"crypto"
	"fmt"
	"time"
)

// Policy is what a verifier wants of an SD-JWT, and what a holder wants of one
// that it is given.
type Policy struct {
	// Now is the time to judge by, and Skew how far other clocks may be off.
	Now  time.Time
	Skew time.Duration
	// Key is the issuer's, and Algorithms those that it may have signed with.
	Key        crypto.PublicKey
	Algorithms []string
	// Types are the values of typ to accept; "" stands for none.
	Types []string
	// Audience is who the verifier is. A token with the claim aud must name it;
	// if it is empty, no token may have that claim.
	Audience string
	// Require are JSON Pointers to claims that must be shown, whatever the
	// holder chose: section 9.7.
	Require []string
	// KeyBinding says Expect, Refuse or Ignore; it must say one.
	KeyBinding KeyBindingRule
}

// KeyBinding is what a verifier wants of a key binding.
type KeyBinding struct {
	Nonce      string // that the holder was given, for this once
	Audience   string // who the verifier is, as the holder was told
	MaxAge     time.Duration
	Algorithms []string // that holders may sign with
}

// KeyBindingRule says what a policy wants of key binding. Its zero value says
// nothing, which is an error: the token must not decide.
type KeyBindingRule struct {
	mode mode
	want KeyBinding
}

type mode int

const (
	unsaid mode = iota
	expected
	refused
	ignored
)

// ExpectKeyBinding wants a key binding as k says.
func ExpectKeyBinding(k KeyBinding) KeyBindingRule { return KeyBindingRule{expected, k} }

// RefuseKeyBinding wants an SD-JWT alone, as a holder gets it from the issuer.
func RefuseKeyBinding() KeyBindingRule { return KeyBindingRule{mode: refused} }

// IgnoreKeyBinding does not care: whoever has the token can show it.
func IgnoreKeyBinding() KeyBindingRule { return KeyBindingRule{mode: ignored} }

func (p *Policy) check() error {
	switch {
	case p.Now.IsZero():
		return fmt.Errorf("%w: Now is not set", ErrPolicy)
	case p.Skew < 0:
		return fmt.Errorf("%w: Skew is negative", ErrPolicy)
	case p.Key == nil:
		return fmt.Errorf("%w: Key is not set", ErrPolicy)
	case len(p.Types) == 0:
		return fmt.Errorf("%w: name the types that are accepted", ErrPolicy)
	case p.KeyBinding.mode == unsaid:
		return fmt.Errorf("%w: say Expect, Refuse or Ignore for KeyBinding", ErrPolicy)
	}
	if err := profile.CheckAllowed(p.Algorithms); err != nil {
		return err
	}
	if p.KeyBinding.mode != expected {
		return nil
	}
	if k := p.KeyBinding.want; k.Nonce == "" || k.Audience == "" || k.MaxAge <= 0 {
		return fmt.Errorf("%w: give Nonce, Audience and MaxAge of the key binding", ErrPolicy)
	}
	return profile.CheckAllowed(p.KeyBinding.want.Algorithms)
}
