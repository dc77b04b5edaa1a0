package csvimport

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
)

const small = "id,v\na,new\n"

func TestExistsRefused(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "source.db")
	write(t, path, "whatever it is")
	_, err := Import(t.Context(), strings.NewReader(small), path, anyTable)
	wantExists(t, err, "replaced")
	if got := read(t, path); got != "whatever it is" {
		t.Errorf("the file is now %q", got)
	}
	wantFiles(t, path, "source.db")
}

func TestReplace(t *testing.T) {
	path, _ := mustImport(t, "id,w\nb,old\n", anyTable)
	if err := os.Chmod(path, 0o640); err != nil {
		t.Fatal(err)
	}
	replace := Options{Table: "t", Key: "id", Replace: true}
	if _, err := Import(t.Context(), strings.NewReader("id,v\na\n"), path, replace); err == nil {
		t.Fatal("a ragged row was imported")
	}
	compareRows(t, map[string][]any{"b": {"b", "old"}}, readBack(t, path, "t", []string{"id", "w"}, 0))
	if _, err := Import(t.Context(), strings.NewReader(small), path, replace); err != nil {
		t.Fatal(err)
	}
	compareRows(t, map[string][]any{"a": {"a", "new"}}, readBack(t, path, "t", []string{"id", "v"}, 0))
	wantMode(t, path, 0o640)
	wantFiles(t, path, "source.db")
}

func TestReplaceWithNothingThere(t *testing.T) {
	path, _ := mustImport(t, small, Options{Table: "t", Key: "id", Replace: true})
	wantMode(t, path, 0o600)
}

func TestReplaceRefused(t *testing.T) {
	for _, c := range []struct {
		name, says string
		arrange    func(t *testing.T, path string)
	}{
		{"not a database", "not an SQLite database", func(t *testing.T, path string) { write(t, path, small+"and more than sixteen bytes") }},
		{"short", "not an SQLite database", func(t *testing.T, path string) { write(t, path, "SQLite") }},
		{"folder", "not a plain file", func(t *testing.T, path string) { must(t, os.Mkdir(path, 0o700)) }},
		{"link", "not a plain file", func(t *testing.T, path string) { must(t, os.Symlink("elsewhere", path)) }},
		{"journal", "source.db-journal", func(t *testing.T, path string) { write(t, path+"-journal", "") }},
		{"write-ahead log", "source.db-wal", func(t *testing.T, path string) { write(t, path+"-wal", "") }},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "source.db")
			c.arrange(t, path)
			before, err := os.ReadDir(filepath.Dir(path))
			must(t, err)
			_, err = Import(t.Context(), strings.NewReader(small), path, Options{Table: "t", Key: "id", Replace: true})
			wantExists(t, err, c.says)
			wantFiles(t, path, before[0].Name())
		})
	}
}

func TestNoFolder(t *testing.T) {
	path := filepath.Join(t.TempDir(), "missing", "source.db")
	if _, err := Import(t.Context(), strings.NewReader(small), path, anyTable); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "missing") {
		t.Errorf("got %v, want one that says what is missing", err)
	}
}

func TestAnyPath(t *testing.T) {
	for _, name := range []string{"two words", "a?b", "a?mode=memory", "100%", "%20", "a#b", "é", "*", "[a]", "file:x", ":memory:"} {
		path := filepath.Join(t.TempDir(), name)
		if _, err := Import(t.Context(), strings.NewReader(small), path, anyTable); err != nil {
			t.Error(err)
			continue
		}
		compareRows(t, map[string][]any{"a": {"a", "new"}}, readBack(t, path, "t", []string{"id", "v"}, 0))
		wantFiles(t, path, name)
	}
}

// TestMadeMeanwhile has another file take the name while the import runs.
func TestMadeMeanwhile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "source.db")
	meanwhile := Options{Table: "t", Key: "id", Progress: func(int) { write(t, path, "first") }}
	_, err := Import(t.Context(), strings.NewReader(small), path, meanwhile)
	wantExists(t, err, "while the import ran")
	if got := read(t, path); got != "first" {
		t.Errorf("the file is now %q", got)
	}
	wantFiles(t, path, "source.db")
}

// TestTwoAtOnce starts a second import while the first is midway: the first
// one's temporary file must survive it.
func TestTwoAtOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "source.db")
	first, feed := io.Pipe()
	var group sync.WaitGroup
	var firstErr error
	group.Go(func() {
		_, firstErr = Import(t.Context(), first, path, anyTable)
	})
	for i := range 3000 {
		fmt.Fprintf(feed, "%s\n", []string{"id,v", fmt.Sprint(i, ",first")}[min(i, 1)])
	}
	_, err := Import(t.Context(), strings.NewReader(small), path, anyTable)
	must(t, err)
	feed.Close()
	group.Wait()
	wantExists(t, firstErr, "while the import ran")
	compareRows(t, map[string][]any{"a": {"a", "new"}}, readBack(t, path, "t", []string{"id", "v"}, 0))
	wantFiles(t, path, "source.db")
}

// TestLeftovers has remains in every state that a killed import could leave.
func TestLeftovers(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "source.db")
	whole, _ := mustImport(t, small, anyTable)
	for i, text := range []string{"", "SQL", read(t, whole), read(t, whole)[:5000], strings.Repeat("x", 8192)} {
		write(t, filepath.Join(dir, temporaryPrefix(path)+fmt.Sprint(i)), text)
	}
	write(t, filepath.Join(dir, ".other.db.import-1"), "another database's")
	_, err := Import(t.Context(), strings.NewReader(small), path, anyTable)
	must(t, err)
	wantFiles(t, path, ".other.db.import-1", "source.db")
}

// TestKilled kills an import, at points spread over its length, and wants no
// database and an import that works next.
func TestKilled(t *testing.T) {
	path := filepath.Join(t.TempDir(), "source.db")
	for _, rows := range []int{500, 1000, 5000, 20000} {
		killAfter(t, path, rows)
		if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
			t.Fatalf("killed after %d rows, a database is there: %v", rows, err)
		}
		entries, err := os.ReadDir(filepath.Dir(path))
		must(t, err)
		if len(entries) != 1 || !strings.HasPrefix(entries[0].Name(), temporaryPrefix(path)) {
			t.Fatalf("killed after %d rows, the folder has %v; want the last import's temporary file alone", rows, entries)
		}
	}
	_, err := Import(t.Context(), strings.NewReader(small), path, anyTable)
	must(t, err)
	compareRows(t, map[string][]any{"a": {"a", "new"}}, readBack(t, path, "t", []string{"id", "v"}, 0))
	wantFiles(t, path, "source.db")
}

const killedPath = "CSVIMPORT_KILLED_PATH"

// TestMain runs an endless import, told on standard output, where killAfter
// asks for one.
func TestMain(m *testing.M) {
	path := os.Getenv(killedPath)
	if path == "" {
		os.Exit(m.Run())
	}
	in := io.MultiReader(strings.NewReader("id,v\n"), &numberedRows{})
	_, err := Import(context.Background(), in, path, Options{Table: "t", Key: "id", Progress: func(rows int) { fmt.Println(rows) }})
	fmt.Println("ended:", err)
	os.Exit(1)
}

func killAfter(t *testing.T, path string, rows int) {
	t.Helper()
	command := exec.CommandContext(t.Context(), os.Args[0])
	command.Env = append(os.Environ(), killedPath+"="+path)
	out, err := command.StdoutPipe()
	must(t, err)
	must(t, command.Start())
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		n, err := strconv.Atoi(lines.Text())
		if err != nil {
			t.Fatal(lines.Text())
		}
		if n >= rows {
			break
		}
	}
	must(t, command.Process.Kill())
	command.Wait() // reports the kill
}

func wantExists(t *testing.T, err error, says string) {
	t.Helper()
	if !errors.Is(err, ErrExists) || !strings.Contains(err.Error(), says) {
		t.Errorf("got %v, want ErrExists that says %q", err, says)
	}
}

func wantMode(t *testing.T, path string, want fs.FileMode) {
	t.Helper()
	info, err := os.Stat(path)
	must(t, err)
	if info.Mode().Perm() != want {
		t.Errorf("mode %v, want %v", info.Mode().Perm(), want)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	must(t, os.WriteFile(path, []byte(text), 0o600))
}

func read(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	must(t, err)
	return string(data)
}
