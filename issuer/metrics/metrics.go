// Package metrics counts what an issuer does, in the text format of Prometheus.
//
// Each metric begins with chancery_, but for those of the process and of Go's
// runtime. Times are in seconds, sizes in bytes. docs/operations says what each
// of them means, and which alerts go by it.
//
// No label has a text that comes from a caller, a question or a record: labels
// are the words of package issuer for stages and ends, and the names that the
// configuration has for sources and anchors.
//
// Source: Prometheus text exposition format 0.0.4; prometheus.io/docs/practices
// for names.
package metrics

import (
	"context"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/chancery-vc/chancery/issuer"
)

// maxScrapes is how many may be answered at a time.
const maxScrapes = 4

// buckets are upper bounds of how long a stage takes, in seconds.
var buckets = []float64{.0001, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 5, 30}

// Metrics are the figures of one issuer. It is safe for concurrent use.
type Metrics struct {
	registry *prometheus.Registry
	stages   map[issuer.Stage]stage
	reasons  map[issuer.Reason]prometheus.Counter
}

// stage has the figures of a stage, which are looked up once.
type stage struct {
	took prometheus.Observer
	ends map[issuer.End]prometheus.Counter
}

var _ issuer.Observer = (*Metrics)(nil)

// New returns metrics of which all are zero.
func New() *Metrics {
	took := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "chancery_stage_seconds", Help: "How long a stage of a question took.", Buckets: buckets,
	}, []string{"stage"})
	ends := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "chancery_stages_total", Help: "Stages of questions, by how they ended.",
	}, []string{"stage", "end"})
	refused := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "chancery_refused_total", Help: "Requests that were refused before a record was read, by why.",
	}, []string{"reason"})
	m := &Metrics{registry: prometheus.NewRegistry(), stages: map[issuer.Stage]stage{}, reasons: map[issuer.Reason]prometheus.Counter{}}
	m.registry.MustRegister(took, ends, refused, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	for _, name := range issuer.Stages() {
		s := stage{took.WithLabelValues(string(name)), map[issuer.End]prometheus.Counter{}}
		for _, end := range issuer.Ends() {
			s.ends[end] = ends.WithLabelValues(string(name), string(end))
		}
		m.stages[name] = s
	}
	for _, reason := range issuer.Reasons() {
		m.reasons[reason] = refused.WithLabelValues(string(reason))
	}
	return m
}

// Begin counts a stage when it ends. One that is not known is not counted. The
// time is the machine's own, which neither a test nor whoever sets the clock
// moves.
func (m *Metrics) Begin(ctx context.Context, name issuer.Stage) (context.Context, func(issuer.End, issuer.Reason)) {
	start := time.Now()
	return ctx, func(end issuer.End, reason issuer.Reason) {
		s, ok := m.stages[name]
		if counter := s.ends[end]; ok && counter != nil {
			counter.Inc()
			s.took.Observe(time.Since(start).Seconds())
		}
		// What is around a stage ends for the same reason.
		if counter := m.reasons[reason]; counter != nil && name != issuer.StageAnswer {
			counter.Inc()
		}
	}
}

// Certificate adds when the certificate that is served can no longer be used.
func (m *Metrics) Certificate(expires func() time.Time) {
	m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "chancery_tls_certificate_expires_timestamp_seconds", Help: "When the certificate that is served expires.",
	}, func() float64 { return float64(expires().Unix()) }))
}

// Handler serves the metrics, with those that tell how the issuer does now.
// What it cannot find out it leaves out.
func (m *Metrics) Handler(current func() *issuer.Issuer) http.Handler {
	m.registry.MustRegister(collector{current})
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{ErrorHandling: promhttp.ContinueOnError, MaxRequestsInFlight: maxScrapes})
}
