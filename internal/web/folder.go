package web

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"strings"
	"time"
)

// Caps on how often a file is asked for.
const (
	maxTries   = 3
	firstPause = 250 * time.Millisecond // before the second try; doubled before each next one
)

// Folder is a folder of files on a server. It is safe for concurrent use.
type Folder struct {
	Client *http.Client
	// Address is what the paths of files come after, with or without a slash.
	Address string
	// Pause waits between two tries, or until ctx is done; nil for [Pause].
	Pause func(ctx context.Context, d time.Duration) error
}

// Pause waits for d, or returns why ctx was done before.
func Pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// Get returns the file at a path, of at most so many bytes. That there is none
// is an error that wraps [fs.ErrNotExist]. A server that cannot be reached, or
// fails, or has too much to do, is asked again, three times in all.
func (f Folder) Get(ctx context.Context, path string, most int) ([]byte, error) {
	pause := f.Pause
	if pause == nil {
		pause = Pause
	}
	wait := firstPause
	for try := 1; ; try++ {
		data, again, err := f.get(ctx, path, most)
		if err == nil || !again || try == maxTries || ctx.Err() != nil {
			return data, err
		}
		if pauseErr := pause(ctx, wait); pauseErr != nil {
			return nil, err
		}
		wait *= 2
	}
}

// get asks once, and tells whether it is worth asking again.
func (f Folder) get(ctx context.Context, path string, most int) (data []byte, again bool, err error) {
	address := strings.TrimSuffix(f.Address, "/") + "/" + path
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, false, err
	}
	response, err := f.Client.Do(request)
	if err != nil {
		return nil, !errors.Is(err, ErrRedirect) && !errors.Is(err, ErrInsecure), err
	}
	defer response.Body.Close()
	switch code := response.StatusCode; {
	case code == http.StatusOK:
		data, err = ReadBody(response.Body, most)
		if err != nil {
			err = fmt.Errorf("%s: %w", address, err)
		}
		return data, !errors.Is(err, ErrTooLarge), err
	case code == http.StatusNotFound || code == http.StatusGone:
		return nil, false, fmt.Errorf("%s: %w", address, fs.ErrNotExist)
	default:
		_, _ = io.CopyN(io.Discard, response.Body, maxAnswerHeader) // so that the connection can be used again
		return nil, code >= 500 || code == http.StatusTooManyRequests, fmt.Errorf("%s: %w: %s", address, ErrStatus, response.Status)
	}
}
