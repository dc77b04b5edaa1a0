package witness_test

import (
	"bytes"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/chancery-vc/chancery/internal/credtest"
	"github.com/chancery-vc/chancery/internal/web"
	"github.com/chancery-vc/chancery/issuer/anchor"
	"github.com/chancery-vc/chancery/issuer/anchor/witness"
	"github.com/chancery-vc/chancery/issuer/store"
	service "github.com/chancery-vc/chancery/issuer/witness"
	"github.com/chancery-vc/chancery/verifier/logproof"
)

const origin = "registry.example/log"

var start = time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)

// logged is an issuer's log: of all that was written, so many records.
type logged struct {
	testing.TB
	nodes []tlog.Hash
	size  int
}

var _ witness.Log = (*logged)(nil)

// written returns a log of n records, of which those from number fork on are
// others for each name.
func written(t testing.TB, n, fork int, name string) *logged {
	t.Helper()
	l := &logged{TB: t, size: n}
	for i := range n {
		content := strconv.Itoa(i)
		if i >= fork {
			content += name
		}
		hashes, err := tlog.StoredHashes(int64(i), []byte(content), l)
		if err != nil {
			t.Fatal(err)
		}
		l.nodes = append(l.nodes, hashes...)
	}
	return l
}

func (l *logged) ReadHashes(indices []int64) (hashes []tlog.Hash, err error) {
	for _, index := range indices {
		hashes = append(hashes, l.nodes[index])
	}
	return hashes, nil
}

func (l *logged) Checkpoint() ([]byte, error) { return l.at(l.size), nil }

// at returns the checkpoint of the first n records.
func (l *logged) at(n int) []byte {
	l.Helper()
	root, err := tlog.TreeHash(int64(n), l)
	if err != nil {
		l.Fatal(err)
	}
	note, err := logproof.Checkpoint{Origin: origin, Size: uint64(n), Root: logproof.Hash(root)}.Sign(credtest.Key("log"))
	if err != nil {
		l.Fatal(err)
	}
	return note
}

func (l *logged) Prove(older, size uint64) (path []logproof.Hash, err error) {
	if older == 0 {
		return nil, nil
	}
	if older > size || size > uint64(l.size) {
		return nil, errors.New("the log is not as long")
	}
	proof, err := tlog.ProveTree(int64(size), int64(older), l)
	for _, hash := range proof {
		path = append(path, logproof.Hash(hash))
	}
	return path, err
}

// named returns the witness of a name.
func named(t testing.TB, name string) logproof.Witness {
	t.Helper()
	w, err := logproof.NewWitness(name, credtest.Key(name).Public())
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// served returns the address of a handler, and a client that trusts it.
func served(t testing.TB, handler http.Handler) (string, *http.Client) {
	t.Helper()
	server := httptest.NewUnstartedServer(handler)
	server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	server.StartTLS()
	t.Cleanup(server.Close)
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	return server.URL, web.NewClient(roots, 10*time.Second)
}

// real returns where a witness of a name is served, with nothing in its memory.
func real(t testing.TB, name string) witness.Place {
	t.Helper()
	s, err := store.Open(filepath.Join(t.TempDir(), "witness.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	l, err := service.NewLog(origin, credtest.Key("log").Public())
	if err != nil {
		t.Fatal(err)
	}
	w, err := service.New(named(t, name), credtest.Key(name), s, func() time.Time { return start }, []service.Log{l})
	if err != nil {
		t.Fatal(err)
	}
	address, client := served(t, service.Handler(w, slog.New(slog.DiscardHandler)))
	return witness.Place{Witness: named(t, name), URL: address + "/", Client: client}
}

// answers returns a place whose witness answers each request like this.
func answers(t testing.TB, name string, status int, mediaType, body string) witness.Place {
	t.Helper()
	address, client := served(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", mediaType)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}))
	return witness.Place{Witness: named(t, name), URL: address, Client: client}
}

// unreachable is where nobody is.
func unreachable(t testing.TB, name string) witness.Place {
	t.Helper()
	address, client := served(t, http.NotFoundHandler())
	return witness.Place{Witness: named(t, name), URL: strings.Replace(address, "127.0.0.1", "127.0.0.2", 1) + "0", Client: client}
}

// group is an anchor of a test, and what it warned of.
type group struct {
	*witness.Anchor
	path   string
	warned []error
}

func newGroup(t testing.TB, l witness.Log, path string, need int, places ...witness.Place) *group {
	t.Helper()
	g := &group{path: path}
	var err error
	g.Anchor, err = witness.New(witness.Options{
		Places: places, Need: need, Path: path, Key: credtest.Key("log").Public(), Log: l,
		Now: func() time.Time { return start }, Warn: func(err error) { g.warned = append(g.warned, err) },
	})
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func file(t testing.TB) string { return filepath.Join(t.TempDir(), "cosigned") }

// keeps wants the newest checkpoint to be of so many records, and to have the
// cosignatures of names; of no records for none.
func (g *group) keeps(t testing.TB, l *logged, n int, names ...string) {
	t.Helper()
	kept, err := g.Newest(t.Context())
	if n == 0 {
		if !errors.Is(err, anchor.ErrNone) {
			t.Errorf("got %q, %v", kept, err)
		}
		return
	}
	if err != nil || !bytes.HasPrefix(kept, l.at(n)) {
		t.Fatalf("got %q, %v, want %q", kept, err, l.at(n))
	}
	var all []logproof.Witness
	for _, name := range names {
		all = append(all, named(t, name))
	}
	policy, err := logproof.NewWitnesses(len(all), all...)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := policy.Check(kept, credtest.Key("log").Public()); err != nil || bytes.Count(kept, []byte("—")) != len(all)+1 {
		t.Errorf("%v: %s", err, kept)
	}
}

// TestGoesOn: witnesses follow the log, across restarts of the issuer, and with
// what they had forgotten here.
func TestGoesOn(t *testing.T) {
	l, path := written(t, 600, 600, ""), file(t)
	places := []witness.Place{real(t, "a"), real(t, "b")}
	l.size = 1
	g := newGroup(t, l, path, 2, places...)
	g.keeps(t, l, 0)
	for _, n := range []int{1, 1, 2, 3, 255, 256, 300, 600} {
		l.size = n
		g = newGroup(t, l, path, 2, places...)
		if n == 300 {
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
		}
		if err := g.Put(t.Context(), l.at(n)); err != nil {
			t.Fatalf("%d: %v", n, err)
		}
		g.keeps(t, l, n, "a", "b")
	}
	if len(g.warned) > 0 {
		t.Errorf("warned of %v", g.warned)
	}
}

// TestConflicts: a log that is shorter than what a witness has cosigned, or
// another, does not start, and does not go on; with the evidence.
func TestConflicts(t *testing.T) {
	for name, c := range map[string]struct {
		size, fork int
		kind       error
		atStart    bool
	}{
		"rolled back":           {90, 300, anchor.ErrRolledBack, true},
		"rolled back, and on":   {99, 50, anchor.ErrRolledBack, true},
		"rewritten, as long":    {100, 50, anchor.ErrForked, true},
		"rewritten, and longer": {120, 50, anchor.ErrForked, false},
	} {
		path := file(t)
		honest, place := written(t, 100, 100, ""), real(t, "a")
		if err := newGroup(t, honest, path, 1, place).Put(t.Context(), honest.at(100)); err != nil {
			t.Fatal(err)
		}
		kept, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		other := written(t, c.size, c.fork, "other")
		for _, also := range [][]witness.Place{{place}, {place, real(t, "b")}, {unreachable(t, "b"), place}} {
			g := newGroup(t, other, path, 1, also...)
			shown, atStart := g.Newest(t.Context())
			putting := g.Put(t.Context(), other.at(c.size))
			for when, err := range map[string]error{"at the start": atStart, "when put": putting} {
				if when == "at the start" && !c.atStart {
					if err != nil || !bytes.Equal(shown, kept) {
						t.Errorf("%s: whoever holds the log against it gets %q, %v", name, shown, err)
					}
					continue
				}
				conflict, ok := errors.AsType[*anchor.Conflict](err)
				if !ok || !errors.Is(err, c.kind) || !bytes.Equal(conflict.Kept, kept) || !bytes.Equal(conflict.Given, other.at(c.size)) {
					t.Errorf("%s, %s: %v", name, when, err)
				}
			}
		}
		if after, err := os.ReadFile(path); err != nil || !bytes.Equal(after, kept) {
			t.Errorf("%s: left %q, %v", name, after, err)
		}
	}
}

// TestShownByWitness: with nothing kept here, the witness shows what the log was.
func TestShownByWitness(t *testing.T) {
	honest, place := written(t, 100, 100, ""), real(t, "a")
	if err := newGroup(t, honest, file(t), 1, place).Put(t.Context(), honest.at(100)); err != nil {
		t.Fatal(err)
	}
	other := written(t, 120, 50, "other")
	if shown, err := newGroup(t, other, file(t), 1, place).Newest(t.Context()); err != nil || !bytes.Equal(shown, honest.at(100)) {
		t.Errorf("got %q, %v", shown, err)
	}
}

// TestProbeMovesNobody: asking at the start lets a witness that is behind, or
// new, stay where it is: the log may be one that another anchor refuses.
func TestProbeMovesNobody(t *testing.T) {
	l, place := written(t, 9, 9, ""), real(t, "a")
	g := newGroup(t, l, file(t), 1, place)
	g.keeps(t, l, 0)
	other := written(t, 5, 0, "other")
	if err := newGroup(t, other, file(t), 1, place).Put(t.Context(), other.at(5)); err != nil {
		t.Errorf("it had moved: %v", err)
	}
}

// TestNeed: as many as are needed have to cosign, and the others are warned of.
func TestNeed(t *testing.T) {
	l := written(t, 7, 7, "")
	a, b, gone := real(t, "a"), real(t, "b"), unreachable(t, "c")
	g := newGroup(t, l, file(t), 2, a, gone, b)
	if err := g.Put(t.Context(), l.at(7)); err != nil || len(g.warned) != 1 || !strings.Contains(g.warned[0].Error(), "witness c") {
		t.Errorf("two of three: %v, warned of %v", err, g.warned)
	}
	g.keeps(t, l, 7, "a", "b")
	g = newGroup(t, l, file(t), 3, a, gone, b)
	if err := g.Put(t.Context(), l.at(7)); !errors.Is(err, logproof.ErrWitness) || !strings.Contains(err.Error(), "witness c") {
		t.Errorf("three of three: %v", err)
	}
	if kept, err := g.Newest(t.Context()); err == nil || kept != nil {
		t.Errorf("kept %q, %v", kept, err)
	}
}

// TestWitnessesThatFail: what is not the witness's cosignature on this
// checkpoint, of now, is none.
func TestWitnessesThatFail(t *testing.T) {
	l := written(t, 9, 9, "")
	cosignature := func(name string, n int, at time.Time) string {
		line, err := named(t, name).Cosign(l.at(n), credtest.Key(name), at)
		if err != nil {
			t.Fatal(err)
		}
		return string(line)
	}
	good := cosignature("a", 9, start)
	for name, c := range map[string]struct {
		status          int
		mediaType, body string
		want            error
	}{
		"nothing":                {200, "", "", anchor.ErrRefused},
		"a page":                 {200, "text/html", "<html>", anchor.ErrRefused},
		"another's":              {200, "", cosignature("b", 9, start), anchor.ErrRefused},
		"of another checkpoint":  {200, "", cosignature("a", 8, start), anchor.ErrRefused},
		"altered":                {200, "", strings.Replace(good, "A", "B", 1), anchor.ErrRefused},
		"without its end":        {200, "", strings.TrimSuffix(good, "\n"), anchor.ErrRefused},
		"a clock that is behind": {200, "", cosignature("a", 9, start.Add(-6*time.Minute)), anchor.ErrRefused},
		"a clock that is ahead":  {200, "", cosignature("a", 9, start.Add(6*time.Minute)), anchor.ErrRefused},
		"far too much":           {200, "", good + strings.Repeat("x", 9<<10), web.ErrTooLarge},
		"unknown there":          {404, "", "", anchor.ErrRefused},
		"another key there":      {403, "", "", anchor.ErrRefused},
		"a fault":                {500, "", "", web.ErrStatus},
		"a redirect":             {302, "", "", web.ErrStatus},
		"a conflict of no size":  {409, "text/plain", "5\n", anchor.ErrRefused},
		"no number":              {409, "text/x.tlog.size", "five\n", anchor.ErrRefused},
		"a number with a zero":   {409, "text/x.tlog.size", "05\n", anchor.ErrRefused},
		"a number without end":   {409, "text/x.tlog.size", "5", anchor.ErrRefused},
		"always elsewhere":       {409, "text/x.tlog.size", "5\n", anchor.ErrRefused},
		"longer than the log":    {409, "text/x.tlog.size; charset=utf-8", "10\n", anchor.ErrRolledBack},
		"not continued":          {422, "", "", anchor.ErrForked},
	} {
		g := newGroup(t, l, file(t), 1, answers(t, "a", c.status, c.mediaType, c.body))
		if err := g.Put(t.Context(), l.at(9)); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
		if kept, err := g.Kept(); err != nil || kept != nil {
			t.Errorf("%s: kept %q, %v", name, kept, err)
		}
	}
	among := cosignature("b", 9, start) + good + cosignature("c", 9, start)
	g := newGroup(t, l, file(t), 1, answers(t, "a", 200, "text/plain", among))
	if err := g.Put(t.Context(), l.at(9)); err != nil {
		t.Fatal(err)
	}
	if kept, err := g.Kept(); err != nil || string(kept) != string(l.at(9))+good {
		t.Errorf("among others: %q, %v", kept, err)
	}
}

// TestShownLater: a witness that somebody has shown a later checkpoint of the
// same log is no roll-back.
func TestShownLater(t *testing.T) {
	l, place := written(t, 20, 20, ""), real(t, "a")
	if err := newGroup(t, l, file(t), 1, place).Put(t.Context(), l.at(20)); err != nil {
		t.Fatal(err)
	}
	g := newGroup(t, l, file(t), 1, place)
	err := g.Put(t.Context(), l.at(15))
	if _, conflict := errors.AsType[*anchor.Conflict](err); conflict || !errors.Is(err, anchor.ErrRefused) {
		t.Errorf("an earlier checkpoint: %v", err)
	}
	if err := g.Put(t.Context(), l.at(20)); err != nil {
		t.Errorf("the newest one: %v", err)
	}
}

// TestHung: a witness that does not answer takes no longer than it may.
func TestHung(t *testing.T) {
	release := make(chan struct{})
	address, client := served(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		<-release
	}))
	defer close(release)
	l := written(t, 3, 3, "")
	g := newGroup(t, l, file(t), 1, witness.Place{Witness: named(t, "a"), URL: address, Client: client})
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := g.Put(ctx, l.at(3)); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("put: %v", err)
	}
	if _, err := g.Newest(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("newest: %v", err)
	}
}

// TestDamagedFile: what somebody did to the file is said, and mended by the
// next checkpoint.
func TestDamagedFile(t *testing.T) {
	l, path, place := written(t, 9, 9, ""), file(t), real(t, "a")
	for name, text := range map[string]string{"nothing": "", "no cosignature": string(l.at(5)), "too much": strings.Repeat("x", 1<<17)} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		g := newGroup(t, l, path, 1, place)
		if kept, err := g.Newest(t.Context()); !errors.Is(err, anchor.ErrDamaged) || kept != nil {
			t.Errorf("%s: %q, %v", name, kept, err)
		}
		if err := g.Put(t.Context(), l.at(9)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		g.keeps(t, l, 9, "a")
	}
}

func TestRefused(t *testing.T) {
	l := written(t, 1, 1, "")
	for _, data := range []string{"", "\n", "a\n1\n", fmt.Sprintf("%s\n-1\nAAAA\n\n— a b\n", origin)} {
		if err := newGroup(t, l, file(t), 1, real(t, "a")).Put(t.Context(), []byte(data)); !errors.Is(err, anchor.ErrCheckpoint) {
			t.Errorf("%q: %v", data, err)
		}
	}
	if g, err := witness.New(witness.Options{Need: 1}); !errors.Is(err, logproof.ErrWitness) || g != nil {
		t.Errorf("no witnesses: %v, %v", g, err)
	}
}
