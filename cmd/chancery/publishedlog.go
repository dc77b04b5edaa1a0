package main

import (
	"bytes"
	"context"
	"crypto/x509"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/chancery-vc/chancery/internal/web"
	"github.com/chancery-vc/chancery/issuer"
	"github.com/chancery-vc/chancery/verifier/logproof"
)

// fetchTime is how long one file of a published log may take.
const fetchTime = 30 * time.Second

// trusted says whose certificates are believed, beside those of the system.
type trusted struct {
	CA string `name:"ca" help:"Certificates, PEM, one of which a server's may come from, beside those of the system." placeholder:"FILE"`
}

func (c trusted) client() (*http.Client, error) {
	var roots *x509.CertPool
	if c.CA != "" {
		data, err := os.ReadFile(c.CA)
		if err != nil {
			return nil, err
		}
		if roots, err = web.Roots(data); err != nil {
			return nil, fmt.Errorf("%s: %w", c.CA, err)
		}
	}
	return web.NewClient(roots, fetchTime), nil
}

// isRemote tells an address from a folder or file.
func isRemote(place string) bool { return strings.Contains(place, "://") }

// published returns how the files of a published log are read: below an https
// address, or in a folder.
func (c trusted) published(place string) (logproof.Fetch, error) {
	if isRemote(place) {
		client, err := c.client()
		return web.Folder{Client: client, Address: place}.Get, err
	}
	folder := os.DirFS(place)
	return func(_ context.Context, path string, most int) ([]byte, error) {
		file, err := folder.Open(path)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", place, err)
		}
		defer file.Close()
		return web.ReadBody(file, most)
	}, nil
}

// shownAt returns how the checkpoint at a place is read: of a published log, or
// a file with the checkpoint itself, or that of an anchor, which has it in its
// last line.
func (c trusted) shownAt(place string) (logproof.Fetch, error) {
	if info, err := os.Stat(place); isRemote(place) || err == nil && info.IsDir() {
		return c.published(place)
	}
	return func(_ context.Context, path string, most int) ([]byte, error) {
		if path != issuer.PathCheckpoint {
			return nil, fmt.Errorf("%s: %w", path, fs.ErrNotExist)
		}
		data, err := lastLine(place, most)
		if checkpoint, ok := anchoredIn(data); ok {
			return checkpoint, err
		}
		if err == nil {
			data, err = os.ReadFile(place)
		}
		if err == nil && len(data) > most {
			err = web.ErrTooLarge
		}
		return data, err
	}, nil
}

// lastLine returns the last line of a file, or what of it is in its end.
func lastLine(path string, most int) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	tail := min(info.Size(), int64(8*most))
	data, err := io.ReadAll(io.NewSectionReader(file, info.Size()-tail, tail))
	data = bytes.TrimSuffix(data, []byte("\n"))
	return data[bytes.LastIndexByte(data, '\n')+1:], err
}
