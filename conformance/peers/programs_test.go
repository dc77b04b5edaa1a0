package peers

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chancery-vc/chancery/schemas"
)

// startDigitalbazaar starts the peer that knows all that there is of embedded
// proofs.
func startDigitalbazaar(t testing.TB, contexts *schemas.Contexts) *peer {
	t.Helper()
	return startNode(t, "digitalbazaar", contexts)
}

// startNode starts a peer in JavaScript, and gets its packages first if they
// are not there or not those of the lock file.
func startNode(t testing.TB, folder string, contexts *schemas.Contexts) *peer {
	t.Helper()
	for _, program := range []string{"node", "npm"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("skipped: %s is not installed; a peer in JavaScript needs Node.js 20 or later", program)
		}
	}
	install(t, folder)
	command := exec.Command("node", "peer.js")
	command.Dir = folder
	return start(t, folder, command, contexts)
}

// install keeps a copy of the lock file beside what was installed by it.
func install(t testing.TB, folder string) {
	t.Helper()
	lock, err := os.ReadFile(filepath.Join(folder, "package-lock.json"))
	must(t, err)
	installed := filepath.Join(folder, "node_modules", "installed.json")
	if done, err := os.ReadFile(installed); err == nil && bytes.Equal(done, lock) {
		return
	}
	command := exec.Command("npm", "ci", "--ignore-scripts", "--prefer-offline")
	command.Dir = folder
	if out, err := command.CombinedOutput(); err != nil {
		t.Skipf("skipped: npm cannot get the peer's packages: %v\n%s", err, out)
	}
	must(t, os.WriteFile(installed, lock, 0o600))
}

// startGo starts one of the peers in Go, built in their own module.
func startGo(t testing.TB, name string, contexts *schemas.Contexts, flags ...string) *peer {
	t.Helper()
	program := filepath.Join(t.TempDir(), name)
	command := exec.Command("go", "build", "-o", program, "./"+name)
	command.Dir = "gopeers"
	if out, err := command.CombinedOutput(); err != nil {
		t.Fatalf("build %s: %v\n%s", name, err, out)
	}
	return start(t, strings.Join(append([]string{name}, flags...), " "), exec.Command(program, flags...), contexts)
}
