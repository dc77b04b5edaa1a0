package backup

import (
	"archive/tar"
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chancery-vc/chancery/internal/issuertest"
	"github.com/chancery-vc/chancery/issuer"
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// parts are those of a small issuer.
func parts(t testing.TB) []Part {
	t.Helper()
	dir := issuertest.Folder(t, 2)
	i := issuertest.Open(t, dir, issuertest.NewClock())
	state := filepath.Join(t.TempDir(), "copy.db")
	file, err := os.Create(state)
	must(t, err)
	must(t, errors.Join(i.Store().Snapshot(file, func(int64) {}), file.Close()))
	return []Part{
		{StateFile, state},
		{ConfigFile, filepath.Join(dir, issuertest.ConfigFile)},
		{StateFolder + "pseudonym.key", filepath.Join(dir, "state", "pseudonym.key")},
	}
}

// written returns a backup.
func written(t testing.TB) ([]byte, []Part) {
	t.Helper()
	var out bytes.Buffer
	all := parts(t)
	_, err := Write(&out, all)
	must(t, err)
	return out.Bytes(), all
}

func extract(t testing.TB, data []byte) (*Manifest, string, error) {
	t.Helper()
	folder := t.TempDir()
	m, err := Extract(bytes.NewReader(data), folder)
	return m, folder, err
}

func TestThereAndBack(t *testing.T) {
	data, all := written(t)
	m, folder, err := extract(t, data)
	must(t, err)
	for _, part := range all {
		want, err := os.ReadFile(part.Path)
		must(t, err)
		got, err := os.ReadFile(filepath.Join(folder, part.Name))
		must(t, err)
		if !bytes.Equal(got, want) {
			t.Errorf("%s came back as something else", part.Name)
		}
	}
	if m.Records == 0 || m.Identity[issuer.IdentityKey] == "" || m.Identity["url"] == "" || !slices.Contains(m.Pseudonyms, "pseudonym.key") {
		t.Errorf("the manifest says too little: %+v", m)
	}
	var again bytes.Buffer
	if _, err := Write(&again, all); err != nil || !bytes.Equal(again.Bytes(), data) {
		t.Errorf("the same parts give another backup, %v", err)
	}
}

// TestOtherPrograms: what is written is read by whoever reads tar.
func TestOtherPrograms(t *testing.T) {
	data, _ := written(t)
	var found []string
	archive := tar.NewReader(bytes.NewReader(data))
	for {
		h, err := archive.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		must(t, err)
		if h.Typeflag != tar.TypeReg || h.Mode != 0o600 || !h.ModTime.Equal(time.Unix(0, 0)) || h.Uid != 0 || h.Uname != "" {
			t.Errorf("%+v", h)
		}
		found = append(found, h.Name)
	}
	if diff := cmp.Diff([]string{"manifest.json", "chancery.yaml", "state/issuer.db", "state/pseudonym.key"}, found); diff != "" {
		t.Error(diff)
	}
}

// TestAltered: no bit counts for nothing, wherever it is.
func TestAltered(t *testing.T) {
	data, _ := written(t)
	step := func(at int) int {
		if at < 4096 || len(data)-at < 2048 {
			return 7
		}
		return 499
	}
	altered := 0
	for at := 0; at < len(data); at += step(at) {
		bad := bytes.Clone(data)
		bad[at] ^= 1 << (at % 8)
		if _, _, err := extract(t, bad); !errors.Is(err, ErrArchive) {
			t.Fatalf("byte %d of %d altered: %v", at, len(data), err)
		}
		altered++
	}
	t.Logf("%d of %d bytes altered, each found", altered, len(data))
}

func TestCutOffOrGoesOn(t *testing.T) {
	data, _ := written(t)
	for _, size := range []int{0, 1, 511, 512, 600, 2000, len(data) / 2, len(data) - 1024, len(data) - 1} {
		if _, _, err := extract(t, data[:size]); !errors.Is(err, ErrArchive) || !strings.Contains(err.Error(), "cut off") {
			t.Errorf("cut off after %d of %d bytes: %v", size, len(data), err)
		}
	}
	if _, _, err := extract(t, append(bytes.Clone(data), 0)); !errors.Is(err, ErrArchive) {
		t.Errorf("one byte more: %v", err)
	}
}

// entry is a file of an archive that somebody else made.
type entry struct {
	tar.Header
	content string
}

// hostile returns an archive of such files, after a manifest that says what
// files says.
func hostile(t *testing.T, files []File, entries ...entry) []byte {
	t.Helper()
	manifest, err := (&Manifest{Format: 1, Identity: map[string]string{}, Files: files}).encode()
	must(t, err)
	var out bytes.Buffer
	archive := tar.NewWriter(&out)
	for _, e := range append([]entry{{*header(manifestName, 0), string(manifest)}}, entries...) {
		e.Size = int64(len(e.content))
		must(t, archive.WriteHeader(&e.Header))
		_, err := io.WriteString(archive, e.content)
		must(t, err)
	}
	must(t, archive.Close())
	return out.Bytes()
}

// TestHostile: nothing is written but where it belongs, whatever an archive
// says.
func TestHostile(t *testing.T) {
	const sum = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" // of nothing
	both := []File{{ConfigFile, 0, sum}, {StateFile, 0, sum}}
	named := func(name string) []File { return append(slices.Clone(both), File{name, 0, sum}) }
	link := func(kind byte, target string) entry {
		return entry{tar.Header{Typeflag: kind, Name: ConfigFile, Linkname: target, Mode: 0o600, ModTime: time.Unix(0, 0)}, ""}
	}
	config, state := entry{Header: *header(ConfigFile, 0)}, entry{Header: *header(StateFile, 0)}
	sparse := entry{Header: *header(ConfigFile, 0)}
	sparse.Format, sparse.PAXRecords = tar.FormatPAX, map[string]string{"comment": "more than is said"}
	for name, data := range map[string][]byte{
		"a path upwards":             hostile(t, named("state/../../escaped"), config, state, entry{Header: *header("state/../../escaped", 0)}),
		"an absolute path":           hostile(t, named("/tmp/escaped"), config, state, entry{Header: *header("/tmp/escaped", 0)}),
		"a name in another folder":   hostile(t, named("sealed/x/issuer.db"), config, state),
		"another name than is said":  hostile(t, both, entry{Header: *header("../escaped", 0)}, state),
		"a symbolic link":            hostile(t, both, link(tar.TypeSymlink, "/etc/passwd"), state),
		"a hard link":                hostile(t, both, link(tar.TypeLink, "../escaped"), state),
		"a device":                   hostile(t, both, link(tar.TypeChar, ""), state),
		"a file given twice":         hostile(t, append(slices.Clone(both), both[1]), config, state, state),
		"a second file of that name": hostile(t, both, config, state, state),
		"files out of order":         hostile(t, []File{both[1], both[0]}, state, config),
		"no state":                   hostile(t, both[:1], config),
		"an extended header":         hostile(t, both, sparse, state),
		"a longer file than is said": hostile(t, both, entry{*header(ConfigFile, 0), "more"}, state),
		"a size below nothing":       hostile(t, []File{{ConfigFile, -1, sum}, both[1]}, config, state),
		"a size beyond its end":      hostile(t, []File{{ConfigFile, 1 << 60, sum}, both[1]}, config, state),
		"files that are empty":       hostile(t, both, config, state),
		"no archive":                 bytes.Repeat([]byte("no tar "), 1000),
		"a gzip file":                append([]byte{0x1f, 0x8b, 8}, make([]byte, 2048)...),
	} {
		outside := t.TempDir()
		folder := filepath.Join(outside, "a", "b")
		must(t, os.MkdirAll(folder, 0o700))
		if _, err := Extract(bytes.NewReader(data), folder); !errors.Is(err, ErrArchive) {
			t.Errorf("%s: %v", name, err)
		}
		must(t, filepath.WalkDir(outside, func(path string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() && !strings.HasPrefix(path, folder) || d.Type()&fs.ModeSymlink != 0 {
				t.Errorf("%s: wrote %s", name, path)
			}
			return err
		}))
	}
}

// TestManifestIsCapped: what is not checked yet fills no memory.
func TestManifestIsCapped(t *testing.T) {
	var out bytes.Buffer
	must(t, tar.NewWriter(&out).WriteHeader(header(manifestName, maxManifestBytes+1)))
	read := &counting{r: io.MultiReader(&out, zeros{})}
	if _, err := Extract(read, t.TempDir()); !errors.Is(err, ErrArchive) || read.n > 4096 {
		t.Errorf("%v, after %d bytes", err, read.n)
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

type counting struct {
	r io.Reader
	n int
}

func (c *counting) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += n
	return n, err
}

// failing is a disk that is full after some bytes.
type failing struct{ left int }

var errFull = errors.New("the disk is full")

func (f *failing) Write(p []byte) (int, error) {
	if f.left -= len(p); f.left < 0 {
		return 0, errFull
	}
	return len(p), nil
}

func TestDiskFull(t *testing.T) {
	data, all := written(t)
	for _, left := range []int{0, 600, len(data) / 2, len(data) - 1} {
		if _, err := Write(&failing{left}, all); !errors.Is(err, errFull) {
			t.Errorf("full after %d bytes: %v", left, err)
		}
	}
}

func TestMissingParts(t *testing.T) {
	all := parts(t)
	if _, err := Write(io.Discard, all[:1]); !errors.Is(err, ErrArchive) || !strings.Contains(err.Error(), ConfigFile) {
		t.Errorf("without a configuration: %v", err)
	}
	all[2].Path += ".missing"
	if _, err := Write(io.Discard, all); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "pseudonym.key") {
		t.Errorf("without a key: %v", err)
	}
}
