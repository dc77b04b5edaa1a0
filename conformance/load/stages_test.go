package load

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/pprof"
	"slices"
	"strings"
	"testing"
	"text/tabwriter"
	"time"
)

// module starts the names of functions that are ours.
const module = "github.com/chancery-vc/chancery/"

// stages are where the time of an answer goes, by the packages and functions
// that they consist of. A stack is of the stage that its innermost known
// function is of.
var stages = []struct {
	name      string
	functions []string
}{
	{"client", []string{module + "conformance/load"}},
	{"log", []string{module + "issuer/issuancelog", module + "issuer/store", module + "verifier/logproof", "go.etcd.io/bbolt"}},
	{"register", []string{module + "issuer/source", "github.com/jackc/pgx"}},
	{"rule", []string{module + "issuer/claims", "cel.dev/cel-go"}},
	{"sign", []string{module + "verifier/statement.Sign"}},
	{"self-verify", []string{module + "verifier/statement.Verify"}},
	{"credential", []string{module + "issuer/mint"}},
	{"status list", []string{module + "issuer/status"}},
	{"pipeline, rest", []string{module + "issuer."}},
	{"http", []string{module + "issuer/issuerhttp", module + "issuer/access", "net/http", "github.com/gin-gonic/gin"}},
}

const elsewhere = "runtime, rest"

// stageOf returns the stage that a stack is of, which has its innermost function
// first. The client is on the stack of all that it waits for.
func stageOf(stack []string) string {
	client := slices.IndexFunc(stack, func(f string) bool { return strings.HasPrefix(f, module+"conformance/load/registertest.(*Client)") })
	if client >= 0 {
		return stages[0].name
	}
	for _, function := range stack {
		for _, s := range stages {
			if slices.ContainsFunc(s.functions, func(f string) bool { return strings.HasPrefix(function, f) }) {
				return s.name
			}
		}
	}
	return elsewhere
}

// BenchmarkStages has facts, and then the mixture, asked over HTTP by 64 callers,
// and prints each stage's share of the time between question and answer, and of
// this process's time of the processors.
func BenchmarkStages(b *testing.B) {
	s := open(b)
	for _, m := range []mix{{"facts", factsOnly}, {"mixed", mixed}} {
		var waited, worked map[string]int // of the last run, as a benchmark has several
		b.Run(m.name, func(b *testing.B) { waited, worked = observe(b, row{m, way{"http", 1, posting(s)}}) })
		if waited != nil { // it may not have been chosen
			must(b, writeStages(os.Stdout, m.name, waited, worked))
		}
	}
}

// observe runs a row and counts where its questions were found, and the
// milliseconds of the processors, by stage.
func observe(b *testing.B, r row) (waited, worked map[string]int) {
	b.Helper()
	file, err := os.Create(filepath.Join(b.TempDir(), "profile"))
	must(b, err)
	must(b, pprof.StartCPUProfile(file))
	stop, sampled := make(chan struct{}), make(chan map[string]int)
	go func() { sampled <- sample(stop) }()
	r.run(b, 64)
	close(stop)
	waited = <-sampled
	pprof.StopCPUProfile()
	must(b, file.Close())
	worked, err = profile(file.Name())
	must(b, err)
	return waited, worked
}

// sampleEvery is how often it is looked where the questions are, which stops
// all of them for a moment.
const sampleEvery = 47 * time.Millisecond

// sample counts, until it is stopped, in which stage the questions are that are
// being answered: at work, or waiting.
func sample(stop <-chan struct{}) map[string]int {
	counts := map[string]int{}
	records := make([]runtime.StackRecord, 4096)
	for {
		select {
		case <-stop:
			return counts
		case <-time.After(sampleEvery):
		}
		n, _ := runtime.GoroutineProfile(records)
		for _, record := range records[:n] {
			if stack := names(record.Stack()); slices.Contains(stack, module+"issuer.(*Issuer).Consult") {
				counts[stageOf(stack)]++
			}
		}
	}
}

func names(stack []uintptr) (names []string) {
	frames := runtime.CallersFrames(stack)
	for {
		frame, more := frames.Next()
		names = append(names, frame.Function)
		if !more {
			return names
		}
	}
}

// profile returns the time of the processors by stage, in milliseconds, of a
// profile.
func profile(path string) (map[string]int, error) {
	out, err := exec.Command("go", "tool", "pprof", "-traces", "-unit", "ms", path).Output()
	if err != nil {
		return nil, fmt.Errorf("go tool pprof: %w", err)
	}
	return traces(out)
}

// traces reads what go tool pprof -traces writes: a line of dashes, and then a
// stack a line each, innermost first, the first of which starts with its time.
func traces(out []byte) (map[string]int, error) {
	counts := map[string]int{}
	_, out, _ = bytes.Cut(out, []byte("-----------+")) // the head
	for trace := range bytes.SplitSeq(out, []byte("-----------+")) {
		_, body, _ := strings.Cut(string(trace), "\n")
		value, _, found := strings.Cut(strings.TrimSpace(body), " ")
		if !found {
			continue
		}
		var ms int
		if _, err := fmt.Sscanf(value, "%dms", &ms); err != nil {
			return nil, fmt.Errorf("a trace starts with %.40q: %w", value, err)
		}
		var stack []string
		for line := range strings.Lines(strings.TrimSpace(body)[len(value):]) {
			stack = append(stack, strings.TrimSpace(line))
		}
		if !slices.Contains(stack, module+"conformance/load.sample") { // which costs more than a client
			counts[stageOf(stack)] += ms
		}
	}
	return counts, nil
}

func writeStages(out io.Writer, what string, waited, worked map[string]int) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(w, "\n%s\tof the time of an answer\tof the processors' time here\t\n", what)
	whole := func(counts map[string]int) (sum int) {
		for n := range maps.Values(counts) {
			sum += n
		}
		return max(sum, 1)
	}
	order := make([]string, 0, len(stages)+1)
	for _, s := range stages {
		order = append(order, s.name)
	}
	for _, name := range append(order, elsewhere) {
		fmt.Fprintf(w, "%s\t%.1f %%\t%.1f %%\t\n", name, 100*float64(waited[name])/float64(whole(waited)), 100*float64(worked[name])/float64(whole(worked)))
	}
	return w.Flush()
}

func TestStageOf(t *testing.T) {
	for want, stack := range map[string][]string{
		"client":        {"syscall.Write", "net/http.ReadResponse", module + "conformance/load/registertest.(*Client).Post", module + "conformance/load.posting.func1"},
		"log":           {"runtime.gopark", "go.etcd.io/bbolt.(*DB).Batch", module + "issuer/store.(*Store).Update", module + "issuer.(*Issuer).release"},
		"register":      {"runtime.memmove", module + "issuer/source/postgres.(*Source).Lookup", module + "issuer.(*Issuer).answerFact"},
		"self-verify":   {"crypto/ed25519.Verify", module + "verifier/statement.Verify", module + "issuer.(*Issuer).sign"},
		"rule":          {"cel.dev/cel-go/interpreter.(*evalOr).Eval", module + "issuer/claims.(*Rule).Evaluate", module + "issuer.(*Issuer).answerFact"},
		"http":          {"encoding/json.Marshal", module + "issuer/issuerhttp.writeJSON", "net/http.(*conn).serve"},
		"runtime, rest": {"runtime.gcDrain", "runtime.gcBgMarkWorker"},
	} {
		if got := stageOf(stack); got != want {
			t.Errorf("%v: got %s, want %s", stack, got, want)
		}
	}
}

func TestTraces(t *testing.T) {
	const out = `File: load.test
Type: cpu
-----------+-------------------------------------------------------
      20ms   runtime.memmove
             github.com/chancery-vc/chancery/issuer/store.(*Store).Update
             github.com/chancery-vc/chancery/issuer.(*Issuer).Consult
-----------+-------------------------------------------------------
      10ms   runtime.gcDrain
-----------+-------------------------------------------------------
      90ms   runtime.CallersFrames
             github.com/chancery-vc/chancery/conformance/load.sample
-----------+-------------------------------------------------------
      30ms   go.etcd.io/bbolt.(*Tx).Commit
-----------+-------------------------------------------------------
`
	got, err := traces([]byte(out))
	if err != nil || !maps.Equal(got, map[string]int{"log": 50, elsewhere: 10}) {
		t.Errorf("got %v, %v", got, err)
	}
	if _, err := traces([]byte("-----------+--\n  soon   runtime.main\n")); err == nil {
		t.Error("a trace without a time was read")
	}
}
