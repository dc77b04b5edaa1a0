package file

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/issuer/anchor"
	"github.com/chancery-vc/chancery/issuer/anchor/anchortest"
)

func noon() time.Time { return time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC) }

func openAt(path string) anchor.Anchor { return New(path, anchortest.Own, noon) }

func put(t *testing.T, a anchor.Anchor, sizes ...uint64) {
	t.Helper()
	for _, size := range sizes {
		if err := a.Put(t.Context(), anchortest.Checkpoint(size)); err != nil {
			t.Fatalf("%d records: %v", size, err)
		}
	}
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func wantNewest(t *testing.T, path string, want []byte) {
	t.Helper()
	if got, err := openAt(path).Newest(t.Context()); err != nil || !bytes.Equal(got, want) {
		t.Errorf("got %q, %v; want %q", got, err, want)
	}
}

func TestContract(t *testing.T) {
	var path string
	anchortest.Run(t,
		func(t *testing.T) anchor.Anchor {
			path = filepath.Join(t.TempDir(), "checkpoints")
			return openAt(path)
		},
		func(*testing.T) anchor.Anchor { return openAt(path) })
}

// TestLines: what a reader of the file finds, with any JSON library.
func TestLines(t *testing.T) {
	path := filepath.Join(t.TempDir(), "checkpoints")
	put(t, openAt(path), 1, 2, 3)
	lines := strings.Split(strings.TrimSuffix(string(read(t, path)), "\n"), "\n")
	if len(lines) != 3 {
		t.Fatalf("there are %d lines", len(lines))
	}
	for i, text := range lines {
		var l struct{ Checkpoint, Kept string }
		if err := json.Unmarshal([]byte(text), &l); err != nil {
			t.Fatal(err)
		}
		if l.Checkpoint != string(anchortest.Checkpoint(uint64(i+1))) || l.Kept != "2026-07-01T12:00:00Z" {
			t.Errorf("line %d: got %+v", i, l)
		}
	}
}

// TestNeverRewritten: each step only adds to what was there.
func TestNeverRewritten(t *testing.T) {
	path := filepath.Join(t.TempDir(), "checkpoints")
	var before []byte
	for size := range uint64(20) {
		put(t, openAt(path), size)
		after := read(t, path)
		if !bytes.HasPrefix(after, before) || len(after) == len(before) {
			t.Fatalf("%d records: %q became %q", size, before, after)
		}
		before = after
	}
}

// TestTruncated cuts the file at each byte, as a crash in the middle of a write
// does: what was whole stays, and the next checkpoint goes behind it.
func TestTruncated(t *testing.T) {
	path := filepath.Join(t.TempDir(), "checkpoints")
	put(t, openAt(path), 1)
	first := len(read(t, path))
	put(t, openAt(path), 2)
	whole := read(t, path)
	for n := range len(whole) {
		if testing.Short() && n%5 != 0 {
			continue
		}
		if err := os.WriteFile(path, whole[:n], 0o600); err != nil {
			t.Fatal(err)
		}
		want := []byte(nil)
		switch {
		case n == len(whole)-1:
			want = anchortest.Checkpoint(2) // all but the line's end
		case n >= first-1:
			want = anchortest.Checkpoint(1)
		}
		got, err := openAt(path).Newest(t.Context())
		if !bytes.Equal(got, want) || want == nil && !errors.Is(err, anchor.ErrNone) {
			t.Fatalf("%d bytes of %d: got %q, %v", n, len(whole), got, err)
		}
		put(t, openAt(path), 3)
		wantNewest(t, path, anchortest.Checkpoint(3))
		if after := read(t, path); !bytes.HasPrefix(after, whole[:n]) {
			t.Fatalf("%d bytes: the file was rewritten: %q", n, after)
		}
	}
}

// TestEachFlippedBit: no flipped bit makes another checkpoint of the last line.
func TestEachFlippedBit(t *testing.T) {
	path := filepath.Join(t.TempDir(), "checkpoints")
	put(t, openAt(path), 1)
	first := len(read(t, path))
	put(t, openAt(path), 2)
	whole := read(t, path)
	for bit := first * 8; bit < len(whole)*8; bit += 3 {
		altered := bytes.Clone(whole)
		altered[bit/8] ^= 1 << (bit % 8)
		if err := os.WriteFile(path, altered, 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := openAt(path).Newest(t.Context())
		if err != nil || !bytes.Equal(got, anchortest.Checkpoint(1)) && !bytes.Equal(got, anchortest.Checkpoint(2)) {
			t.Fatalf("bit %d: got %q, %v", bit, got, err)
		}
	}
}

// TestRolledBackFile: who put a checkpoint notices that it is gone. The rest is
// evidence and is left as it is.
func TestRolledBackFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "checkpoints")
	a := openAt(path)
	put(t, a, 1)
	earlier := read(t, path)
	put(t, a, 2)
	for name, change := range map[string]func() error{
		"rolled back": func() error { return os.WriteFile(path, earlier, 0o600) },
		"emptied":     func() error { return os.Truncate(path, 0) },
		"removed":     func() error { return os.Remove(path) },
	} {
		if err := change(); err != nil {
			t.Fatal(err)
		}
		before, _ := os.ReadFile(path)
		if err := a.Put(t.Context(), anchortest.Checkpoint(3)); !errors.Is(err, anchor.ErrCut) {
			t.Errorf("%s: got %v", name, err)
		}
		if after, _ := os.ReadFile(path); !bytes.Equal(before, after) {
			t.Errorf("%s: it was written to: %q", name, after)
		}
		if err := os.WriteFile(path, earlier, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// TestForeignLines are passed over, and a file without any other is refused.
func TestForeignLines(t *testing.T) {
	path := filepath.Join(t.TempDir(), "checkpoints")
	put(t, openAt(path), 1)
	foreign, err := json.Marshal(line{string(anchortest.Foreign(99)), "2026-07-01T12:00:00Z"})
	if err != nil {
		t.Fatal(err)
	}
	noise := string(foreign) + "\nnot JSON\n{}\n{\"checkpoint\":\"x\",\"kept\":\"\"}\n" + strings.Repeat("x", maxLine+1) + "\n"
	if err := os.WriteFile(path, append(read(t, path), noise...), 0o600); err != nil {
		t.Fatal(err)
	}
	wantNewest(t, path, anchortest.Checkpoint(1))
	put(t, openAt(path), 2)
	wantNewest(t, path, anchortest.Checkpoint(2))
	if err := os.WriteFile(path, []byte(noise), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := openAt(path).Put(t.Context(), anchortest.Checkpoint(3)); !errors.Is(err, anchor.ErrDamaged) || string(read(t, path)) != noise {
		t.Errorf("got %v", err)
	}
}

// TestLongFile: only the end is read.
func TestLongFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "checkpoints")
	put(t, openAt(path), 1)
	data := append(bytes.Repeat([]byte("x\n"), 32<<20), read(t, path)...)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	allocated := testing.Benchmark(func(b *testing.B) {
		for b.Loop() {
			if _, err := openAt(path).Newest(b.Context()); err != nil {
				b.Fatal(err)
			}
		}
	}).AllocedBytesPerOp()
	if allocated > 8*maxTail {
		t.Errorf("a file of %d bytes takes %d bytes of memory", len(data), allocated)
	}
}

func TestNotThere(t *testing.T) {
	dir := t.TempDir()
	for name, c := range map[string]struct {
		path string
		want error
	}{
		"no folder":     {filepath.Join(dir, "mnt", "checkpoints"), fs.ErrNotExist},
		"a folder":      {dir, ErrNotFile},
		"below a file":  {filepath.Join("/dev/null", "checkpoints"), syscall.ENOTDIR},
		"another thing": {"/dev/null", ErrNotFile},
	} {
		if err := openAt(c.path).Put(t.Context(), anchortest.Checkpoint(1)); !errors.Is(err, c.want) {
			t.Errorf("%s: put: got %v", name, err)
		}
		if _, err := openAt(c.path).Newest(t.Context()); !errors.Is(err, c.want) {
			t.Errorf("%s: newest: got %v", name, err)
		}
	}
}

// faulty is a file that fails as it is told to.
type faulty struct {
	*os.File
	room    int // bytes that the disk still takes; -1 for all
	syncErr error
}

func (f *faulty) Write(data []byte) (int, error) {
	if f.room < 0 || f.room >= len(data) {
		return f.File.Write(data)
	}
	n, err := f.File.Write(data[:f.room])
	return n, errors.Join(err, syscall.ENOSPC)
}

func (f *faulty) Sync() error { return errors.Join(f.syncErr, f.File.Sync()) }

// TestFullDisk: a disk that is full at any byte leaves what was there, and the
// next try, on a disk with room again, is whole.
func TestFullDisk(t *testing.T) {
	path := filepath.Join(t.TempDir(), "checkpoints")
	put(t, openAt(path), 1)
	before := read(t, path)
	for room := 0; room < len(before)-1; room += 7 {
		if err := os.WriteFile(path, before, 0o600); err != nil {
			t.Fatal(err)
		}
		full := anchor.In(&store{path: path, own: anchortest.Own, now: noon, open: func(path string, flag int) (handle, error) {
			file, err := os.OpenFile(path, flag, mode)
			return &faulty{file, room, nil}, err
		}})
		if err := full.Put(t.Context(), anchortest.Checkpoint(2)); !errors.Is(err, syscall.ENOSPC) {
			t.Fatalf("room for %d bytes: got %v", room, err)
		}
		wantNewest(t, path, anchortest.Checkpoint(1))
		put(t, openAt(path), 2)
		wantNewest(t, path, anchortest.Checkpoint(2))
	}
}

// TestFailedSync: what may not be durable is a failure, and is written again.
func TestFailedSync(t *testing.T) {
	path := filepath.Join(t.TempDir(), "checkpoints")
	syncErr := error(syscall.EIO)
	a := anchor.In(&store{path: path, own: anchortest.Own, now: noon, open: func(path string, flag int) (handle, error) {
		file, err := os.OpenFile(path, flag, mode)
		return &faulty{file, -1, syncErr}, err
	}})
	for n := range 2 {
		if err := a.Put(t.Context(), anchortest.Checkpoint(1)); !errors.Is(err, syscall.EIO) {
			t.Fatalf("try %d: got %v", n, err)
		}
	}
	syncErr = nil
	put(t, a, 1, 1)
	if n := bytes.Count(read(t, path), []byte("\n")); n != 3 {
		t.Errorf("there are %d lines", n)
	}
	wantNewest(t, path, anchortest.Checkpoint(1))
}

// TestPermissions: a file that may not be opened is said to be one.
func TestPermissions(t *testing.T) {
	path := filepath.Join(t.TempDir(), "checkpoints")
	put(t, openAt(path), 1)
	denied := anchor.In(&store{path: path, own: anchortest.Own, now: noon, open: func(path string, flag int) (handle, error) {
		if flag != os.O_RDONLY {
			return nil, &fs.PathError{Op: "open", Path: path, Err: fs.ErrPermission}
		}
		return openFile(path, flag)
	}})
	if err := denied.Put(t.Context(), anchortest.Checkpoint(2)); !errors.Is(err, fs.ErrPermission) || !strings.Contains(err.Error(), path) {
		t.Errorf("got %v", err)
	}
	wantNewest(t, path, anchortest.Checkpoint(1))
	if info, err := os.Stat(path); err != nil || info.Mode().Perm()&0o022 != 0 {
		t.Errorf("others can write it: %v, %v", info.Mode(), err)
	}
}
