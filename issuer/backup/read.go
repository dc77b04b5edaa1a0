package backup

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"

	"github.com/go-json-experiment/json"

	"github.com/chancery-vc/chancery/internal/durable"
)

// headerBytes is the length of a header without extensions.
const headerBytes = 512

// Extract writes the files of a backup into an empty folder, durably. If it
// returns an error, what is there is not to be used. Whether the log is whole,
// and whether it is the newest, is not known yet.
func Extract(r io.Reader, folder string) (*Manifest, error) {
	a := newArchive(r)
	m, err := a.manifest()
	if err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(folder)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	var parts []Part
	for _, file := range m.Files {
		if err := a.extract(root, file); err != nil {
			return nil, fmt.Errorf("%s: %w", file.Name, err)
		}
		parts = append(parts, Part{file.Name, filepath.Join(folder, filepath.FromSlash(file.Name))})
	}
	if err := a.end(); err != nil {
		return nil, err
	}
	if err := syncFolders(folder, parts); err != nil {
		return nil, err
	}
	return m, m.confirm(parts)
}

// confirm returns an error unless the manifest is the one of parts.
func (m *Manifest) confirm(parts []Part) error {
	found, err := describe(parts)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrArchive, err)
	}
	says, err := m.encode()
	is, err2 := found.encode()
	if err := errors.Join(err, err2); err != nil {
		return err
	}
	if !bytes.Equal(says, is) {
		return fmt.Errorf("%w: its manifest is not that of its files", ErrArchive)
	}
	return nil
}

// archive is a backup that is being read: it is written once more, and each byte
// that is written must be the next one that is read.
type archive struct {
	in      io.Reader
	out     *tar.Writer
	content bool // what is written comes from in, and was read
}

func newArchive(r io.Reader) *archive {
	a := &archive{in: r}
	a.out = tar.NewWriter(a)
	return a
}

// Write compares.
func (a *archive) Write(p []byte) (int, error) {
	if a.content {
		return len(p), nil
	}
	next := make([]byte, len(p))
	if _, err := io.ReadFull(a.in, next); err != nil {
		return 0, cutOff(err)
	}
	if !bytes.Equal(p, next) {
		return 0, fmt.Errorf("%w: something other than the next file begins where that should", ErrArchive)
	}
	return len(p), nil
}

// cutOff names the end that came too soon.
func cutOff(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("%w: it is cut off", ErrArchive)
	}
	return err
}

// next copies the content of the next file, which must have this name and size.
func (a *archive) next(name string, size int64, to io.Writer) error {
	if err := a.out.WriteHeader(header(name, size)); err != nil {
		return err
	}
	a.content = true
	_, err := io.CopyN(io.MultiWriter(to, a.out), a.in, size)
	a.content = false
	if err != nil {
		return cutOff(err)
	}
	return a.out.Flush()
}

// manifest reads the first file. How long it is its header alone says.
func (a *archive) manifest() (*Manifest, error) {
	first := make([]byte, headerBytes)
	if _, err := io.ReadFull(a.in, first); err != nil {
		return nil, cutOff(err)
	}
	h, err := tar.NewReader(bytes.NewReader(first)).Next()
	if err != nil || h.Name != manifestName || h.Size > maxManifestBytes {
		return nil, fmt.Errorf("%w: it does not begin with %s", ErrArchive, manifestName)
	}
	a.in = io.MultiReader(bytes.NewReader(first), a.in)
	var data bytes.Buffer
	if err := a.next(manifestName, h.Size, &data); err != nil {
		return nil, err
	}
	m := &Manifest{}
	if err := json.Unmarshal(data.Bytes(), m, json.RejectUnknownMembers(true)); err != nil {
		return nil, fmt.Errorf("%w: its manifest cannot be read: %w", ErrArchive, err)
	}
	again, err := m.encode()
	if err != nil || !bytes.Equal(again, data.Bytes()) || m.Format != 1 {
		return nil, fmt.Errorf("%w: its manifest is not of this form; a newer version may have written it", ErrArchive)
	}
	return m, m.checkNames()
}

// extract writes the next file below root.
func (a *archive) extract(root *os.Root, f File) error {
	if err := root.MkdirAll(path.Dir(f.Name), 0o700); err != nil {
		return err
	}
	file, err := root.OpenFile(f.Name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	sum := sha256.New()
	err = a.next(f.Name, f.Size, io.MultiWriter(file, sum))
	if err := errors.Join(err, file.Sync(), file.Close()); err != nil {
		return err
	}
	if hex.EncodeToString(sum.Sum(nil)) != f.SHA256 {
		return fmt.Errorf("%w: it was altered", ErrArchive)
	}
	return nil
}

// end returns an error unless the archive ends here.
func (a *archive) end() error {
	if err := a.out.Close(); err != nil {
		return err
	}
	if n, err := io.ReadFull(a.in, make([]byte, 1)); n > 0 || !errors.Is(err, io.EOF) {
		return fmt.Errorf("%w: something follows its end", ErrArchive)
	}
	return nil
}

// syncFolders makes the names of files durable.
func syncFolders(folder string, parts []Part) error {
	folders := map[string]bool{folder: true}
	for _, part := range parts {
		folders[filepath.Dir(part.Path)] = true
	}
	for name := range folders {
		if err := durable.SyncDir(name); err != nil {
			return err
		}
	}
	return nil
}
