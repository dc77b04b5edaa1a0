package issuerhttp

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"

	"github.com/go-json-experiment/json"

	"github.com/chancery-vc/chancery/issuer"
	"github.com/chancery-vc/chancery/issuer/oid4vci"
	"github.com/chancery-vc/chancery/issuer/status"
)

// ErrRefused is the answer "no" of a running issuer to its operator; the cause
// is in the text.
var ErrRefused = errors.New("the issuer refused")

// Client asks a running issuer over its operator's socket.
type Client struct{ http *http.Client }

// Dial returns a client of the issuer that serves on socket, if one does.
func Dial(socket string) (*Client, error) {
	conn, err := net.Dial("unix", socket)
	if err != nil {
		return nil, err
	}
	transport := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", socket)
	}}
	return &Client{&http.Client{Transport: transport}}, conn.Close()
}

// Close gives idle connections up.
func (c *Client) Close() error {
	c.http.CloseIdleConnections()
	return nil
}

// Offer offers a holder a credential of one record.
func (c *Client) Offer(ctx context.Context, profile, key string) (offer oid4vci.Offer, err error) {
	err = c.post(ctx, "/offers", OfferRequest{Profile: profile, Key: key}, &offer)
	return offer, err
}

// Revoke revokes credentials by identifier.
func (c *Client) Revoke(ctx context.Context, ids []string) (revoked issuer.Revoked, err error) {
	err = c.post(ctx, "/revocations", RevocationRequest{Credentials: ids}, &revoked)
	return revoked, err
}

// RevokeRecords revokes every credential of a profile that was issued for
// records with these keys.
func (c *Client) RevokeRecords(ctx context.Context, profile string, keys []string) (revoked issuer.Revoked, err error) {
	err = c.post(ctx, "/revocations", RevocationRequest{Profile: profile, Keys: keys}, &revoked)
	return revoked, err
}

// Entries returns what is known of the credentials of one record.
func (c *Client) Entries(ctx context.Context, profile, key string) (entries []status.Entry, err error) {
	query := url.Values{"profile": {profile}, "key": {key}}
	err = c.get(ctx, "/entries?"+query.Encode(), decodeInto(&entries))
	return entries, err
}

// Publication returns every file that a web server needs to serve in the
// issuer's place.
func (c *Client) Publication(ctx context.Context) (files map[string][]byte, err error) {
	err = c.get(ctx, "/publication", decodeInto(&files))
	return files, err
}

// LogTiles returns the files of the public log of size records that the one of
// since records did not have.
func (c *Client) LogTiles(ctx context.Context, since, size uint64) (files map[string][]byte, err error) {
	err = c.get(ctx, fmt.Sprintf("/tiles?since=%d&size=%d", since, size), decodeInto(&files))
	return files, err
}

// Snapshot writes a copy of the state file to w.
func (c *Client) Snapshot(ctx context.Context, w io.Writer) error {
	return c.get(ctx, "/snapshot", func(body io.Reader) error {
		_, err := io.Copy(w, body)
		return err
	})
}

func (c *Client) post(ctx context.Context, path string, request, into any) error {
	body, err := json.Marshal(request)
	if err != nil {
		return err
	}
	return c.do(ctx, http.MethodPost, path, bytes.NewReader(body), decodeInto(into))
}

func (c *Client) get(ctx context.Context, path string, read func(io.Reader) error) error {
	return c.do(ctx, http.MethodGet, path, nil, read)
}

func decodeInto(value any) func(io.Reader) error {
	return func(body io.Reader) error { return json.UnmarshalRead(body, value) }
}

func (c *Client) do(ctx context.Context, method, path string, body io.Reader, read func(io.Reader) error) error {
	request, err := http.NewRequestWithContext(ctx, method, "http://issuer"+path, body)
	if err != nil {
		return err
	}
	response, err := c.http.Do(request)
	if err != nil {
		return fmt.Errorf("the running issuer: %w", err)
	}
	defer response.Body.Close()
	if response.StatusCode == http.StatusOK {
		return read(response.Body)
	}
	var p Problem
	if err := json.UnmarshalRead(response.Body, &p); err != nil {
		return fmt.Errorf("the running issuer answers %s", response.Status)
	}
	if response.StatusCode == http.StatusConflict {
		return fmt.Errorf("%w: %s", ErrRefused, p.Detail)
	}
	return errors.New(p.Detail)
}
