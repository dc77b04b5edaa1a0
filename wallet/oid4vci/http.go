package oid4vci

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"net/url"

	"github.com/go-json-experiment/json"

	"github.com/chancery-vc/chancery/internal/web"
)

const (
	mediaJSON = "application/json"
	mediaForm = "application/x-www-form-urlencoded"
)

// errFault is a fault of the other side's that says nothing about the request.
var errFault = errors.New("the server has a fault or too much to do; try again later")

// call is one request.
type call struct {
	method    string
	address   string
	mediaType string // of body, or empty
	bearer    string // the access token, or empty
	body      []byte
	most      int // bytes of the answer
}

// answer is one response that tells about the request.
type answer struct {
	status    int
	mediaType string
	body      []byte
}

func (c *Client) get(ctx context.Context, address string, most int) (answer, error) {
	return c.send(ctx, call{method: http.MethodGet, address: address, most: most})
}

func (c *Client) send(ctx context.Context, out call) (answer, error) {
	request, err := http.NewRequestWithContext(ctx, out.method, out.address, bytes.NewReader(out.body))
	if err != nil {
		return answer{}, errAddress // whose text may be a secret
	}
	request.Header.Set("Accept", mediaJSON)
	if out.mediaType != "" {
		request.Header.Set("Content-Type", out.mediaType)
	}
	if out.bearer != "" {
		request.Header.Set("Authorization", "Bearer "+out.bearer)
	}
	response, err := c.http.Do(request)
	if err != nil {
		return answer{}, explain(request.URL, err)
	}
	defer response.Body.Close()
	return read(response, out.most)
}

func read(response *http.Response, most int) (answer, error) {
	u := response.Request.URL
	body, err := web.ReadBody(response.Body, most)
	if err != nil {
		return answer{}, explain(u, err)
	}
	if s := response.StatusCode; s >= http.StatusInternalServerError || s == http.StatusTooManyRequests {
		return answer{}, fmt.Errorf("%s: %w (status %d)", u.Host, errFault, s)
	}
	// What has no media type, or a broken one, has not the one that is wanted.
	mediaType, _, _ := mime.ParseMediaType(response.Header.Get("Content-Type"))
	return answer{status: response.StatusCode, mediaType: mediaType, body: body}, nil
}

// explain names the host alone: the rest of the address of an offer is a
// secret.
func explain(u *url.URL, err error) error {
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		err = wrapped.Err
	}
	if errors.Is(err, web.ErrRedirect) || errors.Is(err, web.ErrTooLarge) {
		return fmt.Errorf("%w: %s: %w", ErrAnswer, u.Host, err)
	}
	return fmt.Errorf("reach %s: %w", u.Host, err)
}

// refused tells whether the other side says that the request is at fault.
func (a answer) refused() bool {
	return a.status >= http.StatusBadRequest && a.status < http.StatusInternalServerError
}

// check wants a successful answer in JSON.
func (a answer) check() error {
	if a.status < 200 || a.status > 299 {
		return fmt.Errorf("%w: its status is %d", ErrAnswer, a.status)
	}
	if a.mediaType != mediaJSON {
		return fmt.Errorf("%w: it is %.60q, not %s", ErrAnswer, a.mediaType, mediaJSON)
	}
	return nil
}

// decode reads a successful answer into a pointer.
func (a answer) decode(into any) error {
	if err := a.check(); err != nil {
		return err
	}
	return unmarshal(a.body, into)
}

func unmarshal(data []byte, into any) error {
	if err := json.Unmarshal(data, into); err != nil {
		return fmt.Errorf("%w: %w", ErrAnswer, err)
	}
	return nil
}
