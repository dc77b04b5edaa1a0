package s3_test

import (
	"bytes"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/minio/minio-go/v7"

	"github.com/chancery-vc/chancery/internal/web"
	"github.com/chancery-vc/chancery/issuer/anchor"
	"github.com/chancery-vc/chancery/issuer/anchor/anchortest"
	"github.com/chancery-vc/chancery/issuer/anchor/internal/s3test"
	"github.com/chancery-vc/chancery/issuer/anchor/s3"
)

const retention = 24 * time.Hour

// options are those of a bucket of a real server.
func options(server *s3test.Server, bucket string) s3.Options {
	return s3.Options{
		URL: server.URL, Bucket: bucket, Region: s3test.Region, Prefix: "log", AccessKey: s3test.AccessKey, SecretFile: server.SecretFile,
		Retention: retention, Transport: web.NewClient(server.Roots, time.Minute).Transport, Own: anchortest.Own, Now: time.Now,
	}
}

func open(t testing.TB, o s3.Options) anchor.Anchor {
	t.Helper()
	a, err := s3.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// TestRealServer runs against the Versity S3 Gateway.
func TestRealServer(t *testing.T) {
	server := s3test.Start(t)
	bucket := func(name string, locking bool) string {
		if err := server.Admin().MakeBucket(t.Context(), name, minio.MakeBucketOptions{Region: s3test.Region, ObjectLocking: locking}); err != nil {
			t.Fatal(err)
		}
		return name
	}
	t.Run("contract", func(t *testing.T) {
		o := options(server, bucket("contract", true))
		anchortest.Run(t, func(*testing.T) anchor.Anchor { o.Prefix += "x"; return open(t, o) }, func(*testing.T) anchor.Anchor { return open(t, o) })
	})
	t.Run("locked", func(t *testing.T) { testLocked(t, server, bucket("locked", true)) })
	t.Run("hidden", func(t *testing.T) { testHidden(t, server, bucket("hidden", true)) })
	t.Run("foreign", func(t *testing.T) { testForeign(t, server, bucket("foreign", true)) })
	t.Run("without lock", func(t *testing.T) {
		err := open(t, options(server, bucket("plain", false))).Put(t.Context(), anchortest.Checkpoint(1))
		if err == nil || !strings.Contains(err.Error(), "made with Object Lock") {
			t.Errorf("got %v", err)
		}
	})
	t.Run("no bucket", func(t *testing.T) {
		err := open(t, options(server, "nowhere")).Put(t.Context(), anchortest.Checkpoint(1))
		if err == nil || !strings.Contains(err.Error(), "make the bucket") {
			t.Errorf("got %v", err)
		}
	})
	t.Run("wrong secret", func(t *testing.T) {
		o := options(server, "locked")
		o.SecretFile = t.TempDir() + "/secret"
		if err := os.WriteFile(o.SecretFile, []byte("nottheone\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		err := open(t, o).Put(t.Context(), anchortest.Checkpoint(100))
		if err == nil || !strings.Contains(err.Error(), "correct the file of the secret key") || strings.Contains(err.Error(), "nottheone") {
			t.Errorf("got %v", err)
		}
	})
	t.Run("wrong certificate", func(t *testing.T) {
		o := options(server, "locked")
		o.Transport = web.NewClient(nil, time.Minute).Transport
		if err := open(t, o).Put(t.Context(), anchortest.Checkpoint(100)); err == nil || !strings.Contains(err.Error(), "certificate") {
			t.Errorf("got %v", err)
		}
	})
}

// versions returns what a bucket has, newest first.
func versions(t *testing.T, server *s3test.Server, bucket string) (all []minio.ObjectInfo) {
	t.Helper()
	for object := range server.Admin().ListObjects(t.Context(), bucket, minio.ListObjectsOptions{WithVersions: true, Recursive: true}) {
		if object.Err != nil {
			t.Fatal(object.Err)
		}
		all = append(all, object)
	}
	return all
}

// testLocked: not even the root account deletes a checkpoint, or lets its
// retention end sooner.
func testLocked(t *testing.T, server *s3test.Server, bucket string) {
	a, admin := open(t, options(server, bucket)), server.Admin()
	for size := range uint64(3) {
		if err := a.Put(t.Context(), anchortest.Checkpoint(size*1000)); err != nil {
			t.Fatal(err)
		}
	}
	all := versions(t, server, bucket)
	if len(all) != 3 || !strings.HasSuffix(all[0].Key, "-2000.checkpoint") {
		t.Fatalf("got %v", all)
	}
	newest := all[0]
	for _, bypass := range []bool{false, true} {
		err := admin.RemoveObject(t.Context(), bucket, newest.Key, minio.RemoveObjectOptions{VersionID: newest.VersionID, GovernanceBypass: bypass})
		if err == nil {
			t.Errorf("bypass %v: the newest checkpoint was deleted", bypass)
		}
		mode, soon := minio.Governance, time.Now().Add(time.Minute)
		err = admin.PutObjectRetention(t.Context(), bucket, newest.Key, minio.PutObjectRetentionOptions{Mode: &mode, RetainUntilDate: &soon, VersionID: newest.VersionID, GovernanceBypass: bypass})
		if err == nil {
			t.Errorf("bypass %v: the retention was shortened", bypass)
		}
	}
	info, err := admin.StatObject(t.Context(), bucket, newest.Key, minio.StatObjectOptions{VersionID: newest.VersionID})
	if err != nil {
		t.Fatal(err)
	}
	until, err := time.Parse(time.RFC3339, info.Metadata.Get("X-Amz-Object-Lock-Retain-Until-Date"))
	if mode := info.Metadata.Get("X-Amz-Object-Lock-Mode"); err != nil || mode != "COMPLIANCE" || time.Until(until) < retention-time.Minute {
		t.Errorf("got %s, %s, %v", mode, until, err)
	}
}

// testHidden: a delete marker, and a version put over a checkpoint, do not hide
// it.
func testHidden(t *testing.T, server *s3test.Server, bucket string) {
	a, admin := open(t, options(server, bucket)), server.Admin()
	want := anchortest.Checkpoint(7)
	if err := a.Put(t.Context(), want); err != nil {
		t.Fatal(err)
	}
	key := versions(t, server, bucket)[0].Key
	put := func(data []byte) {
		if _, err := admin.PutObject(t.Context(), bucket, key, bytes.NewReader(data), int64(len(data)), minio.PutObjectOptions{SendContentMd5: true}); err != nil {
			t.Fatal(err)
		}
	}
	put([]byte("overwritten"))
	put(anchortest.Foreign(7))
	if err := admin.RemoveObject(t.Context(), bucket, key, minio.RemoveObjectOptions{}); err != nil {
		t.Fatal(err)
	}
	if _, err := admin.StatObject(t.Context(), bucket, key, minio.StatObjectOptions{}); err == nil {
		t.Fatal("the delete marker hides nothing")
	}
	for name, reader := range map[string]anchor.Anchor{"the same": a, "another": open(t, options(server, bucket))} {
		if got, err := reader.Newest(t.Context()); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: got %q, %v", name, got, err)
		}
	}
}

// testForeign: what others put there is passed over, and named if there is
// nothing else.
func testForeign(t *testing.T, server *s3test.Server, bucket string) {
	foreign := func(key string, data []byte) {
		if _, err := server.Admin().PutObject(t.Context(), bucket, key, bytes.NewReader(data), int64(len(data)), minio.PutObjectOptions{SendContentMd5: true}); err != nil {
			t.Fatal(err)
		}
	}
	foreign("log/0", []byte("first in any listing"))
	foreign("log/1", bytes.Repeat([]byte("large"), anchor.MaxCheckpointBytes))
	foreign("log/2", anchortest.Foreign(1<<40))
	a := open(t, options(server, bucket))
	if _, err := a.Newest(t.Context()); !errors.Is(err, anchor.ErrDamaged) || !strings.Contains(err.Error(), "3 objects") {
		t.Errorf("got %v", err)
	}
	foreign("log/9223372036854775798-9.checkpoint", anchortest.Checkpoint(9))
	foreign("log/3", anchortest.Checkpoint(10)) // not under its name
	if got, err := a.Newest(t.Context()); err != nil || !bytes.Equal(got, anchortest.Checkpoint(9)) {
		t.Errorf("got %q, %v", got, err)
	}
}
