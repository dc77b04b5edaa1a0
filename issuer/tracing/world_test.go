//go:build otel

package tracing_test

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	collectorpb "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"github.com/chancery-vc/chancery/examples/births/civil"
	"github.com/chancery-vc/chancery/internal/issuertest"
	"github.com/chancery-vc/chancery/issuer"
	"github.com/chancery-vc/chancery/issuer/access"
	"github.com/chancery-vc/chancery/issuer/issuerhttp"
	"github.com/chancery-vc/chancery/issuer/oid4vci"
	"github.com/chancery-vc/chancery/issuer/tracing"
)

const (
	birth  = "birth"
	caller = "canary-caller"
	token  = "canary-token-of-a-caller"
)

// withCaller lets a caller ask for a fact, a credential and a status.
func withCaller(text string) string {
	return text + `
purposes: [canary-purpose]
facts:
  canary-fact: {source: births, table: births, key: registration_number, rule: {field: {column: place_of_birth}}, disclosure: value, validity: 1h}
statuses:
  canary-status: {source: births, table: births, key: registration_number, column: sex, states: {F: f, M: m, X: x}}
consult:
  callers:
    - name: ` + caller + `
      token_sha256: ` + access.Digest(token) + `
      purposes: [canary-purpose]
      facts: [canary-fact]
      statuses: [canary-status]
      credentials: [birth]
`
}

// collector takes spans as any other does.
type collector struct {
	*testing.T
	server *httptest.Server
	answer http.HandlerFunc // after a batch was taken; nil for success

	mu    sync.Mutex
	raw   [][]byte
	spans []*tracepb.Span
}

func newCollector(t *testing.T) *collector {
	t.Helper()
	c := &collector{T: t}
	c.server = httptest.NewServer(http.HandlerFunc(c.take))
	t.Cleanup(c.server.Close)
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", c.server.URL)
	return c
}

func (c *collector) take(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	var request collectorpb.ExportTraceServiceRequest
	if err != nil || r.URL.Path != "/v1/traces" || proto.Unmarshal(body, &request) != nil {
		c.Errorf("%s %s: %v", r.Method, r.URL, err)
	}
	c.mu.Lock()
	c.raw = append(c.raw, body)
	for _, resource := range request.ResourceSpans {
		for _, scope := range resource.ScopeSpans {
			c.spans = append(c.spans, scope.Spans...)
		}
	}
	c.mu.Unlock()
	if c.answer != nil {
		c.answer(w, r)
	}
}

func (c *collector) taken() []*tracepb.Span {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.spans
}

// everything returns the bytes that came.
func (c *collector) everything() []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	return bytes.Join(c.raw, nil)
}

// traced is an issuer whose requests are traced.
type traced struct {
	*testing.T
	dir    string
	issuer *issuer.Issuer
	tracer *tracing.Tracer
	public http.Handler
	log    issuertest.Lines
}

func trace(t *testing.T, rows int) *traced {
	t.Helper()
	w := &traced{T: t, dir: issuertest.Folder(t, rows, withCaller)}
	var err error
	if w.tracer, err = tracing.Open(t.Context(), w.log.Logger()); err != nil || w.tracer == nil {
		t.Fatal(w.tracer, err)
	}
	environment := issuer.Environment{Now: issuertest.NewClock().Now, Random: rand.Reader, Observer: w.tracer}
	if w.issuer, err = issuer.Open(t.Context(), issuertest.Load(t, w.dir), environment); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.issuer.Close() })
	service, err := oid4vci.New(w.issuer)
	if err != nil {
		t.Fatal(err)
	}
	if w.public, err = issuerhttp.Public(w.issuer, service, slog.New(slog.DiscardHandler)); err != nil {
		t.Fatal(err)
	}
	return w
}

// ask asks as the caller does, with more headers.
func (w *traced) ask(path, body string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+token)
	for n := 0; n < len(header); n += 2 {
		r.Header.Set(header[n], header[n+1])
	}
	recorder := httptest.NewRecorder()
	w.public.ServeHTTP(recorder, r)
	return recorder
}

// fact asks for the fact of the record that every register has.
func (w *traced) fact(header ...string) *httptest.ResponseRecorder {
	return w.ask("/v1/facts", factOf(civil.KnownNumber), header...)
}

func factOf(key string) string {
	return fmt.Sprintf(`{"purpose":"canary-purpose","nonce":"canary-nonce","name":"canary-fact","key":%q}`, key)
}

// sent has what waits sent.
func (w *traced) sent() {
	w.Helper()
	if err := w.tracer.Close(w.Context()); err != nil {
		w.Fatal(err)
	}
}
