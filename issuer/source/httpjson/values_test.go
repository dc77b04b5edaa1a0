package httpjson

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chancery-vc/chancery/issuer/source"
)

// TestValues: what a member holds is the text that was written, or a blank, or
// it is refused by the column's name.
func TestValues(t *testing.T) {
	for written, want := range map[string]string{
		`"text"`: "text", `""`: "", `" "`: " ", `"\u00e9\ud83d\ude00\u0000\n"`: "é😀\x00\n", `"e\u0301"`: "e\u0301", `"\/"`: "/",
		`1.0`: "1.0", `1`: "1", `-0`: "-0", `1e400`: "1e400", `1E+2`: "1E+2", `9007199254740993`: "9007199254740993",
		`0.1000000000000000055511151231257827`: "0.1000000000000000055511151231257827", `123456789012345678901234567890`: "123456789012345678901234567890",
		`true`: "true", `false`: "false", `"true"`: "true", `"1.0"`: "1.0",
		`"2026-11-22T09:30:00+13:45"`: "2026-11-22T09:30:00+13:45", `"2026-11-22"`: "2026-11-22",
	} {
		got, err := lookup(t, jsonAnswer(`{"k":"a","v":`+written+`,"more":{"x":[1]}}`), "a")
		if diff := cmp.Diff(source.Record{"v": want}, got); diff != "" || err != nil {
			t.Errorf("%s: %v (-want +got):\n%s", written, err, diff)
		}
	}
	for _, blank := range []string{`{"k":"a","v":null}`, `{"k":"a"}`} {
		if got, err := lookup(t, jsonAnswer(blank), "a"); len(got) != 0 || got == nil || err != nil {
			t.Errorf("%s: got %v, %v", blank, got, err)
		}
	}
	for _, refused := range []string{`{}`, `[]`, `["s3cret"]`, `{"s3cret":1}`, `"` + strings.Repeat("s3cret", source.MaxValue) + `"`, strings.Repeat("7", source.MaxValue+1)} {
		got, err := lookup(t, jsonAnswer(`{"k":"a","v":`+refused+`}`), "a")
		if got != nil || !errors.Is(err, source.ErrShape) || !strings.Contains(err.Error(), `"v"`) || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%.40s: got %v, %v", refused, got, err)
		}
	}
}

// TestPlaces: where columns can be, and which records are refused for it.
func TestPlaces(t *testing.T) {
	const record = `{"k":"a","": {"~/": [["x"], "y"]}, "list":[{"use":"old","v":"1"},{"use":"new","v":"2"},{"use":"twin","v":"3"},{"use":"twin","v":"4"},{"use":7,"v":"5"},"text"],"number":5,"void":null}`
	for name, c := range map[string]struct {
		column Column
		want   string // "-" for a blank, "!" for a refusal
	}{
		"escaped":                    {Column{At: "//~0~1/0/0"}, "x"},
		"an element":                 {Column{At: "//~0~1/1"}, "y"},
		"no such element":            {Column{At: "//~0~1/2"}, "-"},
		"an element by another name": {Column{At: "//~0~1/01"}, "!"},
		"after the last element":     {Column{At: "//~0~1/-"}, "!"},
		"within a blank":             {Column{At: "/void/x/y"}, "-"},
		"within what is absent":      {Column{At: "/absent/x/y"}, "-"},
		"within a number":            {Column{At: "/number/x"}, "!"},
		"chosen":                     {Column{In: "/list", Where: map[string]string{"/use": "new"}, At: "/v"}, "2"},
		"chosen by a number":         {Column{In: "/list", Where: map[string]string{"/use": "7"}, At: "/v"}, "5"},
		"chosen by two things":       {Column{In: "/list", Where: map[string]string{"/use": "twin", "/v": "4"}, At: "/v"}, "4"},
		"none chosen":                {Column{In: "/list", Where: map[string]string{"/use": "NEW"}, At: "/v"}, "-"},
		"two chosen":                 {Column{In: "/list", Where: map[string]string{"/use": "twin"}, At: "/v"}, "!"},
		"chosen from nothing":        {Column{In: "/absent", Where: map[string]string{"/use": "new"}, At: "/v"}, "-"},
		"chosen from an object":      {Column{In: "/", Where: map[string]string{"/use": "new"}, At: "/v"}, "!"},
		"required":                   {Column{At: "/number", Required: true}, "5"},
		"required and blank":         {Column{At: "/void", Required: true}, "!"},
		"required and absent":        {Column{At: "/absent", Required: true}, "!"},
	} {
		t.Run(name, func(t *testing.T) {
			resources := things()
			resources["things"].Columns["v"] = c.column
			s := mustCompile(t, mustOpen(t, serve(t, jsonAnswer(record), resources)), thing)
			got, err := s.Lookup(t.Context(), "a")
			switch c.want {
			case "!":
				if !errors.Is(err, source.ErrShape) || !strings.Contains(err.Error(), `"v"`) {
					t.Errorf("got %v, %v", got, err)
				}
			case "-":
				if diff := cmp.Diff(source.Record{}, got); diff != "" || err != nil {
					t.Errorf("%v (-want +got):\n%s", err, diff)
				}
			default:
				if diff := cmp.Diff(source.Record{"v": c.want}, got); diff != "" || err != nil {
					t.Errorf("%v (-want +got):\n%s", err, diff)
				}
			}
		})
	}
}

// TestWhose: a record is the one asked for only if it holds the very key.
func TestWhose(t *testing.T) {
	many := func(r *Resource) { r.Records = "/items"; r.None.Absent = true }
	for name, c := range map[string]struct {
		change func(*Resource)
		answer string
		want   error // nil for the record with v 1
	}{
		"the one":                {nil, `{"k":"42","v":1}`, nil},
		"by number":              {nil, `{"k":42,"v":1}`, nil},
		"another":                {nil, `{"k":"43","v":1}`, source.ErrNone},
		"another way to write":   {nil, `{"k":42.0,"v":1}`, source.ErrNone},
		"another case or blanks": {nil, `{"k":"42 ","v":1}`, source.ErrNone},
		"nobody's":               {nil, `{"v":1}`, source.ErrShape},
		"an object's":            {nil, `{"k":{"id":42},"v":1}`, source.ErrShape},
		"an array of one":        {nil, `[{"k":"42","v":1}]`, nil},
		"among others":           {many, `{"items":[{"k":"4"},{"k":"42","v":1},{"k":"420","v":{}}]}`, nil},
		"none of them":           {many, `{"items":[{"k":"4"},{"k":"420"}]}`, source.ErrNone},
		"no items":               {many, `{"items":[]}`, source.ErrNone},
		"nothing":                {many, `{}`, source.ErrNone},
		"null":                   {many, `{"items":null}`, source.ErrNone},
		"two of them":            {many, `{"items":[{"k":"42","v":1},{"k":"42","v":1}]}`, source.ErrMany},
		"two ways to write":      {many, `{"items":[{"k":"42","v":1},{"k":42,"v":2}]}`, source.ErrMany},
		"items of no kind":       {many, `{"items":["42"]}`, source.ErrShape},
		"a text of items":        {many, `{"items":"42"}`, source.ErrShape},
		"null, unexpected":       {nil, `null`, source.ErrShape},
		"text":                   {nil, `"42"`, source.ErrShape},
		"said to be none":        {func(r *Resource) { r.None.Where = map[string]string{"/found": "false"} }, `{"found":false}`, source.ErrNone},
		"an error":               {func(r *Resource) { r.Expect = map[string]string{"/ok": "true"} }, `{"ok":false,"k":"42","v":1}`, source.ErrUnavailable},
		"as expected":            {func(r *Resource) { r.Expect = map[string]string{"/ok": "true"} }, `{"ok":true,"k":"42","v":1}`, nil},
		"with more":              {func(r *Resource) { r.More = &Column{At: "/next"} }, `{"next":"/x","k":"42","v":1}`, source.ErrMany},
		"without more":           {func(r *Resource) { r.More = &Column{At: "/next"} }, `{"next":null,"k":"42","v":1}`, nil},
		"more of no kind":        {func(r *Resource) { r.More = &Column{At: "/next"} }, `{"next":[],"k":"42","v":1}`, source.ErrShape},
		"of another kind":        {func(r *Resource) { r.Where = map[string]string{"/kind": "thing"} }, `{"kind":"other","k":"42","v":1}`, source.ErrNone},
		"key not in answer":      {func(r *Resource) { delete(r.Columns, "k") }, `{"v":1}`, nil},
	} {
		t.Run(name, func(t *testing.T) {
			r := things()["things"]
			if c.change != nil {
				c.change(&r)
			}
			s := mustCompile(t, mustOpen(t, serve(t, jsonAnswer(c.answer), map[string]Resource{"things": r})), thing)
			got, err := s.Lookup(t.Context(), "42")
			if c.want == nil {
				if diff := cmp.Diff(source.Record{"v": "1"}, got); diff != "" || err != nil {
					t.Errorf("%v (-want +got):\n%s", err, diff)
				}
			} else if !errors.Is(err, c.want) || got != nil || strings.Contains(err.Error(), "42") {
				t.Errorf("got %v, %v, want %v", got, err, c.want)
			}
		})
	}
}

// TestFilter: records that a filter leaves out are not there, though the API
// sends them.
func TestFilter(t *testing.T) {
	const answer = `[{"k":"a","v":"1","state":"struck off","n":7},{"k":"a","v":"2","state":"active","n":7},{"k":"a","v":"3","state":null,"n":7.0}]`
	resources := things()
	resources["things"].Columns["state"] = Column{At: "/state"}
	resources["things"].Columns["n"] = Column{At: "/n"}
	r := resources["things"]
	r.List = &List{Get: "/things"}
	resources["things"] = r
	a := mustOpen(t, serve(t, jsonAnswer(answer), resources))
	for name, c := range map[string]struct {
		filter []source.Condition
		want   string
		err    error
	}{
		"one":       {[]source.Condition{{Column: "state", Values: []string{"active", "new"}}}, "2", nil},
		"none":      {[]source.Condition{{Column: "state", Values: []string{"Active", ""}}}, "", source.ErrNone},
		"two":       {[]source.Condition{{Column: "n", Values: []string{"7"}}}, "", source.ErrMany},
		"by number": {[]source.Condition{{Column: "n", Values: []string{"7.0"}}}, "3", nil},
		"both":      {[]source.Condition{{Column: "n", Values: []string{"7"}}, {Column: "state", Values: []string{"struck off"}}}, "1", nil},
	} {
		filtered := thing
		filtered.Filter = c.filter
		s := mustCompile(t, a, filtered)
		got, err := s.Lookup(t.Context(), "a")
		if !errors.Is(err, c.err) || got["v"] != c.want {
			t.Errorf("%s: got %v, %v", name, got, err)
		}
		count := 0
		for _, err := range s.Keys(t.Context()) {
			if count++; err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		if want := map[bool]int{true: 0, false: 1}[name == "none"]; count != want {
			t.Errorf("%s: %d keys, want %d", name, count, want)
		}
	}
	unknown := thing
	unknown.Filter = []source.Condition{{Column: "stat", Values: []string{"active"}}}
	if _, err := a.Source(unknown); !errors.Is(err, source.ErrShape) || !strings.Contains(err.Error(), `"stat"`) || !strings.Contains(err.Error(), `"state"`) {
		t.Errorf("got %v", err)
	}
}

// TestListLacksFilter: keys are not listed by a list that cannot be filtered.
func TestListLacksFilter(t *testing.T) {
	resources := things()
	r := resources["things"]
	r.List = &List{Get: "/things", Columns: map[string]Column{"k": {At: "/id"}}}
	resources["things"] = r
	asked := false
	a := mustOpen(t, serve(t, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked = true }), resources))
	filtered := thing
	filtered.Filter = []source.Condition{{Column: "v", Values: []string{"1"}}}
	var end error
	for _, end = range mustCompile(t, a, filtered).Keys(t.Context()) {
	}
	if !errors.Is(end, source.ErrShape) || !strings.Contains(end.Error(), `"v"`) || asked {
		t.Errorf("got %v, asked: %v", end, asked)
	}
}
