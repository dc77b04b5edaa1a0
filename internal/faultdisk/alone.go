//go:build linux && (amd64 || arm64)

package faultdisk

import (
	"fmt"
	"os"
	"os/exec"
	"testing"
)

const envAlone = "CHANCERY_TEST_ALONE"

// Alone returns a supervisor if t is in a process of its own. Otherwise it runs
// t in one, with t's result, and returns nil.
func Alone(t *testing.T) *Supervisor {
	t.Helper()
	if os.Getenv(envAlone) != "" {
		s, err := Supervise()
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	child := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v", fmt.Sprint("-test.short=", testing.Short()))
	// A signal that the Go runtime sends to its threads would ask twice.
	child.Env = append(os.Environ(), envAlone+"=1", "GODEBUG=asyncpreemptoff=1")
	out, err := child.CombinedOutput()
	if err != nil {
		t.Errorf("in a process of its own: %v\n%s", err, out)
	} else {
		t.Logf("in a process of its own:\n%s", out)
	}
	return nil
}
