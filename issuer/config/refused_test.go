package config_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/chancery-vc/chancery/issuer/config"
)

// TestRefused: each configuration is refused, and the error says where and
// why.
func TestRefused(t *testing.T) {
	tests := map[string]struct {
		from, to string
		want     []string
	}{
		"unknown key":              {"sources:", "sauces: {}\nsources:", []string{"line 3", `"sauces"`}},
		"unknown key in a profile": {"    table: births", "    tables: births", []string{"line 12", `"tables"`}},
		"unknown key in a claim":   {"        column: given_names", "        colunm: given_names", []string{"line 17", `"colunm"`}},
		"doubled key":              {"sources:", "url: https://other.example\nsources:", []string{"line 3", `"url"`, "line 1"}},
		"doubled profile":          {"callers:", "  birth:\n    type: X\ncallers:", []string{"line 18", `"birth"`, "line 8"}},
		"another case":             {"url:", "URL:", []string{"line 1", `"URL"`}},
		"a list for a text":        {"url: https://registry.example", "url: [a]", []string{"line 1"}},
		"a text for a list":        {"holder: [birth]", "holder: birth", []string{"line 19"}},
		"a text for a map":         {"    driver: sqlite\n    path: births.db", "    sqlite", []string{"line 5"}},
		"a text for a number":      {"callers:", "offers:\n  digits: six\ncallers:", []string{"line 19"}},
		"a text for a boolean":     {"given_names", "given_names\n        required: perhaps", []string{"line 18"}},
		"a bare number of days":    {"365d", "365", []string{"365"}},
		"not YAML":                 {"sources:", "\t{", []string{"line 3"}},

		"no url":                 {"url: https://registry.example\n", "", []string{"url", "https://registry.example"}},
		"url of another scheme":  {"https://registry.example", "http://registry.example", []string{"url", "http://registry.example"}},
		"url without host":       {"https://registry.example", "https:///x", []string{"url"}},
		"url with a query":       {"https://registry.example", "https://registry.example?a=b", []string{"url"}},
		"url with a fragment":    {"https://registry.example", "https://registry.example#a", []string{"url"}},
		"url with a user":        {"https://registry.example", "https://a@registry.example", []string{"url"}},
		"url with a slash":       {"https://registry.example", "https://registry.example/", []string{"url", "slash"}},
		"url with a wildcard":    {"https://registry.example", "https://registry.example/*all", []string{"url"}},
		"url with a parameter":   {"https://registry.example", "https://registry.example/:id", []string{"url"}},
		"url with an escape":     {"https://registry.example", "https://registry.example/a%2Fb", []string{"url"}},
		"url with dots":          {"https://registry.example", "https://registry.example/../a", []string{"url"}},
		"url with empty segment": {"https://registry.example", "https://registry.example//a", []string{"url"}},
		"certificate alone":      {"callers:", "tls:\n  certificate: c.pem\ncallers:", []string{"tls", "both"}},
		"TLS key alone":          {"callers:", "tls:\n  key: k.pem\ncallers:", []string{"tls", "both"}},
		"no signing key":         {"signing_key: signing.key\n", "", []string{"signing_key", "chancery init"}},

		"offers that never end":   {"callers:", "offers:\n  lifetime: 25h\ncallers:", []string{"offers.lifetime"}},
		"offers that end at once": {"callers:", "offers:\n  lifetime: -1m\ncallers:", []string{"offers.lifetime"}},
		"few digits":              {"callers:", "offers:\n  digits: 3\ncallers:", []string{"offers.digits"}},
		"many digits":             {"callers:", "offers:\n  digits: 13\ncallers:", []string{"offers.digits"}},
		"no attempts":             {"callers:", "offers:\n  attempts: -1\ncallers:", []string{"offers.attempts"}},
		"many attempts":           {"callers:", "offers:\n  attempts: 11\ncallers:", []string{"offers.attempts"}},
		"lists that are expired":  {"callers:", "status:\n  lifetime: -1h\ncallers:", []string{"status.lifetime"}},
		"lists that expire soon":  {"callers:", "status:\n  lifetime: 119s\ncallers:", []string{"status.lifetime", "2m"}},

		"unknown driver":           {"driver: sqlite", "driver: oracle", []string{"sources.births", `"oracle"`, "sqlite"}},
		"no driver":                {"    driver: sqlite\n", "", []string{"sources.births", "driver"}},
		"path and more":            {"    path: births.db\n", "    path: births.db\n    schema: civil\n", []string{"sources.births", "nothing else"}},
		"postgres without a dsn":   {"    driver: sqlite\n    path: births.db\n", "    driver: postgres\n", []string{"sources.births", "dsn is missing"}},
		"postgres with a path":     {"    driver: sqlite\n", "    driver: postgres\n    dsn: dbname=a\n", []string{"sources.births", "path"}},
		"no path":                  {"    path: births.db\n", "", []string{"sources.births", "path"}},
		"profile with a bad name":  {"  birth:", "  a/b:", []string{"profiles.a/b"}},
		"no type":                  {"    type: BirthRegistration\n", "", []string{"profiles.birth", "type is missing"}},
		"no name":                  {"    name: Birth registration\n", "", []string{"profiles.birth", "name is missing"}},
		"no source":                {"    source: births\n", "", []string{"profiles.birth", "source is missing"}},
		"no table":                 {"    table: births\n", "", []string{"profiles.birth", "table is missing"}},
		"no key":                   {"    key: number\n", "", []string{"profiles.birth", "key is missing"}},
		"unknown source":           {"source: births", "source: deaths", []string{"profiles.birth", `"deaths"`}},
		"no validity":              {"    validity: 365d\n", "", []string{"profiles.birth", "validity"}},
		"validity of nothing":      {"365d", "0d", []string{"profiles.birth", "validity"}},
		"no claims":                {"    claims:\n      - claim: givenNames\n        column: given_names\n", "", []string{"profiles.birth", "claims"}},
		"claim named id":           {"claim: givenNames", "claim: id", []string{"profiles.birth", `"id"`}},
		"claim named type":         {"claim: givenNames", "claim: type", []string{"profiles.birth", `"type"`}},
		"claim that is a keyword":  {"claim: givenNames", `claim: "@id"`, []string{"profiles.birth", `"@id"`}},
		"claim without a name":     {"claim: givenNames", "required: true", []string{"profiles.birth", `""`}},
		"claim twice":              {"given_names", "given_names\n      - claim: givenNames\n        column: b", []string{"givenNames", "twice"}},
		"claim without a column":   {"        column: given_names\n", "", []string{"profiles.birth", "givenNames", "column"}},
		"claim of no kind":         {"given_names", "given_names\n        as: number", []string{"givenNames", `"number"`}},
		"caller of no profile":     {"holder: [birth]", "holder: [death]", []string{"callers.holder", `"death"`}},
		"operator of no profile":   {"holder: [birth]", "operator: [death]", []string{"callers.operator", `"death"`}},
		"caller that is not known": {"holder: [birth]", "public: [birth]", []string{"line 19", `"public"`}},
		"two documents":            {"callers:\n  holder: [birth]\n", "---\nurl: https://other.example\n", []string{"more than one document"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			c, err := config.Parse([]byte(with(t, test.from, test.to)), "")
			if !errors.Is(err, config.ErrInvalid) || c != nil {
				t.Fatalf("got %+v, %v", c, err)
			}
			for _, want := range test.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("the error does not say %s: %v", want, err)
				}
			}
		})
	}
}

func TestRefusedAltogether(t *testing.T) {
	for name, text := range map[string]string{
		"nothing":     "",
		"a comment":   "# nothing\n",
		"a text":      "chancery",
		"a list":      "- a\n",
		"null":        "null\n",
		"binary":      "\x00\x01\x02",
		"not UTF-8":   "url: \xff\xfe\n",
		"a tag alone": "profiles:\n a:\n  claims:\n   !x\nb", // the parser panics
		"very large":  least + strings.Repeat("# filler\n", config.MaxBytes/8),
	} {
		if c, err := config.Parse([]byte(text), ""); !errors.Is(err, config.ErrInvalid) || c != nil {
			t.Errorf("%s: %+v, %v", name, c, err)
		}
	}
}

// FuzzParse: whatever the bytes are, they are refused with ErrInvalid, or are
// a configuration whose every name leads somewhere.
func FuzzParse(f *testing.F) {
	f.Add([]byte(least))
	template, err := config.Template(config.Start{URL: "https://registry.example", Listen: "127.0.0.1:8443", SelfSigned: true})
	if err != nil {
		f.Fatal(err)
	}
	f.Add([]byte(template))
	f.Add(filtered(f, "{status: [a, 01, ~, &a b, {c: d}]}"))
	f.Add([]byte("a: &a [*a, *a]\nurl: *a\n"))
	f.Add([]byte("<<: {url: x}\n? complex\n: key\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := config.Parse(data, "/folder")
		if err != nil {
			if !errors.Is(err, config.ErrInvalid) || c != nil {
				t.Fatalf("%+v, %v", c, err)
			}
			return
		}
		usable(t, c)
	})
}

func usable(t *testing.T, c *config.Config) {
	t.Helper()
	if !strings.HasPrefix(c.URL, "https://") || c.Listen == "" || c.Issuer == "" || c.SigningKey == "" || c.State == "" || len(c.Digest()) != 64 {
		t.Errorf("not usable: %+v", c)
	}
	for name, p := range c.Profiles {
		if _, ok := c.Sources[p.Source]; !ok || p.Validity <= 0 || p.Context.URL == "" || len(p.Claims) == 0 {
			t.Errorf("profile %s is not usable: %+v", name, p)
		}
		for _, claim := range p.Claims {
			if claim.Claim == "" || claim.Column == "" || claim.As == "" || claim.Separator == "" {
				t.Errorf("claim of profile %s is not usable: %+v", name, claim)
			}
		}
	}
	for _, profile := range append(c.Callers.Holder, c.Callers.Operator...) {
		if _, ok := c.Profiles[profile]; !ok {
			t.Errorf("a caller has profile %q, which is not there", profile)
		}
	}
}
