// Package tracing sends what an issuer does, as traces, to one collector by
// OpenTelemetry's protocol OTLP over HTTP. It is in a program only if that was
// built with the tag otel; else [Open] says so to the log, and opens nothing.
//
// A trace is one request of a relying party or a wallet, or one question of the
// operator. Its spans are the stages of package issuer, each within the one
// around it. A span has the name of its stage and two attributes: chancery.end,
// how the stage ended, and chancery.reason, why, if the request was refused
// before a record was read. The first span of a trace has chancery.request_id,
// by which the lines of the program's log and the X-Request-Id of the answer
// name the request. A span has nothing else: nothing of the caller, the question
// or the record, no link, no event, and no text of an error or of a panic.
//
// Names and times of spans are what the collector learns. From the times, and
// from which stages are there, it could learn how a question was answered that
// it knows otherwise: it is to be the operator's own.
//
// The variables of the environment that OpenTelemetry has for this are the
// configuration. Without OTEL_EXPORTER_OTLP_ENDPOINT (or
// OTEL_EXPORTER_OTLP_TRACES_ENDPOINT) nothing is sent. It must be https, or http
// to a loopback address; no proxy is gone through and no redirect is followed,
// and of an answer the number of its status is all that is taken. Spans wait in
// a queue of OTEL_BSP_MAX_QUEUE_SIZE (2048); while it is full, spans are dropped
// and nobody waits.
//
// Source: OpenTelemetry specification 1.50, "OpenTelemetry Protocol Exporter",
// "SDK environment variables" and "Batching processor"; OTLP 1.9.
package tracing

import (
	"os"
	"strings"
)

// signal is what the names of variables begin with that are of traces alone, and
// general of those of everything that is sent.
const (
	signal  = "OTEL_EXPORTER_OTLP_TRACES_"
	general = "OTEL_EXPORTER_OTLP_"
)

// exporterNone is an exporter that sends nothing.
const exporterNone = "none"

// variable returns a variable of the process, in which the library looks, too;
// "" for none.
func variable(name string) string { return strings.TrimSpace(os.Getenv(name)) }

// setting returns the variable of traces, or else the general one.
func setting(name string) (found, value string) {
	if value := variable(signal + name); value != "" {
		return signal + name, value
	}
	return general + name, variable(general + name)
}

// wanted tells whether the environment names a collector.
func wanted() bool {
	_, endpoint := setting("ENDPOINT")
	return endpoint != "" && !strings.EqualFold(variable("OTEL_SDK_DISABLED"), "true") && variable("OTEL_TRACES_EXPORTER") != exporterNone
}
