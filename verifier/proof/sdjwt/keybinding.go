package sdjwt

import (
	"crypto/subtle"
	"fmt"
)

// verifyKeyBinding is step 5 of section 7.3. It returns the claims of the key
// binding JWT. Those that are not defined are let through.
func (p *Policy) verifyKeyBinding(r *reading, contents *Contents) (map[string]any, error) {
	want := p.KeyBinding.want
	key, err := contents.Holder()
	if err != nil {
		return nil, err
	}
	j, err := parseJWS(r.token.KeyBinding)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrKeyBinding, err)
	}
	if err := j.verify(key, want.Algorithms, []string{typeKeyBinding}); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrKeyBinding, err)
	}
	for name, value := range map[string]string{
		claimNonce:    want.Nonce,
		claimAudience: want.Audience,
		claimHash:     digest(r.hash, r.token.presented()),
	} {
		got, _ := j.claims[name].(string)
		if subtle.ConstantTimeCompare([]byte(got), []byte(value)) == 0 {
			return nil, fmt.Errorf("%w: %s is %.120q, not %.120q", ErrKeyBinding, name, got, value)
		}
	}
	if err := p.checkAge(j.claims); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrKeyBinding, err)
	}
	return j.claims, nil
}

// checkAge holds iat of a key binding against the time.
func (p *Policy) checkAge(claims map[string]any) error {
	if err := checkTimes(claims, p.Now, p.Skew); err != nil {
		return err
	}
	issued, ok, err := timeClaim(claims, claimIssuedAt)
	if err != nil {
		return err
	}
	if !ok {
		return fmt.Errorf("%w: iat is missing", ErrTime)
	}
	if age := p.Now.Sub(issued); age > p.KeyBinding.want.MaxAge+p.Skew {
		return fmt.Errorf("%w: it is %s old, more than %s", ErrTime, age, p.KeyBinding.want.MaxAge)
	}
	return nil
}
