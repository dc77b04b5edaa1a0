package config_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chancery-vc/chancery/issuer/config"
	"github.com/chancery-vc/chancery/issuer/source/httpjson"
)

// api is a source that has all that one can have, in place of that of least.
const api = `    driver: httpjson
    allow_wide_source: true
    http:
      url: https://api.example/v1
      token_file: api.token
      ca: ca.pem
      timeout: 2s
      max_bytes: 65536
      resources:
        births:
          get: /births/{key}
          key: number
          key_pattern: "[0-9]+"
          headers: {Accept-Language: et}
          media_type: application/hal+json
          expect: {/version: 1.0, /old: 0x10, /flag: true}
          none: {status: [404], absent: true, where: {/found: "false"}}
          more: /next
          records: /items
          where: {/kind: birth}
          columns:
            number: /number
            given_names: {in: /names, where: {/use: official}, at: /given, required: true}
          list:
            get: /births
            records: /items
            columns: {number: /id}
            next: {in: /links, where: {/rel: next}, at: /href}
          probe: 00000000
        searched:
          post: /search
          key: number
          key_not_in_answer: true
          body: '{"q":"","id":"","at":""}'
          key_at: /q
          unique_at: [/id]
          now_at: [/at]
          columns: {given_names: /given}
`

// withAPI returns least with an API as its source, with from replaced by to.
func withAPI(t testing.TB, from, to string) string {
	t.Helper()
	if strings.Count(api, from) != 1 {
		t.Fatalf("%q is there %d times", from, strings.Count(api, from))
	}
	return with(t, "    driver: sqlite\n    path: births.db\n", strings.Replace(api, from, to, 1))
}

func TestHTTPSource(t *testing.T) {
	c, err := config.Parse([]byte(withAPI(t, "births:\n", "births:\n")), "")
	if err != nil {
		t.Fatal(err)
	}
	want := httpjson.Options{
		URL: "https://api.example/v1", Timeout: 2 * time.Second, MaxBytes: 65536,
		Resources: map[string]httpjson.Resource{
			"births": {
				Get: "/births/{key}", Key: "number", KeyPattern: "[0-9]+", Header: map[string]string{"Accept-Language": "et"}, MediaType: "application/hal+json",
				Expect: map[string]string{"/version": "1.0", "/old": "0x10", "/flag": "true"}, None: httpjson.None{Status: []int{404}, Absent: true, Where: map[string]string{"/found": "false"}},
				More: &httpjson.Column{At: "/next"}, Records: "/items", Where: map[string]string{"/kind": "birth"},
				Columns: map[string]httpjson.Column{
					"number": {At: "/number"}, "given_names": {In: "/names", Where: map[string]string{"/use": "official"}, At: "/given", Required: true},
				},
				List: &httpjson.List{
					Get: "/births", Records: "/items", Columns: map[string]httpjson.Column{"number": {At: "/id"}},
					Next: &httpjson.Column{In: "/links", Where: map[string]string{"/rel": "next"}, At: "/href"},
				},
				Probe: "00000000",
			},
			"searched": {
				Post: "/search", Body: `{"q":"","id":"","at":""}`, KeyAt: "/q", UniqueAt: []string{"/id"}, NowAt: []string{"/at"}, Key: "number",
				Columns: map[string]httpjson.Column{"given_names": {At: "/given"}},
			},
		},
	}
	if diff := cmp.Diff(want, c.Sources["births"].HTTP.Options()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	c, err = config.Parse([]byte(withAPI(t, "      timeout: 2s\n      max_bytes: 65536\n", "")), "")
	if err != nil || c.Sources["births"].HTTP.Timeout.Std() != 5*time.Second || c.Sources["births"].HTTP.MaxBytes != 1<<20 {
		t.Errorf("defaults: %+v, %v", c, err)
	}
}

func TestHTTPSourceRefused(t *testing.T) {
	for name, c := range map[string]struct {
		from, to string
		says     []string
	}{
		"an unknown field":               {"key_pattern:", "key_patern:", []string{`"key_patern"`, "line"}},
		"an unknown field of a column":   {"at: /given", "att: /given", []string{`"att"`, "line"}},
		"a list for a column":            {"number: /number", "number: [/number]", []string{"line"}},
		"a list for a text":              {"/flag: true", "/flag: [a]", []string{"line", "no text"}},
		"path too":                       {"    allow_wide_source: true\n", "    path: a.db\n", []string{"sources.births", "nothing else"}},
		"no http":                        {api[strings.Index(api, "    http:"):], "", []string{"sources.births", "http is missing"}},
		"no url":                         {"      url: https://api.example/v1\n", "", []string{"sources.births.http", "url is missing"}},
		"in the clear":                   {"https://api", "http://api", []string{"sources.births.http", "not https"}},
		"a certificate without a key":    {"token_file: api.token", "certificate: c.pem", []string{"both certificate and key"}},
		"a token and a certificate":      {"token_file: api.token", "token_file: api.token\n      certificate: c.pem\n      key: k.pem", []string{"either token_file or certificate"}},
		"an authority in the clear":      {"token_file: api.token", "no_tls_on_loopback: true", []string{"no_tls_on_loopback"}},
		"no time":                        {"timeout: 2s", "timeout: -2s", []string{"timeout"}},
		"much time":                      {"timeout: 2s", "timeout: 61s", []string{"timeout", "1m"}},
		"no bytes":                       {"65536", "-1", []string{"max_bytes"}},
		"many bytes":                     {"65536", "16777217", []string{"max_bytes", "16777216"}},
		"no resources":                   {api[strings.Index(api, "      resources:"):], "", []string{"resources is empty"}},
		"get and post":                   {"get: /births/{key}", "get: /births/{key}\n          post: /a", []string{"resources.births", "either get or post"}},
		"no key":                         {"          key: number\n          key_pattern", "          key_pattern", []string{"resources.births", "key is missing"}},
		"no columns":                     {"          columns: {given_names: /given}\n", "", []string{"resources.searched", "columns is empty"}},
		"a key that is not in answers":   {"          key_not_in_answer: true\n", "", []string{"resources.searched", `"number"`, "key_not_in_answer"}},
		"a key that is, and is said not": {"key_pattern:", "key_not_in_answer: true\n          key_pattern:", []string{"resources.births", "key_not_in_answer"}},
		"a bad path":                     {"/births/{key}", "/births", []string{"sources.births.http", `"births"`, "get", "{key}"}},
		"a bad pointer":                  {"number: /number", "number: number", []string{`"births"`, "columns", "JSON pointer"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := config.Parse([]byte(withAPI(t, c.from, c.to)), "")
			if !errors.Is(err, config.ErrInvalid) {
				t.Fatalf("got %v, want ErrInvalid", err)
			}
			for _, word := range c.says {
				if !strings.Contains(err.Error(), word) {
					t.Errorf("%v does not say %s", err, word)
				}
			}
		})
	}
	for driver, also := range map[string]string{"sqlite": "path: births.db", "postgres": "dsn: dbname=a"} {
		text := with(t, "    driver: sqlite\n    path: births.db\n", "    driver: "+driver+"\n    "+also+"\n    http: {url: https://api.example}\n")
		if _, err := config.Parse([]byte(text), ""); !errors.Is(err, config.ErrInvalid) {
			t.Errorf("http of a source of the driver %s: %v", driver, err)
		}
	}
}
