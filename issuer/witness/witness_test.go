package witness_test

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/chancery-vc/chancery/internal/credtest"
	"github.com/chancery-vc/chancery/issuer/store"
	"github.com/chancery-vc/chancery/issuer/witness"
	"github.com/chancery-vc/chancery/verifier/logproof"
)

const origin = "log.example/a"

// seen is what the witness's clock says.
var seen = time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)

// tree is the log of a test: the nodes of its tree as package tlog has them.
type tree []tlog.Hash

// grown returns a tree of n records. Those from number fork on have a content
// that is called name.
func grown(t testing.TB, n, fork int, name string) tree {
	t.Helper()
	var nodes tree
	for i := range n {
		content := strconv.Itoa(i)
		if i >= fork {
			content += name
		}
		hashes, err := tlog.StoredHashes(int64(i), []byte(content), nodes)
		if err != nil {
			t.Fatal(err)
		}
		nodes = append(nodes, hashes...)
	}
	return nodes
}

func (nodes tree) ReadHashes(indices []int64) ([]tlog.Hash, error) {
	var hashes []tlog.Hash
	for _, index := range indices {
		hashes = append(hashes, nodes[index])
	}
	return hashes, nil
}

// checkpoint returns the signed checkpoint of the first n records, with an
// extension line of somebody else's.
func (nodes tree) checkpoint(t testing.TB, n int, key string) []byte {
	t.Helper()
	root, err := tlog.TreeHash(int64(n), nodes)
	if err != nil {
		t.Fatal(err)
	}
	return sign(t, fmt.Sprintf("%s\n%d\n%s\nan extension\n", origin, n, root), key)
}

// request returns the request to go from m to n records.
func (nodes tree) request(t testing.TB, m, n int) []byte {
	t.Helper()
	var path []logproof.Hash
	if m > 0 && m < n {
		proof, err := tlog.ProveTree(int64(n), int64(m), nodes)
		if err != nil {
			t.Fatal(err)
		}
		for _, hash := range proof {
			path = append(path, logproof.Hash(hash))
		}
	}
	return logproof.Consistency{Old: uint64(m), Path: path, Checkpoint: nodes.checkpoint(t, n, "log")}.Encode()
}

// signer signs notes with the key of a name, under the origin.
type signer struct {
	note.Verifier
	key string
}

func (s signer) Sign(text []byte) ([]byte, error) {
	return ed25519.Sign(credtest.Key(s.key), text), nil
}

func sign(t testing.TB, text, key string) []byte {
	t.Helper()
	vkey, err := note.NewEd25519VerifierKey(origin, credtest.Key(key).Public().(ed25519.PublicKey))
	if err != nil {
		t.Fatal(err)
	}
	verifier, err := note.NewVerifier(vkey)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := note.Sign(&note.Note{Text: text}, signer{verifier, key})
	if err != nil {
		t.Fatal(err)
	}
	return signed
}

// identity is who the witness of the tests is.
func identity(t testing.TB) logproof.Witness {
	t.Helper()
	w, err := logproof.NewWitness("witness.example/w", credtest.Key("witness").Public())
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// open returns the witness with the state file at path.
func open(t testing.TB, path string) (*witness.Witness, *store.Store) {
	t.Helper()
	s, err := store.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	l, err := witness.NewLog(origin, credtest.Key("log").Public())
	if err != nil {
		t.Fatal(err)
	}
	w, err := witness.New(identity(t), credtest.Key("witness"), s, func() time.Time { return seen }, []witness.Log{l})
	if err != nil {
		t.Fatal(err)
	}
	return w, s
}

// counts checks that line is the witness's cosignature of the checkpoint of a
// request.
func counts(t testing.TB, request, line []byte) {
	t.Helper()
	asked, err := logproof.ParseConsistency(request)
	if err != nil {
		t.Fatal(err)
	}
	head, err := identity(t).Cosign(asked.Checkpoint, credtest.Key("witness"), seen) // Ed25519 signs alike each time
	if err != nil || !bytes.Equal(head, line) {
		t.Errorf("got %q, %v, want %q", line, err, head)
	}
}

// TestGoesOn: a witness follows a log, may be asked again, and forgets nothing.
func TestGoesOn(t *testing.T) {
	path := filepath.Join(t.TempDir(), "witness.db")
	nodes := grown(t, 600, 600, "")
	last := 0
	for _, n := range []int{0, 1, 1, 2, 3, 255, 256, 256, 257, 600} {
		w, s := open(t, path) // as after each start
		request := nodes.request(t, last, n)
		line, err := w.Add(t.Context(), request)
		if err != nil {
			t.Fatalf("%d to %d: %v", last, n, err)
		}
		counts(t, request, line)
		kept, err := w.Last(origin)
		if want := nodes.checkpoint(t, n, "log"); n > 0 && (err != nil || !bytes.Equal(kept, want)) {
			t.Errorf("%d: kept %q, %v, want %q", n, kept, err, want)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		last = n
	}
}

// TestAddCheckpoint holds the service against each status of tlog-witness.
func TestAddCheckpoint(t *testing.T) {
	w, _ := open(t, filepath.Join(t.TempDir(), "witness.db"))
	server := httptest.NewServer(witness.Handler(w, slog.New(slog.DiscardHandler)))
	defer server.Close()
	nodes, forked := grown(t, 20, 20, ""), grown(t, 20, 3, "forked")
	if _, err := w.Add(t.Context(), nodes.request(t, 0, 7)); err != nil {
		t.Fatal(err)
	}
	good := string(nodes.request(t, 7, 12))
	checkpoint := string(nodes.checkpoint(t, 12, "log"))
	head, _, _ := strings.Cut(good, "\n\n")
	zero := base64.StdEncoding.EncodeToString(make([]byte, 32))
	size := func(n int) string { return fmt.Sprintf("%d\n", n) }
	for name, c := range map[string]struct {
		request string
		status  int
		body    string // of a conflict
	}{
		"nothing":                     {"", 400, ""},
		"no checkpoint":               {"old 7\n\n", 400, ""},
		"no old size":                 {checkpoint, 400, ""},
		"an old size with a zero":     {strings.Replace(good, "old 7", "old 07", 1), 400, ""},
		"a negative old size":         {strings.Replace(good, "old 7", "old -7", 1), 400, ""},
		"a huge old size":             {strings.Replace(good, "old 7", "old 99999999999999999999", 1), 400, ""},
		"line ends of another kind":   {strings.ReplaceAll(good, "\n", "\r\n"), 400, ""},
		"a hash that is none":         {"old 7\nabc\n\n" + checkpoint, 400, ""},
		"64 hashes":                   {"old 7\n" + strings.Repeat(zero+"\n", 64) + "\n" + checkpoint, 400, ""},
		"no signature":                {head + "\n\n" + strings.SplitAfter(checkpoint, "\n\n")[0], 400, ""},
		"a body without an end":       {good + strings.Repeat("x", witness.MaxRequestBytes), 400, ""},
		"a checkpoint with a gap":     {"old 7\n\n" + string(sign(t, origin+"\n12\n"+zero+"\n\nmore\n", "log")), 400, ""},
		"a short hash":                {"old 7\n\n" + string(sign(t, origin+"\n12\nAAAA\n", "log")), 400, ""},
		"too many records":            {"old 7\n\n" + string(sign(t, origin+"\n9223372036854775807\n"+zero+"\n", "log")), 400, ""},
		"old is more than new":        {"old 13\n\n" + checkpoint, 400, ""},
		"an unknown log":              {strings.ReplaceAll(good, origin, "log.example/b"), 404, ""},
		"another key":                 {string(logproof.Consistency{Old: 7, Checkpoint: nodes.checkpoint(t, 12, "another")}.Encode()), 403, ""},
		"an altered checkpoint":       {strings.Replace(good, "an extension", "another one!", 1), 403, ""},
		"an unknown key, old too big": {string(logproof.Consistency{Old: 13, Checkpoint: nodes.checkpoint(t, 12, "another")}.Encode()), 403, ""},
		"from nothing":                {string(nodes.request(t, 0, 12)), 409, size(7)},
		"from too few":                {string(nodes.request(t, 6, 12)), 409, size(7)},
		"from too many":               {string(nodes.request(t, 8, 12)), 409, size(7)},
		"rolled back":                 {string(nodes.request(t, 5, 5)), 409, size(7)},
		"a fork of the same size":     {string(forked.request(t, 7, 7)), 409, size(7)},
		"a fork":                      {string(forked.request(t, 7, 12)), 422, ""},
		"no proof":                    {"old 7\n\n" + checkpoint, 422, ""},
		"a proof of another":          {strings.Replace(string(nodes.request(t, 7, 13)), string(nodes.checkpoint(t, 13, "log")), checkpoint, 1), 422, ""},
		"a proof where none is":       {"old 7\n" + zero + "\n\n" + string(nodes.checkpoint(t, 7, "log")), 422, ""},
	} {
		response, err := http.Post(server.URL+witness.PathAdd, "", strings.NewReader(c.request))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		var body bytes.Buffer
		if _, err := body.ReadFrom(response.Body); err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if response.StatusCode != c.status || strings.Contains(body.String(), "—") {
			t.Errorf("%s: %d %s, want %d", name, response.StatusCode, body.String(), c.status)
		}
		if is := response.Header.Get("Content-Type") == witness.MediaTypeSize; is != (c.status == 409) || is && body.String() != c.body {
			t.Errorf("%s: %s %q", name, response.Header.Get("Content-Type"), body.String())
		}
	}
	if kept, err := w.Last(origin); err != nil || !bytes.Equal(kept, nodes.checkpoint(t, 7, "log")) {
		t.Errorf("they left %q, %v", kept, err)
	}
	response, err := http.Post(server.URL+witness.PathAdd, "", strings.NewReader(good))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var line bytes.Buffer
	if _, err := line.ReadFrom(response.Body); err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("the good one: %d %s", response.StatusCode, line.String())
	}
	counts(t, []byte(good), line.Bytes())
}

// TestRead: who wants to see what was cosigned sees it, where it is served.
func TestRead(t *testing.T) {
	w, _ := open(t, filepath.Join(t.TempDir(), "witness.db"))
	server := httptest.NewServer(witness.Handler(w, slog.New(slog.DiscardHandler)))
	defer server.Close()
	get := func(method, path string) (int, string) {
		request, err := http.NewRequest(method, server.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		var body bytes.Buffer
		if _, err := body.ReadFrom(response.Body); err != nil {
			t.Fatal(err)
		}
		return response.StatusCode, body.String()
	}
	if code, _ := get("GET", witness.CheckpointPath(origin)); code != http.StatusNotFound {
		t.Errorf("before there is one: %d", code)
	}
	nodes := grown(t, 5, 5, "")
	if _, err := w.Add(t.Context(), nodes.request(t, 0, 5)); err != nil {
		t.Fatal(err)
	}
	if code, body := get("GET", witness.CheckpointPath(origin)); code != http.StatusOK || body != string(nodes.checkpoint(t, 5, "log")) {
		t.Errorf("got %d %q", code, body)
	}
	for path, want := range map[string]int{"GET /": 404, "GET " + witness.CheckpointPath("b"): 404, "GET " + witness.PathAdd: 405, "PUT " + witness.PathAdd: 405} {
		method, path, _ := strings.Cut(path, " ")
		if code, _ := get(method, path); code != want {
			t.Errorf("%s %s: %d, want %d", method, path, code, want)
		}
	}
}

// TestAtOnce: of many logs' worth of requests at the same time, each for a
// fork of its own from the same size, one tree of each size is cosigned, and
// the sizes only grow.
func TestAtOnce(t *testing.T) {
	w, _ := open(t, filepath.Join(t.TempDir(), "witness.db"))
	honest := grown(t, 40, 40, "")
	if _, err := w.Add(t.Context(), honest.request(t, 0, 8)); err != nil {
		t.Fatal(err)
	}
	var requests [][]byte
	for n := range 8 {
		nodes := grown(t, 40, 8, fmt.Sprint("fork ", n))
		for _, size := range []int{8, 9, 10, 12, 40} {
			requests = append(requests, nodes.request(t, 8, size))
		}
	}
	cosigned := make([]bool, len(requests))
	var all sync.WaitGroup
	for i, request := range requests {
		all.Go(func() {
			line, err := w.Add(t.Context(), request)
			if cosigned[i] = err == nil; err == nil {
				counts(t, request, line)
			} else if !errors.Is(err, witness.ErrSize) {
				t.Errorf("%d: %v", i, err)
			}
		})
	}
	all.Wait()
	beyond := 0
	for i, yes := range cosigned {
		if i%5 > 0 && yes { // the first of five is the size that it has
			beyond++
		}
	}
	if beyond != 1 {
		t.Errorf("from 8 records on, %d trees were cosigned", beyond)
	}
}

// TestNotDurable: without a write that is durable there is no cosignature.
func TestNotDurable(t *testing.T) {
	w, s := open(t, filepath.Join(t.TempDir(), "witness.db"))
	nodes := grown(t, 5, 5, "")
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	line, err := w.Add(t.Context(), nodes.request(t, 0, 5))
	if err == nil || line != nil {
		t.Errorf("got %q, %v", line, err)
	}
	server := httptest.NewServer(witness.Handler(w, slog.New(slog.DiscardHandler)))
	defer server.Close()
	response, err := http.Post(server.URL+witness.PathAdd, "", bytes.NewReader(nodes.request(t, 0, 5)))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var body bytes.Buffer
	if _, err := body.ReadFrom(response.Body); err != nil || response.StatusCode != http.StatusInternalServerError || body.String() != "the witness cannot say now\n" {
		t.Errorf("got %d %q", response.StatusCode, body.String())
	}
}

// TestDamagedState: a witness does not guess what it had.
func TestDamagedState(t *testing.T) {
	w, s := open(t, filepath.Join(t.TempDir(), "witness.db"))
	nodes := grown(t, 5, 5, "")
	for _, kept := range []string{"", "nonsense", "another\n5\n" + strings.Repeat("A", 43) + "=\n\n— a b\n"} {
		err := s.Update(t.Context(), func(tx *store.Tx) error { return tx.Put("witnessed", []byte(origin), []byte(kept)) })
		if err != nil {
			t.Fatal(err)
		}
		if line, err := w.Add(t.Context(), nodes.request(t, 0, 5)); err == nil {
			t.Errorf("%q: %q", kept, line)
		}
	}
}

func TestNewRefuses(t *testing.T) {
	if w, err := witness.New(identity(t), credtest.Key("another"), nil, time.Now, nil); !errors.Is(err, logproof.ErrWitness) {
		t.Errorf("another's key: %v, %v", w, err)
	}
}

func TestLogs(t *testing.T) {
	a, err := witness.NewLog("log.example/a", credtest.Key("a").Public())
	if err != nil {
		t.Fatal(err)
	}
	text := "# those of the county\n\n" + a.String() + "\n  " + a.String() + " go.sum database tree\n"
	logs, err := witness.ParseLogs([]byte(text))
	if err != nil || len(logs) != 2 || logs[0].Origin != "log.example/a" || logs[1].Origin != "go.sum database tree" || logs[1].String() != a.String()+" go.sum database tree" {
		t.Errorf("got %v, %v", logs, err)
	}
	if none, err := witness.ParseLogs(nil); err != nil || none != nil {
		t.Errorf("an empty list: %v, %v", none, err)
	}
	for _, text := range []string{"a", a.String() + "  b", strings.Replace(a.String(), "log", "lag", 1), identity(t).String(), strings.Repeat(a.String()+"\n", 10_001)} {
		if logs, err := witness.ParseLogs([]byte(text)); !errors.Is(err, witness.ErrLogs) || logs != nil {
			t.Errorf("%.60q: %v, %v", text, logs, err)
		}
	}
	anybody := make(ed25519.PublicKey, ed25519.PublicKeySize)
	anybody[0] = 1 // the point for which anybody can sign
	for name, make := range map[string]func() (witness.Log, error){
		"a key of small order":  func() (witness.Log, error) { return witness.NewLog("a", anybody) },
		"a space in the origin": func() (witness.Log, error) { return witness.NewLog("a b", credtest.Key("a").Public()) },
		"no key":                func() (witness.Log, error) { return witness.NewLog("a", nil) },
	} {
		if l, err := make(); !errors.Is(err, witness.ErrLogs) {
			t.Errorf("%s: %+v, %v", name, l, err)
		}
	}
}
