package config_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chancery-vc/chancery/issuer/config"
)

// admitted has callers of each kind, with each field on a line.
const admitted = `purposes: [enrolment, checkup]
access:
  client_ca: clients.pem
  issuers:
    - url: https://login.example
      jwks_file: keys.json
    - url: https://other.example
      audience: registry
      algorithms: [ES384]
      bound: none
      introspection:
        url: https://other.example/introspect
        client_id: registry
        secret_file: secret
consult:
  callers:
    - name: app
      client:
        issuer: https://login.example
        id: app
      grants:
        - name: north
          purposes: [enrolment]
          credentials: [birth]
          keys:
            prefix: N-
          rate: 100/1h
        - name: south
          purposes: [enrolment]
          credentials: [birth]
          keys:
            prefix: S-
          not_before: 2026-01-01T00:00:00Z
          until: 2027-01-01T00:00:00+01:00
        - name: later
          purposes: [enrolment]
          credentials: [birth]
          not_before: 2027-01-01T00:00:00+01:00
          keys:
            prefix: S-1
    - name: clerk
      client:
        issuer: https://other.example
        subject: clerk-7
      purposes: [checkup]
      credentials: [birth]
    - name: clinic
      certificate:
        sha256: 1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a
      purposes: [checkup]
      credentials: [birth]
    - name: ministry
      certificate:
        subject: CN=ministry
      purposes: [checkup]
      credentials: [birth]
    - name: office
      key_hash: $argon2id$v=19$m=65536,t=3,p=1$c2FsdHNhbHRzYWx0c2FsdA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA
      purposes: [checkup]
      credentials: [birth]
`

func TestAccess(t *testing.T) {
	c, err := config.Parse([]byte(least+admitted), "")
	if err != nil {
		t.Fatal(err)
	}
	want := []config.TokenIssuer{
		{URL: "https://login.example", Audience: c.URL, JWKSFile: "keys.json", Algorithms: []string{"ES256", "EdDSA"}, Bound: config.BoundEither},
		{
			URL: "https://other.example", Audience: "registry", Algorithms: []string{"ES384"}, Bound: config.BoundNone,
			Introspection: &config.Introspection{URL: "https://other.example/introspect", ClientID: "registry", SecretFile: "secret", Cache: config.Duration(30 * time.Second)},
		},
	}
	if diff := cmp.Diff(want, c.Access.Issuers); diff != "" {
		t.Error(diff)
	}
	grants := c.Consult.Callers[0].AllGrants()
	if len(grants) != 3 || grants[0].Rate != (config.Rate{Questions: 100, In: time.Hour}) || grants[0].Keys.Prefix != "N-" ||
		!grants[1].Until.Equal(time.Date(2026, 12, 31, 23, 0, 0, 0, time.UTC)) {
		t.Errorf("%+v", grants)
	}
	flat := []config.Grant{{Name: "clinic", Purposes: []string{"checkup"}, Credentials: []string{"birth"}}}
	if diff := cmp.Diff(flat, c.Consult.Callers[2].AllGrants()); diff != "" {
		t.Error(diff)
	}
}

func TestAccessRefused(t *testing.T) {
	for name, test := range map[string]struct{ from, to, want string }{
		"an issuer without TLS":        {"url: https://login", "url: http://login", "https"},
		"an issuer of a name":          {"url: https://login.example", "url: login", "https"},
		"an issuer twice":              {"url: https://other.example\n", "url: https://login.example\n", "twice"},
		"no keys":                      {"      jwks_file: keys.json\n", "", "one of jwks_file"},
		"keys twice":                   {"keys.json", "keys.json\n      jwks_url: https://login.example/keys", "one of jwks_file"},
		"keys without TLS":             {"jwks_file: keys.json", "jwks_url: http://login.example/keys", "jwks_url"},
		"an authority for a file":      {"keys.json", "keys.json\n      ca: ca.pem", "ca is for jwks_url"},
		"two that are asked":           {"jwks_file: keys.json", "introspection: {url: https://login.example/i, client_id: a, secret_file: b}", "one issuer only"},
		"none":                         {"[ES384]", "[none]", "algorithms"},
		"a shared secret":              {"[ES384]", "[HS256]", "algorithms"},
		"RSA":                          {"[ES384]", "[RS256]", "algorithms"},
		"no algorithm":                 {"[ES384]", "[]", "algorithms"},
		"bound to nothing known":       {"bound: none", "bound: loosely", "loosely"},
		"introspection without TLS":    {"url: https://other.example/introspect", "url: http://other.example/introspect", "introspection"},
		"introspection of nobody":      {"        client_id: registry\n", "", "client_id"},
		"introspection without secret": {"        secret_file: secret\n", "", "secret_file"},
		"a long memory":                {"secret_file: secret", "secret_file: secret\n        cache: 6m", "cache"},
		"certificates of nobody":       {"  client_ca: clients.pem\n", "", "client_ca"},
		"two ways to be known":         {"    - name: app\n", "    - name: app\n      token_sha256: " + strings.Repeat("1b", 32) + "\n", "one of token_sha256"},
		"a client of nobody":           {"issuer: https://login.example", "issuer: https://evil.example", "access.issuers"},
		"any client":                   {"        id: app\n", "", "anybody"},
		"a client twice":               {"        issuer: https://other.example\n        subject: clerk-7", "        issuer: https://login.example\n        subject: clerk-7", "its own"},
		"a certificate by two":         {"subject: CN=ministry", "subject: CN=ministry\n        sha256: " + strings.Repeat("1b", 32), "either"},
		"a certificate by nothing":     {"subject: CN=ministry", `subject: ""`, "either"},
		"a fingerprint with colons":    {"sha256: 1a1a", "sha256: 1a:1a", "hexadecimal"},
		"a certificate twice":          {"subject: CN=ministry", "sha256: " + strings.Repeat("1a", 32), "its own"},
		"a fast hash":                  {"m=65536", "m=1024", "key_hash"},
		"the key itself":               {"key_hash: $argon2id$v=19$m=65536,t=3,p=1$c2FsdHNhbHRzYWx0c2FsdA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "key_hash: swordfish", "chancery token --slow"},
		"grants and more":              {"      grants:\n", "      purposes: [checkup]\n      grants:\n", "not both"},
		"a grant without a name":       {"- name: north", `- name: ""`, "name"},
		"a grant twice":                {"- name: south", "- name: north", "called north"},
		"a grant for nothing":          {"          purposes: [enrolment]\n          credentials: [birth]\n          keys:\n            prefix: N-", "          purposes: [enrolment]\n          keys:\n            prefix: N-", "nothing"},
		"a grant of no purpose":        {"          purposes: [enrolment]\n", "", "purposes"},
		"a purpose of nobody":          {"          purposes: [enrolment]\n", "          purposes: [marketing]\n", "marketing"},
		"two selectors":                {"prefix: N-", "prefix: N-\n            file: keys.txt", "either"},
		"an end before the beginning":  {"until: 2027", "until: 2025", "before it begins"},
		"no time":                      {"until: 2027-01-01T00:00:00+01:00", "until: 2027-01-01", "2027-01-01T00:00:00Z"},
		"no rate":                      {"100/1h", "100", "100/1h"},
		"a rate of none":               {"100/1h", "0/1h", "rate"},
		"a rate in no time":            {"100/1h", "100/1ms", "rate"},
		"a rate in a year":             {"100/1h", "100/365d", "rate"},
		"the same records":             {"prefix: S-\n", "prefix: N-\n", "both north and south"},
		"records of one among others":  {"prefix: S-\n", "prefix: N-7\n", "both north and south"},
		"all records and some":         {"          keys:\n            prefix: N-\n", "", "both north and south"},
		"times that meet":              {"          not_before: 2027-01-01T00:00:00+01:00\n", "          not_before: 2026-12-31T22:59:59Z\n", "both south and later"},
	} {
		edited := strings.Replace(admitted, test.from, test.to, 1)
		if edited == admitted {
			t.Fatalf("%s: nothing was edited", name)
		}
		c, err := config.Parse([]byte(least+edited), "")
		if !errors.Is(err, config.ErrInvalid) || c != nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
