//go:build otel

package tracing

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/chancery-vc/chancery/issuer"
)

// Attributes of spans.
const (
	attributeEnd     = "chancery.end"
	attributeReason  = "chancery.reason"
	attributeRequest = "chancery.request_id"
)

// Tracer sends the stages of requests as spans. It is safe for concurrent use.
type Tracer struct {
	provider *sdk.TracerProvider
	tracer   trace.Tracer
}

var _ issuer.Observer = (*Tracer)(nil)

// Open returns a tracer that sends to the collector of the environment, or nil
// if that names none. The log is told when spans cannot be sent. Nothing is sent
// yet.
func Open(ctx context.Context, log *slog.Logger) (*Tracer, error) {
	if !wanted() {
		return nil, nil
	}
	exporter, err := newExporter(ctx)
	if err != nil {
		return nil, fmt.Errorf("traces: %w", err)
	}
	about, err := resource.New(ctx, resource.WithTelemetrySDK(), resource.WithAttributes(attribute.String("service.name", "chancery")), resource.WithFromEnv())
	if err != nil {
		return nil, errors.Join(fmt.Errorf("traces: %w", err), exporter.Shutdown(ctx))
	}
	provider := sdk.NewTracerProvider(sdk.WithResource(about), sdk.WithBatcher(&telling{SpanExporter: exporter, log: log}))
	return &Tracer{provider, provider.Tracer("github.com/chancery-vc/chancery")}, nil
}

func newExporter(ctx context.Context) (*otlptrace.Exporter, error) {
	if err := check(); err != nil {
		return nil, err
	}
	address, err := endpoint()
	if err != nil {
		return nil, err
	}
	client, err := newClient()
	if err != nil {
		return nil, err
	}
	return otlptracehttp.New(ctx, otlptracehttp.WithEndpointURL(address), otlptracehttp.WithHTTPClient(client))
}

// Close sends what waits, for as long as ctx allows, and then no more.
func (t *Tracer) Close(ctx context.Context) error { return t.provider.Shutdown(ctx) }

// Begin starts a span within the one of ctx, or a trace.
func (t *Tracer) Begin(ctx context.Context, stage issuer.Stage) (context.Context, func(issuer.End, issuer.Reason)) {
	first := !trace.SpanContextFromContext(ctx).IsValid()
	ctx, span := t.tracer.Start(ctx, string(stage), trace.WithSpanKind(kindOf(stage)))
	if name := issuer.RequestOf(ctx); first && name != "" {
		span.SetAttributes(attribute.String(attributeRequest, name))
	}
	return ctx, func(end issuer.End, reason issuer.Reason) {
		span.SetAttributes(attribute.String(attributeEnd, string(end)))
		if reason != issuer.ReasonNone {
			span.SetAttributes(attribute.String(attributeReason, string(reason)))
		}
		switch end {
		case issuer.EndFailed, issuer.EndUnavailable, issuer.EndBlocked:
			span.SetStatus(codes.Error, "")
		}
		span.End()
	}
}

func kindOf(stage issuer.Stage) trace.SpanKind {
	if stage == issuer.StageRequest {
		return trace.SpanKindServer
	}
	return trace.SpanKindInternal
}

// telling tells the log when the collector begins to take no spans, and when it
// takes them again.
type telling struct {
	sdk.SpanExporter
	log  *slog.Logger
	fail atomic.Bool
}

// ExportSpans sends spans. It returns no error: the library would tell it to a
// handler that the whole program has in common.
func (t *telling) ExportSpans(ctx context.Context, spans []sdk.ReadOnlySpan) error {
	err := t.SpanExporter.ExportSpans(ctx, spans)
	if failed := err != nil; t.fail.Swap(failed) != failed {
		if failed {
			t.log.Warn("the collector takes no traces: they are dropped", "error", err)
		} else {
			t.log.Info("the collector takes traces again")
		}
	}
	return nil
}
