package kubernetes

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// reader builds the program that reads manifests.
func reader(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "strict")
	if out, err := inStrict("list", "-deps", ".").CombinedOutput(); err != nil {
		t.Skipf("Kubernetes' modules cannot be had: %v: %s", err, out)
	}
	if out, err := inStrict("build", "-o", path, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return path
}

func inStrict(args ...string) *exec.Cmd {
	command := exec.Command("go", args...)
	command.Dir = "strict"
	return command
}

// read returns what the reader says of manifests.
func read(reader, manifests string) (string, error) {
	command := exec.Command(reader)
	command.Stdin = strings.NewReader(manifests)
	out, err := command.CombinedOutput()
	return string(out), err
}

func TestManifests(t *testing.T) {
	reader := reader(t)
	data, err := os.ReadFile("../../docs/operations/kubernetes.yaml")
	if err != nil {
		t.Fatal(err)
	}
	good := string(data)
	kinds, err := read(reader, good)
	if want := "ServiceAccount\nConfigMap\nService\nStatefulSet\nNetworkPolicy\n"; err != nil || kinds != want {
		t.Errorf("%v: %s", err, kinds)
	}
	for name, edit := range map[string]struct{ old, with, says string }{
		"a member of no kind": {"readOnlyRootFilesystem:", "readOnlyRootFileSystem:", `unknown field "spec.template.spec.containers[0].securityContext.readOnlyRootFileSystem"`},
		"at another's place":  {"  serviceName: chancery", "  serviceName: chancery\n  hostNetwork: false", `unknown field "spec.hostNetwork"`},
		"another type":        {"runAsNonRoot: true", "runAsNonRoot: 1", "runAsNonRoot"},
		"twice":               {"  replicas: 1", "  replicas: 1\n  replicas: 3", `"replicas" already set`},
		"no such kind":        {"kind: StatefulSet", "kind: StatefulSets", `no kind "StatefulSets"`},
		"no such version":     {"apiVersion: apps/v1", "apiVersion: apps/v1beta9", "apps/v1beta9"},
	} {
		bad := strings.Replace(good, edit.old, edit.with, 1)
		if said, err := read(reader, bad); bad == good || err == nil || !strings.Contains(said, edit.says) {
			t.Errorf("%s: %v: %s", name, err, said)
		}
	}
}
