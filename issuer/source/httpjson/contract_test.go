package httpjson

import (
	"io"
	"log"
	"net/http"
	"slices"
	"strconv"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"

	"github.com/chancery-vc/chancery/issuer/source"
	"github.com/chancery-vc/chancery/issuer/source/sourcetest"
)

var quiet = log.New(io.Discard, "", 0)

const pageRows = 700

// registry serves the rows of a table by key and in pages, as objects.
type registry struct {
	table sourcetest.Table
	blank func(object map[string]any, column string) // how a blank is written
}

func asNull(object map[string]any, column string) { object[column] = nil }

func leftOut(map[string]any, string) {}

func (g registry) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.Method == http.MethodGet && r.URL.Path == "/records":
		g.write(w, g.with(r.URL.Query().Get("key")))
	case r.Method == http.MethodPost && r.URL.Path == "/search":
		var asked struct {
			Query []struct {
				Value string `json:"value"`
			} `json:"query"`
		}
		if err := json.UnmarshalRead(r.Body, &asked); err != nil || len(asked.Query) != 1 {
			http.Error(w, "bad body", http.StatusBadRequest)
			return
		}
		g.write(w, map[string]any{"found": g.with(asked.Query[0].Value)})
	case r.Method == http.MethodGet && r.URL.Path == "/all":
		from, _ := strconv.Atoi(r.URL.Query().Get("from"))
		to := min(from+pageRows, len(g.table.Rows))
		page := map[string]any{"items": g.objects(g.table.Rows[from:to])}
		if to < len(g.table.Rows) {
			page["links"] = []any{map[string]any{"rel": "self", "href": r.URL.String()}, map[string]any{"rel": "next", "href": "/all?from=" + strconv.Itoa(to)}}
		}
		g.write(w, page)
	default:
		http.NotFound(w, r)
	}
}

// with returns the records that have a key.
func (g registry) with(key string) []any {
	at := slices.Index(g.table.Columns, g.table.Key)
	return g.objects(slices.DeleteFunc(slices.Clone(g.table.Rows), func(row []*string) bool { return row[at] == nil || *row[at] != key }))
}

func (g registry) objects(rows [][]*string) []any {
	objects := []any{}
	for _, row := range rows {
		object := map[string]any{}
		for i, column := range g.table.Columns {
			if row[i] == nil {
				g.blank(object, column)
			} else {
				object[column] = *row[i]
			}
		}
		objects = append(objects, object)
	}
	return objects
}

func (g registry) write(w http.ResponseWriter, value any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	if err := json.MarshalWrite(w, value); err != nil {
		panic(err)
	}
}

// described is the configuration for a registry.
func (g registry) described() Resource {
	columns := map[string]Column{}
	for _, name := range g.table.Columns {
		columns[name] = Column{At: "/" + quote(name)}
	}
	return Resource{
		Key: g.table.Key, Columns: columns,
		List: &List{Get: "/all", Records: "/items", Next: &Column{In: "/links", Where: map[string]string{"/rel": "next"}, At: "/href"}},
	}
}

func TestContract(t *testing.T) {
	byQuery := func(r Resource) Resource {
		r.Get = "/records?verbose=1&key={key}"
		return r
	}
	byPost := func(r Resource) Resource {
		r.Post, r.Records = "/search", "/found"
		r.Body, r.KeyAt = `{"query": [{"value": ""}]}`, "/query/0/value"
		return r
	}
	for name, c := range map[string]struct {
		asked func(Resource) Resource
		blank func(map[string]any, string)
	}{"get": {byQuery, asNull}, "post": {byPost, leftOut}} {
		t.Run(name, func(t *testing.T) {
			sourcetest.Run(t, func(t *testing.T, table sourcetest.Table) func(source.Relation) (source.Source, error) {
				g := registry{table, c.blank}
				a := mustOpen(t, serve(t, g, map[string]Resource{table.Name: c.asked(g.described())}))
				return func(r source.Relation) (source.Source, error) {
					s, err := a.Source(r)
					if err != nil {
						return nil, err
					}
					return s, nil
				}
			})
		})
	}
}

// TestIntegerKeys: keys that are numbers come before those that are text, and
// by number.
func TestIntegerKeys(t *testing.T) {
	list := `{"items":[{"k":10},{"k":"9"},{"k":9},{"k":-10},{"k":-9},{"k":"b"},{"k":1.5},{"k":100000000000000000000},{"k":10},{"k":0}]}`
	resources := things()
	r := resources["things"]
	r.List = &List{Get: "/all", Records: "/items"}
	resources["things"] = r
	s := mustCompile(t, mustOpen(t, serve(t, jsonAnswer(list), resources)), thing)
	var got []string
	for key, err := range s.Keys(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, key)
	}
	if diff := cmp.Diff([]string{"-10", "-9", "0", "9", "10", "100000000000000000000", "1.5", "b"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
