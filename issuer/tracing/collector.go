//go:build otel

package tracing

import (
	"cmp"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/chancery-vc/chancery/internal/web"
)

// Caps on what the collector can make a sender do.
const (
	defaultTimeout = 10 * time.Second // of a request, unless OTEL_EXPORTER_OTLP_TIMEOUT says otherwise
	maxHeader      = 64 << 10
	maxBody        = 4 << 10 // that is read so that the connection can be used again
)

// pathTraces is where a collector takes traces, below an address of everything
// that is sent.
const pathTraces = "v1/traces"

// check returns an error if a variable cannot be meant. The library reads them,
// too, and would print one that it cannot read, with the secret that it may
// hold.
func check() error {
	return cmp.Or(checkExporter(), checkHeaders(), checkSampler(), checkBatches(), checkAttributes())
}

// endpoint returns the address of the collector that the environment names: that
// of traces as it is, or else the general one with the path of traces.
func endpoint() (address string, err error) {
	for _, prefix := range []string{general, signal} {
		value := variable(prefix + "ENDPOINT")
		if value == "" {
			continue
		}
		u, err := parseEndpoint(value)
		if err != nil {
			return "", fmt.Errorf("%sENDPOINT: %w", prefix, err)
		}
		if prefix == general {
			u = u.JoinPath(pathTraces)
		}
		address = u.String()
	}
	return address, nil
}

// parseEndpoint reads an address. Its errors do not quote it.
func parseEndpoint(value string) (*url.URL, error) {
	u, err := url.Parse(value)
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return nil, errors.New("it is not an address such as https://collector.example:4318")
	}
	return u, checkScheme(u)
}

// newClient returns a client for the collector.
func newClient() (*http.Client, error) {
	timeout, err := timeoutOf(setting("TIMEOUT"))
	if err != nil {
		return nil, err
	}
	secure, err := tlsConfig()
	if err != nil {
		return nil, err
	}
	never := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	transport := &http.Transport{TLSClientConfig: secure, TLSHandshakeTimeout: timeout, MaxResponseHeaderBytes: maxHeader, IdleConnTimeout: time.Minute, ForceAttemptHTTP2: true}
	return &http.Client{Transport: collector{transport}, CheckRedirect: never, Timeout: timeout}, nil
}

func checkExporter() error {
	if e := variable("OTEL_TRACES_EXPORTER"); e != "" && e != "otlp" {
		return errors.New("OTEL_TRACES_EXPORTER is neither otlp nor " + exporterNone)
	}
	if name, p := setting("PROTOCOL"); !slices.Contains([]string{"", "http/protobuf", "http/json"}, p) {
		return errors.New(name + " is neither http/protobuf nor http/json, and no other protocol is spoken here")
	}
	return nil
}

// checkScheme refuses what others could read on its way.
func checkScheme(u *url.URL) error {
	if ip := net.ParseIP(u.Hostname()); u.Scheme == "https" || u.Scheme == "http" && (u.Hostname() == "localhost" || ip.IsLoopback()) {
		return nil
	}
	return errors.New("the collector is asked over https, or over http if it is on this machine")
}

// header is one of OTEL_EXPORTER_OTLP_HEADERS: a token of RFC 9110, section
// 5.6.2, and a value whose escapes are whole.
var header = regexp.MustCompile("^ *[!#$%&'*+.^_`|~0-9A-Za-z-]+ *=(?:[^%]|%[0-9A-Fa-f]{2})*$")

func checkHeaders() error {
	for _, name := range []string{general + "HEADERS", signal + "HEADERS"} {
		value := variable(name)
		for one := range strings.SplitSeq(value, ",") {
			if value != "" && !header.MatchString(one) {
				return errors.New(name + " is not NAME=VALUE, or several of them with commas between, as in a URL")
			}
		}
	}
	return nil
}

// timeoutOf reads a number of milliseconds.
func timeoutOf(name, value string) (time.Duration, error) {
	if value == "" {
		return defaultTimeout, nil
	}
	n, err := strconv.ParseUint(value, 10, 31)
	if err != nil || n == 0 {
		return 0, errors.New(name + " is not a number of milliseconds")
	}
	return time.Duration(n) * time.Millisecond, nil
}

// tlsConfig reads whom to trust, and the certificate to show.
func tlsConfig() (*tls.Config, error) {
	c := &tls.Config{MinVersion: tls.VersionTLS12}
	if name, path := setting("CERTIFICATE"); path != "" {
		pem, err := os.ReadFile(path)
		if err == nil {
			c.RootCAs, err = web.OnlyRoots(pem)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	name, chain := setting("CLIENT_CERTIFICATE")
	_, key := setting("CLIENT_KEY")
	if chain+key == "" {
		return c, nil
	}
	pair, err := tls.LoadX509KeyPair(chain, key)
	if err != nil {
		return nil, fmt.Errorf("%s and CLIENT_KEY: %w", name, err)
	}
	c.Certificates = []tls.Certificate{pair}
	return c, nil
}

// collector is the way to the collector. Of an answer it hands on the number of
// its status alone: a text in it could repeat the headers that were sent, and
// get into the log.
type collector struct{ next http.RoundTripper }

func (c collector) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := checkScheme(r.URL); err != nil { // whatever a library made of it
		return nil, err
	}
	response, err := c.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	_, _ = io.CopyN(io.Discard, response.Body, maxBody)
	_ = response.Body.Close()
	response.Body, response.Status = http.NoBody, fmt.Sprintf("%d %s", response.StatusCode, http.StatusText(response.StatusCode))
	return response, nil
}
