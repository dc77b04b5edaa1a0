package main

import (
	"errors"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/chancery-vc/chancery/internal/scripttest"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"chancery-verifier": main})
}

// TestScripts runs the sessions in testdata/script, each in a folder with the
// material of fixtures_test.go.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:   "testdata/script",
		Setup: func(env *testscript.Env) error { return setup(t, env) },
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": scripttest.Exits, "freeport": scripttest.FreePort, "request": request,
		},
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
	})
}

// TestNetworkIsRefused shows that not even what is linked in can reach one.
func TestNetworkIsRefused(t *testing.T) {
	transport, client := http.DefaultTransport, http.DefaultClient
	t.Cleanup(func() { http.DefaultTransport, http.DefaultClient = transport, client })
	refuseNetwork()
	for name, c := range map[string]*http.Client{"default client": http.DefaultClient, "new client": {}} {
		response, err := c.Get("http://127.0.0.1:1/")
		if !errors.Is(err, errOffline) {
			t.Errorf("%s: got %v, %v", name, response, err)
		}
	}
}

// TestDependencies keeps databases and the issuer out: a verifier is what
// strangers run on untrusted input, so that it has to stay small.
func TestDependencies(t *testing.T) {
	out, err := exec.CommandContext(t.Context(), "go", "list", "-deps", ".").Output()
	if err != nil {
		t.Fatal(err)
	}
	deps := strings.Fields(string(out))
	if len(deps) < 100 {
		t.Fatalf("only %d dependencies: the list cannot be right", len(deps))
	}
	for _, dep := range deps {
		for _, banned := range []string{
			"go.etcd.io/bbolt", "database/sql", "modernc.org/sqlite",
			"github.com/chancery-vc/chancery/issuer", "github.com/chancery-vc/chancery/wallet",
		} {
			if strings.HasPrefix(dep, banned) {
				t.Errorf("%s is linked in", dep)
			}
		}
	}
}

// TestHelpHasExamples wants an example in the help of each command.
func TestHelpHasExamples(t *testing.T) {
	for _, args := range [][]string{{"--help"}, {"verify", "--help"}, {"serve", "--help"}, {"bundle", "show", "--help"}} {
		var out strings.Builder
		if code := run(t.Context(), args, streams{nil, &out, io.Discard}); code != exitAccepted {
			t.Errorf("%v: exit code %d", args, code)
		}
		if !strings.Contains(out.String(), "    chancery-verifier ") {
			t.Errorf("%v: no example in\n%s", args, out.String())
		}
	}
}

func TestProgressOnlyOnTerminals(t *testing.T) {
	file, err := os.Create(t.TempDir() + "/log")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	bar := progress(2, file)
	for range 2 {
		if err := bar.Add(1); err != nil {
			t.Fatal(err)
		}
	}
	if info, err := file.Stat(); err != nil || info.Size() != 0 {
		t.Errorf("wrote %d bytes to a file, %v", info.Size(), err)
	}
}
