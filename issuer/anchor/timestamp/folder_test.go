package timestamp

import (
	"bytes"
	"crypto"
	"crypto/sha256"
	"errors"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/digitorus/timestamp"

	"github.com/chancery-vc/chancery/issuer/anchor"
	"github.com/chancery-vc/chancery/issuer/anchor/anchortest"
)

// quick returns the options of an authority that answers fast.
func quick(t testing.TB) Options {
	root := newRoot(t, "root")
	return options(t, stamped(t, newSigner(t, root), crypto.SHA256, func(*timestamp.Timestamp) {}), root)
}

// TestDamagedPairs: a checkpoint counts with its own token alone.
func TestDamagedPairs(t *testing.T) {
	o := quick(t)
	put(t, o, 1, 2)
	token, checkpoint := filepath.Join(o.Folder, "00000000000000000002.tst"), filepath.Join(o.Folder, "00000000000000000002.checkpoint")
	for name, change := range map[string]func() error{
		"no token":              func() error { return os.Remove(token) },
		"an empty token":        func() error { return os.Truncate(token, 0) },
		"half a token":          func() error { return os.Truncate(token, 300) },
		"a token of another":    func() error { return copyFile(filepath.Join(o.Folder, "00000000000000000001.tst"), token) },
		"a token that is large": func() error { return os.Truncate(token, maxAnswer+1) },
		"a folder for a token":  func() error { return errors.Join(os.Remove(token), os.Mkdir(token, 0o700)) },
		"another checkpoint":    func() error { return os.WriteFile(checkpoint, anchortest.Forked(2), 0o600) },
		"half a checkpoint":     func() error { return os.Truncate(checkpoint, 60) },
	} {
		saved := map[string][]byte{}
		for _, path := range []string{token, checkpoint} {
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			saved[path] = data
		}
		if err := change(); err != nil {
			t.Fatal(err)
		}
		if got, err := New(o).Newest(t.Context()); err != nil || !bytes.Equal(got, anchortest.Checkpoint(1)) {
			t.Errorf("%s: got %q, %v", name, got, err)
		}
		for path, data := range saved {
			if err := errors.Join(os.RemoveAll(path), os.WriteFile(path, data, 0o600)); err != nil {
				t.Fatal(err)
			}
		}
	}
	if got, err := New(o).Newest(t.Context()); err != nil || !bytes.Equal(got, anchortest.Checkpoint(2)) {
		t.Errorf("as it was: got %q, %v", got, err)
	}
}

func copyFile(from, to string) error {
	data, err := os.ReadFile(from)
	return errors.Join(err, os.WriteFile(to, data, 0o600))
}

// TestInterrupted: a token without its checkpoint, and what a crash left of a
// file, do not count and are not in the way.
func TestInterrupted(t *testing.T) {
	o := quick(t)
	put(t, o, 1, 2)
	if err := errors.Join(
		os.Remove(filepath.Join(o.Folder, "00000000000000000002.checkpoint")),
		os.WriteFile(filepath.Join(o.Folder, ".partial-123"), []byte("x"), 0o600),
		os.WriteFile(filepath.Join(o.Folder, "9.checkpoint"), anchortest.Checkpoint(9), 0o600),
	); err != nil {
		t.Fatal(err)
	}
	a := put(t, o, 2)
	if got, err := a.Newest(t.Context()); err != nil || !bytes.Equal(got, anchortest.Checkpoint(2)) {
		t.Errorf("got %q, %v", got, err)
	}
}

// TestNoneCounts: a folder of nothing but others' checkpoints is no empty one.
func TestNoneCounts(t *testing.T) {
	o := quick(t)
	put(t, o, 1, 2, 3)
	o.Own = func([]byte) error { return errors.New("not ours") }
	if err := New(o).Put(t.Context(), anchortest.Checkpoint(4)); !errors.Is(err, anchor.ErrDamaged) || !strings.Contains(err.Error(), "none of 3") {
		t.Errorf("got %v", err)
	}
}

func TestFolderFaults(t *testing.T) {
	o := quick(t)
	for folder, want := range map[string]error{filepath.Join(o.Folder, "none"): fs.ErrNotExist, "/dev/null": syscall.ENOTDIR} {
		o.Folder = folder
		if err := New(o).Put(t.Context(), anchortest.Checkpoint(1)); !errors.Is(err, want) || !strings.Contains(err.Error(), "mount") {
			t.Errorf("%s: got %v", folder, err)
		}
	}
}

// TestRenewedAuthority: what was stamped under a certificate that has expired
// since stays in order.
func TestRenewedAuthority(t *testing.T) {
	o := quick(t)
	put(t, o, 1)
	o.Now = func() time.Time { return time.Now().Add(10 * 365 * 24 * time.Hour) }
	if got, err := New(o).Newest(t.Context()); err != nil || !bytes.Equal(got, anchortest.Checkpoint(1)) {
		t.Errorf("got %q, %v", got, err)
	}
}

// recorded returns options, a request's digest and the answer to it.
func recorded(t testing.TB) (Options, []byte, []byte) {
	root := newRoot(t, "root")
	handler := stamped(t, newSigner(t, root), crypto.SHA256, func(*timestamp.Timestamp) {})
	var answer []byte
	o := options(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		recorder := httptest.NewRecorder()
		handler(recorder, r)
		answer = recorder.Body.Bytes()
		w.Header().Set("Content-Type", typeReply)
		w.Write(answer)
	}), root)
	put(t, o, 1)
	digest := sha256.Sum256(anchortest.Checkpoint(1))
	return o, digest[:], answer
}

// accepted returns the stamp in answer if it verifies.
func accepted(o Options, digest, answer []byte) *timestamp.Timestamp {
	stamp, err := parseAnswer(answer)
	if err != nil || (&store{o}).verify(stamp, digest) != nil {
		return nil
	}
	return stamp
}

// TestEachByte: no cut and no flipped bit makes a stamp say something else.
func TestEachByte(t *testing.T) {
	o, digest, answer := recorded(t)
	want := accepted(o, digest, answer)
	if want == nil {
		t.Fatal("as it is, it is refused")
	}
	for n := range answer {
		if accepted(o, digest, answer[:n]) != nil {
			t.Errorf("the first %d bytes of %d were taken", n, len(answer))
		}
		altered := bytes.Clone(answer)
		altered[n] ^= 1 << (n % 8)
		got := accepted(o, digest, altered)
		if got != nil && (!got.Time.Equal(want.Time) || got.SerialNumber.Cmp(want.SerialNumber) != 0 || got.Nonce.Cmp(want.Nonce) != 0 || !got.Policy.Equal(want.Policy)) {
			t.Errorf("byte %d altered: it says %+v", n, got)
		}
	}
}

// FuzzAnswer: whatever a server answers, nothing but the stamp that was made is
// taken.
func FuzzAnswer(f *testing.F) {
	o, digest, answer := recorded(f)
	want := accepted(o, digest, answer)
	f.Add(answer)
	f.Add([]byte{0x30, 0x80, 0x24, 0x80, 0x04, 0x01})
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > maxAnswer {
			return
		}
		if got := accepted(o, digest, data); got != nil && !got.Time.Equal(want.Time) {
			t.Errorf("it says %+v", got)
		}
	})
}
