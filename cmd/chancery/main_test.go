package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/alecthomas/kong"
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/chancery-vc/chancery/examples/births/civil"
	"github.com/chancery-vc/chancery/internal/postgrestest"
	"github.com/chancery-vc/chancery/internal/scripttest"
)

func TestMain(m *testing.M) {
	testscript.Main(stopping{m}, map[string]func(){"chancery": main})
}

// server is the PostgreSQL server of the sessions that need one.
var server postgrestest.Server

// stopping are all tests, and the end of the server.
type stopping struct{ *testing.M }

func (s stopping) Run() int {
	defer server.Stop()
	return s.M.Run()
}

// TestPostgresScripts runs the sessions in testdata/postgres, with a server.
func TestPostgresScripts(t *testing.T) {
	server.Start(t)
	runScripts(t, "postgres")
}

// TestScripts runs the sessions in testdata/script, with the commands of
// script_test.go beside the program.
func TestScripts(t *testing.T) {
	runScripts(t, "script")
}

func runScripts(t *testing.T, folder string) {
	testscript.Run(t, testscript.Params{
		Dir: filepath.Join("testdata", folder),
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": scripttest.Exits, "register": register, "sql": sql, "mode": mode, "edit": edit, "credential": credentialID, "publickey": publicKey, "method": method,
			"alter": alter, "samestart": sameStart, "cut": cut, "hold": hold, "freeport": scripttest.FreePort, "waitfor": waitFor, "fetch": fetch, "post": post,
			"postgres": postgres, "psql": psql, "append": appendTo, "fromfile": fromFile,
		},
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
	})
}

// call runs the program in this process.
func call(ctx context.Context, args ...string) (code int, out, errors string) {
	var o, e bytes.Buffer
	code = run(ctx, args, streams{strings.NewReader(""), &o, &e})
	return code, o.String(), e.String()
}

// TestHelp: every command says what it is for, with an example.
func TestHelp(t *testing.T) {
	parser, err := kong.New(&cli{}, kong.BindTo(t.Context(), (*context.Context)(nil)))
	if err != nil {
		t.Fatal(err)
	}
	var walk func(node *kong.Node, path []string) int
	walk = func(node *kong.Node, path []string) int {
		code, out, errors := call(t.Context(), append(path, "--help")...)
		if code != exitDone || errors != "" || !strings.Contains(out, "Example") || !strings.Contains(out, "chancery "+strings.Join(path, " ")) {
			t.Errorf("chancery %s --help: exit code %d\n%s%s", strings.Join(path, " "), code, out, errors)
		}
		commands := 1
		for _, child := range node.Children {
			commands += walk(child, append(path[:len(path):len(path)], child.Name))
		}
		return commands
	}
	if n := walk(parser.Model.Node, nil); n < 14 {
		t.Errorf("only %d commands", n)
	}
}

func TestUsage(t *testing.T) {
	for _, args := range [][]string{
		{},
		{"unknown"},
		{"offer"},
		{"offer", "--profile", "birth"},
		{"issue", "--profile", "birth", "--out", "x"},
		{"check", "--unknown"},
		{"check", "extra"},
		{"source", "import", "x.csv"},
		{"status"},
		{"log"},
	} {
		code, out, errors := call(t.Context(), args...)
		if code != exitFailed || out != "" || !strings.Contains(errors, "chancery --help") {
			t.Errorf("%v: exit code %d\n%s%s", args, code, out, errors)
		}
	}
}

// TestIssueInterrupted: stopped in the middle, it says how to go on, and goes
// on.
func TestIssueInterrupted(t *testing.T) {
	const rows = 400
	folder := t.TempDir()
	if code, _, errors := call(t.Context(), "init", folder, "--url", "https://registry.example"); code != exitDone {
		t.Fatal(errors)
	}
	if err := civil.Write(t.Context(), filepath.Join(folder, "births.db"), rows, 1); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(folder, "out")
	issue := []string{"issue", "--config", filepath.Join(folder, configFile), "--profile", "birth", "--all", "--out", out}
	ctx, stop := context.WithCancel(t.Context())
	go func() {
		defer stop()
		for ctx.Err() == nil {
			if entries, err := os.ReadDir(out); err == nil && len(entries) > 20 {
				return
			}
			time.Sleep(time.Millisecond)
		}
	}()
	code, _, errors := call(ctx, issue...)
	if code != exitFailed || !strings.Contains(errors, "Run the same command again to go on") {
		t.Errorf("stopped: exit code %d, %s", code, errors)
	}
	code, said, errors := call(t.Context(), issue...)
	if code != exitDone || !strings.Contains(said, "400 credentials in ") {
		t.Errorf("again: exit code %d, %s%s", code, said, errors)
	}
}
