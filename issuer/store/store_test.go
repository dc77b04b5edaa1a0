package store_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chancery-vc/chancery/issuer/store"
)

// envHold names the file that a child of this test opens and holds.
const envHold = "CHANCERY_TEST_HOLD"

func TestMain(m *testing.M) {
	if path := os.Getenv(envHold); path != "" {
		os.Exit(hold(path))
	}
	os.Exit(m.Run())
}

// hold opens the store at path, says so, and keeps it until its input ends.
func hold(path string) int {
	s, err := store.Open(path)
	if err != nil {
		fmt.Println(err)
		return 1
	}
	fmt.Println("open")
	bufio.NewReader(os.Stdin).ReadString('\n')
	if s.Close() != nil {
		return 1
	}
	return 0
}

var errTest = errors.New("this is what the test wants")

func open(t *testing.T) (*store.Store, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "state", "s.db")
	s, err := store.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s, path
}

func put(key, value string) func(*store.Tx) error {
	return func(tx *store.Tx) error { return tx.Put("b", []byte(key), []byte(value)) }
}

// content returns what bucket b of the store holds, in its order.
func content(t *testing.T, s *store.Store) []string {
	t.Helper()
	var all []string
	err := s.View(func(tx *store.Tx) error {
		for key, value := range tx.All("b") {
			all = append(all, string(key)+"="+string(value))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestOneProcessAtATime(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s.db")
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), envHold+"="+path)
	in, err := child.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	if said, err := bufio.NewReader(out).ReadString('\n'); said != "open\n" {
		t.Fatalf("the child says %q, %v", said, err)
	}
	for name, open := range map[string]func(string) (*store.Store, error){"Open": store.Open, "OpenReadOnly": store.OpenReadOnly} {
		if s, err := open(path); !errors.Is(err, store.ErrLocked) || s != nil {
			t.Errorf("%s while another process has it: %v", name, err)
		}
	}
	in.Close()
	if err := child.Wait(); err != nil {
		t.Fatal(err)
	}
	s, err := store.Open(path)
	if err != nil {
		t.Fatalf("after the other process: %v", err)
	}
	s.Close()
}

func TestUpdatesAtTheSameTime(t *testing.T) {
	s, path := open(t)
	const writers = 200
	var group sync.WaitGroup
	for n := range writers {
		group.Go(func() {
			err := s.Update(t.Context(), func(tx *store.Tx) error {
				if err := put(fmt.Sprintf("%03d", n), "v")(tx); err != nil || n%4 != 0 {
					return err
				}
				return errTest // after the write: it must not stay
			})
			if failed := n%4 == 0; failed != errors.Is(err, errTest) {
				t.Errorf("writer %d: %v", n, err)
			}
		})
	}
	group.Wait()
	var want []string
	for n := range writers {
		if n%4 != 0 {
			want = append(want, fmt.Sprintf("%03d=v", n))
		}
	}
	if diff := cmp.Diff(want, content(t, s)); diff != "" {
		t.Error(diff)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := store.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	if diff := cmp.Diff(want, content(t, again)); diff != "" {
		t.Errorf("after opening it again: %s", diff)
	}
}

func TestUpdateWithContextThatEnded(t *testing.T) {
	s, _ := open(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Update(ctx, put("k", "v")); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if got := content(t, s); got != nil {
		t.Errorf("it wrote %v", got)
	}
}

func TestReadOnly(t *testing.T) {
	s, path := open(t)
	if err := s.Update(t.Context(), put("k", "v")); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	readOnly, err := store.OpenReadOnly(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"k=v"}, content(t, readOnly)); diff != "" {
		t.Error(diff)
	}
	if err := readOnly.Update(t.Context(), put("k", "w")); err == nil {
		t.Error("it can be written")
	}
	if err := readOnly.Close(); err != nil {
		t.Fatal(err)
	}
	if after, err := os.ReadFile(path); err != nil || !bytes.Equal(before, after) {
		t.Errorf("the file changed: %v", err)
	}
}

func TestOpenReadOnlyMakesNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s.db")
	if _, err := store.OpenReadOnly(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v", err)
	}
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the file is there now: %v", err)
	}
}

func TestOpenRefusesAnotherKindOfFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s.db")
	if err := os.WriteFile(path, bytes.Repeat([]byte("not a store "), 4000), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, open := range map[string]func(string) (*store.Store, error){"Open": store.Open, "OpenReadOnly": store.OpenReadOnly} {
		if s, err := open(path); err == nil || errors.Is(err, store.ErrLocked) || s != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestDamagedFiles: whatever bits are flipped, and wherever it is cut off, a
// file that is only read gives its entries or an error.
func TestDamagedFiles(t *testing.T) {
	s, path := open(t)
	for n := range 20 {
		err := s.Update(t.Context(), func(tx *store.Tx) error {
			for k := range 20 {
				if err := tx.Put(fmt.Sprint("bucket ", k), fmt.Append(nil, n), bytes.Repeat([]byte("v"), 50*k)); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	pages, kinds := len(whole)/os.Getpagesize(), map[bool]int{}
	random := rand.New(rand.NewPCG(1, 2))
	for n := range 600 {
		data := bytes.Clone(whole)
		at := random.IntN(pages)*os.Getpagesize() + random.IntN(80) // where the structure is
		data[at] ^= 1 << random.IntN(8)
		if n%10 == 0 {
			data = data[:random.IntN(len(data))]
		}
		kinds[readAll(t, data) != nil]++
	}
	if kinds[true] == 0 || kinds[false] == 0 {
		t.Errorf("errors and none: %v", kinds)
	}
}

// readAll reads everything in a state file with this content.
func readAll(t *testing.T, data []byte) error {
	t.Helper()
	path := filepath.Join(t.TempDir(), "copy.db")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := store.OpenReadOnly(path)
	if err != nil {
		return err
	}
	defer s.Close()
	return s.View(func(tx *store.Tx) error {
		for k := range 20 {
			for key, value := range tx.All(fmt.Sprint("bucket ", k)) {
				_ = append(bytes.Clone(key), value...)
			}
		}
		return nil
	})
}

func TestOnlyTheOwnerReadsTheFile(t *testing.T) {
	_, path := open(t)
	for name, want := range map[string]os.FileMode{path: 0o600, filepath.Dir(path): 0o700} {
		if info, err := os.Stat(name); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v, %v", name, info.Mode().Perm(), err)
		}
	}
}

func TestSnapshot(t *testing.T) {
	s, _ := open(t)
	if err := s.Update(t.Context(), put("k", "v")); err != nil {
		t.Fatal(err)
	}
	var size int64
	var out bytes.Buffer
	if err := s.Snapshot(&out, func(n int64) { size = n }); err != nil {
		t.Fatal(err)
	}
	if size != int64(out.Len()) {
		t.Errorf("announced %d bytes, wrote %d", size, out.Len())
	}
	if err := s.Update(t.Context(), put("k", "later")); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "copy.db")
	if err := os.WriteFile(path, out.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	copied, err := store.OpenReadOnly(path)
	if err != nil {
		t.Fatal(err)
	}
	defer copied.Close()
	if diff := cmp.Diff([]string{"k=v"}, content(t, copied)); diff != "" {
		t.Error(diff)
	}
}

func TestTransaction(t *testing.T) {
	s, _ := open(t)
	err := s.Update(t.Context(), func(tx *store.Tx) error {
		for _, key := range []string{"b1", "a", "b2", "c"} {
			if err := put(key, "v"+key)(tx); err != nil {
				return err
			}
		}
		return errors.Join(put("e", "")(tx), tx.Delete("b", []byte("c")), tx.Delete("b", []byte("not there")), tx.Delete("no bucket", nil))
	})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"a=va", "b1=vb1", "b2=vb2", "e="}, content(t, s)); diff != "" {
		t.Error(diff)
	}
	var prefixed []string
	err = s.View(func(tx *store.Tx) error {
		for key := range tx.WithPrefix("b", []byte("b")) {
			prefixed = append(prefixed, string(key))
		}
		value := tx.Get("b", []byte("a"))
		value[0] = 'X' // a copy: the next Get does not see it
		if got := tx.Get("b", []byte("a")); string(got) != "va" {
			t.Errorf("Get: %q", got)
		}
		if got := tx.Get("b", []byte("e")); got == nil || len(got) != 0 {
			t.Errorf("Get of an empty value: %v", got)
		}
		if got := slices.Concat(tx.Get("b", []byte("z")), tx.Get("no bucket", []byte("a"))); got != nil {
			t.Errorf("Get of nothing: %v", got)
		}
		if key, value := tx.Last("b"); string(key) != "e" || len(value) != 0 {
			t.Errorf("Last: %q %q", key, value)
		}
		if key, value := tx.Last("no bucket"); key != nil || value != nil {
			t.Errorf("Last of nothing: %q %q", key, value)
		}
		for range tx.All("no bucket") {
			t.Error("All of nothing yields")
		}
		for range tx.WithPrefix("no bucket", nil) {
			t.Error("WithPrefix of nothing yields")
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"b1", "b2"}, prefixed); diff != "" {
		t.Error(diff)
	}
}

func TestViewCannotWrite(t *testing.T) {
	s, _ := open(t)
	if err := s.View(put("k", "v")); err == nil {
		t.Error("a view wrote")
	}
}
