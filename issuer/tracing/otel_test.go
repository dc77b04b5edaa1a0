//go:build otel

package tracing_test

import (
	"bytes"
	"cmp"
	"context"
	"encoding/hex"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	commonpb "go.opentelemetry.io/proto/otlp/common/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"

	"github.com/chancery-vc/chancery/examples/births/civil"
	"github.com/chancery-vc/chancery/internal/issuertest"
	"github.com/chancery-vc/chancery/issuer"
)

// attributes returns the attributes of a span.
func attributes(s *tracepb.Span) map[string]string {
	found := map[string]string{}
	for _, a := range s.Attributes {
		found[a.Key] = a.Value.GetValue().(*commonpb.AnyValue_StringValue).StringValue
	}
	return found
}

// tree writes spans down as they are within each other, in their order, with how
// each ended.
func tree(spans []*tracepb.Span) []string {
	slices.SortFunc(spans, func(a, b *tracepb.Span) int { return cmp.Compare(a.StartTimeUnixNano, b.StartTimeUnixNano) })
	var lines []string
	var within func(parent []byte, indent string)
	within = func(parent []byte, indent string) {
		for _, s := range spans {
			if bytes.Equal(s.ParentSpanId, parent) {
				said := attributes(s)
				lines = append(lines, strings.TrimSpace(indent+s.Name+" "+said["chancery.end"]+" "+said["chancery.reason"]))
				within(s.SpanId, indent+"> ")
			}
		}
	}
	within(nil, "")
	return lines
}

// TestStages: a trace has the stages of a request in their order, and the name
// that the sender got for it.
func TestStages(t *testing.T) {
	c := newCollector(t)
	w := trace(t, 3)
	answer := w.fact()
	w.sent()
	if answer.Code != http.StatusOK {
		t.Fatal(answer.Code, answer.Body)
	}
	want := []string{
		"request done", "> authenticate done", "> answer done",
		"> > access done", "> > budget done", "> > log done", "> > source done", "> > claims done", "> > sign done", "> > release done",
	}
	if diff := gocmp.Diff(want, tree(c.taken())); diff != "" {
		t.Error(diff)
	}
	root := c.taken()[0]
	if id := answer.Header().Get("X-Request-Id"); id == "" || attributes(root)["chancery.request_id"] != id || root.Kind != tracepb.Span_SPAN_KIND_SERVER {
		t.Errorf("the request %s: %v", id, root)
	}
	for _, s := range c.taken() {
		if !bytes.Equal(s.TraceId, root.TraceId) {
			t.Errorf("%s is in a trace of its own", s.Name)
		}
	}
}

// TestRefusals: whether there is a record makes no difference between traces.
func TestRefusals(t *testing.T) {
	c := newCollector(t)
	w := trace(t, 3)
	issuertest.Loosen(t, w.dir, "UPDATE births SET date_of_birth = remarks WHERE rowid = 2")
	w.ask("/v1/facts", factOf("none"), "Authorization", "Bearer wrong")
	for _, key := range []string{issuertest.Births(t, 3)[1].RegistrationNumber, "none"} {
		if answer := w.ask("/v1/credentials", fmt.Sprintf(`{"purpose":"canary-purpose","name":"birth","key":%q}`, key)); answer.Code != http.StatusForbidden {
			t.Fatal(answer.Code, answer.Body)
		}
	}
	w.sent()
	refused := []string{
		"request refused", "> authenticate done", "> answer refused",
		"> > access done", "> > budget done", "> > log done", "> > source done", "> > claims refused",
	}
	want := slices.Concat([]string{"request refused", "> authenticate refused invalid_token"}, refused, refused)
	if diff := gocmp.Diff(want, tree(c.taken())); diff != "" {
		t.Error(diff)
	}
}

// TestNoCanary: nothing of callers, questions and records is in what is sent,
// whatever happens to them.
func TestNoCanary(t *testing.T) {
	const rows = 6
	c := newCollector(t)
	w := trace(t, rows)
	needles := []string{"canary", token, civil.KnownNumber, birth, "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"}
	for _, b := range issuertest.Births(t, rows) {
		for _, value := range []string{b.RegistrationNumber, b.GivenNames, b.FamilyName, b.DateOfBirth, b.PlaceOfBirth, b.MotherName, b.FatherName, b.Remarks} {
			if len(value) > 5 { // what is shorter is found by chance
				needles = append(needles, value)
			}
		}
	}
	parent := []string{"Traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "Tracestate", "v=canary-state", "Baggage", "k=canary-baggage", "X-Request-Id", "canary-request"}
	for _, key := range []string{civil.KnownNumber, "canary-key", issuertest.Births(t, rows)[2].RegistrationNumber} {
		w.ask("/v1/facts", factOf(key), parent...)
		w.ask("/v1/statuses", strings.Replace(factOf(key), "canary-fact", "canary-status", 1))
		w.ask("/v1/credentials", fmt.Sprintf(`{"purpose":"canary-purpose","name":"birth","key":%q}`, key))
		w.ask("/v1/facts", factOf(key), "Authorization", "Bearer canary-wrong")
	}
	w.ask("/v1/canary-path/"+civil.KnownNumber, "canary-body")
	panicked(w)
	w.sent()
	sent := c.everything()
	for _, needle := range needles {
		raw, err := hex.DecodeString(needle) // as names of traces are sent
		if bytes.Contains(sent, []byte(needle)) || err == nil && bytes.Contains(sent, raw) {
			t.Errorf("the collector got %q", needle)
		}
	}
	allowed := []string{"chancery.end", "chancery.reason", "chancery.request_id"}
	for _, s := range c.taken() {
		if len(s.Events)+len(s.Links) > 0 || s.TraceState != "" || s.Status.GetMessage() != "" {
			t.Errorf("a span has more than it should: %v", s)
		}
		for name := range attributes(s) {
			if !slices.Contains(allowed, name) {
				t.Errorf("a span has %s", name)
			}
		}
	}
	if n := len(c.taken()); n < 70 || !bytes.Contains(sent, []byte("source")) {
		t.Errorf("only %d spans came", n)
	}
}

// panicked has a question end in a panic with a value of its record.
func panicked(w *traced) {
	defer func() { _ = recover() }()
	_, _ = w.issuer.Answer(w.Context(), issuer.Question{Caller: issuer.Operator, Profile: birth, Key: civil.KnownNumber, Stage: func(issuer.Answer) error { panic("canary-panic " + civil.KnownNumber) }})
	w.Error("it did not panic")
}

// TestCollectorHangs: all is answered while a collector keeps silent, and what
// does not fit into the queue is dropped.
func TestCollectorHangs(t *testing.T) {
	const questions, queue = 40, 8
	t.Setenv("OTEL_BSP_MAX_QUEUE_SIZE", fmt.Sprint(queue))
	t.Setenv("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", fmt.Sprint(queue))
	c := newCollector(t)
	arrived, hanging := make(chan struct{}, questions), make(chan struct{})
	c.answer = func(http.ResponseWriter, *http.Request) {
		arrived <- struct{}{}
		<-hanging
	}
	w := trace(t, 3)
	w.fact() // whose spans are more than a batch
	<-arrived
	for n := range questions {
		if answer := w.fact(); answer.Code != http.StatusOK {
			t.Fatalf("question %d: %d %s", n, answer.Code, answer.Body)
		}
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := w.tracer.Close(ended); err == nil {
		t.Error("all was sent, to a collector that hangs")
	}
	close(hanging)
	// One batch is on its way, one waits to be, and the queue is full.
	if n := len(c.taken()); n == 0 || n > 3*queue {
		t.Errorf("%d spans came, of %d", n, questions*10)
	}
}

// TestCollectorGone: all is answered without a collector, and the log says once
// that it is not there.
func TestCollectorGone(t *testing.T) {
	t.Setenv("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "1")
	c := newCollector(t)
	c.server.Close()
	w := trace(t, 3)
	for range 5 {
		if answer := w.fact(); answer.Code != http.StatusOK {
			t.Fatal(answer.Code, answer.Body)
		}
	}
	w.sent()
	if said := w.log.String(); strings.Count(said, "takes no traces") != 1 || len(c.taken()) != 0 {
		t.Errorf("%d spans came; the log: %s", len(c.taken()), said)
	}
}

// TestCollectorAnswers: what a collector answers is not in the log, and does not
// lead elsewhere.
func TestCollectorAnswers(t *testing.T) {
	elsewhere := newCollector(t)
	c := newCollector(t)
	t.Setenv("OTEL_EXPORTER_OTLP_HEADERS", "authorization=Bearer%20canary-secret")
	w := trace(t, 3)
	shown := ""
	c.answer = func(answer http.ResponseWriter, r *http.Request) {
		shown = r.Header.Get("Authorization")
		answer.Header().Set("Location", elsewhere.server.URL+"/v1/traces")
		answer.WriteHeader(http.StatusTemporaryRedirect)
		fmt.Fprint(answer, shown)
	}
	w.fact()
	w.sent()
	said := w.log.String()
	if !strings.Contains(said, "307") || strings.Contains(said, "canary") || shown != "Bearer canary-secret" || len(elsewhere.taken()) > 0 || len(c.taken()) == 0 {
		t.Errorf("%q was shown, %d spans went elsewhere; the log: %s", shown, len(elsewhere.taken()), said)
	}
}
