package config

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/goccy/go-yaml/ast"

	"github.com/chancery-vc/chancery/issuer/source/httpjson"
)

// DriverHTTPJSON reads a registry's REST API.
const DriverHTTPJSON = "httpjson"

// Bounds of what is asked of an API.
const (
	maxHTTPTimeout = time.Minute
	maxHTTPBytes   = 16 << 20
)

// Text is a text that YAML must not read as anything else: 1.0 is no 1, and
// 00000000 no 0.
type Text string

// UnmarshalYAML reads a scalar as it is written.
func (t *Text) UnmarshalYAML(node ast.Node) error {
	text, ok := written(node)
	if !ok {
		return fmt.Errorf("line %d: %.40s is no text; if it is meant as one, put it in quotes", line(node), node)
	}
	*t = Text(text)
	return nil
}

// HTTPSource is a registry's REST API that answers in JSON. Requests go to its
// address and nowhere else: a redirect is followed within it only, and a proxy
// of the environment is not used.
type HTTPSource struct {
	// URL is the address that the paths below follow, such as
	// https://api.registry.example/v1.
	URL string `yaml:"url"`
	// NoTLSOnLoopback lets URL be http, of a loopback address such as
	// 127.0.0.1, for an API on this machine. Every program on it can then pass
	// itself off as the API if that is not running. Default: false.
	NoTLSOnLoopback bool `yaml:"no_tls_on_loopback"`
	// TokenFile is the file with the bearer token to show and nothing else, mode
	// 0600, or another reference to it. It is read for each request, so that
	// another program can renew it.
	// Whoever reads it can read the register. Default: none.
	TokenFile string `yaml:"token_file"`
	// Certificate and Key are a client certificate and its key to show, both
	// PEM, the key of mode 0600 or another reference to it. Whoever reads that can
	// read the register.
	// Default: none.
	Certificate string `yaml:"certificate"`
	Key         string `yaml:"key"`
	// CA is the file with the authorities, PEM, one of which the API's
	// certificate must come from. Default: those of the system.
	CA string `yaml:"ca"`
	// Timeout is how long a request and its answer may take. Default 5s, at
	// most 1m.
	Timeout Duration `yaml:"timeout"`
	// MaxBytes is the size of an answer that is read. Default 1048576, at most
	// 16777216.
	MaxBytes int `yaml:"max_bytes"`
	// Resources are what profiles call tables, by name.
	Resources map[string]HTTPResource `yaml:"resources"`
}

// HTTPResource is one kind of record of an API, and how one of them is had. A
// pointer is a JSON pointer (RFC 6901), such as /address/city.
type HTTPResource struct {
	// Get is the path to ask, with {key} once: as a segment of the path or as a
	// value of the query. The key is percent-encoded, and cannot leave its
	// place; one that is empty or has any of / \ % ? # ; is never put into a
	// path, and no record has it.
	Get string `yaml:"get"`
	// Post is, instead, the path to send Body to.
	Post string `yaml:"post"`
	// Body is the JSON to send. It has "" at each of the next three.
	Body string `yaml:"body"`
	// KeyAt is the pointer to where in Body the key goes.
	KeyAt string `yaml:"key_at"`
	// UniqueAt are the pointers to where a new UUID goes each time.
	UniqueAt []string `yaml:"unique_at"`
	// NowAt are the pointers to where the time goes, by RFC 3339.
	NowAt []string `yaml:"now_at"`
	// Key is the column that records are looked up by, as profiles name it. A
	// record is taken only if it holds the very key that was asked for.
	Key string `yaml:"key"`
	// KeyNotInAnswer is for an API whose answers do not say whose record they
	// are: Key is then not one of Columns, and the API is taken at its word.
	KeyNotInAnswer bool `yaml:"key_not_in_answer"`
	// KeyPattern is an expression (RE2) that the whole of a key matches, such as
	// [0-9]{8}. Another is not asked for, and no record has it. Name one where
	// the API gives a meaning to marks within a key. Default: any.
	KeyPattern Text `yaml:"key_pattern"`
	// Headers are sent with each request. They are no place for secrets.
	Headers map[string]Text `yaml:"headers"`
	// MediaType is what an answer must say that it is. Default
	// application/json.
	MediaType string `yaml:"media_type"`
	// Expect is what an answer must hold to be one: texts by pointers into it.
	Expect map[string]Text `yaml:"expect"`
	// None says how the API shows that it has no record, beside an empty array.
	None HTTPNone `yaml:"none"`
	// More is where an answer to a lookup holds something if it is not the
	// whole. It is then refused as if more than one record had the key.
	More *HTTPColumn `yaml:"more"`
	// Records is the pointer to the record in an answer, or to the array of
	// records. Default: the whole answer.
	Records string `yaml:"records"`
	// Where is what a record holds, by pointers from it; other elements of the
	// array are left out. Default: nothing.
	Where map[string]Text `yaml:"where"`
	// Columns are where in a record the values are, by the names that profiles
	// use.
	Columns map[string]HTTPColumn `yaml:"columns"`
	// List is how all keys are had, for `chancery issue --all`. Default: they
	// cannot be had.
	List *HTTPList `yaml:"list"`
	// Probe is the key of a record that `chancery check` and every start ask
	// for, best one made for testing: what the API sends of it beyond the
	// columns that profiles use is told. Without it the source counts as one
	// that can be read beyond them; see AllowWideSource.
	Probe Text `yaml:"probe"`
}

// HTTPNone says how an API shows that it has no record.
type HTTPNone struct {
	// Status are status codes, such as 404.
	Status []int `yaml:"status"`
	// Absent: nothing, or null, is where Records points.
	Absent bool `yaml:"absent"`
	// Where is what such an answer holds: texts by pointers into it.
	Where map[string]Text `yaml:"where"`
}

// HTTPColumn is where a value is: a pointer alone, or these.
type HTTPColumn struct {
	// At is the pointer to the value.
	At string `yaml:"at"`
	// In is the pointer to an array. At points from the one element of it that
	// holds what Where says; more than one is refused.
	In string `yaml:"in"`
	// Where is what that element holds: texts by pointers from it.
	Where map[string]Text `yaml:"where"`
	// Required refuses a record in which it is blank or absent.
	Required bool `yaml:"required"`
}

// UnmarshalYAML reads a pointer alone, or the fields.
func (c *HTTPColumn) UnmarshalYAML(unmarshal func(any) error) error {
	if err := unmarshal(&c.At); err == nil {
		return nil
	}
	type fields HTTPColumn
	return unmarshal((*fields)(c))
}

// HTTPList is a GET that has, with the pages that it leads to, all records.
type HTTPList struct {
	// Get is the path to ask first.
	Get string `yaml:"get"`
	// Records is the pointer to the array of records. Default: the whole answer.
	Records string `yaml:"records"`
	// Columns are where in such a record the key is, and what profiles filter
	// by. Default: those of the resource.
	Columns map[string]HTTPColumn `yaml:"columns"`
	// Next is where the address of the next page is, which is below URL. Nothing
	// there ends the list. Default: there is one page.
	Next *HTTPColumn `yaml:"next"`
}

func (s *HTTPSource) setDefaults() {
	if s == nil {
		return
	}
	setDefault(&s.Timeout, Duration(5*time.Second))
	setDefault(&s.MaxBytes, 1<<20)
}

// checkHTTP checks what can be without the files and the API.
func (s Source) checkHTTP(where string) error {
	if s.HTTP == nil {
		return invalid(where, "http is missing: where the API is, and what of it is read")
	}
	if s != (Source{Driver: s.Driver, HTTP: s.HTTP, AllowWideSource: s.AllowWideSource}) {
		return invalid(where, "an httpjson source has http, may have allow_wide_source, and nothing else")
	}
	return s.HTTP.check(where + ".http")
}

func (s *HTTPSource) check(where string) error {
	switch {
	case s.URL == "":
		return invalid(where, "url is missing: the address of the API, such as https://api.registry.example/v1")
	case (s.Certificate == "") != (s.Key == ""):
		return invalid(where, "name both certificate and key")
	case s.Certificate != "" && s.TokenFile != "":
		return invalid(where, "name either token_file or certificate")
	case s.NoTLSOnLoopback && s.Certificate+s.CA != "":
		return invalid(where, "certificate and ca are for TLS, and no_tls_on_loopback is not")
	case s.Timeout <= 0 || s.Timeout.Std() > maxHTTPTimeout:
		return invalid(where, "timeout must be more than 0 and at most %s", maxHTTPTimeout)
	case s.MaxBytes < 1 || s.MaxBytes > maxHTTPBytes:
		return invalid(where, "max_bytes must be 1 to %d", maxHTTPBytes)
	case len(s.Resources) == 0:
		return invalid(where, "resources is empty: name what can be read")
	}
	for _, name := range slices.Sorted(maps.Keys(s.Resources)) {
		if err := s.Resources[name].check(where + ".resources." + name); err != nil {
			return err
		}
	}
	if _, err := httpjson.Open(s.Options()); err != nil {
		return invalid(where, "%v", err)
	}
	return nil
}

func (r HTTPResource) check(where string) error {
	_, held := r.Columns[r.Key]
	switch {
	case (r.Get == "") == (r.Post == ""):
		return invalid(where, "name either get or post: the path to ask")
	case r.Key == "":
		return invalid(where, "key is missing: the column that records are looked up by")
	case len(r.Columns) == 0:
		return invalid(where, "columns is empty: name what can be read")
	case !held && !r.KeyNotInAnswer:
		return invalid(where, "columns does not say where the key %q is in a record, so that another record could be taken for the one asked for; if answers do not have it, say key_not_in_answer: true", r.Key)
	case held && r.KeyNotInAnswer:
		return invalid(where, "key_not_in_answer is on, and columns says where the key %q is", r.Key)
	}
	return nil
}

// Options returns how the API is asked, but for credentials, clock and
// randomness.
func (s *HTTPSource) Options() httpjson.Options {
	o := httpjson.Options{
		URL: s.URL, Loopback: s.NoTLSOnLoopback, Timeout: s.Timeout.Std(), MaxBytes: s.MaxBytes, Resources: map[string]httpjson.Resource{},
	}
	for name, r := range s.Resources {
		o.Resources[name] = r.resource()
	}
	return o
}

func (r HTTPResource) resource() httpjson.Resource {
	resource := httpjson.Resource{
		Get: r.Get, Post: r.Post, Body: r.Body, KeyAt: r.KeyAt, UniqueAt: r.UniqueAt, NowAt: r.NowAt,
		Key: r.Key, KeyPattern: string(r.KeyPattern), Header: texts(r.Headers), MediaType: r.MediaType, Expect: texts(r.Expect),
		None: httpjson.None{Status: r.None.Status, Absent: r.None.Absent, Where: texts(r.None.Where)}, More: r.More.column(),
		Records: r.Records, Where: texts(r.Where), Columns: columns(r.Columns), Probe: string(r.Probe),
	}
	if r.List != nil {
		resource.List = &httpjson.List{Get: r.List.Get, Records: r.List.Records, Columns: columns(r.List.Columns), Next: r.List.Next.column()}
	}
	return resource
}

func (c *HTTPColumn) column() *httpjson.Column {
	if c == nil {
		return nil
	}
	return &httpjson.Column{At: c.At, In: c.In, Where: texts(c.Where), Required: c.Required}
}

// columns keeps no columns as none.
func columns(from map[string]HTTPColumn) map[string]httpjson.Column {
	if from == nil {
		return nil
	}
	all := map[string]httpjson.Column{}
	for name, c := range from {
		all[name] = *c.column()
	}
	return all
}

func texts(from map[string]Text) map[string]string {
	if from == nil {
		return nil
	}
	all := map[string]string{}
	for name, text := range from {
		all[name] = string(text)
	}
	return all
}
