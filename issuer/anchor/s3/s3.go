// Package s3 keeps checkpoints in a bucket of an object store that speaks S3,
// under Object Lock in compliance mode: until its retention is over, nobody can
// delete or replace what was put there, not even with the store's root account.
//
// The bucket must have been made with Object Lock. Each checkpoint is an object
// of its own, whose name is
//
//	PREFIX/9223372036854774573-1234.checkpoint
//
// The last number is that of records, the first what remains of 2^63-1, so that
// a listing begins with the newest. Versions are listed, since a delete marker,
// which everybody can put who can write, hides an object from a plain listing.
//
// That a store took an object does not mean that it locked it: the lock is read
// back for each. Errors wrap [anchor.ErrRefused] or [anchor.ErrDamaged], or are
// those of the store and the network.
//
// Whoever has the secret key can put objects into the bucket, which are passed
// over unless the issuer signed them; they can be many, see maxPassedOver.
//
// Source: Amazon S3 API 2006-03-01, PutObject, HeadObject,
// ListObjectVersions; Amazon S3 User Guide, "Locking objects with Object Lock".
package s3

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"github.com/chancery-vc/chancery/issuer/anchor"
	"github.com/chancery-vc/chancery/issuer/secret"
)

// maxAnswer caps what one request is answered with: a page of a listing.
const maxAnswer = 4 << 20

// Options say which bucket, and on what terms.
type Options struct {
	// URL is where the store is, https.
	URL string
	// Bucket was made with Object Lock.
	Bucket string
	// Region of the bucket.
	Region string
	// Prefix is the folder in the bucket, without a slash at its ends.
	Prefix string
	// AccessKey names the account.
	AccessKey string
	// Secrets reads SecretFile; nil for one that knows files alone.
	Secrets *secret.Store
	// SecretFile is a reference to its secret key and nothing else. It is read for
	// each request.
	SecretFile string
	// Retention is how long nobody can delete what was put.
	Retention time.Duration
	// Transport asks. It ends what takes too long.
	Transport http.RoundTripper
	// Own judges the checkpoints in the bucket.
	Own anchor.Judge
	// Now is this machine's time.
	Now func() time.Time
}

type store struct {
	Options
	client *minio.Client
}

// New returns the anchor that o says. Nothing is asked yet.
func New(o Options) (anchor.Anchor, error) {
	address, err := url.Parse(o.URL)
	if err != nil {
		return nil, err
	}
	key, err := secret.Parse(o.SecretFile)
	if err != nil {
		return nil, fmt.Errorf("secret key: %w", err)
	}
	client, err := minio.New(address.Host, &minio.Options{
		Creds:  credentials.New(account{o.AccessKey, key, cmp.Or(o.Secrets, secret.New("", secret.Environment{}))}),
		Secure: true, Region: o.Region, MaxRetries: 1, Transport: capped{o.Transport},
	})
	if err != nil {
		return nil, fmt.Errorf("object store: %w", err)
	}
	return anchor.In(&store{o, client}), nil
}

// account reads the secret key anew for each request, so that another program
// can renew it.
type account struct {
	access  string
	key     secret.Reference
	secrets *secret.Store
}

func (a account) Retrieve() (credentials.Value, error) {
	key, err := a.secrets.LastLine(context.Background(), a.key)
	if err != nil {
		return credentials.Value{}, err
	}
	return credentials.Value{AccessKeyID: a.access, SecretAccessKey: key, SignerType: credentials.SignatureV4}, nil
}

func (a account) RetrieveWithCredContext(*credentials.CredContext) (credentials.Value, error) {
	return a.Retrieve()
}

func (account) IsExpired() bool { return true }

// capped ends an answer at maxAnswer.
type capped struct{ next http.RoundTripper }

func (c capped) RoundTrip(r *http.Request) (*http.Response, error) {
	response, err := c.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	response.Body = struct {
		io.Reader
		io.Closer
	}{io.LimitReader(response.Body, maxAnswer), response.Body}
	return response, nil
}

// Add puts the checkpoint, and reads back that it is locked.
func (s *store) Add(ctx context.Context, checkpoint []byte) error {
	head, err := anchor.Read(checkpoint)
	if err != nil {
		return err
	}
	until := s.Now().Add(s.Retention).UTC().Truncate(time.Second)
	info, err := s.client.PutObject(ctx, s.Bucket, s.key(head.Size), bytes.NewReader(checkpoint), int64(len(checkpoint)), minio.PutObjectOptions{
		Mode: minio.Compliance, RetainUntilDate: until, ContentType: "text/plain; charset=utf-8", SendContentMd5: true, DisableMultipart: true,
	})
	if err != nil {
		return explained("put a checkpoint into "+s.Bucket, err)
	}
	return s.checkLock(ctx, s.key(head.Size), info.VersionID, until)
}

// Headers that say how an object is locked. Stores disagree on the XML of
// GetObjectRetention.
const (
	headerMode  = "X-Amz-Object-Lock-Mode"
	headerUntil = "X-Amz-Object-Lock-Retain-Until-Date"
)

// checkLock reads back on what terms an object is kept.
func (s *store) checkLock(ctx context.Context, key, version string, until time.Time) error {
	if version == "" || version == "null" {
		return fmt.Errorf("%w: bucket %s has no versions, so that objects can be replaced; name one that was made with Object Lock", anchor.ErrRefused, s.Bucket)
	}
	info, err := s.client.StatObject(ctx, s.Bucket, key, minio.StatObjectOptions{VersionID: version})
	if err != nil {
		return explained("read back the lock of a checkpoint in "+s.Bucket, err)
	}
	kept, err := time.Parse(time.RFC3339, info.Metadata.Get(headerUntil))
	if err != nil || kept.Before(until) || info.Metadata.Get(headerMode) != string(minio.Compliance) {
		return fmt.Errorf("%w: %s in bucket %s is not locked in compliance mode until %s; name a bucket that was made with Object Lock", anchor.ErrRefused, key, s.Bucket, until.Format(time.RFC3339))
	}
	return nil
}

// explained adds what was done and, where the code of a refusal says it, what
// to do.
func explained(what string, err error) error {
	advice := map[string]string{
		minio.NoSuchBucket:                     "make the bucket, with Object Lock",
		minio.AccessDenied:                     "let the account put objects, read them and their retention, and list versions",
		"InvalidAccessKeyId":                   "correct access_key",
		"SignatureDoesNotMatch":                "correct the file of the secret key",
		"RequestTimeTooSkewed":                 "set this machine's clock",
		"InvalidRequest":                       "name a bucket that was made with Object Lock",
		"ObjectLockConfigurationNotFoundError": "name a bucket that was made with Object Lock",
	}[minio.ToErrorResponse(err).Code]
	if advice == "" {
		return fmt.Errorf("%s: %w", what, err)
	}
	return fmt.Errorf("%s: %w; %s", what, err, advice)
}

func (s *store) folder() string { return strings.Trim(s.Prefix, "/") + "/" }
