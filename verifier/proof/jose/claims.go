package jose

import (
	"fmt"
	"math"
	"reflect"
	"time"
)

// Claims of RFC 7519, section 4.1, and those that are not for vc+jwt.
const (
	claimIssuer    = "iss"
	claimSubject   = "sub"
	claimAudience  = "aud"
	claimExpires   = "exp"
	claimNotBefore = "nbf"
	claimIssuedAt  = "iat"
	claimID        = "jti"
	claimNonce     = "nonce"

	claimCredential   = "vc"
	claimPresentation = "vp"
)

// refuseV1: section 3.1.3 has vc and vp in no claims set of its own.
func refuseV1(claims map[string]any) error {
	for _, name := range []string{claimCredential, claimPresentation} {
		if _, ok := claims[name]; ok {
			return fmt.Errorf("%w: the claim %s is of the data model 1.1", ErrClaim, name)
		}
	}
	return nil
}

// lastSecond is the last one of the year 9999, the last year that a credential
// can name.
const lastSecond = 253402300799

func same(a, b any) bool { return reflect.DeepEqual(a, b) }

// text returns a claim that, if present, is a text.
func text(claims map[string]any, name string) (string, error) {
	value, ok := claims[name]
	if !ok {
		return "", nil
	}
	t, ok := value.(string)
	if !ok || t == "" {
		return "", fmt.Errorf("%w: %s is not a text", ErrClaim, name)
	}
	return t, nil
}

// numericDate returns a claim that, if present, is a time: RFC 7519, section 2.
func numericDate(claims map[string]any, name string) (time.Time, error) {
	value, ok := claims[name]
	if !ok {
		return time.Time{}, nil
	}
	seconds, ok := value.(float64)
	if !ok || seconds < 0 || seconds > lastSecond {
		return time.Time{}, fmt.Errorf("%w: %s is %.40v, not a time in seconds since 1970", ErrClaim, name, value)
	}
	whole, fraction := math.Modf(seconds)
	return time.Unix(int64(whole), int64(fraction*float64(time.Second))).UTC(), nil
}

// audience returns the claim aud: one text or several.
func audience(claims map[string]any) ([]string, error) {
	value, ok := claims[claimAudience]
	if !ok {
		return nil, nil
	}
	values, ok := value.([]any)
	if !ok {
		values = []any{value}
	}
	texts := make([]string, len(values))
	for i, v := range values {
		if texts[i], ok = v.(string); !ok {
			return nil, fmt.Errorf("%w: aud is neither a text nor a list of texts", ErrClaim)
		}
	}
	return texts, nil
}

// checkClaims judges the claims about the signature: what it was made for, and
// when.
func (e *Expectation) checkClaims(claims map[string]any) error {
	to, err := audience(claims)
	if err != nil {
		return err
	}
	if !e.Audience.met(to...) {
		return fmt.Errorf("%w: it is for another: aud is %.200q", ErrClaim, to)
	}
	nonce, err := text(claims, claimNonce)
	if err != nil {
		return err
	}
	if !e.Nonce.met(nonce) {
		return fmt.Errorf("%w: it was made for another occasion: nonce is %.80q", ErrClaim, nonce)
	}
	if e.IgnoreTimes {
		return nil
	}
	return e.checkTimes(claims)
}

// checkTimes: RFC 7519, sections 4.1.4 to 4.1.6. Section 3.1.3 has iat and exp
// for the signature's times.
func (e *Expectation) checkTimes(claims map[string]any) error {
	expires, err := numericDate(claims, claimExpires)
	if err != nil {
		return err
	}
	if !expires.IsZero() && !e.Now.Before(expires) {
		return fmt.Errorf("%w: it expired at %s", ErrTime, expires.Format(time.RFC3339))
	}
	for _, name := range []string{claimNotBefore, claimIssuedAt} {
		from, err := numericDate(claims, name)
		if err != nil {
			return err
		}
		if from.After(e.Now.Add(Skew)) {
			return fmt.Errorf("%w: %s is in the future, at %s", ErrTime, name, from.Format(time.RFC3339))
		}
	}
	return nil
}
