package s3

import (
	"context"
	"fmt"
	"io"
	"math"
	"net/http"

	"github.com/minio/minio-go/v7"

	"github.com/chancery-vc/chancery/issuer/anchor"
)

const (
	// page is how many versions are listed at once: the first is the newest
	// checkpoint, unless others write here too.
	page = 20
	// maxPassedOver caps how many objects that are not the issuer's are looked at.
	maxPassedOver = 1000
)

// key returns the name of the checkpoint of so many records.
func (s *store) key(size uint64) string {
	return fmt.Sprintf("%s%019d-%d.checkpoint", s.folder(), math.MaxInt64-size, size)
}

// Newest returns the first object of the listing that the issuer signed.
func (s *store) Newest(ctx context.Context) ([]byte, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel() // which ends the listing
	passed := 0
	for object := range s.client.ListObjects(ctx, s.Bucket, minio.ListObjectsOptions{WithVersions: true, Prefix: s.folder(), Recursive: true, MaxKeys: page}) {
		if object.Err != nil {
			return nil, explained("list "+s.Bucket, object.Err)
		}
		if object.IsDeleteMarker {
			continue
		}
		checkpoint, err := s.read(ctx, object)
		if err != nil {
			return nil, explained("read "+object.Key, err)
		}
		if checkpoint != nil {
			return checkpoint, nil
		}
		if passed++; passed >= maxPassedOver {
			break
		}
	}
	return nil, s.none(ctx, passed)
}

func (s *store) none(ctx context.Context, passed int) error {
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case passed > 0:
		return fmt.Errorf("%w: none of %d objects below %s in bucket %s is a checkpoint that this issuer signed; name another prefix", anchor.ErrDamaged, passed, s.folder(), s.Bucket)
	}
	return anchor.ErrNone
}

// read returns the checkpoint in a version of an object, or nil if it is not
// one of the issuer's.
func (s *store) read(ctx context.Context, object minio.ObjectInfo) ([]byte, error) {
	if object.Size > anchor.MaxCheckpointBytes {
		return nil, nil
	}
	reader, err := s.client.GetObject(ctx, s.Bucket, object.Key, minio.GetObjectOptions{VersionID: object.VersionID})
	if err != nil {
		return nil, err
	}
	defer reader.Close()
	data, err := io.ReadAll(io.LimitReader(reader, anchor.MaxCheckpointBytes+1))
	if err != nil {
		if minio.ToErrorResponse(err).StatusCode == http.StatusNotFound {
			return nil, nil // its retention is over, and somebody has just deleted it
		}
		return nil, err
	}
	head, err := anchor.Read(data)
	if err != nil || object.Key != s.key(head.Size) || s.Own(data) != nil {
		return nil, nil
	}
	return data, nil
}
