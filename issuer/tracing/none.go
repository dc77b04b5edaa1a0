//go:build !otel

package tracing

import (
	"context"
	"log/slog"

	"github.com/chancery-vc/chancery/issuer"
)

// Tracer would send traces.
type Tracer struct{ issuer.Observers }

// Open returns nil, and says to the log how to get a program that sends traces,
// if the environment wants one.
func Open(_ context.Context, log *slog.Logger) (*Tracer, error) {
	if wanted() {
		log.Warn("no traces are sent: this build has no OpenTelemetry; build with -tags otel (make build-otel), or unset " + general + "ENDPOINT")
	}
	return nil, nil
}

// Close has nothing to send.
func (*Tracer) Close(context.Context) error { return nil }
