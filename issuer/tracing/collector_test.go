//go:build otel

package tracing_test

import (
	"encoding/pem"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chancery-vc/chancery/internal/issuertest"
	"github.com/chancery-vc/chancery/issuer/tracing"
)

// TestEnvironment: what cannot be meant is an error that names the variable, and
// not its value.
func TestEnvironment(t *testing.T) {
	const endpoint, headers = "OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_HEADERS"
	for name, test := range map[string]struct{ variable, value string }{
		"no address":         {endpoint, "canary:4318"},
		"in the clear":       {endpoint, "http://canary.example:4318"},
		"another scheme":     {endpoint, "grpc://canary.example:4317"},
		"a password":         {endpoint, "https://canary:canary@collector.example"},
		"no address at all":  {endpoint, "https://canary%zz"},
		"its own variable":   {"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://canary.example:4318/v1/traces"},
		"another protocol":   {"OTEL_EXPORTER_OTLP_PROTOCOL", "grpc-canary"},
		"another exporter":   {"OTEL_TRACES_EXPORTER", "canary"},
		"no name":            {headers, "canary-secret"},
		"a second one":       {headers, "a=b,canary-secret"},
		"half an escape":     {headers, "a=canary%2"},
		"a name with spaces": {headers, "canary secret=b"},
		"of traces":          {"OTEL_EXPORTER_OTLP_TRACES_HEADERS", "canary-secret"},
		"no time":            {"OTEL_EXPORTER_OTLP_TIMEOUT", "canary"},
		"no certificate":     {"OTEL_EXPORTER_OTLP_CERTIFICATE", "/none"},
		"no sampler":         {"OTEL_TRACES_SAMPLER", "canary"},
		"no share":           {"OTEL_TRACES_SAMPLER_ARG", "canary"},
		"more than all":      {"OTEL_TRACES_SAMPLER_ARG", "1.5"},
		"no number":          {"OTEL_BSP_MAX_QUEUE_SIZE", "canary"},
		"no attribute":       {"OTEL_RESOURCE_ATTRIBUTES", "a=b,canary"},
		"no escape":          {"OTEL_RESOURCE_ATTRIBUTES", "a=canary%zz"},
		"no key":             {"OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE", "/none"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv(endpoint, "https://collector.example:4318")
			t.Setenv(test.variable, test.value)
			var log issuertest.Lines
			tracer, err := tracing.Open(t.Context(), log.Logger())
			if err == nil || tracer != nil || !strings.Contains(err.Error(), test.variable) || strings.Contains(err.Error(), "canary") {
				t.Errorf("%v, %v", tracer, err)
			}
		})
	}
}

// TestOff: without a collector, or told so, nothing is opened.
func TestOff(t *testing.T) {
	for name, variables := range map[string][]string{
		"nothing":  nil,
		"disabled": {"OTEL_EXPORTER_OTLP_ENDPOINT", "https://collector.example", "OTEL_SDK_DISABLED", "TRUE"},
		"none":     {"OTEL_EXPORTER_OTLP_ENDPOINT", "https://collector.example", "OTEL_TRACES_EXPORTER", "none"},
		"headers":  {"OTEL_EXPORTER_OTLP_HEADERS", "a=b"},
	} {
		t.Run(name, func(t *testing.T) {
			for n := 0; n < len(variables); n += 2 {
				t.Setenv(variables[n], variables[n+1])
			}
			if tracer, err := tracing.Open(t.Context(), nil); tracer != nil || err != nil {
				t.Errorf("%v, %v", tracer, err)
			}
		})
	}
}

// TestOverTLS: a collector is known by the certificate that is named, and by no
// other, and INSECURE does not make it one in the clear.
func TestOverTLS(t *testing.T) {
	for name, test := range map[string]struct{ trusted, insecure, arrives bool }{
		"named":     {true, false, true},
		"not named": {false, false, false},
		"insecure":  {true, true, true}, // which is of another protocol: the scheme says it here
	} {
		t.Run(name, func(t *testing.T) {
			c := newCollector(t)
			server := httptest.NewTLSServer(http.HandlerFunc(c.take))
			t.Cleanup(server.Close)
			t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", server.URL)
			if test.trusted {
				t.Setenv("OTEL_EXPORTER_OTLP_CERTIFICATE", pemOf(t, server))
			}
			t.Setenv("OTEL_EXPORTER_OTLP_INSECURE", fmt.Sprint(test.insecure))
			w := trace(t, 1)
			w.fact()
			w.sent()
			if arrived := len(c.taken()) > 0; arrived != test.arrives {
				t.Errorf("spans arrived: %v; the log: %s", arrived, w.log.String())
			}
		})
	}
}

// pemOf writes the certificate of a server into a file.
func pemOf(t *testing.T, server *httptest.Server) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "collector.pem")
	data := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestOwnEndpoint: the address of traces alone is gone to as it is, and before
// the general one, which must be right all the same.
func TestOwnEndpoint(t *testing.T) {
	c := newCollector(t)
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "https://collector.example:4318")
	t.Setenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", c.server.URL+"/v1/traces")
	w := trace(t, 1)
	w.fact()
	w.sent()
	if len(c.taken()) == 0 {
		t.Errorf("nothing came; the log: %s", w.log.String())
	}
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://canary.example")
	if _, err := tracing.Open(t.Context(), nil); err == nil || !strings.Contains(err.Error(), "OTEL_EXPORTER_OTLP_ENDPOINT") {
		t.Errorf("%v", err)
	}
}
