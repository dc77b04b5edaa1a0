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
	m := &Metrics{registry: prometheus.NewRegistry(), stages: map[issuer.Stage]stage{}}
	m.registry.MustRegister(took, ends, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	for _, name := range issuer.Stages() {
		s := stage{took.WithLabelValues(string(name)), map[issuer.End]prometheus.Counter{}}
		for _, end := range issuer.Ends() {
			s.ends[end] = ends.WithLabelValues(string(name), string(end))
		}
		m.stages[name] = s
	}
	return m
}

// Observe counts a stage. One that is not known is not counted.
func (m *Metrics) Observe(name issuer.Stage, end issuer.End, took time.Duration) {
	s, ok := m.stages[name]
	if counter := s.ends[end]; ok && counter != nil {
		counter.Inc()
		s.took.Observe(took.Seconds())
	}
}

// Handler serves the metrics, with those that tell how the issuer does now.
// What it cannot find out it leaves out.
func (m *Metrics) Handler(current func() *issuer.Issuer) http.Handler {
	m.registry.MustRegister(collector{current})
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{ErrorHandling: promhttp.ContinueOnError, MaxRequestsInFlight: maxScrapes})
}
