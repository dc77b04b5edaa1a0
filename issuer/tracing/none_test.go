//go:build !otel

package tracing_test

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	"github.com/chancery-vc/chancery/issuer/tracing"
)

// TestNone: a build without it says how to get one that has it, if traces are
// wanted, and nothing else.
func TestNone(t *testing.T) {
	for name, test := range map[string]struct {
		endpoint, disabled string
		told               bool
	}{
		"wanted":     {"http://127.0.0.1:4318", "", true},
		"disabled":   {"http://127.0.0.1:4318", "true", false},
		"not wanted": {"", "", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", test.endpoint)
			t.Setenv("OTEL_SDK_DISABLED", test.disabled)
			var log bytes.Buffer
			tracer, err := tracing.Open(t.Context(), slog.New(slog.NewJSONHandler(&log, nil)))
			if tracer != nil || err != nil || strings.Contains(log.String(), "make build-otel") != test.told || strings.Contains(log.String(), "4318") {
				t.Errorf("%v, %v: %s", tracer, err, &log)
			}
		})
	}
}
