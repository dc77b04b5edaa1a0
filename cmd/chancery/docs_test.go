package main

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/chancery-vc/chancery/internal/scripttest"
	"github.com/chancery-vc/chancery/issuer"
	"github.com/chancery-vc/chancery/issuer/config"
	"github.com/chancery-vc/chancery/verifier"
	"github.com/chancery-vc/chancery/verifier/bundle"
	"github.com/chancery-vc/chancery/verifier/did"
	"github.com/chancery-vc/chancery/verifier/statement"
)

// relyingPartyPage says how to ask a registry.
var relyingPartyPage = filepath.Join("..", "..", "docs", "relying-party.md")

// TestDocumented runs what the manuals tell people to type, with the programs
// themselves, by the sessions in testdata/docs.
func TestDocumented(t *testing.T) {
	bin := t.TempDir()
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", bin, "../chancery-verifier").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	page, err := filepath.Abs(relyingPartyPage)
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir: filepath.Join("testdata", "docs"),
		Setup: func(e *testscript.Env) error {
			e.Setenv("PATH", bin+string(os.PathListSeparator)+e.Getenv("PATH"))
			e.Setenv("PAGE", page)
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": scripttest.Exits, "register": register, "sql": sql, "freeport": scripttest.FreePort, "waitfor": waitFor, "fetch": fetch,
			"capture": capture, "commands": commands, "judge": judge,
		},
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
	})
}

// blocks returns what is between fences of a language in the section of a page
// that a heading of the second level begins.
func blocks(page, heading, language string) (blocks []string) {
	_, section, _ := strings.Cut(page, "\n## "+heading+"\n")
	section, _, _ = strings.Cut(section, "\n## ")
	for _, match := range regexp.MustCompile("(?s)```"+language+"\n(.*?)```").FindAllStringSubmatch(section, -1) {
		blocks = append(blocks, match[1])
	}
	return blocks
}

// commands PAGE HEADING FILE writes the commands in a section of a page to a
// file.
func commands(ts *testscript.TestScript, _ bool, args []string) {
	all := blocks(ts.ReadFile(args[0]), args[1], "sh")
	if len(all) == 0 {
		ts.Fatalf("%s has no commands under %q", args[0], args[1])
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[2]), []byte(strings.Join(all, "")), 0o600))
}

// answered returns what a registry answered to a question with nonce, by the
// example in docs/relying-party.md.
func answered(ctx context.Context, answer []byte, issuer, nonce string, registry *bundle.Bundle) (any, error) {
	report, err := verifier.Verify(ctx, answer, verifier.Policy{
		Now:        time.Now(),
		Issuer:     verifier.Expect(issuer),
		Domain:     verifier.Expect("school"), // made for us
		Challenge:  verifier.Expect(nonce),    // in answer to this question
		Status:     verifier.Ignore[string](), // nothing revokes a statement
		Freshness:  verifier.Expect(24 * time.Hour),
		LogReceipt: verifier.Ignore[string](),
		Bundles:    []*bundle.Bundle{registry},
	})
	if err != nil {
		return nil, err
	}
	v := report.Verified()
	if v == nil {
		return nil, errors.New(report.Reason())
	}
	return v.Subjects()[0]["value"], nil // of a fact; "state" of a status
}

// TestExampleInGo: the example in the manual is the function above.
func TestExampleInGo(t *testing.T) {
	page, err := os.ReadFile(relyingPartyPage)
	if err != nil {
		t.Fatal(err)
	}
	source, err := os.ReadFile("docs_test.go")
	if err != nil {
		t.Fatal(err)
	}
	examples := blocks(string(page), "Asking a registry", "go")
	if len(examples) != 1 {
		t.Fatalf("%d examples", len(examples))
	}
	indented := regexp.MustCompile(`(?m)^(.)`).ReplaceAllString(examples[0], "\t$1")
	if !strings.Contains(string(source), "\n"+indented+"}\n") {
		t.Errorf("the manual has another example than is tested:\n%s", examples[0])
	}
}

// judge STATEMENT BUNDLE KEY ISSUER wants the example in Go to take a statement
// of a fact as the answer "no" to the question that it was, and to no other.
func judge(ts *testscript.TestScript, _ bool, args []string) {
	answer := []byte(strings.TrimSpace(ts.ReadFile(args[0])))
	key, err := did.KeyFrom(args[2])
	ts.Check(err)
	registry, err := bundle.Open([]byte(ts.ReadFile(args[1])), key)
	ts.Check(err)
	said, err := statement.Peek(answer)
	ts.Check(err)
	value, err := answered(context.Background(), answer, args[3], said.Statement.Nonce, registry)
	if err != nil || value != false {
		ts.Fatalf("got %v, %v", value, err)
	}
	if value, err := answered(context.Background(), answer, args[3], "another", registry); err == nil {
		ts.Fatalf("it is taken for the answer to another question: %v", value)
	}
}

// TestManualConfiguration: what the operator's manual says of facts, statuses,
// relying parties and scopes is one configuration that can be used.
func TestManualConfiguration(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "operator.md"))
	if err != nil {
		t.Fatal(err)
	}
	text, err := config.Template(config.Start{URL: "https://registry.example", Listen: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	for heading, first := range map[string]string{
		"Facts": "facts:", "Statuses": "statuses:", "Relying parties": "purposes:", "What is proven of your sources": "scope:",
		"More than one node": "replica:",
	} {
		all := blocks(string(page), heading, "yaml")
		if len(all) == 0 || !strings.HasPrefix(all[0], first) {
			t.Fatalf("under %q there is no block that begins with %s", heading, first)
		}
		text += all[0]
	}
	text = strings.Replace(text, "token_sha256: 9b3c… ", "token_sha256: "+strings.Repeat("9b", 32)+" ", 1)
	c, err := config.Parse([]byte(text), "")
	if err != nil {
		t.Fatal(err)
	}
	traces, err := issuer.Describe(c)
	if err != nil {
		t.Fatal(err)
	}
	asked := 0
	for _, trace := range traces {
		if slices.ContainsFunc(trace.Callers, func(p issuer.Permission) bool { return p.Caller == "consult:school" }) {
			asked++
		}
	}
	if len(traces) != 4 || asked != 4 {
		t.Errorf("the school may ask for %d of %d", asked, len(traces))
	}
}
