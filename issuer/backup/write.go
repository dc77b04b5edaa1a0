package backup

import (
	"archive/tar"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"time"
)

// Write writes a backup of parts, of which it sorts the order.
func Write(w io.Writer, parts []Part) (*Manifest, error) {
	m, err := describe(parts)
	if err != nil {
		return nil, err
	}
	manifest, err := m.encode()
	if err != nil {
		return nil, err
	}
	archive := tar.NewWriter(w)
	if err := archive.WriteHeader(header(manifestName, int64(len(manifest)))); err != nil {
		return nil, err
	}
	if _, err := archive.Write(manifest); err != nil {
		return nil, err
	}
	for i, part := range parts {
		if err := add(archive, m.Files[i], part.Path); err != nil {
			return nil, fmt.Errorf("back up %s: %w", part.Name, err)
		}
	}
	return m, archive.Close()
}

// header is what stands before each file.
func header(name string, size int64) *tar.Header {
	return &tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: 0o600, Size: size, ModTime: time.Unix(0, 0)}
}

func add(archive *tar.Writer, f File, path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	if err := archive.WriteHeader(header(f.Name, f.Size)); err != nil {
		return err
	}
	sum := sha256.New()
	if _, err := io.CopyN(io.MultiWriter(archive, sum), file, f.Size); err != nil {
		return err
	}
	if hex.EncodeToString(sum.Sum(nil)) != f.SHA256 {
		return errors.New("it changed meanwhile")
	}
	return nil
}
