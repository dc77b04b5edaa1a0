package soak

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// programs runs the program.
type programs struct {
	path  string
	clock *clock
	disk  *disk // nil for that of the machine
}

// build builds the program with a clock that can be moved.
func build(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	path, overlay := filepath.Join(dir, "chancery"), filepath.Join(dir, "overlay.json")
	text, err := json.Marshal(map[string]any{"Replace": movedClock(t, dir)})
	must(t, err)
	must(t, os.WriteFile(overlay, text, 0o600))
	out, err := exec.CommandContext(t.Context(), "go", "build", "-overlay", overlay, "-o", path, "../../cmd/chancery").CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return path
}

// movedClock returns what stands for which file of the program: each that asks
// the machine for the time asks the clock of testdata instead.
func movedClock(t *testing.T, dir string) map[string]string {
	t.Helper()
	folder, err := filepath.Abs("../../cmd/chancery")
	must(t, err)
	sources, err := filepath.Glob(filepath.Join(folder, "*.go"))
	must(t, err)
	added, err := filepath.Abs("testdata/clock.go")
	must(t, err)
	replaced := map[string]string{filepath.Join(folder, "soakclock.go"): added}
	for _, source := range sources {
		text, err := os.ReadFile(source)
		must(t, err)
		if strings.HasSuffix(source, "_test.go") || !bytes.Contains(text, []byte("time.Now")) {
			continue
		}
		text = append(bytes.ReplaceAll(text, []byte("time.Now"), []byte("movedNow")), "\nvar _ time.Duration\n"...)
		replaced[source] = filepath.Join(dir, filepath.Base(source))
		must(t, os.WriteFile(replaced[source], text, 0o600))
	}
	if len(replaced) < 2 {
		t.Fatal("the program does not ask for the time any more")
	}
	return replaced
}

// command is the program with arguments, on its disk and by its clock.
func (p programs) command(args ...string) *exec.Cmd {
	argv := append([]string{p.path}, args...)
	if p.disk != nil {
		argv = append(p.disk.enter(), argv...)
	}
	c := exec.Command(argv[0], argv[1:]...)
	c.Env = append(os.Environ(), "CHANCERY_SOAK_CLOCK="+p.clock.file.Name())
	return c
}

// run returns how a program ended and what it said.
func (p programs) run(args ...string) (code int, said string) {
	c := p.command(args...)
	out, _ := c.CombinedOutput()
	return c.ProcessState.ExitCode(), string(out)
}

// does wants a program to do its work.
func (p programs) does(t *testing.T, args ...string) string {
	t.Helper()
	code, said := p.run(args...)
	if code != 0 {
		t.Fatalf("chancery %s: exit code %d\n%s", strings.Join(args, " "), code, said)
	}
	return said
}
