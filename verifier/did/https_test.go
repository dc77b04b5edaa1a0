package did_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/internal/web"
	"github.com/chancery-vc/chancery/verifier/did"
)

func TestHTTPSResolver(t *testing.T) {
	page := func(id string) []byte { return fmt.Appendf(nil, `{"id":%q}`, id) }
	errDown := errors.New("the line is down")
	pages := map[string][]byte{
		"https://controller.example":        page("https://controller.example"),
		"https://controller.example/1?a=b":  page("https://controller.example/1?a=b"),
		"https://controller.example:8443/1": page("https://controller.example:8443/1"),
		"https://evil.example/":             page("https://controller.example"),
		"https://slash.example/":            page("https://slash.example"),
		"https://broken.example/":           []byte("<html>"),
	}
	asked := ""
	resolver := did.HTTPSResolver{Fetch: func(_ context.Context, url string) ([]byte, error) {
		asked = url
		if data, ok := pages[url]; ok {
			return data, nil
		}
		return nil, errDown
	}}
	for id, c := range map[string]struct {
		kind  error
		code  did.Code
		asked bool
	}{
		"https://controller.example":                          {nil, "", true},
		"https://controller.example/1?a=b":                    {nil, "", true},
		"https://controller.example:8443/1":                   {nil, "", true},
		"https://evil.example/":                               {did.ErrInvalid, did.InvalidDIDDocument, true},
		"https://slash.example/":                              {did.ErrInvalid, did.InvalidDIDDocument, true},
		"https://broken.example/":                             {did.ErrInvalid, did.InvalidDIDDocument, true},
		"https://nowhere.example/":                            {errDown, did.NotFound, true},
		"https://user@controller.example":                     {did.ErrInvalid, did.InvalidDID, false},
		"https://controller.example#k":                        {did.ErrInvalid, did.InvalidDID, false},
		"https://controller.example#":                         {did.ErrInvalid, did.InvalidDID, false},
		"https://":                                            {did.ErrInvalid, did.InvalidDID, false},
		"https:///path":                                       {did.ErrInvalid, did.InvalidDID, false},
		"https://a b/":                                        {did.ErrInvalid, did.InvalidDID, false},
		"https://long.example/" + strings.Repeat("a", 10_000): {did.ErrInvalid, did.InvalidDID, false},
		"http://controller.example":                           {did.ErrUnknown, did.InvalidDID, false},
		"HTTPS://controller.example":                          {did.ErrUnknown, did.InvalidDID, false},
		"did:web:controller.example":                          {did.ErrUnknown, did.MethodNotSupported, false},
	} {
		t.Run(fmt.Sprintf("%.40s", id), func(t *testing.T) {
			asked = ""
			d, err := resolver.Resolve(t.Context(), id)
			if !errors.Is(err, c.kind) || (c.kind == nil) != (d != nil) || err != nil && did.CodeOf(err) != c.code {
				t.Errorf("got %v, %v (%s), want %v (%s)", d, err, did.CodeOf(err), c.kind, c.code)
			}
			if (asked == id) != c.asked {
				t.Errorf("asked for %q", asked)
			}
		})
	}
}

// TestFetcher: the rules hold for a client that has none of its own.
func TestFetcher(t *testing.T) {
	elsewhere := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "elsewhere") }))
	t.Cleanup(elsewhere.Close)
	plain := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "plain") }))
	t.Cleanup(plain.Close)
	mux := http.NewServeMux()
	server := httptest.NewTLSServer(mux)
	t.Cleanup(server.Close)
	mux.HandleFunc("/good", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "good") })
	mux.Handle("/moved", http.RedirectHandler("/good", http.StatusFound))
	mux.Handle("/away", http.RedirectHandler(elsewhere.URL, http.StatusFound))
	mux.Handle("/clear", http.RedirectHandler(plain.URL, http.StatusFound))
	mux.Handle("/round", http.RedirectHandler("/round", http.StatusFound))
	mux.HandleFunc("/full", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, strings.Repeat("x", did.MaxBytes)) })
	mux.HandleFunc("/large", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, strings.Repeat("x", did.MaxBytes+1)) })

	client := server.Client()
	client.Transport.(*http.Transport).TLSClientConfig.RootCAs.AddCert(elsewhere.Certificate())
	fetch := did.Fetcher(client)
	for url, c := range map[string]struct {
		body string
		err  error
	}{
		server.URL + "/good":    {"good", nil},
		server.URL + "/moved":   {"good", nil},
		server.URL + "/full":    {strings.Repeat("x", did.MaxBytes), nil},
		elsewhere.URL:           {"elsewhere", nil},
		server.URL + "/away":    {"", web.ErrRedirect},
		server.URL + "/clear":   {"", web.ErrRedirect},
		server.URL + "/round":   {"", web.ErrRedirect},
		server.URL + "/large":   {"", web.ErrTooLarge},
		server.URL + "/missing": {"", web.ErrStatus},
		plain.URL:               {"", web.ErrInsecure},
		"file:///etc/passwd":    {"", web.ErrInsecure},
	} {
		if body, err := fetch(t.Context(), url); string(body) != c.body || !errors.Is(err, c.err) {
			t.Errorf("%s: got %.20q, %v, want %v", url, body, err, c.err)
		}
	}
	if client.Timeout != 0 || client.CheckRedirect != nil {
		t.Error("the caller's client was changed")
	}
}

func TestFetcherGivesUp(t *testing.T) {
	done := make(chan struct{})
	server := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-done }))
	t.Cleanup(server.Close)
	t.Cleanup(func() { close(done) })
	client := server.Client()
	client.Timeout = 50 * time.Millisecond
	if body, err := did.Fetcher(client)(t.Context(), server.URL); err == nil {
		t.Errorf("got %q", body)
	}
}

// TestHTTPSAndWebThroughFetcher resolves over TLS, both kinds of identifier.
func TestHTTPSAndWebThroughFetcher(t *testing.T) {
	public, _ := key(t)
	var server *httptest.Server
	server = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := server.URL + r.URL.Path
		if name, ok := strings.CutSuffix(r.URL.Path, "/did.json"); ok {
			var err error
			if id, err = did.Web(server.URL + name); err != nil {
				t.Error(err)
			}
		}
		d, err := did.NewDocument(id, public)
		if err != nil {
			t.Error(err)
		}
		data, err := d.MarshalJSON()
		if err != nil {
			t.Error(err)
		}
		w.Write(data)
	}))
	t.Cleanup(server.Close)
	fetch := did.Fetcher(server.Client())
	webID, err := did.Web(server.URL + "/civil")
	if err != nil {
		t.Fatal(err)
	}
	resolver := did.First{did.Key{}, did.JWK{}, did.WebResolver{Fetch: fetch}, did.HTTPSResolver{Fetch: fetch}}
	for _, id := range []string{webID, server.URL + "/civil"} {
		d, err := resolver.Resolve(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		url, err := did.MethodURL(id, public)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := d.Key(url, "assertionMethod"); err != nil || !public.Equal(got) {
			t.Errorf("%s: got %v, %v", id, got, err)
		}
	}
}
