package issuerhttp_test

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/examples/births/civil"
	"github.com/chancery-vc/chancery/internal/web"
)

// serve has a server as chancery's own listen, and returns its address.
func (b *besieged) serve(edits ...func(*http.Server)) string {
	b.Helper()
	server := web.NewServer(b.public, b.log.Logger())
	for _, edit := range edits {
		edit(server)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	go func() { _ = server.Serve(listener) }()
	b.Cleanup(func() { server.Close() })
	return listener.Addr().String()
}

// raw sends bytes, and returns the answer that came before the server hung up,
// if one did.
func (b *besieged) raw(address, text string) *http.Response {
	b.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		b.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		b.Fatal(err)
	}
	_, _ = io.WriteString(conn, text) // the server may hang up before the end
	return b.answer(conn)
}

// answer reads the one answer on a connection.
func (b *besieged) answer(conn net.Conn) *http.Response {
	b.Helper()
	response, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: http.MethodPost})
	if errors.Is(err, os.ErrDeadlineExceeded) {
		b.Errorf("no answer in %s", patience)
	}
	if err != nil {
		return nil
	}
	defer response.Body.Close()
	data, _ := io.ReadAll(response.Body)
	response.Body = io.NopCloser(bytes.NewReader(data))
	if response.StatusCode != http.StatusOK {
		b.said.Write(data)
	}
	return response
}

// request is a request of the school's, with the headers given.
func request(line, body string, headers ...string) string {
	headers = append([]string{"Host: registry.example", "Connection: close"}, headers...)
	return line + "\r\n" + strings.Join(headers, "\r\n") + "\r\n\r\n" + body
}

const post = "POST /v1/statuses HTTP/1.1"

// TestHostileHeaders: what the server itself refuses, and what gets past
// it, ends in an answer of its kind; none of it is a question.
func TestHostileHeaders(t *testing.T) {
	b := besiege(t)
	address := b.serve()
	body := question(civil.KnownNumber)
	auth, media, length := "Authorization: Bearer "+schoolToken, "Content-Type: application/json", fmt.Sprint("Content-Length: ", len(body))
	chunked := fmt.Sprintf("%x\r\n%s\r\n0\r\n\r\n", len(body), body)
	for name, c := range map[string]struct {
		request string
		want    int // 0 for a connection that is closed without an answer
	}{
		"as it should be":               {request(post, body, auth, media, length), 200},
		"in chunks":                     {request(post, chunked, auth, media, "Transfer-Encoding: chunked"), 200},
		"two tokens, the first good":    {request(post, body, auth, "Authorization: Bearer c4nary", media, length), 400},
		"two tokens, the second good":   {request(post, body, "Authorization: Bearer c4nary", auth, media, length), 400},
		"a good token twice":            {request(post, body, auth, "authorization: Bearer "+schoolToken, media, length), 400},
		"two tokens in one":             {request(post, body, auth+", Bearer c4nary", media, length), 401},
		"a token in the query":          {request("POST /v1/statuses?access_token="+schoolToken+" HTTP/1.1", body, media, length), 400},
		"a token in the proxy's header": {request(post, body, "Proxy-Authorization: Bearer "+schoolToken, media, length), 401},
		"a token in a cookie":           {request(post, body, "Cookie: Authorization=Bearer "+schoolToken, media, length), 401},
		"a token with a tab":            {request(post, body, "Authorization: Bearer\t"+schoolToken, media, length), 401},
		"a token with more space":       {request(post, body, "Authorization: Bearer  "+schoolToken, media, length), 401},
		"two media types":               {request(post, body, auth, media, "Content-Type: text/html", length), 400},
		"two encodings":                 {request(post, body, auth, media, "Content-Encoding: identity", "Content-Encoding: gzip", length), 415},
		"a folded header":               {request(post, body, "Authorization: Bearer\r\n "+schoolToken, media, length), 200}, // RFC 9112, section 5.2: as a space
		"a folded first header":         {request(post, body, " X: c4nary", auth, media, length), 200},                       // it belongs to the one before
		"two lengths":                   {request(post, body, auth, media, length, "Content-Length: 3"), 400},
		"a list of lengths":             {request(post, body, auth, media, length+", 3"), 400},
		"a length below zero":           {request(post, body, auth, media, "Content-Length: -1"), 400},
		"a length with a sign":          {request(post, body, auth, media, strings.Replace(length, ": ", ": +", 1)), 400},
		"a length in hexadecimal":       {request(post, body, auth, media, "Content-Length: 0x40"), 400},
		"a length of all there is":      {request(post, body, auth, media, "Content-Length: 99999999999999999999"), 400},
		"chunks of another kind":        {request(post, chunked, auth, media, "Transfer-Encoding: xchunked"), 501},
		"chunks twice":                  {request(post, chunked, auth, media, "Transfer-Encoding: chunked", "Transfer-Encoding: chunked"), 501},
		"chunks and more":               {request(post, chunked, auth, media, "Transfer-Encoding: gzip, chunked"), 501},
		"a space before the colon":      {request(post, chunked, auth, media, "Transfer-Encoding : chunked", length), 400},
		"a chunk of no size":            {request(post, "zz\r\n"+body, auth, media, "Transfer-Encoding: chunked"), 413},
		"a chunk of all there is":       {request(post, "ffffffffffffffffff\r\n"+body, auth, media, "Transfer-Encoding: chunked"), 413},
		"a chunk with much to say":      {request(post, "1;"+strings.Repeat("c4nary", 5000)+"\r\n", auth, media, "Transfer-Encoding: chunked"), 413},
		"a NUL in a header":             {request(post, body, auth, media, length, "X: c4nary\x00"), 400},
		"a bare return in a header":     {request(post, body, auth, media, length, "X: c4nary\rY: c4nary"), 400},
		"a name with a space":           {request(post, body, auth, media, length, "c4nary y: z"), 400},
		"no name":                       {request(post, body, auth, media, length, ": c4nary"), 400},
		"no colon":                      {request(post, body, auth, media, length, "c4nary"), 400},
		"two hosts":                     {request(post, body, auth, media, length, "Host: c4nary"), 400},
		"another host":                  {strings.Replace(request(post, body, auth, media, length), "registry.example", "c4nary.example", 1), 200}, // answers name ours
		"another method in a header":    {request("GET /v1/statuses HTTP/1.1", "", auth, "X-HTTP-Method-Override: POST"), 405},
		"another path in a header":      {request("POST /v1 HTTP/1.1", body, auth, media, length, "X-Original-URL: /v1/statuses", "X-Rewrite-URL: /v1/statuses"), 404},
		"somebody else's address":       {request(post, body, media, length, "X-Forwarded-For: 127.0.0.1", "X-Forwarded-User: school", "Forwarded: for=c4nary"), 401},
		"a large header":                {request(post, body, auth, media, length, "X: "+strings.Repeat("c4nary", 10_000)), 431},
		"many headers":                  {request(post, body, auth, media, length, strings.Repeat("X: c4nary\r\n", 5000)+"Y: z"), 431},
		"a long token":                  {request(post, body, "Authorization: Bearer "+strings.Repeat("c4nary", 2000), media, length), 401},
		"a long path":                   {request("POST /v1/"+strings.Repeat("c4nary", 10_000)+" HTTP/1.1", body, auth, media, length), 431},
		"an expectation":                {request(post, body, auth, media, length, "Expect: c4nary"), 417},
		"an upgrade":                    {request(post, body, auth, media, length, "Upgrade: h2c", "HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA"), 200}, // not done
		"another protocol":              {request("POST /v1/statuses HTTP/2.0", body, auth, media, length), 505},
		"a protocol of before":          {"POST /v1/statuses\r\n\r\n", 400},
		"HTTP/2 without TLS":            {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 404},
		"TLS where there is none":       {"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400},
		"nothing":                       {"\r\n\r\n\r\n\r\n", 400},
	} {
		got := 0
		if response := b.raw(address, c.request); response != nil {
			got = response.StatusCode
		}
		if got != c.want {
			t.Errorf("%s: status %d, want %d", name, got, c.want)
		}
	}
}

// TestHostileMethods: a question is a POST, and nothing else is one.
func TestHostileMethods(t *testing.T) {
	b := besiege(t)
	address := b.serve()
	body := question(civil.KnownNumber)
	for _, method := range []string{"GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "post", "Post", "QUERY", "PRI", "POSTS", "C4NARY" + strings.Repeat("X", 5000)} {
		r := b.raw(address, request(strings.Replace(post, "POST", method, 1), body,
			"Authorization: Bearer "+schoolToken, "Content-Type: application/json", fmt.Sprint("Content-Length: ", len(body))))
		if r == nil || r.StatusCode != http.StatusMethodNotAllowed && r.StatusCode != http.StatusNotFound || r.Header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%.20s: %+v", method, r)
		}
	}
	if n := b.records(); n != 2 {
		t.Errorf("%d records were written", n-2)
	}
}

// TestHostilePaths: a question has one path, and what a proxy would make of
// another is not done here.
func TestHostilePaths(t *testing.T) {
	b := besiege(t)
	address := b.serve()
	body := question(civil.KnownNumber)
	ask := func(target string) *http.Response {
		return b.raw(address, request("POST "+target+" HTTP/1.1", body,
			"Authorization: Bearer "+schoolToken, "Content-Type: application/json", fmt.Sprint("Content-Length: ", len(body))))
	}
	for _, target := range []string{
		"//v1/statuses", "/v1//statuses", "/v1/statuses/", "/v1/./statuses", "/v1/../v1/statuses", "/x/../v1/statuses", "/v1/%2e/statuses", "/v1/%2e%2e/v1/statuses",
		"/v1/statuses/..", "/v1/statuses/.", "/v1%2fstatuses", "/v1/statuses%2f", "/v1/statuses%00", "/v1/statuses%20", "/v1/statuses;a=b", "/v1/statuses%3f", "/v1/statuses%23",
		"/V1/statuses", "/v1/Statuses", "/v1/status", "/v1/statuses.json", `/v1\statuses`, "/v1/stat%75ses%75", "/v1/%c0%afstatuses", "/v1/ѕtatuses", "/v1/%ff", "/v2/statuses", "/v1", "/", "/v1/*", "/v1/%73tatuses", "/v1/statuses#c4nary",
		"https://registry.example//v1/statuses", "/https://registry.example/v1/statuses",
	} {
		r := ask(target)
		if r == nil || r.StatusCode != http.StatusNotFound || r.Header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s: %+v", target, r)
		}
	}
	for _, target := range []string{"v1/statuses", "*", "", " /v1/statuses", "/v1/%", "/v1/%zz", "/v1/\x00", "http://[::1/v1/statuses", "http://%zz/v1/statuses"} {
		if r := ask(target); r != nil && r.StatusCode != http.StatusBadRequest && r.StatusCode != http.StatusNotFound {
			t.Errorf("%q: %+v", target, r)
		}
	}
	if n := b.records(); n != 2 {
		t.Errorf("%d records were written", n-2)
	}
	for _, target := range []string{"/v1/statuses?c4nary=1", "http://c4nary.example/v1/statuses"} {
		if r := ask(target); r == nil || r.StatusCode != http.StatusOK {
			t.Errorf("%s: %+v", target, r)
		}
	}
}
