// Package file keeps checkpoints in a file that is only ever appended to, on a
// disk that the issuer's administrator does not administer: that of another
// machine, or one where `chattr +a` was set on the file by somebody else.
//
// The file has a line for each checkpoint, the newest last. A line is a JSON
// object with two members: "checkpoint", the signed note, and "kept", the time
// at which it was written (RFC 3339, UTC). Each line is written at once and
// synced. One that a crash left unfinished is ended and passed over, since what
// is there is never changed.
//
// Whoever can write the file can add lines, which are passed over unless the
// issuer signed them, and, without `chattr +a`, can take lines away.
package file

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/chancery-vc/chancery/internal/durable"
	"github.com/chancery-vc/chancery/issuer/anchor"
	"github.com/chancery-vc/chancery/verifier/credential"
)

const (
	// maxLine caps a line: JSON can write a byte in six.
	maxLine = 6*anchor.MaxCheckpointBytes + 256
	// maxTail caps how much of the end of a file is searched for a checkpoint.
	maxTail = 64 * maxLine
)

// mode of a new file: others than the issuer may read what is public anyway.
const mode = 0o644

// ErrNotFile says that there is something else than a file.
var ErrNotFile = errors.New("it is not a regular file")

type line struct {
	Checkpoint string `json:"checkpoint"`
	Kept       string `json:"kept"`
}

// handle is what is needed of an [os.File].
type handle interface {
	io.ReaderAt
	io.Writer
	Stat() (fs.FileInfo, error)
	Sync() error
	Close() error
}

type store struct {
	path string
	own  anchor.Judge
	now  func() time.Time
	open func(path string, flag int) (handle, error)
	// doubt is a checkpoint that was written and perhaps not synced: the disk
	// may yet forget it, and it is written again.
	doubt []byte
}

// New returns the anchor that is the file at path. The file need not be there
// yet, its folder must be.
func New(path string, own anchor.Judge, now func() time.Time) anchor.Anchor {
	return anchor.In(&store{path: path, own: own, now: now, open: openFile})
}

func openFile(path string, flag int) (handle, error) {
	return os.OpenFile(path, flag, mode) // a nil *os.File comes with an error
}

// Newest returns the last line that the issuer signed.
func (s *store) Newest(context.Context) (checkpoint []byte, err error) {
	file, err := s.open(s.path, os.O_RDONLY)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, s.mustHaveFolder()
	}
	if err != nil {
		return nil, err
	}
	defer file.Close()
	tail, err := s.tail(file)
	if err != nil {
		return nil, err
	}
	if len(tail) == 0 {
		return nil, anchor.ErrNone
	}
	return s.last(tail)
}

// mustHaveFolder tells a file that was not written yet from a disk that is not
// mounted.
func (s *store) mustHaveFolder() error {
	if _, err := os.Stat(filepath.Dir(s.path)); err != nil {
		return fmt.Errorf("%w; mount the disk, or make the folder", err)
	}
	return anchor.ErrNone
}

// tail returns the end of the file.
func (s *store) tail(file handle) ([]byte, error) {
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s: %w", s.path, ErrNotFile)
	}
	from := max(0, info.Size()-maxTail)
	return io.ReadAll(io.NewSectionReader(file, from, info.Size()-from))
}

// last returns the checkpoint of the last line that has one of the issuer's and
// is not in doubt.
func (s *store) last(tail []byte) ([]byte, error) {
	started := len(tail) < maxLine // whether the file has nothing but its first line, unfinished
	for rest := tail; len(rest) > 0; {
		end := bytes.LastIndexByte(rest, '\n')
		started = started && end < 0
		switch checkpoint, ok := s.read(rest[end+1:]); {
		case ok && s.doubt != nil && bytes.Equal(checkpoint, s.doubt):
			started = true
		case ok:
			return checkpoint, nil
		}
		rest = rest[:max(end, 0)]
	}
	if started {
		return nil, anchor.ErrNone
	}
	return nil, fmt.Errorf("%w: the last %d bytes of %s have no checkpoint that this issuer signed; keep the file, and name another", anchor.ErrDamaged, len(tail), s.path)
}

func (s *store) read(data []byte) ([]byte, bool) {
	var l line
	if len(data) > maxLine || json.Unmarshal(data, &l, json.RejectUnknownMembers(true)) != nil {
		return nil, false
	}
	checkpoint := []byte(l.Checkpoint)
	if _, err := anchor.Read(checkpoint); err != nil {
		return nil, false
	}
	return checkpoint, s.own(checkpoint) == nil
}

// Add appends a line.
func (s *store) Add(_ context.Context, checkpoint []byte) error {
	data, err := json.Marshal(line{string(checkpoint), credential.FormatTime(s.now())}, json.Deterministic(true))
	if err != nil {
		return fmt.Errorf("%w: %w", anchor.ErrCheckpoint, err)
	}
	// For reading too, because of how the last line ends.
	file, err := s.open(s.path, os.O_RDWR|os.O_APPEND|os.O_CREATE)
	if err != nil {
		return err
	}
	s.doubt = checkpoint
	ended, err := s.ended(file)
	if err == nil {
		err = write(file, data, ended)
	}
	if err := errors.Join(err, file.Close()); err != nil {
		return err
	}
	if err := durable.SyncDir(filepath.Dir(s.path)); err != nil {
		return err
	}
	s.doubt = nil
	return nil
}

// ended tells whether the last line has its end.
func (s *store) ended(file handle) (bool, error) {
	info, err := file.Stat()
	if err != nil || info.Size() == 0 {
		return true, err
	}
	var last [1]byte
	_, err = file.ReadAt(last[:], info.Size()-1)
	return last[0] == '\n', err
}

func write(file handle, data []byte, ended bool) error {
	if !ended {
		data = append([]byte("\n"), data...)
	}
	if _, err := file.Write(append(data, '\n')); err != nil {
		return err
	}
	return file.Sync()
}
