package config

import (
	"encoding/asn1"
	"fmt"
	"net/url"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Where checkpoints are kept.
const (
	AnchorFile      = "file"
	AnchorTimestamp = "timestamp"
	AnchorS3        = "s3"
	AnchorWitness   = "witness"
)

// Bounds of the terms of anchors.
const (
	minAnchorEvery     = time.Second
	maxAnchorEvery     = 31 * 24 * time.Hour
	minAnchorRetention = 24 * time.Hour
	maxAnchors         = 16
)

// Anchor is a place outside of this machine's disk that keeps the checkpoints
// of the issuance log. At each start the log is held against the newest one
// found in any of them: one that was rolled back or rewritten does not start.
// An anchor that cannot be reached stops nothing, unless StopAfter says so.
type Anchor struct {
	// Name is what records and messages call it. Changed, it is another anchor.
	Name string `yaml:"name"`
	// Kind is file, which is appended to; timestamp, an authority's tokens by
	// RFC 3161; s3, a bucket with Object Lock; or witness, others who cosign.
	Kind string `yaml:"kind"`
	// Every is how often it gets the newest checkpoint. What was issued since
	// can be lost without a trace. Default 10m, at least 1s, at most 31d.
	Every Duration `yaml:"every"`
	// StopAfter is how long it may be behind before the issuer answers nothing
	// any more, counted from the start of the program at the earliest. With more
	// than one such anchor, all of them must be. At least twice Every. Default:
	// never.
	StopAfter Duration `yaml:"stop_after"`

	// Path is the file of a file anchor, and the folder of a timestamp anchor
	// with checkpoints and tokens. Both belong on a disk that this machine's
	// administrator cannot roll back; the folder must be there.
	Path string `yaml:"path"`

	// URL is where the authority or the object store is. An authority may be
	// asked over http: it gets no more than a hash, and its answer is signed.
	URL string `yaml:"url"`
	// CA is the file with the authorities, PEM, one of which the TLS certificate
	// of URL must come from. Default: those of the system.
	CA string `yaml:"ca"`

	// Roots is the file with the certificates, PEM, one of which the
	// authority's must come from. Whoever has the key of one of them can date
	// checkpoints as they like.
	Roots string `yaml:"roots"`
	// Policy is under what the authority must stamp, such as 1.2.3.4.1. Default:
	// any.
	Policy Text `yaml:"policy"`

	// Bucket is one that was made with Object Lock.
	Bucket string `yaml:"bucket"`
	// Region is that of the bucket. Default us-east-1.
	Region string `yaml:"region"`
	// Prefix is the folder in the bucket. Each log needs its own. Default
	// checkpoints.
	Prefix string `yaml:"prefix"`
	// AccessKey names the store's account. It needs to put objects, to read
	// them and their retention, and to list versions, and nothing else.
	AccessKey Text `yaml:"access_key"`
	// SecretKeyFile is the file with the account's secret key and nothing else,
	// mode 0600, or another reference to it. It is read for each request. Whoever reads it can put objects
	// into the bucket, and take none away.
	SecretKeyFile string `yaml:"secret_key_file"`
	// Retention is how long nobody at all can delete a checkpoint, such as
	// 3650d. It cannot be taken back, and the store has to be paid for as long.
	// At least 24h.
	Retention Duration `yaml:"retention"`

	// Witnesses are those who are asked to cosign, all of them each time.
	Witnesses []Witness `yaml:"witnesses"`
	// Need is how many of them have to, for the checkpoint to be kept and
	// published. Default: all.
	Need int `yaml:"need"`
}

func (c *Config) setAnchorDefaults() {
	for i := range c.Anchors {
		a := &c.Anchors[i]
		setDefault(&a.Every, Duration(10*time.Minute))
		if a.Kind == AnchorS3 {
			setDefault(&a.Region, "us-east-1")
			setDefault(&a.Prefix, "checkpoints")
		}
		if a.Kind == AnchorWitness {
			setDefault(&a.Need, len(a.Witnesses))
		}
	}
}

func (c *Config) checkAnchors() error {
	c.setAnchorDefaults()
	if len(c.Anchors) > maxAnchors {
		return invalid("anchors", "there are more than %d", maxAnchors)
	}
	names := map[string]bool{}
	for i, a := range c.Anchors {
		where := fmt.Sprintf("anchors, number %d", i+1)
		if !name.MatchString(a.Name) {
			return invalid(where, "name is missing, or more than letters, digits, - and _")
		}
		if names[a.Name] {
			return invalid(where, "another anchor is called %s", a.Name)
		}
		names[a.Name] = true
		if err := a.check("anchors, " + a.Name); err != nil {
			return err
		}
	}
	return nil
}

func (a Anchor) check(where string) error {
	switch {
	case a.Every.Std() < minAnchorEvery || a.Every.Std() > maxAnchorEvery:
		return invalid(where, "every must be %s to 31d", minAnchorEvery)
	case a.StopAfter < 0 || a.StopAfter > 0 && a.StopAfter < 2*a.Every:
		return invalid(where, "stop_after must be at least twice as long as every, or one failure would stop the issuer")
	}
	terms := Anchor{Name: a.Name, Kind: a.Kind, Every: a.Every, StopAfter: a.StopAfter}
	switch a.Kind {
	case AnchorFile:
		terms.Path = a.Path
		return a.checkFile(where, terms)
	case AnchorTimestamp:
		terms.Path, terms.URL, terms.CA, terms.Roots, terms.Policy = a.Path, a.URL, a.CA, a.Roots, a.Policy
		return a.checkTimestamp(where, terms)
	case AnchorS3:
		terms.URL, terms.CA, terms.Bucket, terms.Region, terms.Prefix = a.URL, a.CA, a.Bucket, a.Region, a.Prefix
		terms.AccessKey, terms.SecretKeyFile, terms.Retention = a.AccessKey, a.SecretKeyFile, a.Retention
		return a.checkS3(where, terms)
	case AnchorWitness:
		terms.Witnesses, terms.Need = a.Witnesses, a.Need
		return a.checkWitnesses(where, terms)
	}
	return invalid(where, "kind %q is not known; there is: %s, %s, %s, %s", a.Kind, AnchorFile, AnchorTimestamp, AnchorS3, AnchorWitness)
}

func (a Anchor) checkFile(where string, terms Anchor) error {
	switch {
	case a.Path == "":
		return invalid(where, "path is missing: a file on another disk")
	case !reflect.DeepEqual(a, terms):
		return invalid(where, "a file has name, kind, every, stop_after and path and nothing else")
	}
	return nil
}

func (a Anchor) checkTimestamp(where string, terms Anchor) error {
	switch _, err := a.PolicyOID(); {
	case !isAddress(a.URL, "https", "http"):
		return invalid(where, "url %q is not the address of a time-stamping authority, such as https://tsa.example/tsr", a.URL)
	case a.Path == "":
		return invalid(where, "path is missing: the folder for checkpoints and tokens, on another disk")
	case a.Roots == "":
		return invalid(where, "roots is missing: the file with the certificates that the authority's must come from")
	case err != nil:
		return invalid(where, "%v", err)
	case !reflect.DeepEqual(a, terms):
		return invalid(where, "a timestamp has name, kind, every, stop_after, url, ca, path, roots and policy and nothing else")
	}
	return nil
}

// bucket is what the name of a bucket may be.
var bucket = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$`)

// prefix is what a folder in a bucket may be called.
var prefix = regexp.MustCompile(`^[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)*$`)

func (a Anchor) checkS3(where string, terms Anchor) error {
	switch u, err := url.Parse(a.URL); {
	case err != nil || !isAddress(a.URL, "https") || strings.Trim(u.Path, "/") != "":
		return invalid(where, "url %q is not the https address of an object store without a path, such as https://s3.example", a.URL)
	case !bucket.MatchString(a.Bucket):
		return invalid(where, "bucket %q is not the name of a bucket", a.Bucket)
	case !prefix.MatchString(a.Prefix):
		return invalid(where, "prefix %q is not a folder in a bucket, without a slash at its ends", a.Prefix)
	case a.AccessKey == "" || a.SecretKeyFile == "":
		return invalid(where, "access_key or secret_key_file is missing")
	case a.Retention.Std() < minAnchorRetention:
		return invalid(where, "retention is missing or less than %s: how long nobody can delete a checkpoint, such as 3650d", minAnchorRetention)
	case !reflect.DeepEqual(a, terms):
		return invalid(where, "an s3 anchor has name, kind, every, stop_after, url, ca, bucket, region, prefix, access_key, secret_key_file and retention and nothing else")
	}
	return nil
}

// isAddress tells whether text is an absolute address of one of schemes and
// holds no secret.
func isAddress(text string, schemes ...string) bool {
	u, err := url.Parse(text)
	return err == nil && slices.Contains(schemes, u.Scheme) && u.Hostname() != "" && u.User == nil && u.RawQuery == "" && u.Fragment == ""
}

// PolicyOID returns Policy as an object identifier, or nil for any.
func (a Anchor) PolicyOID() (asn1.ObjectIdentifier, error) {
	if a.Policy == "" {
		return nil, nil
	}
	var oid asn1.ObjectIdentifier
	for part := range strings.SplitSeq(string(a.Policy), ".") {
		n, err := strconv.ParseUint(part, 10, 31)
		if err != nil {
			return nil, fmt.Errorf("policy %q is not an object identifier, such as 1.2.3.4.1", a.Policy)
		}
		oid = append(oid, int(n))
	}
	if _, err := asn1.Marshal(oid); err != nil {
		return nil, fmt.Errorf("policy %q is not an object identifier, such as 1.2.3.4.1", a.Policy)
	}
	return oid, nil
}

// InClear tells whether the address is asked without TLS.
func (a Anchor) InClear() bool { return strings.HasPrefix(a.URL, "http://") }
