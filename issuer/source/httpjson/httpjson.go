// Package httpjson reads a registry's REST API as a [source.Source]: requests
// and the places of values are fixed by configuration, and a key is all that
// is put into them.
//
// An [API] has named resources; a relation's table is the name of one. A
// lookup is one request: a GET whose path or query has the key as {key}, or a
// POST of a JSON text that has the key as one of its strings. Where the
// records of the answer are, and each column within a record, is said by JSON
// pointers (RFC 6901). A record is the one asked for only if it holds the very
// key; what else an API sends along, because it compares keys more loosely or
// follows a merger of records, is not there. The rows of a filter are picked
// here too, from what the API sent.
//
// Answers are JSON (RFC 8259) read strictly: members twice, text that is not
// UTF-8, nesting deeper than [MaxDepth] and more bytes than configured are
// refused. A number is the text that was written, digit for digit; true and
// false are these words; null is a blank, and so is what is absent. An object
// or an array has no one text: its column is refused.
//
// The API is reached over TLS, or in the clear on a loopback address if that is
// asked for; through no proxy, whatever the environment says; with a bearer
// token (RFC 6750), a client certificate, or neither. A redirect is followed
// only of a GET and within the origin (RFC 9110, section 15.4; RFC 6454).
// Nothing is decompressed. At most [MaxAtOnce] requests are under way, so that
// an API that comes back is not run over.
//
// Errors of [Open] say which part of the configuration cannot be used. Those of
// reading are of package source: they name resources, columns and pointers, and
// hold no key, no value and nothing that the API wrote.
package httpjson

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Caps on what is asked of an API, and taken from it.
const (
	MaxAtOnce = 16      // requests under way
	MaxDepth  = 32      // nesting of an answer
	MaxKey    = 4096    // bytes of a key
	MaxKeys   = 1 << 20 // of a list
	MaxPages  = 1 << 16 // of a list

	maxRedirects = 3
	maxHeader    = 64 << 10
	maxIdle      = 30 * time.Second
)

// Options says where an API is and how it is asked.
type Options struct {
	URL         string // https, which the paths of resources follow
	Loopback    bool   // URL may be http, of a loopback address
	Credentials Credentials
	Timeout     time.Duration // of a request and its answer
	MaxBytes    int           // of an answer
	Resources   map[string]Resource
	Now         func() time.Time
	Random      io.Reader // safe for concurrent use
}

// API is a registry's API. It is safe for concurrent use.
type API struct {
	options   Options
	base      *url.URL
	client    *http.Client
	turns     chan struct{}
	resources map[string]*resource
}

// Open compiles the resources. It asks the API nothing.
func Open(o Options) (*API, error) {
	base, err := parseBase(o.URL, o.Loopback)
	if err != nil {
		return nil, err
	}
	a := &API{options: o, base: base, client: newClient(o), turns: make(chan struct{}, MaxAtOnce), resources: map[string]*resource{}}
	for _, name := range slices.Sorted(maps.Keys(o.Resources)) {
		if a.resources[name], err = compile(name, o.Resources[name]); err != nil {
			return nil, fmt.Errorf("resource %q: %w", name, err)
		}
	}
	return a, nil
}

// Close closes the connections that are not in use.
func (a *API) Close() error {
	a.client.CloseIdleConnections()
	return nil
}

func parseBase(text string, loopback bool) (*url.URL, error) {
	base, err := url.Parse(strings.TrimSuffix(text, "/"))
	if err != nil || base.Hostname() == "" || base.User != nil || strings.ContainsAny(text, "?#") {
		return nil, errors.New("the url is not an address such as https://api.registry.example/v1")
	}
	if base.Scheme == "https" {
		return base, nil
	}
	if ip := net.ParseIP(base.Hostname()); base.Scheme == "http" && loopback && ip != nil && ip.IsLoopback() {
		return base, nil
	}
	return nil, errors.New("the url is not https; http is for a loopback address such as 127.0.0.1 alone, and only with no_tls_on_loopback")
}
