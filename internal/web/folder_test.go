package web

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// TestFolder: which answers are asked for again, and what is said of them.
func TestFolder(t *testing.T) {
	var asked atomic.Int64
	address, pool := serve(t, func(w http.ResponseWriter, r *http.Request) {
		n := asked.Add(1)
		code, _ := strings.CutPrefix(r.URL.Path, "/log/")
		if after, ok := strings.CutPrefix(code, "third-"); ok {
			if code = after; n == 3 {
				code = "200"
			}
		}
		if code == "short" { // it hangs up in the middle of the body
			w.Header().Set("Content-Length", "20")
			code = "200"
		}
		status, err := strconv.Atoi(code)
		if err != nil {
			t.Error(err)
		}
		w.WriteHeader(status)
		w.Write([]byte("0123456789"))
	})
	var waited []time.Duration
	folder := Folder{NewClient(pool, time.Minute), address + "/log/", func(_ context.Context, d time.Duration) error {
		waited = append(waited, d)
		return nil
	}}
	for _, c := range []struct {
		path  string
		most  int
		asked int64
		want  error // nil for none
	}{
		{"200", 10, 1, nil},
		{"200", 9, 1, ErrTooLarge},
		{"404", 10, 1, fs.ErrNotExist},
		{"410", 10, 1, fs.ErrNotExist},
		{"403", 10, 1, ErrStatus},
		{"204", 10, 1, ErrStatus},
		{"429", 10, 3, ErrStatus},
		{"503", 10, 3, ErrStatus},
		{"third-503", 10, 3, nil},
		{"third-short", 20, 3, nil},
		{"short", 20, 3, io.ErrUnexpectedEOF},
	} {
		asked.Store(0)
		waited = nil
		data, err := folder.Get(t.Context(), c.path, c.most)
		if !errors.Is(err, c.want) || (err == nil) != (string(data) == "0123456789") {
			t.Errorf("%s: got %q, %v", c.path, data, err)
		}
		if asked.Load() != c.asked || len(waited) != int(c.asked)-1 || len(waited) == 2 && waited[1] != 2*waited[0] {
			t.Errorf("%s: asked %d times, waited %v", c.path, asked.Load(), waited)
		}
	}
}

// TestFolderGivesUp: nobody is asked again once nobody waits for it, nor in the
// clear, nor where a redirect to another place leads.
func TestFolderGivesUp(t *testing.T) {
	var asked atomic.Int64
	address, pool := serve(t, func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		http.Redirect(w, r, "https://elsewhere.example/", http.StatusFound)
	})
	folder := Folder{NewClient(pool, time.Minute), address, nil}
	if _, err := folder.Get(t.Context(), "a", 10); !errors.Is(err, ErrRedirect) || asked.Load() != 1 {
		t.Errorf("a redirect: %v after %d", err, asked.Load())
	}
	folder.Address = "http" + strings.TrimPrefix(address, "https")
	if _, err := folder.Get(t.Context(), "a", 10); !errors.Is(err, ErrInsecure) || asked.Load() != 1 {
		t.Errorf("in the clear: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	folder.Address = "https://127.0.0.1:1"
	folder.Pause = func(context.Context, time.Duration) error { cancel(); return ctx.Err() }
	if _, err := folder.Get(ctx, "a", 10); err == nil || ctx.Err() == nil {
		t.Errorf("cancelled while it waits: %v, %v", err, ctx.Err())
	}
	if err := Pause(ctx, time.Hour); !errors.Is(err, context.Canceled) {
		t.Errorf("a pause that nobody waits for: %v", err)
	}
}
