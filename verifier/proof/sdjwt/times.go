package sdjwt

import (
	"fmt"
	"math"
	"time"
)

// latest caps the seconds of a NumericDate: the end of the year 9999.
const latest = 253402300799

// checkTimes holds exp, nbf and iat, those that are there, against the time:
// RFC 7519, sections 4.1.4 to 4.1.6. That a JWT from the future is refused is
// ours.
func checkTimes(claims map[string]any, now time.Time, skew time.Duration) error {
	for _, check := range []struct {
		name, wrong string
		fails       func(time.Time) bool
	}{
		{claimExpires, "it expired at", func(t time.Time) bool { return !now.Add(-skew).Before(t) }},
		{claimNotBefore, "it is not valid before", func(t time.Time) bool { return now.Add(skew).Before(t) }},
		{claimIssuedAt, "it was issued in the future, at", func(t time.Time) bool { return now.Add(skew).Before(t) }},
	} {
		t, ok, err := timeClaim(claims, check.name)
		if err != nil {
			return err
		}
		if ok && check.fails(t) {
			return fmt.Errorf("%w: %s %s", ErrTime, check.wrong, t.UTC().Format(time.RFC3339))
		}
	}
	return nil
}

// timeClaim reads a NumericDate: RFC 7519, section 2.
func timeClaim(claims map[string]any, name string) (t time.Time, ok bool, err error) {
	value, ok := claims[name]
	if !ok {
		return time.Time{}, false, nil
	}
	seconds, isNumber := value.(float64)
	if !isNumber || math.Abs(seconds) > latest {
		return time.Time{}, false, fmt.Errorf("%w: %s is not a number of seconds since 1970", ErrMalformed, name)
	}
	whole, fraction := math.Modf(seconds)
	return time.Unix(int64(whole), int64(fraction*1e9)), true, nil
}
