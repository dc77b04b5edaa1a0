package did

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/chancery-vc/chancery/internal/web"
)

// fetchTimeout is for a request and its answer, if the client has no limit.
const fetchTimeout = 10 * time.Second

// Fetch returns the body at an https URL. Caps, time limits and redirects are
// its own to keep; [Fetcher] returns one that does.
type Fetch = func(ctx context.Context, url string) ([]byte, error)

// Fetcher returns a function that asks through client, over https only, in a
// limited time, following redirects only within the origin that was asked,
// and reading [MaxBytes] at most. The transport of client, and with it whom it
// trusts, is the caller's.
func Fetcher(client *http.Client) Fetch {
	rules := web.NewClient(nil, fetchTimeout)
	c := *client
	c.CheckRedirect = rules.CheckRedirect
	c.Timeout = cmp.Or(client.Timeout, rules.Timeout)
	return func(ctx context.Context, url string) ([]byte, error) {
		if !strings.HasPrefix(url, "https://") {
			return nil, fmt.Errorf("%w: %.120q", web.ErrInsecure, url)
		}
		return web.Get(ctx, &c, url, MaxBytes)
	}
}

// fetch gets the document of id from url. An identifier that has none there
// and one that could not be asked for are the same to who must verify now.
func fetch(ctx context.Context, get Fetch, id, url string) (*Document, error) {
	data, err := get(ctx, url)
	if err != nil {
		return nil, fmt.Errorf("%w: %.120s: %w", ErrUnknown, id, err)
	}
	document, err := Parse(data)
	if err != nil {
		return nil, err
	}
	if document.ID != id {
		return nil, fmt.Errorf("%w: the document of %.120s names %.120s", ErrInvalid, id, document.ID)
	}
	return document, nil
}
