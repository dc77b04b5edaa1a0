package issuerhttp_test

import (
	"context"
	"fmt"
	"io/fs"
	"net/http"
	"strings"
	"testing"

	"github.com/chancery-vc/chancery/verifier/logproof"
)

// TestPublicLog: anybody reads the whole log as it is served, and its tiles
// make the tree of its checkpoint; an earlier checkpoint keeps its own.
func TestPublicLog(t *testing.T) {
	w := newWorld(t)
	w.token()
	fetch := func(_ context.Context, path string, most int) ([]byte, error) {
		r := w.get("/log/" + path)
		if r.Code == http.StatusNotFound {
			return nil, fs.ErrNotExist
		}
		if r.Code != http.StatusOK || r.Body.Len() > most || r.Header().Get("Content-Type") != "application/octet-stream" || !strings.Contains(r.Header().Get("Cache-Control"), "immutable") {
			return nil, fmt.Errorf("%d %v", r.Code, r.Header())
		}
		return r.Body.Bytes(), nil
	}
	var checkpoints []logproof.Checkpoint
	for range 3 {
		r := w.get("/log/checkpoint")
		c, err := logproof.OpenCheckpoint(r.Body.Bytes(), w.signingKey())
		if err != nil || r.Header().Get("Content-Type") != "text/plain; charset=utf-8" || !strings.HasSuffix(r.Header().Get("Cache-Control"), "max-age=2") {
			t.Fatalf("%v: %v %s", err, r.Header(), r.Body)
		}
		checkpoints = append(checkpoints, c)
		w.token()
	}
	for _, c := range checkpoints {
		result, err := logproof.WalkTiles(t.Context(), logproof.Remote(t.Context(), fetch), []logproof.Checkpoint{c}, nil)
		if err != nil || len(result.Findings) > 0 || result.Size != c.Size || c.Size == 0 {
			t.Errorf("%d records: %+v, %v", c.Size, result, err)
		}
	}
	newest := checkpoints[2]
	for _, path := range []string{
		"/log", "/log/", "/log/tile", "/log/tile/", "/log/tile/0/000", "/log/tile/1/000.p/1", "/log/tile/0/001.p/1", "/log/tile/0/000.p/0", "/log/tile/0/0.p/1",
		"/log/tile/entries/000", fmt.Sprintf("/log/tile/0/000.p/%d", newest.Size+100), "/log/tile/0/../0/000.p/1", "/log/tile//0/000.p/1",
	} {
		r := w.get(path)
		if r.Code != http.StatusNotFound || strings.Contains(r.Header().Get("Cache-Control"), "immutable") {
			t.Errorf("%s: %d %v", path, r.Code, r.Header())
		}
	}
	if r := w.do(http.MethodHead, "/log/tile/0/000.p/1", "", ""); r.Code != http.StatusOK {
		t.Errorf("HEAD: %d", r.Code)
	}
	if r := w.do(http.MethodPost, "/log/checkpoint", "", ""); r.Code != http.StatusMethodNotAllowed {
		t.Errorf("POST: %d", r.Code)
	}
}
