package httpjson

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/google/uuid"
	"pgregory.net/rapid"

	"github.com/chancery-vc/chancery/issuer/source"
)

// seen remembers what was asked, and says that there is no record.
type seen struct {
	uri, body string
	header    http.Header
	times     int
}

func (s *seen) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	s.uri, s.body, s.header = r.Method+" "+r.RequestURI, string(body), r.Header
	s.times++
	w.WriteHeader(http.StatusNotFound)
}

// asking returns a source of one resource, and what it asks.
func asking(t *testing.T, change func(*Resource)) (*Source, *seen) {
	t.Helper()
	r := things()["things"]
	change(&r)
	s := &seen{}
	return mustCompile(t, mustOpen(t, serve(t, s, map[string]Resource{"things": r})), thing), s
}

// TestKeyInPath: a key is one segment, or is not asked for at all.
func TestKeyInPath(t *testing.T) {
	s, seen := asking(t, func(r *Resource) { r.Get = "/v1/things/no.{key}.json?a=b" })
	for key, want := range map[string]string{
		"42": "42", "a b": "a%20b", "a+b&c=d": "a%2Bb%26c%3Dd", "é": "%C3%A9", "e\u0301": "e%CC%81", "a:b@c": "a%3Ab%40c", "{key}": "%7Bkey%7D", "...": "...",
		"'\"<>": "%27%22%3C%3E", "／": "%EF%BC%8F", "․․": "%E2%80%A4%E2%80%A4",
	} {
		if _, err := s.Lookup(t.Context(), key); !errors.Is(err, source.ErrNone) {
			t.Errorf("%q: %v", key, err)
		}
		if seen.uri != "GET /v1/things/no."+want+".json?a=b" {
			t.Errorf("%q is asked for as %s", key, seen.uri)
		}
	}
	seen.times = 0
	for _, key := range []string{"", ".", "..", "/", "a/b", "../admin", `..\admin`, "%2e%2e", "a%2fb", "a?b", "a#b", "a;b", "a\x00", "a\nb", "a\x7f", "\xff", strings.Repeat("a", MaxKey+1)} {
		if got, err := s.Lookup(t.Context(), key); got != nil || !errors.Is(err, source.ErrNone) {
			t.Errorf("%q: got %v, %v", key, got, err)
		}
	}
	if seen.times != 0 {
		t.Errorf("%d were asked for", seen.times)
	}
}

// TestKeyInQuery: whatever the key, the query has the same names, and the key is
// the value of one.
func TestKeyInQuery(t *testing.T) {
	s, seen := asking(t, func(r *Resource) { r.Get = "/things?_elements=k,v&id=https%3A%2F%2Fa%7C{key}&z=" })
	rapid.Check(t, func(rt *rapid.T) {
		key := rapid.StringN(0, 20, -1).Draw(rt, "key")
		if strings.ContainsFunc(key, func(c rune) bool { return c < ' ' || c == 0x7f }) {
			rt.Skip("not asked for")
		}
		if _, err := s.Lookup(t.Context(), key); !errors.Is(err, source.ErrNone) {
			rt.Fatal(err)
		}
		asked, err := url.Parse(strings.TrimPrefix(seen.uri, "GET "))
		if err != nil {
			rt.Fatal(err)
		}
		q := asked.Query()
		if asked.Path != "/things" || len(q) != 3 || len(q["id"]) != 1 || q.Get("id") != "https://a|"+key || q.Get("_elements") != "k,v" || q.Get("z") != "" {
			rt.Errorf("%q is asked for as %s", key, seen.uri)
		}
	})
}

// TestKeyPattern: a key that the whole pattern does not match is not asked for.
func TestKeyPattern(t *testing.T) {
	s, seen := asking(t, func(r *Resource) { r.KeyPattern = "[0-9]{3}|X" })
	for key, want := range map[string]int{"123": 1, "X": 1, "1234": 0, "X1": 0, "123\n": 0, "١٢٣": 0, "x": 0, "": 0} {
		seen.times = 0
		if _, err := s.Lookup(t.Context(), key); !errors.Is(err, source.ErrNone) || seen.times != want {
			t.Errorf("%q: %v, asked for %d times", key, err, seen.times)
		}
	}
}

// TestBody: whatever the key, the body is the configured one with the key as
// one text of it, and new identifiers and the time as others.
func TestBody(t *testing.T) {
	s, seen := asking(t, func(r *Resource) {
		r.Get, r.Post = "", "/search?a=b"
		r.Body = ` {"a": [1.0, "", {"key": ""}], "n": 9007199254740993, "id": "", "" : {"": ""}, "at":"","same":"same"} `
		r.KeyAt, r.UniqueAt, r.NowAt = "/a/2/key", []string{"/id", "//"}, []string{"/at"}
	})
	ids := map[string]bool{}
	rapid.Check(t, func(rt *rapid.T) {
		key := rapid.String().Draw(rt, "key")
		if _, err := s.Lookup(t.Context(), key); !errors.Is(err, source.ErrNone) {
			rt.Fatal(err)
		}
		var sent struct {
			ID    string            `json:"id"`
			Empty map[string]string `json:""`
			At    string            `json:"at"`
			A     []any             `json:"a"`
		}
		if err := json.Unmarshal([]byte(seen.body), &sent); err != nil {
			rt.Fatalf("%s: %v", seen.body, err)
		}
		if got := sent.A[2].(map[string]any)["key"]; got != key {
			rt.Errorf("%q is sent as %q", key, got)
		}
		if ids[sent.ID] || uuid.Validate(sent.ID) != nil || sent.At != "2026-11-22T08:30:00.000Z" {
			rt.Errorf("not new, or not the time: %q, %q", sent.ID, sent.At)
		}
		ids[sent.ID] = true
		quoted, _ := json.Marshal(key)
		plain := strings.ReplaceAll(strings.Replace(seen.body, string(quoted), `""`, 1), sent.At, "")
		if !strings.HasPrefix(seen.body, ` {"a": [1.0, "", {"key": `) || !strings.Contains(plain, `"n": 9007199254740993`) || seen.uri != "POST /search?a=b" {
			rt.Errorf("sent %s to %s", seen.body, seen.uri)
		}
	})
	if len(ids) < 50 {
		t.Errorf("only %d were sent", len(ids))
	}
	if _, err := s.Lookup(t.Context(), "\xff"); !errors.Is(err, source.ErrNone) {
		t.Errorf("no text: %v", err)
	}
}

func TestHeader(t *testing.T) {
	s, seen := asking(t, func(r *Resource) {
		r.Header, r.MediaType = map[string]string{"X-Road-Client": "EE/GOV/1/chancery", "accept-language": "et"}, "application/vnd.thing+json"
	})
	s.api.options.Credentials.Token = func(context.Context) (string, error) { return "t0ken", nil }
	if _, err := s.Lookup(t.Context(), "a"); !errors.Is(err, source.ErrNone) {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"Authorization": "Bearer t0ken", "Accept": "application/vnd.thing+json", "X-Road-Client": "EE/GOV/1/chancery", "Accept-Language": "et",
		"Accept-Encoding": "", "Content-Type": "", "Cookie": "", "Referer": "",
	} {
		if got := seen.header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

// TestOpenRefuses: what cannot be used is refused before anything is asked, and
// the error says which part.
func TestOpenRefuses(t *testing.T) {
	post := func(body, keyAt string, more ...string) func(*Resource) {
		return func(r *Resource) { r.Get, r.Post, r.Body, r.KeyAt, r.UniqueAt = "", "/search", body, keyAt, more }
	}
	for name, c := range map[string]struct {
		change func(*Resource)
		says   string
	}{
		"nothing to ask":           {func(r *Resource) { r.Get = "" }, "get"},
		"two things to ask":        {func(r *Resource) { r.Post = "/x" }, "either"},
		"a body for a GET":         {func(r *Resource) { r.Body = "{}" }, "body"},
		"no key in the path":       {func(r *Resource) { r.Get = "/things" }, "{key}"},
		"two keys in the path":     {func(r *Resource) { r.Get = "/{key}/{key}" }, "{key}"},
		"another mark":             {func(r *Resource) { r.Get = "/{key}/{id}" }, "percent-encode"},
		"another host":             {func(r *Resource) { r.Get = "https://other.example/{key}" }, "not a path"},
		"no slash":                 {func(r *Resource) { r.Get = "things/{key}" }, "not a path"},
		"a fragment":               {func(r *Resource) { r.Get = "/things/{key}#a" }, "not a path"},
		"blanks":                   {func(r *Resource) { r.Get = "/all things/{key}" }, "not a path"},
		"a line":                   {func(r *Resource) { r.Get = "/things/{key}\r\nHost: a" }, "not a path"},
		"a bad escape":             {func(r *Resource) { r.Get = "/a%zz/{key}" }, "not a path"},
		"leading elsewhere":        {func(r *Resource) { r.Get = "/things/../{key}" }, "elsewhere"},
		"leading elsewhere, coded": {func(r *Resource) { r.Get = "/things/%2e%2E/{key}" }, "elsewhere"},
		"a coded slash":            {func(r *Resource) { r.Get = "/a%2F..%2Fb/{key}" }, "elsewhere"},
		"key as a name":            {func(r *Resource) { r.Get = "/things?a=b&{key}=1" }, "name in the query"},
		"key in a POST's path":     {func(r *Resource) { r.Get, r.Post = "", "/{key}" }, "cannot have {key}"},
		"no body":                  {post("", "/a"), "body"},
		"no JSON":                  {post(`{"a":""`, "/a"), "body"},
		"two texts":                {post(`{"a":""}{"a":""}`, "/a"), "body"},
		"a member twice":           {post(`{"a":"","a":""}`, "/a"), "body"},
		"no place":                 {post(`{"a":""}`, ""), "key_at"},
		"a place that is not":      {post(`{"a":""}`, "/b"), `"/b"`},
		"no pointer":               {post(`{"a":""}`, "a"), `"a"`},
		"a place that is taken":    {post(`{"a":"x"}`, "/a"), `"/a"`},
		"a place that is a number": {post(`{"a":0}`, "/a"), `"/a"`},
		"a place twice":            {post(`{"a":""}`, "/a", "/a"), "one place"},
		"no such unique":           {post(`{"a":""}`, "/a", "/b"), `"/b"`},
		"no key":                   {func(r *Resource) { r.Key = "" }, "key"},
		"a bad pattern":            {func(r *Resource) { r.KeyPattern = "(" }, "key_pattern"},
		"a bad column":             {func(r *Resource) { r.Columns["v"] = Column{At: "v"} }, `"v"`},
		"a column of nothing":      {func(r *Resource) { r.Columns["v"] = Column{At: "/~2"} }, `"v"`},
		"in without where":         {func(r *Resource) { r.Columns["v"] = Column{In: "/list", At: "/v"} }, "where"},
		"where without in":         {func(r *Resource) { r.Columns["v"] = Column{At: "/v", Where: map[string]string{"/a": "b"}} }, "where"},
		"bad records":              {func(r *Resource) { r.Records = "items" }, "records"},
		"bad conditions":           {func(r *Resource) { r.Where = map[string]string{"a": "b"} }, "where"},
		"bad expectation":          {func(r *Resource) { r.Expect = map[string]string{"a": "b"} }, "expect"},
		"bad more":                 {func(r *Resource) { r.More = &Column{At: "a"} }, "more"},
		"bad none":                 {func(r *Resource) { r.None.Where = map[string]string{"a": "b"} }, "none.where"},
		"success as none":          {func(r *Resource) { r.None.Status = []int{200} }, "200"},
		"refusal as none":          {func(r *Resource) { r.None.Status = []int{403} }, "403"},
		"fault as none":            {func(r *Resource) { r.None.Status = []int{500} }, "500"},
		"a secret header":          {func(r *Resource) { r.Header = map[string]string{"authorization": "x"} }, "authorization"},
		"a bad header":             {func(r *Resource) { r.Header = map[string]string{"X y": "x"} }, "X y"},
		"a split header":           {func(r *Resource) { r.Header = map[string]string{"X": "a\r\nY: b"} }, "control"},
		"a list without its key":   {func(r *Resource) { r.List = &List{Get: "/all", Columns: map[string]Column{"v": {At: "/v"}}} }, `"k"`},
		"a list with a key":        {func(r *Resource) { r.List = &List{Get: "/{key}"} }, "list.get"},
		"a list of bad records":    {func(r *Resource) { r.List = &List{Get: "/all", Records: "x"} }, "list"},
		"a list that leads badly":  {func(r *Resource) { r.List = &List{Get: "/all", Next: &Column{At: "x"}} }, "list.next"},
		"a list of bad columns":    {func(r *Resource) { r.List = &List{Get: "/all", Columns: map[string]Column{"k": {At: "x"}}} }, "list.columns"},
	} {
		r := things()["things"]
		c.change(&r)
		a, err := Open(Options{URL: "https://api.example", Timeout: time.Second, MaxBytes: 1, Resources: map[string]Resource{"things": r}})
		if a != nil || err == nil || !strings.Contains(err.Error(), c.says) || !strings.Contains(err.Error(), `"things"`) {
			t.Errorf("%s: got %v, want an error that says %s", name, err, c.says)
		}
	}
}

func TestBase(t *testing.T) {
	for text, want := range map[string]bool{
		"https://api.example": true, "https://api.example/v1/": true, "https://api.example:8443/a/b": true, "https://[::1]:1": true,
		"http://127.0.0.1:80": true, "http://[::1]/v1": true,
		"": false, "api.example": false, "//api.example": false, "https:api.example": false, "https://": false, "ftp://api.example": false,
		"https://user@api.example": false, "https://api.example?a=b": false, "https://api.example#a": false, "https://api.example/?": false,
		"http://api.example": false, "http://localhost": false, "http://10.0.0.1": false, "http://127.0.0.1.example": false, "http://0.0.0.0": false,
	} {
		if _, err := Open(Options{URL: text, Loopback: true}); (err == nil) != want {
			t.Errorf("%q: %v", text, err)
		}
	}
	if _, err := Open(Options{URL: "http://127.0.0.1:80"}); err == nil {
		t.Error("http was not asked for")
	}
}
