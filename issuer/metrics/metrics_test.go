package metrics_test

import (
	"context"
	"crypto/rand"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"github.com/chancery-vc/chancery/examples/births/civil"
	"github.com/chancery-vc/chancery/internal/issuertest"
	"github.com/chancery-vc/chancery/issuer"
	"github.com/chancery-vc/chancery/issuer/metrics"
)

// watched is an issuer and its metrics.
type watched struct {
	*testing.T
	issuer  *issuer.Issuer
	clock   *issuertest.Clock
	handler http.Handler
}

func watch(t *testing.T, edits ...issuertest.Edit) *watched {
	t.Helper()
	m, w := metrics.New(), &watched{T: t, clock: issuertest.NewClock()}
	var err error
	w.issuer, err = issuer.Open(t.Context(), issuertest.Load(t, issuertest.Folder(t, 3, edits...)), issuer.Environment{Now: w.clock.Now, Random: rand.Reader, Observer: m})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.issuer.Close() })
	m.Certificate(func() time.Time { return issuertest.Start })
	w.handler = m.Handler(func() *issuer.Issuer { return w.issuer })
	return w
}

// text returns what a scraper gets.
func (w *watched) text() string {
	w.Helper()
	recorder := httptest.NewRecorder()
	w.handler.ServeHTTP(recorder, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	if recorder.Code != http.StatusOK {
		w.Fatalf("%d %s", recorder.Code, recorder.Body)
	}
	return recorder.Body.String()
}

// families returns the metrics as Prometheus reads them.
func (w *watched) families() map[string]*dto.MetricFamily {
	w.Helper()
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(strings.NewReader(w.text()))
	if err != nil {
		w.Fatal(err)
	}
	return families
}

// ends returns how often each stage ended how, without what did not happen.
func (w *watched) ends() map[string]int {
	w.Helper()
	counted := map[string]int{}
	for _, m := range w.families()["chancery_stages_total"].GetMetric() {
		labels := map[string]string{}
		for _, l := range m.GetLabel() {
			labels[l.GetName()] = l.GetValue()
		}
		if n := int(m.GetCounter().GetValue()); n > 0 {
			counted[labels["stage"]+" "+labels["end"]] = n
		}
	}
	return counted
}

func question(key string) issuer.Question {
	return issuer.Question{Caller: issuer.Operator, Profile: "birth", Key: key}
}

// TestStages: each stage that a question came to is counted once.
func TestStages(t *testing.T) {
	w := watch(t)
	if got := w.ends(); len(got) != 0 {
		t.Errorf("at the start: %v", got)
	}
	if _, err := w.issuer.Answer(t.Context(), question(civil.KnownNumber)); err != nil {
		t.Fatal(err)
	}
	done := map[string]int{"access done": 1, "log done": 1, "source done": 1, "claims done": 1, "mint done": 1, "release done": 1, "answer done": 1}
	if diff := cmp.Diff(done, w.ends()); diff != "" {
		t.Error(diff)
	}
	for _, m := range w.families()["chancery_stage_seconds"].GetMetric() {
		stage, n := m.GetLabel()[0].GetValue(), m.GetHistogram().GetSampleCount()
		if n != uint64(done[stage+" done"]) {
			t.Errorf("the time of %s was taken %d times", stage, n)
		}
	}
}

// TestEnds: each way to no answer is counted as what it is, and nothing tells a
// record that is not there from one that has no answer.
func TestEnds(t *testing.T) {
	w := watch(t)
	for end, ask := range map[string]func() error{
		"refused": func() error {
			_, err := w.issuer.Answer(t.Context(), question("0000-000000"))
			return err
		},
		"stopped": func() error {
			ctx, cancel := context.WithCancel(t.Context())
			q := question(civil.KnownNumber)
			q.Stage = func(issuer.Answer) error {
				cancel()
				return nil
			}
			_, err := w.issuer.Answer(ctx, q)
			return err
		},
		"blocked": func() error {
			w.clock.Advance(-time.Hour)
			defer w.clock.Advance(time.Hour)
			_, err := w.issuer.Answer(t.Context(), question(civil.KnownNumber))
			return err
		},
	} {
		before := w.ends()
		if ask() == nil {
			t.Fatalf("%s: it was answered", end)
		}
		after := w.ends()
		if n := after["answer "+end] - before["answer "+end]; n != 1 {
			t.Errorf("%s was counted %d times: %v", end, n, after)
		}
	}
}

// TestLint: the names are as Prometheus wants them.
func TestLint(t *testing.T) {
	w := watch(t, anchored)
	problems, err := promlint.New(strings.NewReader(w.text())).Lint()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		if strings.HasPrefix(p.Metric, "chancery_") {
			t.Errorf("%s: %s", p.Metric, p.Text)
		}
	}
}

func anchored(text string) string {
	return text + "\nanchors: [{name: disk, kind: file, path: anchor}]\n"
}

// TestNothingOfTheRegister: no key, no value of a record and no name of who asks
// is in the figures.
func TestNothingOfTheRegister(t *testing.T) {
	w := watch(t, anchored)
	for _, key := range []string{civil.KnownNumber, "canary-key", "0000-000000"} {
		_, _ = w.issuer.Answer(t.Context(), question(key))
	}
	_, _ = w.issuer.Answer(t.Context(), issuer.Question{Caller: "canary-caller", Profile: "canary-profile", Key: "canary-key"})
	_, _ = w.issuer.Consult(t.Context(), issuer.Query{Caller: "canary-caller", Kind: "canary-kind", Name: "canary-name", Key: "canary-key", Purpose: "canary-purpose", Nonce: "canary-nonce"})
	text := w.text()
	if n := w.ends()["answer refused"]; n < 3 {
		t.Fatalf("only %d were refused", n)
	}
	for _, needle := range []string{civil.KnownNumber, "canary", "0000-000000", "operator", "birth\""} {
		if strings.Contains(text, needle) {
			t.Errorf("the figures have %q", needle)
		}
	}
}

// TestConditions: what is not well is in the figures.
func TestConditions(t *testing.T) {
	w := watch(t, anchored)
	ready := func() float64 { return w.families()["chancery_ready"].GetMetric()[0].GetGauge().GetValue() }
	if ready() != 1 {
		t.Error("at the start it is not ready")
	}
	w.clock.Advance(-time.Hour)
	if ready() != 0 || !strings.Contains(w.text(), `chancery_condition{part="clock"} 2`) {
		t.Errorf("with a clock that was set back: %s", w.text())
	}
}

// BenchmarkObserve is what a stage costs more.
func BenchmarkObserve(b *testing.B) {
	m := metrics.New()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			_, end := m.Begin(b.Context(), issuer.StageSource)
			end(issuer.EndDone, issuer.ReasonNone)
		}
	})
}
