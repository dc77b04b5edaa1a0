package config

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Duration is a time span in a configuration: Go's notation, such as 10m or
// 24h, or whole days, such as 365d.
type Duration time.Duration

// UnmarshalText reads a span.
func (d *Duration) UnmarshalText(text []byte) error {
	if days, ok := strings.CutSuffix(string(text), "d"); ok {
		n, err := strconv.ParseUint(days, 10, 16)
		if err != nil {
			return fmt.Errorf("%q is not a number of days, such as 365d", text)
		}
		*d = Duration(time.Duration(n) * 24 * time.Hour)
		return nil
	}
	span, err := time.ParseDuration(string(text))
	if err != nil {
		return fmt.Errorf("%q is not a time span, such as 10m, 24h or 365d", text)
	}
	*d = Duration(span)
	return nil
}

// Std returns the span as the standard library has it.
func (d Duration) Std() time.Duration { return time.Duration(d) }
