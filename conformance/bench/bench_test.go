package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// fakePeers answers each request as reply says.
func fakePeers(t *testing.T, reply func(request) answer) *peers {
	t.Helper()
	requests, in := io.Pipe()
	out, answers := io.Pipe()
	done := make(chan error, 1)
	go func() {
		lines := json.NewDecoder(requests)
		for {
			var r request
			if err := lines.Decode(&r); err != nil {
				done <- answers.Close()
				return
			}
			line, _ := json.Marshal(reply(r))
			_, _ = answers.Write(append(line, '\n'))
		}
	}()
	p := &peers{in: in, out: bufio.NewReader(out), wait: func() error { return <-done }}
	t.Cleanup(p.stop)
	return p
}

func nothing(context.Context) error { return nil }

var quick = settings{rounds: 3, turn: time.Millisecond, warmUp: time.Millisecond}

func TestMeasure(t *testing.T) {
	times := []int64{99, 40, 10, 20} // the first is for warming up
	p := fakePeers(t, func(request) answer {
		next := times[0]
		times = times[1:]
		return answer{Processor: next, Clock: 100 - next}
	})
	slow := func(context.Context) error { time.Sleep(10 * time.Microsecond); return nil }
	r, err := row{ours: slow}.measure(t.Context(), quick, p)
	must(t, err)
	if want := (cost{20, 80}); r.them != want || r.us.clock < 10*time.Microsecond || r.us.clock > time.Second || len(times) != 0 {
		t.Errorf("ours %v, theirs %v, not used %v", r.us, r.them, times)
	}
}

// TestProcessorTime: waiting takes none, working does.
func TestProcessorTime(t *testing.T) {
	idle, err := repeat(t.Context(), time.Millisecond, func(context.Context) error {
		time.Sleep(100 * time.Millisecond)
		return nil
	})
	must(t, err)
	busy, err := repeat(t.Context(), time.Millisecond, func(context.Context) error {
		for until := time.Now().Add(100 * time.Millisecond); time.Now().Before(until); {
		}
		return nil
	})
	must(t, err)
	if idle.clock < 100*time.Millisecond || busy.clock < 100*time.Millisecond || idle.processor >= busy.processor {
		t.Errorf("waiting took %v, working %v", idle, busy)
	}
}

// TestFailure: what fails is no time, on whichever side it fails.
func TestFailure(t *testing.T) {
	refused := errors.New("refused")
	good := fakePeers(t, func(request) answer { return answer{Processor: 1} })
	bad := fakePeers(t, func(request) answer { return answer{Processor: 1, Error: "false"} })
	if _, err := (row{ours: nothing}).measure(t.Context(), quick, bad); !errors.Is(err, errPeer) {
		t.Errorf("theirs: %v", err)
	}
	ours := func(context.Context) error { return refused }
	if _, err := (row{ours: ours}).measure(t.Context(), quick, good); !errors.Is(err, refused) {
		t.Errorf("ours: %v", err)
	}
}

// TestCheck: each side must verify the document and refuse it altered.
func TestCheck(t *testing.T) {
	refuse := func(refused ...string) func(string) error {
		return func(document string) error {
			for _, r := range refused {
				if r == document {
					return errors.New("refused")
				}
			}
			return nil
		}
	}
	for name, c := range map[string]struct {
		ours, theirs func(string) error
		want         string
	}{
		"good":                    {refuse("altered"), refuse("altered"), ""},
		"ours refuses all":        {refuse("document", "altered"), refuse("altered"), "does not verify"},
		"theirs refuses all":      {refuse("altered"), refuse("document", "altered"), "does not verify"},
		"ours refuses nothing":    {refuse(), refuse("altered"), "verifies altered"},
		"theirs refuses nothing":  {refuse("altered"), refuse(), "verifies altered"},
		"neither refuses nothing": {refuse(), refuse(), "verifies altered"},
	} {
		t.Run(name, func(t *testing.T) {
			p := fakePeers(t, func(r request) (a answer) {
				if err := c.theirs(r.Document); err != nil {
					a.Error = err.Error()
				}
				return a
			})
			v := verification{document: []byte("document"), altered: []byte("altered")}
			v.ours = func(_ context.Context, document []byte) error { return c.ours(string(document)) }
			err := v.check(t.Context(), p)
			if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

// TestOurs: what is measured of ours verifies, and does not altered.
func TestOurs(t *testing.T) {
	o, err := newOurs()
	must(t, err)
	k, err := newKeys()
	must(t, err)
	presented, err := newPresentation(k)
	must(t, err)
	all := []verification{presented.verification()}
	for _, s := range k.whole() {
		signed, err := o.sign(t.Context(), s)
		must(t, err)
		all = append(all, o.verification(s, signed))
	}
	for _, s := range k.selective() {
		base, err := o.sign(t.Context(), s)
		must(t, err)
		derived, err := o.derive(t.Context(), base)
		must(t, err)
		if strings.Contains(string(derived), "Reykjavík") {
			t.Errorf("%s discloses what was not chosen", s.suite.Cryptosuite())
		}
		all = append(all, o.verification(s, derived))
	}
	for _, v := range all {
		if err := v.ours(t.Context(), v.document); err != nil {
			t.Errorf("%s: %v", v.name, err)
		}
		if err := v.ours(t.Context(), v.altered); err == nil {
			t.Errorf("%s: it verifies altered", v.name)
		}
	}
}

func TestTable(t *testing.T) {
	var b strings.Builder
	s := settings{rounds: 3, turn: time.Second}
	must(t, table(&b, s, []result{
		{row{name: "short", target: 20}, cost{time.Millisecond, 2 * time.Millisecond}, cost{20 * time.Millisecond, 80 * time.Millisecond}},
		{row{name: "longer name", target: 10}, cost{2 * time.Millisecond, time.Millisecond}, cost{3 * time.Millisecond, 30 * time.Millisecond}},
		{row{name: "none"}, cost{time.Second, time.Second}, cost{time.Millisecond, time.Second}},
	}))
	var got []string
	for line := range strings.Lines(b.String()) {
		got = append(got, strings.Join(strings.Fields(line), " "))
	}
	want := []string{
		"operation ours theirs times as fast by the clock target",
		"short 1.000 ms 20.000 ms 20.0 40.0 20 met",
		"longer name 2.000 ms 3.000 ms 1.5 30.0 10 missed",
		"none 1000.000 ms 1.000 ms 0.0 1.0 -",
	}
	if diff := cmp.Diff(want, got[:len(want)]); diff != "" {
		t.Errorf("want (-) and got (+) differ:\n%s", diff)
	}
}

// TestNothingToMeasureAgainst: who has no Node.js is told so.
func TestNothingToMeasureAgainst(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	_, err := startPeers(t.Context(), settings{folder: "workers"}, io.Discard)
	if err == nil || !strings.Contains(err.Error(), "install Node.js") {
		t.Errorf("got %v", err)
	}
}

// TestSamePeers: the packages have the versions with which the peers of the
// comparisons are pinned.
func TestSamePeers(t *testing.T) {
	versions := func(folder string) map[string]string {
		var p struct{ Dependencies map[string]string }
		data, err := os.ReadFile(filepath.Join(folder, "package.json"))
		must(t, err)
		must(t, json.Unmarshal(data, &p))
		return p.Dependencies
	}
	compared, same := versions("../peers/digitalbazaar"), 0
	for name, version := range versions("workers") {
		other, ok := compared[name]
		if ok && other != version {
			t.Errorf("%s is measured as %s and compared as %s", name, version, other)
		}
		if ok {
			same++
		}
	}
	if same == 0 {
		t.Error("nothing that is measured is compared")
	}
}
