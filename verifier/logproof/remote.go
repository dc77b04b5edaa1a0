package logproof

import (
	"bytes"
	"context"
	"io"
	"io/fs"
	"path"
	"time"
)

// Fetch returns the file at a path below the address of a published log, which
// may have at most so many bytes. That there is none is an error that wraps
// [fs.ErrNotExist].
type Fetch func(ctx context.Context, path string, most int) ([]byte, error)

// Remote returns the folder that fetch reads from, until ctx is done.
func Remote(ctx context.Context, fetch Fetch) fs.FS { return remote{ctx, fetch} }

type remote struct {
	ctx   context.Context
	fetch Fetch
}

func (r remote) Open(name string) (fs.File, error) {
	if !fs.ValidPath(name) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrInvalid}
	}
	data, err := r.fetch(r.ctx, name, maxTileBytes)
	if err != nil {
		return nil, &fs.PathError{Op: "fetch", Path: name, Err: err}
	}
	return &fetched{*bytes.NewReader(data), name}, nil
}

// fetched is a file that was fetched whole.
type fetched struct {
	bytes.Reader
	name string
}

var (
	_ fs.File     = (*fetched)(nil)
	_ fs.FileInfo = (*fetched)(nil)
	_ io.ReaderAt = (*fetched)(nil)
)

func (f *fetched) Stat() (fs.FileInfo, error) { return f, nil }
func (f *fetched) Close() error               { return nil }
func (f *fetched) Name() string               { return path.Base(f.name) }
func (f *fetched) Mode() fs.FileMode          { return 0o444 }
func (f *fetched) ModTime() time.Time         { return time.Time{} }
func (f *fetched) IsDir() bool                { return false }
func (f *fetched) Sys() any                   { return nil }
