package httpjson

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"slices"
	"strings"

	"github.com/chancery-vc/chancery/internal/web"
	"github.com/chancery-vc/chancery/issuer/source"
)

// newClient returns a client that knows no proxy, keeps no cookies, and neither
// asks for compression nor undoes it.
func newClient(o Options) *http.Client {
	return &http.Client{
		CheckRedirect: checkRedirect,
		Transport: &http.Transport{
			TLSClientConfig:        &tls.Config{RootCAs: o.Credentials.Roots, Certificates: o.Credentials.Certificates, MinVersion: tls.VersionTLS12},
			ForceAttemptHTTP2:      true,
			DisableCompression:     true,
			MaxResponseHeaderBytes: maxHeader,
			MaxIdleConnsPerHost:    MaxAtOnce,
			MaxConnsPerHost:        MaxAtOnce,
			IdleConnTimeout:        maxIdle,
		},
	}
}

var errRedirect = errors.New("the API redirects")

// checkRedirect keeps a request, and what it carries, within its origin.
func checkRedirect(next *http.Request, via []*http.Request) error {
	if via[0].Method != http.MethodGet || web.Origin(next.URL) != web.Origin(via[0].URL) || next.URL.User != nil || len(via) > maxRedirects {
		return errRedirect
	}
	return nil
}

// question is one request.
type question struct {
	method, url string
	body        []byte
	header      map[string]string
	mediaType   string
	none        []int
}

// ask returns the answer to a question, which is ErrNone if its status says so.
func (a *API) ask(ctx context.Context, q question) (any, error) {
	ctx, cancel := context.WithTimeout(ctx, a.options.Timeout)
	defer cancel()
	select {
	case a.turns <- struct{}{}:
		defer func() { <-a.turns }()
	case <-ctx.Done():
		return nil, failed(ctx, ctx.Err())
	}
	request, err := a.request(ctx, q)
	if err != nil {
		return nil, err
	}
	response, err := a.client.Do(request)
	if err != nil {
		return nil, failed(ctx, err)
	}
	defer discard(response.Body)
	if err := check(response, q); err != nil {
		return nil, err
	}
	data, err := web.ReadBody(response.Body, a.options.MaxBytes)
	if errors.Is(err, web.ErrTooLarge) {
		return nil, fmt.Errorf("%w: the answer has more than %d bytes", source.ErrShape, a.options.MaxBytes)
	}
	if err != nil || ctx.Err() != nil { // as we hang up, a server can still end its answer
		return nil, failed(ctx, err)
	}
	return parse(data)
}

// discard reads what little may be left of a body, so that its connection can be
// used again.
func discard(body io.ReadCloser) {
	_, _ = io.CopyN(io.Discard, body, maxHeader)
	_ = body.Close()
}

func (a *API) request(ctx context.Context, q question) (*http.Request, error) {
	request, err := http.NewRequestWithContext(ctx, q.method, q.url, bytes.NewReader(q.body))
	if err != nil { // it would quote the address, and the key
		return nil, fmt.Errorf("%w: no request can be made of the address", source.ErrShape)
	}
	for name, value := range q.header {
		request.Header.Set(name, value)
	}
	request.Header.Set("Accept", q.mediaType)
	request.Header.Set("User-Agent", "chancery")
	if q.body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	if a.options.Credentials.Token != nil {
		token, err := a.options.Credentials.Token(ctx)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", source.ErrUnavailable, err)
		}
		request.Header.Set("Authorization", "Bearer "+token)
	}
	return request, nil
}

// check refuses what is not an answer of the kind that was asked for.
func check(r *http.Response, q question) error {
	switch {
	case slices.Contains(q.none, r.StatusCode):
		return source.ErrNone
	case r.StatusCode != http.StatusOK:
		return fmt.Errorf("%w: the API answers with status %d%s", source.ErrUnavailable, r.StatusCode, words[r.StatusCode])
	case !slices.Contains([]string{"", "identity"}, r.Header.Get("Content-Encoding")):
		return fmt.Errorf("%w: the answer is compressed, which was not asked for", source.ErrShape)
	}
	kind, parameters, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != q.mediaType || parameters["charset"] != "" && !strings.EqualFold(parameters["charset"], "utf-8") {
		return fmt.Errorf("%w: the answer does not say that it is %s in UTF-8", source.ErrShape, q.mediaType)
	}
	return nil
}

// words say what status codes mean that an operator is likely to meet.
var words = map[int]string{
	http.StatusBadRequest:         ": it does not understand the request; if that is how it shows that no record can have the key, add 400 to none",
	http.StatusUnauthorized:       ": it does not take the token or the certificate; has it expired?",
	http.StatusForbidden:          ": the account may not read this",
	http.StatusNotFound:           ": nothing is at this path; if that is how it shows that there is no record, add 404 to none",
	http.StatusTooManyRequests:    ": it is asked too often",
	http.StatusServiceUnavailable: ": it is away",
}

// failed is the error of a request without an answer. Of errors of the network
// and of certificates it keeps the text; others can quote the address, and with
// it the key, or what the API sent.
func failed(ctx context.Context, err error) error {
	var network *net.OpError
	var certificate *tls.CertificateVerificationError
	switch {
	case ctx.Err() != nil:
		return fmt.Errorf("%w: the API has not answered: %w", source.ErrUnavailable, ctx.Err())
	case errors.Is(err, errRedirect):
		return fmt.Errorf("%w: the API redirects off its origin, too often, or what is no GET", source.ErrUnavailable)
	case errors.As(err, &certificate):
		return fmt.Errorf("%w: %w", source.ErrUnavailable, certificate)
	case errors.As(err, &network):
		return fmt.Errorf("%w: %w", source.ErrUnavailable, network)
	}
	return fmt.Errorf("%w: the connection broke off, or what came is not HTTP", source.ErrUnavailable)
}
