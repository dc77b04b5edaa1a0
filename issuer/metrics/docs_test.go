package metrics_test

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"
)

// operations is the folder of what operators are given.
var operations = filepath.Join("..", "..", "docs", "operations")

func read(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(operations, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// names finds the metrics that an expression names.
var names = regexp.MustCompile(`\b(?:chancery|go|process)_[a-z_]+`)

// exist fails the test for each metric in an expression that is not there.
func exist(t *testing.T, where, expression string, families []string) (n int) {
	t.Helper()
	for _, name := range names.FindAllString(expression, -1) {
		n++
		if !slices.Contains(families, name) && !slices.Contains(families, strings.TrimSuffix(name, "_bucket")) {
			t.Errorf("%s names %s, which is not there: %s", where, name, expression)
		}
	}
	return n
}

// TestDocumentedMetrics: the page describes each metric of ours, and no other.
func TestDocumentedMetrics(t *testing.T) {
	w := watch(t, anchored)
	var ours []string
	for name := range w.families() {
		if strings.HasPrefix(name, "chancery_") {
			ours = append(ours, name)
		}
	}
	var described []string
	for _, row := range regexp.MustCompile("(?m)^\\| `(chancery_[a-z_]+)` \\|").FindAllStringSubmatch(read(t, "README.md"), -1) {
		described = append(described, row[1])
	}
	slices.Sort(ours)
	slices.Sort(described)
	if diff := cmp.Diff(ours, described); diff != "" {
		t.Error(diff)
	}
}

// TestAlerts: each goes by metrics that are there, and the page says what to do.
func TestAlerts(t *testing.T) {
	var file struct {
		Groups []struct {
			Name  string
			Rules []struct {
				Alert, Expr, For    string
				Labels, Annotations map[string]string
			}
		}
	}
	if err := yaml.UnmarshalWithOptions([]byte(read(t, "alerts.yaml")), &file, yaml.Strict()); err != nil {
		t.Fatal(err)
	}
	families, page, n := slices.Collect(maps.Keys(watch(t, anchored).families())), read(t, "README.md"), 0
	for _, group := range file.Groups {
		for _, rule := range group.Rules {
			n++
			if exist(t, rule.Alert, rule.Expr, families) == 0 && !strings.HasPrefix(rule.Expr, "up{") {
				t.Errorf("%s goes by no metric", rule.Alert)
			}
			if !strings.Contains(page, "\n### "+rule.Alert+"\n") || rule.Annotations["summary"] == "" || !slices.Contains([]string{"page", "ticket"}, rule.Labels["severity"]) {
				t.Errorf("what to do at %s is not said", rule.Alert)
			}
		}
	}
	if n != strings.Count(page, "\n### Chancery") || n < 5 {
		t.Errorf("there are %d alerts", n)
	}
}

// TestDashboard: its panels show metrics that are there.
func TestDashboard(t *testing.T) {
	var dashboard struct {
		Panels []struct {
			Title   string
			Targets []struct{ Expr string }
		}
	}
	if err := json.Unmarshal([]byte(read(t, "dashboard.json")), &dashboard); err != nil {
		t.Fatal(err)
	}
	w := watch(t, anchored)
	families := w.families()
	shown := map[string]bool{}
	for _, panel := range dashboard.Panels {
		for _, target := range panel.Targets {
			if exist(t, panel.Title, target.Expr, slices.Collect(maps.Keys(families))) == 0 {
				t.Errorf("%s shows no metric", panel.Title)
			}
			for _, name := range names.FindAllString(target.Expr, -1) {
				shown[strings.TrimSuffix(name, "_bucket")] = true
			}
		}
	}
	for name := range families {
		if strings.HasPrefix(name, "chancery_") && !shown[name] && name != "chancery_ready" {
			t.Errorf("%s is on no panel", name)
		}
	}
}
