package monitor_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/chancery-vc/chancery/internal/credtest"
	"github.com/chancery-vc/chancery/verifier/logproof"
	"github.com/chancery-vc/chancery/verifier/monitor"
)

const origin = "registry.example/log"

// start is when the first round of a test is.
var start = time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)

// history is what a log wrote: its commitments, and the nodes of its tree.
type history struct {
	commitments []logproof.Hash
	nodes       []tlog.Hash
}

// written returns a history of n records, of which those from number fork on
// are others for each name.
func written(t testing.TB, n, fork int, name string) *history {
	t.Helper()
	h := &history{}
	for i := range n {
		content := strconv.Itoa(i)
		if i >= fork {
			content += name
		}
		commitment := logproof.HashOf([]byte(content))
		hashes, err := tlog.StoredHashesForRecordHash(int64(i), tlog.Hash(logproof.LeafHash(commitment)), h)
		if err != nil {
			t.Fatal(err)
		}
		h.commitments, h.nodes = append(h.commitments, commitment), append(h.nodes, hashes...)
	}
	return h
}

func (h *history) ReadHashes(indices []int64) (hashes []tlog.Hash, err error) {
	for _, index := range indices {
		hashes = append(hashes, h.nodes[index])
	}
	return hashes, nil
}

// checkpoint returns the checkpoint of the first n records, signed with the key
// of a name.
func (h *history) checkpoint(t testing.TB, n int, key string) []byte {
	t.Helper()
	root, err := tlog.TreeHash(int64(n), h)
	if err != nil {
		t.Fatal(err)
	}
	c := logproof.Checkpoint{Origin: origin, Size: uint64(n), Root: logproof.Hash(root)}
	if n > 0 {
		c.Head = h.commitments[n-1]
	}
	note, err := c.Sign(credtest.Key(key))
	if err != nil {
		t.Fatal(err)
	}
	return note
}

// server is a place that serves files, each of which a test may replace.
type server struct {
	files map[string][]byte
	asked int
	fail  error // for every file, if not nil
}

// serve shows the first n records of h.
func (s *server) serve(t testing.TB, h *history, n int) {
	t.Helper()
	s.files = map[string][]byte{"checkpoint": h.checkpoint(t, n, "log")}
	for level := 0; n>>(8*level) > 0; level++ {
		for index := range n >> (8 * level) {
			tile := logproof.TileAt(level, uint64(index), uint64(n))
			hash := h.nodes[tlog.StoredHashIndex(8*level, int64(index))]
			s.files[tile.Path()] = append(s.files[tile.Path()], hash[:]...)
			if level == 0 {
				s.files[tile.EntriesPath()] = logproof.AppendEntry(s.files[tile.EntriesPath()], h.commitments[index])
			}
		}
	}
}

func (s *server) fetch(_ context.Context, path string, most int) ([]byte, error) {
	s.asked++
	if s.fail != nil {
		return nil, s.fail
	}
	data, ok := s.files[path]
	if !ok {
		return nil, fmt.Errorf("%s: %w", path, fs.ErrNotExist)
	}
	if len(data) > most {
		return nil, errors.New("too large")
	}
	return data, nil
}

// watch is a monitor in a test.
type watch struct {
	*testing.T
	log, also *server
	options   monitor.Options
	path      string
	now       time.Time
}

func newWatch(t *testing.T) *watch {
	w := &watch{T: t, log: &server{}, also: &server{}, path: filepath.Join(t.TempDir(), "state"), now: start}
	w.options = monitor.Options{
		Log: monitor.Place{Name: "log", Fetch: w.log.fetch}, Key: credtest.Key("log").Public(), StaleAfter: 24 * time.Hour,
		Now: func() time.Time { return w.now },
	}
	return w
}

// round is one of a monitor that is started anew for it.
func (w *watch) round() *monitor.Result {
	w.Helper()
	state, err := monitor.Read(w.path)
	if err != nil {
		w.Fatal(err)
	}
	result, err := monitor.Round(w.Context(), w.options, state)
	if err != nil {
		w.Fatal(err)
	}
	if err := state.Write(w.path); err != nil {
		w.Fatal(err)
	}
	return result
}

// want wants a round to find the log with so many records, and alarms of these
// kinds, each with the two checkpoints if it is proof.
func (w *watch) want(size, entries int, kinds ...monitor.Kind) *monitor.Result {
	w.Helper()
	r := w.round()
	var found []monitor.Kind
	for _, a := range r.Alarms {
		found = append(found, a.Kind)
		for _, note := range []string{a.Seen, a.Found} {
			if _, err := logproof.OpenCheckpoint([]byte(note), w.options.Key); (err == nil) != a.Proof() {
				w.Errorf("%s: the evidence %q: %v", a.Kind, note, err)
			}
		}
	}
	if diff := cmp.Diff(kinds, found); diff != "" || r.Size != uint64(size) || r.Entries != uint64(entries) {
		w.Errorf("%d records, %d entries, %+v, want %d, %d, %v", r.Size, r.Entries, r.Alarms, size, entries, kinds)
	}
	return r
}

func TestHonestLog(t *testing.T) {
	w, h := newWatch(t), written(t, 1000, 1000, "")
	for _, n := range []int{0, 1, 1, 2, 255, 256, 257, 300, 1000} {
		w.log.serve(t, h, n)
		w.want(n, n)
		w.now = w.now.Add(time.Hour)
	}
	w.log.asked = 0
	w.want(1000, 1000)
	if w.log.asked != 1 {
		t.Errorf("nothing is new, and %d files were asked for", w.log.asked)
	}
}

func TestRolledBack(t *testing.T) {
	w, h := newWatch(t), written(t, 300, 300, "")
	w.log.serve(t, h, 300)
	w.want(300, 300)
	w.log.serve(t, h, 299)
	w.want(300, 300, monitor.RolledBack)
	w.log.serve(t, h, 0)
	w.want(300, 300, monitor.RolledBack)
	w.log.serve(t, h, 300)
	w.want(300, 300)
}

func TestForked(t *testing.T) {
	for _, fork := range []int{0, 1, 255, 256, 299} {
		w, h, other := newWatch(t), written(t, 300, 300, ""), written(t, 600, fork, "forked")
		w.log.serve(t, h, 300)
		w.want(300, 300)
		for _, n := range []int{300, 301, 512, 600} {
			w.log.serve(t, other, n)
			w.want(300, 300, monitor.Forked)
		}
	}
	w, h := newWatch(t), written(t, 300, 300, "")
	w.log.serve(t, h, 300)
	w.want(300, 300)
	c, err := logproof.OpenCheckpoint(w.log.files["checkpoint"], w.options.Key)
	if err != nil {
		t.Fatal(err)
	}
	c.Head = logproof.HashOf([]byte("another record"))
	if w.log.files["checkpoint"], err = c.Sign(credtest.Key("log")); err != nil {
		t.Fatal(err)
	}
	w.want(300, 300, monitor.Forked)
}

// TestAlteredFiles: each file that a checkpoint promises is missed, and each
// altered byte of one is found, at first sight and when the log goes on.
func TestAlteredFiles(t *testing.T) {
	h := written(t, 600, 600, "")
	var full server
	full.serve(t, h, 600)
	for path, data := range full.files {
		if path == "checkpoint" {
			continue
		}
		w := newWatch(t)
		w.log.serve(t, h, 600)
		for _, at := range []int{0, len(data) / 2, len(data) - 1} {
			altered := bytes.Clone(data)
			altered[at] ^= 1
			w.log.files[path] = altered
			if r := w.round(); len(r.Alarms) != 1 || r.Alarms[0].Kind != monitor.NotServed || r.Entries == 600 {
				t.Errorf("%s, byte %d: %+v", path, at, r)
			}
		}
		for name, other := range map[string][]byte{"cut": data[:len(data)-1], "longer": append(bytes.Clone(data), 0), "empty": {}, "missing": nil} {
			if w.log.files[path] = other; other == nil {
				delete(w.log.files, path)
			}
			tooMuch := name == "longer" // which may be more than is read
			if r := w.round(); len(r.Alarms) != 1 || r.Alarms[0].Kind != monitor.NotServed && !tooMuch || r.Entries == 600 {
				t.Errorf("%s, %s: %+v", path, name, r)
			}
		}
		w.log.files[path] = data
		w.want(600, 600)
	}
}

func TestUnreachable(t *testing.T) {
	w, h := newWatch(t), written(t, 300, 300, "")
	w.log.fail = errors.New("no route to host")
	w.want(0, 0, monitor.Unreachable)
	if _, err := os.Stat(w.path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("what was never seen was kept: %v", err)
	}
	w.log.fail = nil
	w.log.serve(t, h, 200)
	w.want(200, 200)
	w.log.fail = errors.New("no route to host")
	w.want(200, 200, monitor.Unreachable)
	w.now = start.Add(25 * time.Hour)
	w.want(200, 200, monitor.Unreachable, monitor.Stale)
	w.log.fail = nil
	w.log.files["checkpoint"] = bytes.Repeat([]byte("x"), logproof.MaxCheckpointBytes+1)
	w.want(200, 200, monitor.Unreachable, monitor.Stale)
	w.log.serve(t, h, 300)
	w.want(300, 300)
}

// TestSlow: a log whose tiles do not come holds up a round for as long as it may
// last, and no comparison with others.
func TestSlow(t *testing.T) {
	w, h := newWatch(t), written(t, 300, 300, "")
	w.log.serve(t, h, 300)
	w.also.serve(t, written(t, 300, 280, "forked"), 300)
	w.options.Also = []monitor.Place{{Name: "also", Fetch: w.also.fetch}}
	ctx, cancel := context.WithCancel(t.Context())
	w.options.Log.Fetch = func(inner context.Context, path string, most int) ([]byte, error) {
		if path == "checkpoint" {
			return w.log.fetch(inner, path, most)
		}
		cancel() // as the end of its time would
		<-inner.Done()
		return nil, inner.Err()
	}
	r, err := monitor.Round(ctx, w.options, &monitor.State{})
	if err != nil || len(r.Alarms) != 2 || r.Alarms[0].Kind != monitor.SplitView || r.Alarms[1].Kind != monitor.Unreachable || r.Entries != 0 {
		t.Errorf("got %+v, %v", r, err)
	}
}

func TestNotSigned(t *testing.T) {
	w, h := newWatch(t), written(t, 3, 3, "")
	for name, checkpoint := range map[string][]byte{"another key": h.checkpoint(t, 3, "another"), "a page": []byte("<html>"), "nothing": {}} {
		w.log.files = map[string][]byte{"checkpoint": checkpoint}
		t.Log(name)
		w.want(0, 0, monitor.NotSigned)
	}
	w.options.Origin = "elsewhere.example/log"
	w.log.serve(t, h, 3)
	w.want(0, 0, monitor.NotSigned)
	w.options.Origin = origin
	w.want(3, 3)
	for name, change := range map[string]func(*monitor.Options){
		"another key": func(o *monitor.Options) { o.Key = credtest.Key("another").Public() },
		"another log": func(o *monitor.Options) { o.Origin = "elsewhere.example/log" },
	} {
		state, err := monitor.Read(w.path)
		if err != nil {
			t.Fatal(err)
		}
		o := w.options
		change(&o)
		if r, err := monitor.Round(t.Context(), o, state); !errors.Is(err, monitor.ErrState) {
			t.Errorf("the state of %s: %+v, %v", name, r, err)
		}
	}
}

func TestStale(t *testing.T) {
	w, h := newWatch(t), written(t, 3, 3, "")
	w.log.serve(t, h, 2)
	w.want(2, 2)
	w.now = start.Add(24 * time.Hour)
	w.want(2, 2)
	w.now = w.now.Add(time.Second)
	w.want(2, 2, monitor.Stale)
	w.log.serve(t, h, 3)
	w.want(3, 3)
}

// cosign adds to what the log shows the cosignature of a witness.
func (w *watch) cosign(name string, at time.Time) logproof.Witness {
	w.Helper()
	one, err := logproof.NewWitness(name, credtest.Key(name).Public())
	if err != nil {
		w.Fatal(err)
	}
	line, err := one.Cosign(w.log.files["checkpoint"], credtest.Key(name), at)
	if err != nil {
		w.Fatal(err)
	}
	w.log.files["checkpoint"] = append(w.log.files["checkpoint"], line...)
	return one
}

// TestCosigned: a checkpoint that witnesses do not vouch for is not believed,
// and one that they vouched for long ago is stale at first sight.
func TestCosigned(t *testing.T) {
	w, h := newWatch(t), written(t, 4, 4, "")
	w.log.serve(t, h, 2)
	one := w.cosign("witness", start.Add(-time.Hour))
	var err error
	if w.options.Witnesses, err = logproof.NewWitnesses(1, one); err != nil {
		t.Fatal(err)
	}
	w.want(2, 2)
	w.log.serve(t, h, 3)
	w.want(2, 2, monitor.NotCosigned)
	w.cosign("another", start)
	w.want(2, 2, monitor.NotCosigned)
	w.cosign("witness", start)
	w.want(3, 3)
	w.log.serve(t, h, 4)
	w.cosign("witness", start.Add(-25*time.Hour))
	w.want(4, 4, monitor.Stale)
	w.log.serve(t, h, 4)
	w.cosign("witness", start.Add(time.Hour)) // ahead of this clock
	w.want(4, 4)
	w.now = start.Add(25*time.Hour + time.Second)
	w.want(4, 4, monitor.Stale)
	w.log.serve(t, written(t, 4, 0, "forked"), 4)
	w.want(4, 4, monitor.Forked, monitor.Stale)
}

func TestSplitView(t *testing.T) {
	h, other := written(t, 600, 600, ""), written(t, 600, 280, "forked")
	for _, c := range []struct {
		name        string
		log, also   int
		alsoHistory *history
		withTiles   bool
		want        []monitor.Kind
	}{
		{"the same", 300, 300, h, true, nil},
		{"it lags", 300, 200, h, true, nil},
		{"it lags, a file", 300, 200, h, false, nil},
		{"it has none", 300, 0, h, false, nil},
		{"it is ahead", 300, 400, h, true, nil},
		{"it is ahead, a file", 300, 400, h, false, nil},
		{"of the same size", 300, 300, other, false, []monitor.Kind{monitor.SplitView}},
		{"shorter", 300, 290, other, false, []monitor.Kind{monitor.SplitView}},
		{"longer", 300, 600, other, true, []monitor.Kind{monitor.SplitView}},
		{"longer, a file", 300, 600, other, false, nil}, // which shows only once the log is as long
		{"later, the file of before", 600, 600, other, false, []monitor.Kind{monitor.SplitView}},
		{"before they part", 300, 280, other, true, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWatch(t)
			w.options.Also = []monitor.Place{{Name: "also", Fetch: w.also.fetch}}
			w.log.serve(t, h, c.log)
			w.also.serve(t, c.alsoHistory, c.also)
			if !c.withTiles {
				w.also.files = map[string][]byte{"checkpoint": w.also.files["checkpoint"]}
			}
			r := w.want(c.log, c.log, c.want...)
			if len(c.want) > 0 && !strings.Contains(r.Alarms[0].Place, "also") {
				t.Errorf("the alarm is about %s", r.Alarms[0].Place)
			}
		})
	}
}

// TestBehind: that the log withholds what it shows elsewhere is no matter of
// minutes.
func TestBehind(t *testing.T) {
	w, h := newWatch(t), written(t, 400, 400, "")
	w.options.Also = []monitor.Place{{Name: "also", Fetch: w.also.fetch}}
	w.log.serve(t, h, 300)
	w.also.files = map[string][]byte{"checkpoint": h.checkpoint(t, 400, "log")}
	w.want(300, 300)
	w.now = start.Add(24*time.Hour + time.Second)
	w.want(300, 300, monitor.Stale, monitor.Behind)
	w.log.serve(t, h, 400)
	w.want(400, 400)
	w.log.serve(t, h, 400)
	w.also.fail = errors.New("no route to host")
	w.want(400, 400, monitor.Unreachable)
}

// TestStateFile: a file that is not whole is not taken for one, and evidence is
// written once.
func TestStateFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state")
	for _, text := range []string{"", "{", "{}", `{"checkpoint":"a","more":1}`, `{"checkpoint":"` + strings.Repeat("a", 1<<17) + `"}`} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if s, err := monitor.Read(path); !errors.Is(err, monitor.ErrState) || s != nil {
			t.Errorf("%.40q: %+v, %v", text, s, err)
		}
	}
	folder := t.TempDir()
	a := monitor.Alarm{Kind: monitor.Forked, Place: "log", Problem: "it forked", Seen: "one\n", Found: "another\n"}
	first, err := a.Keep(folder)
	if err != nil {
		t.Fatal(err)
	}
	again, err := a.Keep(folder)
	if err != nil || again != first {
		t.Errorf("again: %s, %v", again, err)
	}
	data, err := os.ReadFile(first)
	if err != nil || !strings.Contains(string(data), `"seen": "one\n"`) {
		t.Errorf("got %s, %v", data, err)
	}
	a.Found = "a third\n"
	if other, err := a.Keep(folder); err != nil || other == first {
		t.Errorf("another one: %s, %v", other, err)
	}
	if _, err := a.Keep(filepath.Join(folder, "none")); err == nil {
		t.Error("evidence that could not be written was passed over")
	}
}
