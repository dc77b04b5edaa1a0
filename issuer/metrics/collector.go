package metrics

import (
	"context"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/chancery-vc/chancery/issuer"
)

// collector finds out how an issuer does when somebody asks.
type collector struct{ current func() *issuer.Issuer }

func describe(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("chancery_"+name, help, labels, nil)
}

// What is found out.
var (
	ready          = describe("ready", "1 if questions are answered, else 0.")
	condition      = describe("condition", "How a part does: 0 good, 1 in doubt, 2 failed.", "part")
	logRecords     = describe("log_records", "Records of the issuance log.")
	stateWaiting   = describe("state_waiting", "Changes that wait to be durable.")
	stateWrites    = describe("state_writes_total", "Transactions that were written to the state file, since it was made.")
	stateWriteTime = describe("state_write_seconds_total", "Time for which the state file was written and synced.")
	stateSize      = describe("state_bytes", "Size of the state file.")
	diskFree       = describe("disk_free_bytes", "Room on the disk of the state.")
	anchorGood     = describe("anchor_good_timestamp_seconds", "When an anchor had every record last, or the issuer was started.", "anchor")
	anchorRecords  = describe("anchor_records", "Records in the checkpoint that an anchor kept last.", "anchor")
	anchorPuts     = describe("anchor_puts_total", "Checkpoints that an anchor kept.", "anchor")
	anchorFailures = describe("anchor_failures_total", "Checkpoints that an anchor did not keep.", "anchor")
	sourceProven   = describe("source_proven_timestamp_seconds", "When a source was held against the configuration last.", "source")
	listsSigned    = describe("status_lists_signed_timestamp_seconds", "When the status lists that are given out were signed; 0 for not since the start.")
)

// Describe is empty: which anchors and sources there are can change.
func (collector) Describe(chan<- *prometheus.Desc) {}

// Collect sends what it finds out to out.
func (c collector) Collect(out chan<- prometheus.Metric) {
	i := c.current()
	gauge := func(d *prometheus.Desc, value float64, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, labels...)
	}
	counter := func(d *prometheus.Desc, value float64, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, value, labels...)
	}
	collectReady(i.Ready(context.Background()), gauge)
	collectState(i, gauge, counter)
	for _, a := range i.Anchors() {
		gauge(anchorGood, float64(a.Good.Unix()), a.Name)
		gauge(anchorRecords, float64(a.Kept.Size), a.Name)
		counter(anchorPuts, float64(a.Puts), a.Name)
		counter(anchorFailures, float64(a.Failures), a.Name)
	}
	for _, proof := range i.Proofs() {
		gauge(sourceProven, float64(proof.At.Unix()), proof.Source)
	}
	if at := i.StatusListsSigned(); !at.IsZero() {
		gauge(listsSigned, float64(at.Unix()))
	} else {
		gauge(listsSigned, 0)
	}
}

// put sends a value.
type put func(d *prometheus.Desc, value float64, labels ...string)

func collectReady(r issuer.Readiness, gauge put) {
	good := 0.0
	if r.Ready {
		good = 1
	}
	gauge(ready, good)
	levels := map[issuer.State]float64{issuer.StateGood: 0, issuer.StateDoubt: 1, issuer.StateFailed: 2}
	for _, c := range r.Conditions {
		gauge(condition, levels[c.State], c.Name)
	}
}

func collectState(i *issuer.Issuer, gauge, counter put) {
	if size, err := i.LogSize(); err == nil {
		gauge(logRecords, float64(size))
	}
	if free, err := i.FreeDisk(); err == nil {
		gauge(diskFree, float64(free))
	}
	if s, err := i.Store().Stats(); err == nil {
		gauge(stateWaiting, float64(s.Waiting))
		gauge(stateSize, float64(s.Size))
		counter(stateWrites, float64(s.Writes))
		counter(stateWriteTime, s.WriteTime.Seconds())
	}
}
