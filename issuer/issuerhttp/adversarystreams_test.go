package issuerhttp_test

import (
	"bufio"
	"crypto/rand"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/chancery-vc/chancery/examples/births/civil"
	"github.com/chancery-vc/chancery/internal/issuertest"
	"github.com/chancery-vc/chancery/internal/web"
	"github.com/chancery-vc/chancery/issuer"
	"github.com/chancery-vc/chancery/issuer/issuerhttp"
	"github.com/chancery-vc/chancery/issuer/oid4vci"
)

// endless writes a body without end until nobody takes it, and returns how much
// was taken.
func endless(conn net.Conn, chunk string) (taken int) {
	for {
		n, err := io.WriteString(conn, chunk)
		if taken += n; err != nil {
			return taken
		}
	}
}

// TestBodyWithoutEnd: of a body that does not end no more is read than a
// question can have.
func TestBodyWithoutEnd(t *testing.T) {
	b := besiege(t)
	address := b.serve()
	chunk := fmt.Sprintf("%x\r\n%s\r\n", 32<<10, strings.Repeat("c4nary  ", 4<<10))
	var crowd sync.WaitGroup
	for _, headers := range [][]string{{"Transfer-Encoding: chunked"}, {"Content-Length: 9000000000000000000"}} {
		for range 8 {
			crowd.Go(func() {
				conn, err := net.Dial("tcp", address)
				if err != nil {
					t.Error(err)
					return
				}
				defer conn.Close()
				_ = conn.SetDeadline(time.Now().Add(2 * patience))
				_, _ = io.WriteString(conn, request(post, "", append(headers, "Authorization: Bearer "+schoolToken, "Content-Type: application/json")...))
				answers := make(chan *http.Response, 1)
				go func() { answers <- b.answerOf(conn) }()
				taken := endless(conn, chunk)
				if r := <-answers; r != nil && r.StatusCode != http.StatusRequestEntityTooLarge {
					t.Errorf("%v: %+v", headers, r)
				}
				if taken > 16<<20 { // the most that sockets hold, and a question
					t.Errorf("%v: %d bytes were taken", headers, taken)
				}
			})
		}
	}
	crowd.Wait()
	if n := b.records(); n != 2 {
		t.Errorf("%d records were written", n-2)
	}
}

// answerOf reads an answer without keeping what it says.
func (b *besieged) answerOf(conn net.Conn) *http.Response {
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return nil
	}
	response.Body.Close()
	return response
}

// TestSlowRequests: who sends a request bit by bit is let go, and keeps nobody
// else from being answered.
func TestSlowRequests(t *testing.T) {
	b := besiege(t)
	const limit = 400 * time.Millisecond
	address := b.serve(func(s *http.Server) { s.ReadHeaderTimeout, s.ReadTimeout = limit, limit })
	body := question(civil.KnownNumber)
	headers := []string{"Authorization: Bearer " + schoolToken, "Content-Type: application/json", fmt.Sprint("Content-Length: ", len(body))}
	whole := request(post, body, headers...)
	var crowd sync.WaitGroup
	for n := range 40 {
		crowd.Go(func() {
			conn, err := net.Dial("tcp", address)
			if err != nil {
				t.Error(err)
				return
			}
			defer conn.Close()
			begun := time.Now()
			_ = conn.SetDeadline(begun.Add(patience))
			sent := []int{0, 1, len(whole) / 2, len(whole) - len(body) + 1, len(whole) - 1}[n%5]
			_, _ = io.WriteString(conn, whole[:sent])
			r := b.answerOf(conn)
			if r != nil && r.StatusCode != http.StatusRequestEntityTooLarge && r.StatusCode != http.StatusRequestTimeout && r.StatusCode != http.StatusBadRequest {
				t.Errorf("after %d bytes: %+v", sent, r)
			}
			if took := time.Since(begun); took > patience-time.Second || took < limit/2 {
				t.Errorf("it was let go after %s", took)
			}
		})
	}
	if r := b.raw(address, whole); r == nil || r.StatusCode != http.StatusOK {
		t.Errorf("somebody else: %+v", r)
	}
	crowd.Wait()
	if n := b.records(); n != 4 { // of the one who was answered
		t.Errorf("%d records were written", n-2)
	}
}

// TestHostileHTTP2: the same holds over HTTP/2, which browsers and proxies
// speak.
func TestHostileHTTP2(t *testing.T) {
	b := besiege(t)
	server := httptest.NewUnstartedServer(nil)
	server.Config, server.EnableHTTP2 = web.NewServer(b.public, b.log.Logger()), true
	server.Config.TLSConfig.NextProtos = []string{"h2"} // as ServeTLS has it
	server.StartTLS()
	defer server.Close()
	ask := func(path string, body io.Reader, edit func(http.Header)) (int, string) {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL+path, body)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+schoolToken)
		r.Header.Set("Content-Type", jsonType)
		edit(r.Header)
		response, err := server.Client().Do(r)
		if err != nil {
			return 0, err.Error()
		}
		defer response.Body.Close()
		if response.ProtoMajor != 2 {
			t.Errorf("it speaks %s", response.Proto)
		}
		data, _ := io.ReadAll(response.Body)
		if response.StatusCode != http.StatusOK {
			b.said.Write(data)
		}
		return response.StatusCode, string(data)
	}
	good := question(civil.KnownNumber)
	for name, c := range map[string]struct {
		path string
		body io.Reader
		edit func(http.Header)
		want int
	}{
		"as it should be":      {statuses, strings.NewReader(good), func(http.Header) {}, 200},
		"two tokens":           {statuses, strings.NewReader(good), func(h http.Header) { h.Add("Authorization", "Bearer c4nary") }, 400},
		"two media types":      {statuses, strings.NewReader(good), func(h http.Header) { h.Add("Content-Type", "text/html") }, 400},
		"a path of another":    {"/v1/../v1/statuses", strings.NewReader(good), func(http.Header) {}, 404},
		"a body without end":   {statuses, io.MultiReader(strings.NewReader(good), blanks{}), func(http.Header) {}, 413},
		"what is no question":  {statuses, strings.NewReader(good + good), func(http.Header) {}, 400},
		"what there is not":    {statuses, strings.NewReader(question(canary)), func(http.Header) {}, 403},
		"another's encoding":   {statuses, strings.NewReader(zipped(t, good)), func(h http.Header) { h.Set("Content-Encoding", "gzip") }, 415},
		"nothing but a header": {statuses, http.NoBody, func(http.Header) {}, 400},
	} {
		if got, said := ask(c.path, c.body, c.edit); got != c.want {
			t.Errorf("%s: %d, want %d: %.200s", name, got, c.want, said)
		}
	}
}

// blanks are a text without end.
type blanks struct{}

func (blanks) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	return len(p), nil
}

// TestPanic: what goes wrong in one question ends no other one's, nor the
// service, and what it went wrong with is told to nobody.
func TestPanic(t *testing.T) {
	b := besiege(t)
	random := &fragile{}
	if err := b.issuer.Close(); err != nil {
		t.Fatal(err)
	}
	i, err := issuer.Open(t.Context(), issuertest.Load(t, b.dir), issuer.Environment{Now: b.clock.Now, Random: random})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { i.Close() })
	service, err := oid4vci.New(i)
	if err != nil {
		t.Fatal(err)
	}
	b.issuer = i
	if b.public, err = issuerhttp.Public(i, service, b.log.Logger()); err != nil {
		t.Fatal(err)
	}
	random.broken = true
	b.closed(b.post(statuses, jsonType, question(civil.KnownNumber)), http.StatusInternalServerError, "internal")
	one := fmt.Sprintf(`{"name":"sex","key":%q,"nonce":"n-1"}`, civil.KnownNumber)
	r := b.post(statuses, jsonType, `{"purpose":"enrolment","questions":[`+one+","+one+`,{"name":"sex","key":"none","nonce":"n-1"}]}`)
	if r.Code != http.StatusOK || strings.Count(r.Body.String(), "problem:internal") != 2 || strings.Count(r.Body.String(), "problem:refused") != 1 {
		t.Errorf("%d %s", r.Code, r.Body)
	}
	random.broken = false
	if r := b.post(statuses, jsonType, question(civil.KnownNumber)); r.Code != http.StatusOK {
		t.Errorf("after: %d %s", r.Code, r.Body)
	}
	if n := strings.Count(b.log.String(), `"msg":"panic"`); n != 3 {
		t.Errorf("%d lines of the log tell of it", n)
	}
}

// fragile is a source of randomness that can break for whoever wants an
// identifier of it, which is all that an answer needs.
type fragile struct{ broken bool }

func (f *fragile) Read(p []byte) (int, error) {
	if f.broken && len(p) == len(uuid.UUID{}) {
		panic(canary)
	}
	return rand.Read(p)
}
