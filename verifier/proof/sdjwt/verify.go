package sdjwt

import (
	"fmt"
	"maps"
	"slices"
)

// Verified is a token that fits a policy. Only [Verify] makes one that has
// claims.
type Verified struct {
	Contents
	header     map[string]any
	keyBinding map[string]any
}

// Header returns a copy of the header of the issuer's JWT.
func (v *Verified) Header() map[string]any { return maps.Clone(v.header) }

// KeyBinding returns a copy of the claims of the key binding JWT, nil unless
// one was expected.
func (v *Verified) KeyBinding() map[string]any { return maps.Clone(v.keyBinding) }

// Verify returns the token as verified if it is all that the policy wants:
// section 7.3, and for a holder section 7.2.
func Verify(t *Token, p Policy) (*Verified, error) {
	if err := p.check(); err != nil {
		return nil, err
	}
	if p.KeyBinding.mode == expected && t.KeyBinding == "" {
		return nil, fmt.Errorf("%w: there is none", ErrKeyBinding)
	}
	if p.KeyBinding.mode == refused && t.KeyBinding != "" {
		return nil, fmt.Errorf("%w: there is one, and there must be none", ErrKeyBinding)
	}
	r, err := read(t)
	if err != nil {
		return nil, err
	}
	if err := r.jws.verify(p.Key, p.Algorithms, p.Types); err != nil {
		return nil, err
	}
	contents, err := r.contents()
	if err != nil {
		return nil, err
	}
	if err := p.checkClaims(contents); err != nil {
		return nil, err
	}
	v := &Verified{Contents: *contents, header: r.jws.header}
	if p.KeyBinding.mode == expected {
		if v.keyBinding, err = p.verifyKeyBinding(r, contents); err != nil {
			return nil, err
		}
	}
	return v, nil
}

// checkClaims is step 6 of section 7.1.
func (p *Policy) checkClaims(c *Contents) error {
	if err := checkTimes(c.root, p.Now, p.Skew); err != nil {
		return err
	}
	if err := p.checkAudience(c.root); err != nil {
		return err
	}
	for _, pointer := range p.Require {
		value, err := at(c.root, pointer)
		if _, notShown := value.(hidden); err != nil || notShown {
			return fmt.Errorf("%w: %.200q is required and not shown", ErrClaim, pointer)
		}
	}
	return nil
}

// checkAudience: RFC 7519, section 4.1.3.
func (p *Policy) checkAudience(claims map[string]any) error {
	value, ok := claims[claimAudience]
	if !ok {
		return nil
	}
	audience, isArray := value.([]any)
	if !isArray {
		audience = []any{value}
	}
	if p.Audience == "" || !slices.Contains(audience, any(p.Audience)) {
		return fmt.Errorf("%w: aud does not name %.120q", ErrClaim, p.Audience)
	}
	return nil
}
