package config_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/chancery-vc/chancery/issuer/config"
)

// hostile are texts that something behind a configuration could take for more
// than a name.
var hostile = []string{
	"a'b", `a"b`, "a;b", "a b", "a/b", "a\\b", "a.b", "../a", "a\nb", "a\x00b", "a\u202eb", "a\u200bb", "ａ", "аdmin", "a\ufeff", "{a}", "{{a}}", "${a}", "$a", "a%00", "--", "*", "",
	strings.Repeat("a", 65), "-a", "_a", "1a", "é", "@type", "@id", "<a>", "a\tb", "a\u2028b", "a\U0010ffff",
}

// TestHostileNames: what answers, the log, the routes or JSON-LD would carry as
// a name is letters, digits, - and _, or is refused.
func TestHostileNames(t *testing.T) {
	quoted := func(text string) string { return fmt.Sprintf("%q", text) }
	for where, with := range map[string]func(text, name string) string{
		"a purpose": func(text, name string) string { return strings.Replace(text, "checkup]", name+"]", 1) },
		"a status":  func(text, name string) string { return strings.Replace(text, "  birth-credential:", "  "+name+":", 1) },
		"a state": func(text, name string) string {
			if strings.Contains(name, "a b") {
				return "" // a state can be two words
			}
			return strings.Replace(text, "C: cancelled", "C: "+name, 1)
		},
		"a caller": func(text, name string) string { return strings.Replace(text, "name: school", "name: "+name, 1) },
		"a fact": func(text, name string) string {
			return text + strings.Replace(facts, "  registered:", "  "+name+":", 1)
		},
		"a field": func(text, name string) string {
			return text + strings.ReplaceAll(facts, "          names:", "          "+name+":")
		},
		"a claim": func(text, name string) string { return strings.Replace(text, "claim: givenNames", "claim: "+name, 1) },
		"a profile": func(text, name string) string {
			return strings.NewReplacer("  birth:", "  "+name+":", "[birth]", "["+name+"]", "profile: birth", "profile: "+name).Replace(text)
		},
	} {
		for _, name := range hostile {
			text := with(least+consulted, quoted(name))
			if text == "" {
				continue
			}
			if c, err := config.Parse([]byte(text), ""); !errors.Is(err, config.ErrInvalid) || c != nil {
				t.Errorf("%s named %q: %v", where, name, err)
			}
		}
	}
}

// TestHostileRequests: what would lead a request to a registry's API elsewhere,
// or would put more into it, is refused.
func TestHostileRequests(t *testing.T) {
	text := func(url, request, header string) string {
		return strings.Replace(least, "    driver: sqlite\n    path: births.db\n", fmt.Sprintf(`    driver: httpjson
    http:
      url: %q
      resources:
        births:
          %s
          key: number
          headers: %s
          columns: {number: /number, given_names: /given_names}
`, url, request, header), 1)
	}
	const url, get = "https://api.example/v1", "get: /births/{key}"
	if _, err := config.Parse([]byte(text(url, get, "{X-A: b}")), ""); err != nil {
		t.Fatal(err)
	}
	bad := []string{}
	for _, each := range []string{
		"http://api.example", "https://a:b@api.example", "https://api.example?x=y", "https://api.example#x", "https://", "//api.example", "file:///etc/passwd",
		"gopher://api.example", "https://api.example\r\nX: y", "https://api.example\x00", "javascript:0", "https://[::1",
	} {
		bad = append(bad, text(each, get, "{}"))
	}
	for _, each := range []string{
		"/births", "/births/{key}/{key}", "births/{key}", "/../{key}", "/births/./{key}", "/births/%2e%2e/{key}", "/births/..%2f{key}", "/births/%2F/{key}",
		"/births/{key}#x", "/births?{key}=x", "/births?a=b&{key}", "/births/{key} HTTP/1.1", "/births/{key}\r\nX: y", "/births/{key}\x00", "/births/{{key}}", "/births/{key", "/births/é/{key}",
		`/births\{key}`, "https://evil.example/{key}", "/births/{KEY}", "/%zz/{key}", "/{key}/..", "/{other}/{key}", "/<{key}>", "/births/{key}?a=^",
	} {
		bad = append(bad, text(url, fmt.Sprintf("get: %q", each), "{}"))
	}
	for _, each := range []string{
		`{Host: evil.example}`, `{Authorization: Bearer x}`, `{Cookie: a=b}`, `{Transfer-Encoding: chunked}`, `{Content-Length: "1"}`, `{"X\r\nY": z}`, `{X: "a\r\nY: z"}`, `{X: "a\nb"}`,
		`{X: "a\0b"}`, `{"": x}`, `{"X:": y}`, `{X: é}`, `{Connection: x}`, `{X-HTTP-Method-Override: DELETE}`, `{Proxy-Authorization: x}`, `{Accept-Encoding: gzip}`, `{Range: bytes=0-}`,
	} {
		bad = append(bad, text(url, get, each))
	}
	for _, each := range []string{
		`{"key": "", "key": ""}`, `{"key": ""} {}`, `{"key": "x"}`, `{"key": {"": ""}}`, `{"a": ""}`, `[`, ``, `"\ud800"`, strings.Repeat("[", 100) + strings.Repeat("]", 100),
	} {
		bad = append(bad, text(url, fmt.Sprintf("{post: /search, body: %q, key_at: /key}", each), "{}"), text(url, fmt.Sprintf("post: /search\n          body: %q\n          key_at: /key", each), "{}"))
	}
	for _, each := range bad {
		if c, err := config.Parse([]byte(each), ""); !errors.Is(err, config.ErrInvalid) || c != nil {
			_, part, _ := strings.Cut(each, "http:\n")
			t.Errorf("it is taken: %.300s", part)
		}
	}
}

// TestLargeRules: a rule that is larger than any that says something is refused
// before anything reads it.
func TestLargeRules(t *testing.T) {
	var fields, values []string
	for n := range 300 {
		fields, values = append(fields, fmt.Sprintf("f%d: {column: c%d}", n, n)), append(values, fmt.Sprint("v", n))
	}
	fact := func(rule string) string {
		return least + "facts:\n  f:\n    source: births\n    table: births\n    key: number\n    rule: " + rule + "\n"
	}
	for name, rule := range map[string]string{
		"an expression":   `{cel: {expression: "` + strings.Repeat("a", config.MaxExpression+1) + `", fields: {a: {column: c}}}}`,
		"fields":          `{cel: {expression: a, fields: {` + strings.Join(fields, ", ") + `}}}`,
		"values":          `{compare: {column: a, is: one of, to: [` + strings.Join(values, ", ") + `]}}`,
		"a zone of files": `{exists: true, zone: ../../../etc/passwd}`,
		"a zone of root":  `{exists: true, zone: /etc/localtime}`,
		"here":            `{exists: true, zone: Local}`,
	} {
		if c, err := config.Parse([]byte(fact(rule)), ""); !errors.Is(err, config.ErrInvalid) || c != nil {
			t.Errorf("%s: %.200v", name, err)
		} else if len(err.Error()) > 2000 {
			t.Errorf("%s: the error has %d bytes", name, len(err.Error()))
		}
	}
}
