package peers

import (
	"errors"
	"io"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chancery-vc/chancery/conformance/internal/npm"
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
	err := npm.Install(t.Context(), folder, io.Discard)
	if errors.Is(err, npm.ErrUnavailable) {
		t.Skipf("skipped: %v", err)
	}
	must(t, err)
	command := exec.Command("node", "peer.js")
	command.Dir = folder
	return start(t, folder, command, contexts)
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
