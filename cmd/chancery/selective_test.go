package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/chancery-vc/chancery/internal/scripttest"
)

// TestSelectiveScripts runs the sessions in testdata/selective, which are those
// of everybody who has to do with a credential: the wallet and the verifier are
// the programs themselves.
func TestSelectiveScripts(t *testing.T) {
	bin := t.TempDir()
	build := exec.CommandContext(t.Context(), "go", "build", "-o", bin, "../chancery-wallet", "../chancery-verifier")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	testscript.Run(t, testscript.Params{
		Dir: filepath.Join("testdata", "selective"),
		Setup: func(e *testscript.Env) error {
			e.Setenv("PATH", bin+string(os.PathListSeparator)+e.Getenv("PATH"))
			e.Setenv("CHANCERY_WALLET", filepath.Join(e.WorkDir, "wallet"))
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": scripttest.Exits, "register": register, "mode": mode, "edit": edit, "freeport": scripttest.FreePort,
			"waitfor": waitFor, "fetch": fetch, "post": post, "append": appendTo, "capture": capture, "unlogged": unlogged,
		},
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
	})
}

// capture VARIABLE FILE PATTERN sets a variable to the first group of a pattern
// that a file has.
func capture(ts *testscript.TestScript, _ bool, args []string) {
	pattern, err := regexp.Compile("(?m)" + args[2])
	ts.Check(err)
	match := pattern.FindStringSubmatch(ts.ReadFile(args[1]))
	if match == nil {
		ts.Fatalf("%s does not have %s", args[1], args[2])
	}
	ts.Setenv(args[0], match[1])
}
