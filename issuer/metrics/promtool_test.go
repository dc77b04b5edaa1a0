package metrics_test

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
)

// promtool runs Prometheus' own tool in the folder of what operators are given.
func promtool(t *testing.T, args ...string) {
	t.Helper()
	if _, err := exec.LookPath("promtool"); err != nil {
		t.Skip("there is no promtool: install prometheus")
	}
	command := exec.CommandContext(t.Context(), "promtool", args...)
	command.Dir = operations
	if out, err := command.CombinedOutput(); err != nil {
		t.Errorf("promtool %v: %v\n%s", args, err, out)
	}
}

// TestAlertsFire: Prometheus takes each alert, and it fires in the cases that
// alerts_test.yaml has of it, and not in the others. There is one of both kinds.
func TestAlertsFire(t *testing.T) {
	type kinds struct{ fires, silent bool }
	var file struct {
		Tests []struct {
			Alerts []struct {
				Name   string `yaml:"alertname"`
				Expect []any  `yaml:"exp_alerts"`
			} `yaml:"alert_rule_test"`
		}
	}
	if err := yaml.Unmarshal([]byte(read(t, "alerts_test.yaml")), &file); err != nil {
		t.Fatal(err)
	}
	tried := map[string]kinds{}
	for _, test := range file.Tests {
		for _, c := range test.Alerts {
			k := tried[c.Name]
			tried[c.Name] = kinds{k.fires || len(c.Expect) > 0, k.silent || len(c.Expect) == 0}
		}
	}
	for _, alert := range regexp.MustCompile(`(?m)^ *- alert: (\w+)$`).FindAllStringSubmatch(read(t, "alerts.yaml"), -1) {
		if tried[alert[1]] != (kinds{true, true}) {
			t.Errorf("alerts_test.yaml has no case in which %s fires, or none in which it does not", alert[1])
		}
		delete(tried, alert[1])
	}
	for name := range tried {
		t.Errorf("alerts_test.yaml has cases of %s, which alerts.yaml has not", name)
	}
	promtool(t, "check", "rules", "alerts.yaml")
	promtool(t, "test", "rules", "alerts_test.yaml")
}

// TestDashboardParses: Prometheus takes each expression of the dashboard.
func TestDashboardParses(t *testing.T) {
	var dashboard struct {
		Panels []struct{ Targets []struct{ Expr string } }
	}
	if err := json.Unmarshal([]byte(read(t, "dashboard.json")), &dashboard); err != nil {
		t.Fatal(err)
	}
	var rules []map[string]string
	for _, panel := range dashboard.Panels {
		for _, target := range panel.Targets {
			expression := strings.ReplaceAll(target.Expr, "$job", "chancery")
			rules = append(rules, map[string]string{"record": fmt.Sprintf("panel:%d", len(rules)), "expr": expression})
		}
	}
	text, err := yaml.Marshal(map[string]any{"groups": []any{map[string]any{"name": "dashboard", "rules": rules}}})
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "dashboard.yaml")
	if err := os.WriteFile(name, text, 0o600); err != nil {
		t.Fatal(err)
	}
	promtool(t, "check", "rules", name)
}
