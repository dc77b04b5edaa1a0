package httpjson

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
)

// Resource is one kind of record that an API has.
type Resource struct {
	// Get is a path and a query below the API's URL, with {key} as, or in, one
	// segment of the path or one value of the query.
	Get string
	// Post is a path and a query that Body is sent to: a JSON text. The key
	// goes where KeyAt points, a new UUID where each of UniqueAt does, the time
	// (RFC 3339, UTC) where each of NowAt does. Each place holds "" in Body.
	Post     string
	Body     string
	KeyAt    string
	UniqueAt []string
	NowAt    []string
	// Key is the column that records are looked up by. If Columns has none of
	// that name, answers do not say whose they are and are taken at their word.
	Key string
	// KeyPattern is an expression (RE2) that a whole key has to match. No
	// request is made for another, which no record has.
	KeyPattern string
	// Header is sent with each request.
	Header map[string]string
	// MediaType is what an answer must be. Default application/json.
	MediaType string
	// Expect is what an answer must hold, by pointers into it.
	Expect map[string]string
	// None says how an answer shows that no record has the key.
	None None
	// More is where the answer to a lookup tells, by holding a value, that it
	// does not have all records: then it is taken for many.
	More *Column
	// Records points at the record in an answer, or the array of records.
	Records string
	// Where is what elements of that array hold, by pointers from the element;
	// others are no records.
	Where map[string]string
	// Columns says where in a record the columns are.
	Columns map[string]Column
	// List is how all keys are had. Without it they cannot be.
	List *List
	// Probe is the key of a record that Prove looks up.
	Probe string
}

// None says how an answer shows that no record has the key. An empty array of
// records does in any case.
type None struct {
	Status []int // status codes, such as 404
	Absent bool  // nothing, or null, is where the records would be
	Where  map[string]string
}

// List is a GET whose answer, with those that it leads to, has all records.
type List struct {
	Get     string
	Records string
	// Columns says where in a record of these answers the key and the columns of
	// filters are. Default: the resource's.
	Columns map[string]Column
	// Next is where an answer has the address of the next one, below the API's
	// URL. Without a value there, it is the last.
	Next *Column
}

// resource is a Resource, compiled.
type resource struct {
	name      string
	key       string
	pattern   *regexp.Regexp
	path      path
	body      body // for a POST
	header    map[string]string
	mediaType string
	expect    conditions
	noStatus  []int
	absent    bool
	none      conditions
	more      *column
	place     place
	columns   map[string]column
	list      *list
	probe     string
}

// place is where the records of an answer are.
type place struct {
	at    pointer
	where conditions
}

type list struct {
	path    path
	place   place
	columns map[string]column
	next    *column
}

func (r *resource) method() string {
	if r.body != nil {
		return http.MethodPost
	}
	return http.MethodGet
}

func compile(name string, from Resource) (*resource, error) {
	r := &resource{
		name: name, key: from.Key, header: from.Header, noStatus: from.None.Status,
		absent: from.None.Absent, probe: from.Probe, mediaType: from.MediaType,
	}
	if r.mediaType == "" {
		r.mediaType = "application/json"
	}
	if r.key == "" {
		return nil, invalid("key", errors.New("name the column that records are looked up by"))
	}
	for _, step := range []func(Resource) error{r.compileRequest, r.compileNone, r.compileAnswer, r.compileList} {
		if err := step(from); err != nil {
			return nil, err
		}
	}
	return r, nil
}

func (r *resource) compileRequest(from Resource) (err error) {
	switch {
	case (from.Get == "") == (from.Post == ""):
		return invalid("get", errors.New("name either get or post"))
	case from.Get != "" && (from.Body != "" || from.KeyAt != "" || len(from.UniqueAt)+len(from.NowAt) > 0):
		return invalid("body", errors.New("it goes with post"))
	case from.Get != "":
		if r.path, err = parsePath(from.Get, true); err != nil {
			return invalid("get", err)
		}
	default:
		if r.path, err = parsePath(from.Post, false); err != nil {
			return invalid("post", err)
		}
		if r.body, err = parseBody(from); err != nil {
			return invalid("body", err)
		}
	}
	if r.pattern, err = regexp.Compile(`\A(?:` + from.KeyPattern + `)\z`); err != nil {
		return invalid("key_pattern", errors.New("it is no expression in the syntax of RE2"))
	}
	if from.KeyPattern == "" {
		r.pattern = nil
	}
	return invalid("header", checkHeader(from.Header))
}

// mustMean are status codes that say nothing about a record.
var mustMean = []int{http.StatusUnauthorized, http.StatusForbidden, http.StatusProxyAuthRequired, http.StatusRequestTimeout, http.StatusTooManyRequests}

func (r *resource) compileNone(from Resource) (err error) {
	for _, code := range from.None.Status {
		if code < 400 || code > 499 || slices.Contains(mustMean, code) {
			return invalid("none.status", fmt.Errorf("%d does not say that there is no record", code))
		}
	}
	r.none, err = parseConditions(from.None.Where)
	return invalid("none.where", err)
}

func (r *resource) compileAnswer(from Resource) (err error) {
	if r.expect, err = parseConditions(from.Expect); err != nil {
		return invalid("expect", err)
	}
	if r.place, err = parsePlace(from.Records, from.Where); err != nil {
		return err
	}
	if r.more, err = optional(from.More); err != nil {
		return invalid("more", err)
	}
	r.columns, err = parseColumns(from.Columns)
	return invalid("columns", err)
}

func (r *resource) compileList(from Resource) (err error) {
	if from.List == nil {
		return nil
	}
	r.list = &list{columns: r.columns}
	if r.list.path, err = parsePath(from.List.Get, false); err != nil {
		return invalid("list.get", err)
	}
	if r.list.place, err = parsePlace(from.List.Records, from.Where); err != nil {
		return fmt.Errorf("list: %w", err)
	}
	if r.list.next, err = optional(from.List.Next); err != nil {
		return invalid("list.next", err)
	}
	if from.List.Columns != nil {
		if r.list.columns, err = parseColumns(from.List.Columns); err != nil {
			return invalid("list.columns", err)
		}
	}
	if _, ok := r.list.columns[r.key]; !ok {
		return invalid("list.columns", fmt.Errorf("there is no column %q, the key", r.key))
	}
	return nil
}

func parsePlace(records string, where map[string]string) (p place, err error) {
	if p.at, err = parsePointer(records); err != nil {
		return p, invalid("records", err)
	}
	p.where, err = parseConditions(where)
	return p, invalid("where", err)
}

// headerName is a token (RFC 9110, section 5.6.2), without some marks that no
// header has.
var headerName = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)

// ours are the headers that are not for configuration.
var ours = []string{
	"accept", "accept-encoding", "authorization", "connection", "content-encoding", "content-length", "content-type", "cookie", "expect",
	"host", "proxy-authorization", "range", "te", "trailer", "transfer-encoding", "upgrade", "user-agent", "x-http-method-override",
}

func checkHeader(header map[string]string) error {
	for _, name := range slices.Sorted(maps.Keys(header)) {
		switch {
		case !headerName.MatchString(name) || strings.ContainsFunc(header[name], func(c rune) bool { return c < ' ' || c > '~' }):
			return fmt.Errorf("%q and its value are not ASCII without control characters", name)
		case slices.Contains(ours, strings.ToLower(name)):
			return fmt.Errorf("%q is not for configuration", name)
		}
	}
	return nil
}
