package config_test

import (
	"encoding/asn1"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chancery-vc/chancery/issuer/config"
)

// anchors has each kind of anchor with each of its fields on a line.
const anchors = `anchors:
  - name: other-disk
    kind: file
    path: /mnt/auditor/checkpoints
    every: 5m
    stop_after: 24h
  - name: authority
    kind: timestamp
    path: timestamps
    url: http://tsa.example/tsr
    ca: tls.pem
    roots: roots.pem
    policy: 1.2
  - name: vault
    kind: s3
    url: https://s3.example
    bucket: chancery-log
    access_key: 00123
    secret_key_file: s3.secret
    retention: 3650d
`

func TestAnchors(t *testing.T) {
	c, err := config.Parse([]byte(least+anchors), "")
	if err != nil {
		t.Fatal(err)
	}
	day := config.Duration(24 * time.Hour)
	want := []config.Anchor{
		{Name: "other-disk", Kind: "file", Path: "/mnt/auditor/checkpoints", Every: config.Duration(5 * time.Minute), StopAfter: day},
		{Name: "authority", Kind: "timestamp", Path: "timestamps", URL: "http://tsa.example/tsr", CA: "tls.pem", Roots: "roots.pem", Policy: "1.2", Every: config.Duration(10 * time.Minute)},
		{
			Name: "vault", Kind: "s3", URL: "https://s3.example", Bucket: "chancery-log", Region: "us-east-1", Prefix: "checkpoints",
			AccessKey: "00123", SecretKeyFile: "s3.secret", Retention: 3650 * day, Every: config.Duration(10 * time.Minute),
		},
	}
	if diff := cmp.Diff(want, c.Anchors); diff != "" {
		t.Error(diff)
	}
	if oid, err := c.Anchors[1].PolicyOID(); err != nil || !oid.Equal(asn1.ObjectIdentifier{1, 2}) {
		t.Errorf("got %v, %v", oid, err)
	}
	if c, err = config.Parse([]byte(least), ""); err != nil || c.Anchors != nil {
		t.Errorf("without being configured: %+v, %v", c, err)
	}
}

func TestAnchorsRefused(t *testing.T) {
	for name, test := range map[string]struct{ from, to, want string }{
		"no name":                     {"name: other-disk", "name: ''", "number 1"},
		"a name with a line break":    {"name: other-disk", `name: "a\nb"`, "number 1"},
		"a name twice":                {"name: vault", "name: other-disk", "number 3"},
		"no kind":                     {"kind: file", "kind: ''", "file, timestamp, s3"},
		"an unknown kind":             {"kind: s3", "kind: ftp", `"ftp"`},
		"an unknown field":            {"every: 5m", "evry: 5m", `"evry"`},
		"never":                       {"every: 5m", "every: -5m", "every"},
		"all the time":                {"every: 5m", "every: 10ms", "every"},
		"seldom":                      {"every: 5m", "every: 32d", "every"},
		"stopping at the first fault": {"stop_after: 24h", "stop_after: 9m", "twice"},
		"stopping before the start":   {"stop_after: 24h", "stop_after: -1h", "twice"},
		"a file without a path":       {"    path: /mnt/auditor/checkpoints\n", "", "path is missing"},
		"a file with a URL":           {"    every: 5m\n", "    url: https://a.example\n", "nothing else"},
		"a file with a retention":     {"    every: 5m\n", "    retention: 30d\n", "nothing else"},
		"an authority without folder": {"    path: timestamps\n", "", "path is missing"},
		"an authority without URL":    {"    url: http://tsa.example/tsr\n", "", "url"},
		"an authority by ftp":         {"http://tsa.example/tsr", "ftp://tsa.example/tsr", "url"},
		"an authority with a secret":  {"http://tsa.example/tsr", "http://a:b@tsa.example/tsr", "url"},
		"an authority without roots":  {"    roots: roots.pem\n", "", "roots is missing"},
		"an authority with a bucket":  {"    roots: roots.pem\n", "    roots: roots.pem\n    bucket: abc\n", "nothing else"},
		"a policy that is a word":     {"policy: 1.2", "policy: best", "policy"},
		"a policy out of range":       {"policy: 1.2", "policy: 9.9.9", "policy"},
		"a policy with a hole":        {"policy: 1.2", "policy: 1..2", "policy"},
		"a store in the clear":        {"https://s3.example", "http://s3.example", "https"},
		"a store with a path":         {"https://s3.example", "https://s3.example/bucket", "without a path"},
		"a store with a secret":       {"https://s3.example", "https://a:b@s3.example", "https"},
		"no bucket":                   {"    bucket: chancery-log\n", "", "bucket"},
		"a bucket in upper case":      {"chancery-log", "Chancery", "bucket"},
		"a prefix with a slash":       {"    bucket: chancery-log\n", "    bucket: chancery-log\n    prefix: a/\n", "prefix"},
		"no account":                  {"    access_key: 00123\n", "", "access_key"},
		"no secret":                   {"    secret_key_file: s3.secret\n", "", "secret_key_file"},
		"the secret itself":           {"    secret_key_file: s3.secret\n", "    secret_key: abc\n", `"secret_key"`},
		"no retention":                {"    retention: 3650d\n", "", "retention"},
		"a retention of an hour":      {"3650d", "1h", "retention"},
		"a store with roots":          {"    retention: 3650d\n", "    retention: 3650d\n    roots: a.pem\n", "nothing else"},
	} {
		edited := strings.Replace(anchors, test.from, test.to, 1)
		if edited == anchors {
			t.Fatalf("%s: nothing was edited", name)
		}
		c, err := config.Parse([]byte(least+edited), "")
		if !errors.Is(err, config.ErrInvalid) || c != nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %+v, %v", name, c, err)
		}
	}
}

func TestTooManyAnchors(t *testing.T) {
	text := least + "anchors:\n"
	for n := range 17 {
		text += fmt.Sprintf("  - {name: a%d, kind: file, path: f%d}\n", n, n)
	}
	if _, err := config.Parse([]byte(text), ""); !errors.Is(err, config.ErrInvalid) || !strings.Contains(err.Error(), "more than 16") {
		t.Errorf("got %v", err)
	}
}
