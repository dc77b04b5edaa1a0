package witness_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/chancery-vc/chancery/internal/credtest"
	"github.com/chancery-vc/chancery/issuer/store"
	"github.com/chancery-vc/chancery/issuer/witness"
	"github.com/chancery-vc/chancery/verifier/logproof"
)

// stateVariable names the state file of the witness that the test program is to
// be, instead of running tests.
const stateVariable = "WITNESS_TEST_STATE"

// roundsVariable says how often a witness is killed; by default as often as
// takes a few seconds.
const roundsVariable = "WITNESS_TEST_ROUNDS"

func TestMain(m *testing.M) {
	if path := os.Getenv(stateVariable); path != "" {
		fmt.Fprintln(os.Stderr, beWitness(path))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// beWitness serves a witness until it is killed.
func beWitness(path string) error {
	s, err := store.Open(path)
	if err != nil {
		return err
	}
	l, err := witness.NewLog(origin, credtest.Key("log").Public())
	if err != nil {
		return err
	}
	identity, err := logproof.NewWitness("witness.example/w", credtest.Key("witness").Public())
	if err != nil {
		return err
	}
	w, err := witness.New(identity, credtest.Key("witness"), s, func() time.Time { return seen }, []witness.Log{l})
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println(listener.Addr())
	return http.Serve(listener, witness.Handler(w, slog.New(slog.DiscardHandler)))
}

// process is a witness of its own.
type process struct {
	command *exec.Cmd
	address string
}

func startProcess(t *testing.T, path string) *process {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(t.Context(), program)
	command.Env = append(os.Environ(), stateVariable+"="+path)
	out, err := command.StdoutPipe()
	if err == nil {
		err = command.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	address, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("the witness does not start: %v", err)
	}
	return &process{command, "http://" + strings.TrimSpace(address)}
}

// kill ends the process as a loss of power to it would.
func (p *process) kill() {
	_ = p.command.Process.Kill()
	_ = p.command.Wait() // which says that it was killed
}

// rival is one of several who each have a log of their own to be cosigned.
type rival struct{ tree }

// forked returns a rival who goes on alone from the first n records of nodes.
func forked(t *testing.T, nodes tree, n, more int, name string) *rival {
	t.Helper()
	r := &rival{append(tree(nil), nodes[:tlog.StoredHashCount(int64(n))]...)}
	for i := n; i < n+more; i++ {
		hashes, err := tlog.StoredHashes(int64(i), []byte(name+strconv.Itoa(i)), r.tree)
		if err != nil {
			t.Fatal(err)
		}
		r.tree = append(r.tree, hashes...)
	}
	return r
}

// root returns the root of the first n records.
func (nodes tree) root(t *testing.T, n int) tlog.Hash {
	t.Helper()
	root, err := tlog.TreeHash(int64(n), nodes)
	if err != nil {
		t.Fatal(err)
	}
	return root
}

// goOn asks for one cosignature after the other, until the witness is gone or
// has another tree, and returns the sizes that were cosigned.
func (r *rival) goOn(t *testing.T, client *http.Client, address string, from, most int) (cosigned []int) {
	for size := from; size < most; size++ {
		for _, old := range []int{size, size + 1} { // the second one asks for what it has
			request := r.request(t, old, size+1)
			response, err := client.Post(address+witness.PathAdd, "", bytes.NewReader(request))
			if err != nil {
				return cosigned
			}
			line, err := io.ReadAll(response.Body)
			_ = response.Body.Close()
			if err != nil || response.StatusCode != http.StatusOK {
				return cosigned
			}
			counts(t, request, line)
			cosigned = append(cosigned, size+1)
		}
	}
	return cosigned
}

// TestKilled: a witness is killed while rivals have it cosign, again and again.
// Of each size one tree is ever cosigned, what was cosigned is remembered, and
// each cosigned tree begins with those before.
func TestKilled(t *testing.T) {
	rounds, err := strconv.Atoi(os.Getenv(roundsVariable))
	if err != nil {
		rounds = 60
	}
	const rivals, more = 4, 40
	path := filepath.Join(t.TempDir(), "witness.db")
	var accepted tree
	size, total := 0, 0
	cosigned := map[int]tlog.Hash{}
	for round := range rounds {
		p := startProcess(t, path)
		client := &http.Client{Transport: &http.Transport{}, Timeout: 10 * time.Second}
		var all [rivals]*rival
		var sizes [rivals][]int
		var asking sync.WaitGroup
		for i := range all {
			all[i] = forked(t, accepted, size, more, fmt.Sprintf("%d of round %d: ", i, round))
		}
		for i, r := range all {
			asking.Go(func() { sizes[i] = r.goOn(t, client, p.address, size, size+more) })
		}
		time.Sleep(time.Duration(rand.IntN(40)) * time.Millisecond)
		p.kill()
		asking.Wait()
		client.CloseIdleConnections()
		for i, r := range all {
			for _, n := range sizes[i] {
				root := r.root(t, n)
				if other, twice := cosigned[n]; twice && other != root {
					t.Fatalf("round %d: two trees of %d records were cosigned", round, n)
				}
				cosigned[n] = root
				total++
			}
		}
		accepted, size = remembered(t, path, accepted, size, all[:])
		for n, root := range cosigned {
			if n > size || accepted.root(t, n) != root {
				t.Fatalf("round %d: of the tree of %d records, which was cosigned, the witness knows nothing", round, n)
			}
		}
	}
	t.Logf("%d cosignatures over %d records in %d rounds", total, size, rounds)
	if total == 0 {
		t.Error("nothing was cosigned at all")
	}
}

// remembered returns the log that the witness has cosigned last: that of before,
// or of one of rivals.
func remembered(t *testing.T, path string, before tree, size int, rivals []*rival) (tree, int) {
	t.Helper()
	s, err := store.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	l, err := witness.NewLog(origin, credtest.Key("log").Public())
	if err != nil {
		t.Fatal(err)
	}
	w, err := witness.New(identity(t), credtest.Key("witness"), s, time.Now, []witness.Log{l})
	if err != nil {
		t.Fatal(err)
	}
	last, err := w.Last(origin)
	if err != nil {
		t.Fatal(err)
	}
	if last == nil {
		return before, size
	}
	lines := strings.Split(string(last), "\n")
	n, err := strconv.Atoi(lines[1])
	if err != nil || n < size {
		t.Fatalf("it has gone back from %d records: %s", size, last)
	}
	if n == size {
		return before, size
	}
	for _, r := range rivals {
		if bytes.Equal(r.checkpoint(t, n, "log"), last) {
			return r.tree, n
		}
	}
	t.Fatal("it has a tree that nobody showed it")
	return nil, 0
}
