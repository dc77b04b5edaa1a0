package deptest

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// TestTags: what a program can do without is in it only with a build tag, and
// then one package imports it.
func TestTags(t *testing.T) {
	without, with := listTagged(t, ""), listTagged(t, "otel,pkcs11")
	for _, rule := range []struct{ library, room string }{
		{"go.opentelemetry.io", "issuer/tracing"},
		{"google.golang.org/grpc", ""}, // which OpenTelemetry brings
		{"github.com/miekg/pkcs11", "issuer/key"},
	} {
		has := func(libraries []string) bool {
			return slices.ContainsFunc(libraries, func(name string) bool { return within(name, rule.library) })
		}
		for path, p := range without {
			if has(p.deps) {
				t.Errorf("%s has %s without a tag", path, rule.library)
			}
		}
		if !has(with["cmd/chancery"].deps) {
			t.Errorf("chancery has no %s with the tags", rule.library)
		}
		for path, p := range with {
			if path != rule.room && has(p.imports) {
				t.Errorf("%s imports %s", path, rule.library)
			}
		}
	}
}

// tagged is a package as it is with tags.
type tagged struct{ imports, deps []string }

// listTagged lists the packages of our own, by their path below the module.
func listTagged(t *testing.T, tags string) map[string]tagged {
	t.Helper()
	command := exec.Command("go", "list", "-tags", tags, "-f", `{{.ImportPath}};{{join .Imports " "}};{{join .Deps " "}}`, "./cmd/...", "./issuer/...")
	command.Dir = root
	out, err := command.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	found := map[string]tagged{}
	for line := range strings.Lines(string(out)) {
		fields := strings.Split(strings.TrimSpace(line), ";")
		found[strings.TrimPrefix(fields[0], module+"/")] = tagged{strings.Fields(fields[1]), strings.Fields(fields[2])}
	}
	return found
}
