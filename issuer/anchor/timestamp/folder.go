package timestamp

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"

	"github.com/digitorus/timestamp"

	"github.com/chancery-vc/chancery/internal/durable"
	"github.com/chancery-vc/chancery/internal/web"
	"github.com/chancery-vc/chancery/issuer/anchor"
)

// Ends of the names of files.
const (
	endCheckpoint = ".checkpoint"
	endToken      = ".tst"
)

// mode of what is kept: others than the issuer may read what is public anyway.
const mode = 0o644

// maxPassedOver caps how many pairs that are not the issuer's are passed over.
const maxPassedOver = 1000

// checkpointName is the name of a checkpoint's file. Names sort as sizes do.
var checkpointName = regexp.MustCompile(`^[0-9]{20}\.checkpoint$`)

// keep writes the token first: only a checkpoint makes it count.
func (s *store) keep(size uint64, checkpoint, token []byte) error {
	base := filepath.Join(s.Folder, fmt.Sprintf("%020d", size))
	if err := durable.Place(base+endToken, token, mode, os.Rename); err != nil {
		return err
	}
	return durable.Place(base+endCheckpoint, checkpoint, mode, os.Rename)
}

// Newest returns the checkpoint of the most records whose token is in order.
func (s *store) Newest(ctx context.Context) ([]byte, error) {
	entries, err := os.ReadDir(s.Folder)
	if err != nil {
		return nil, fmt.Errorf("%w; mount the disk, or make the folder", err)
	}
	passed := 0
	for _, entry := range slices.Backward(entries) {
		if !checkpointName.MatchString(entry.Name()) {
			continue
		}
		checkpoint, err := s.read(entry.Name())
		if err == nil {
			return checkpoint, nil
		}
		if passed++; passed > maxPassedOver || ctx.Err() != nil {
			return nil, fmt.Errorf("%w: %d checkpoints without a valid token of this authority, such as %s (%w)", anchor.ErrDamaged, passed, entry.Name(), err)
		}
	}
	if passed > 0 {
		return nil, fmt.Errorf("%w: none of %d checkpoints in %s has a valid token of this authority and the issuer's signature; keep the folder, and name another", anchor.ErrDamaged, passed, s.Folder)
	}
	return nil, anchor.ErrNone
}

// read returns the checkpoint in the file called name, if its token and its
// signature are in order.
func (s *store) read(name string) ([]byte, error) {
	path := filepath.Join(s.Folder, name)
	checkpoint, err := readFile(path, anchor.MaxCheckpointBytes)
	if err != nil {
		return nil, err
	}
	token, err := readFile(path[:len(path)-len(endCheckpoint)]+endToken, maxAnswer)
	if err != nil {
		return nil, err
	}
	stamp, err := parse(timestamp.Parse, token)
	if err != nil {
		return nil, err
	}
	digest := sha256.Sum256(checkpoint)
	head, err := anchor.Read(checkpoint)
	if err := errors.Join(err, s.verify(stamp, digest[:]), s.Own(checkpoint)); err != nil {
		return nil, err
	}
	if name != fmt.Sprintf("%020d", head.Size)+endCheckpoint {
		return nil, fmt.Errorf("%w: it has %d records, not what its file's name says", anchor.ErrCheckpoint, head.Size)
	}
	return checkpoint, nil
}

func readFile(path string, most int) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	if info, err := file.Stat(); err != nil || !info.Mode().IsRegular() {
		return nil, errors.Join(err, &fs.PathError{Op: "read", Path: path, Err: fs.ErrInvalid})
	}
	return web.ReadBody(file, most)
}
