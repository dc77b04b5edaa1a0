package httpjson

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chancery-vc/chancery/issuer/scope"
	"github.com/chancery-vc/chancery/issuer/source"
)

// prove proves the scope of things on an API that gives one answer.
func prove(t *testing.T, handler http.Handler, change func(*Resource), columns ...string) (scope.Proof, error) {
	t.Helper()
	r := things()["things"]
	r.Probe = "probe"
	r.Columns["chosen"] = Column{In: "/ids", Where: map[string]string{"/type": "x"}, At: "/value"}
	if change != nil {
		change(&r)
	}
	a := mustOpen(t, serve(t, handler, map[string]Resource{"things": r, "other": r}))
	return a.Prove(t.Context(), scope.Compile("register", source.Relation{Table: "things", Key: "k", Columns: columns}), now)
}

// TestProve: what an API sends beyond the scope is found, by where it is and
// never by what it is; and no API is found to be as narrow as its scope.
func TestProve(t *testing.T) {
	const whole = `{"k":"probe","v":"s3cret","ids":[{"type":"y","value":"s3cret"},{"type":"x","value":"s3cret","since":7}],"owner":{"name":"s3cret","dead":false},"none":null,"empty":[],"a/b":[["s3cret"]]}`
	for name, c := range map[string]struct {
		answer  string
		change  func(*Resource)
		columns []string
		kinds   []scope.Kind // beyond that of every API
		says    []string
		hides   []string
	}{
		"only the scope":                   {`{"k":"probe","v":"s3cret","none":null,"empty":{}}`, nil, []string{"v"}, nil, nil, nil},
		"more":                             {whole, nil, []string{"v"}, []scope.Kind{scope.Read}, []string{"/ids/*/type", "/ids/*/value", "/ids/*/since", "/owner/name", "/owner/dead", "/a~1b/*/*", "RESOURCE"}, []string{"/k", "/v,", "/none", "/empty"}},
		"chosen":                           {`{"k":"probe","ids":[{"type":"x","value":"1"}]}`, nil, []string{"chosen"}, nil, nil, nil},
		"chosen from more":                 {`{"k":"probe","ids":[{"type":"y","value":"1"},{"type":"x","value":"1"}]}`, nil, []string{"chosen"}, []scope.Kind{scope.Read}, []string{"/ids/*/value"}, nil},
		"configured, and not in the scope": {`{"k":"probe","v":"1"}`, nil, []string{"k"}, []scope.Kind{scope.Read}, []string{"/v"}, nil},
		"without a probe":                  {whole, func(r *Resource) { r.Probe = "" }, []string{"v"}, []scope.Kind{scope.Read}, []string{"probe"}, []string{"/owner"}},
		"another's record":                 {`{"k":"another","v":"1"}`, nil, []string{"v"}, []scope.Kind{scope.Missing}, []string{"no record"}, nil},
		"two records":                      {`[{"k":"probe"},{"k":"probe"}]`, nil, []string{"v"}, []scope.Kind{scope.Missing}, []string{"more than one"}, nil},
		"another shape":                    {`{"k":"probe","v":{"a":1}}`, nil, []string{"v"}, []scope.Kind{scope.Missing}, []string{`"v"`}, nil},
		"no JSON":                          {`<html>`, nil, []string{"v"}, []scope.Kind{scope.Missing}, []string{"JSON"}, nil},
		"very much more":                   {`{"k":"probe","x":{"a":1,"b":1,"c":1,"d":1,"e":1,"f":1,"g":1,"h":1,"i":1,"j":1,"k":1,"l":1,"m":1,"n":1,"o":1,"p":1,"q":1,"r":1,"s":1,"t":1,"u":1,"v":1}}`, nil, []string{"v"}, []scope.Kind{scope.Read}, []string{"/x/t and 2 more"}, []string{"/x/u"}},
	} {
		t.Run(name, func(t *testing.T) {
			proof, err := prove(t, jsonAnswer(c.answer), c.change, c.columns...)
			if err != nil {
				t.Fatal(err)
			}
			var kinds []scope.Kind
			for _, f := range proof.Findings[1:] {
				kinds = append(kinds, f.Kind)
			}
			if diff := cmp.Diff(c.kinds, kinds); diff != "" {
				t.Errorf("kinds (-want +got):\n%s", diff)
			}
			said := proof.Text()
			for _, word := range append(c.says, "no catalog of rights") {
				if !strings.Contains(said, word) {
					t.Errorf("it does not say %q:\n%s", word, said)
				}
			}
			for _, word := range append(c.hides, "s3cret") {
				if strings.Contains(said, word) {
					t.Errorf("it says %q:\n%s", word, said)
				}
			}
			if !errors.Is(proof.Err(), scope.ErrWide) || !proof.Wide() || len(proof.Statements()) > 0 {
				t.Errorf("not found to be wide, or mended by statements: %v", proof.Err())
			}
			if proof.Source != "register" || proof.Account != "anybody" || !proof.At.Equal(now) || !strings.Contains(strings.Join(proof.Checked, "\n"), "GET /things/{key}") {
				t.Errorf("got %+v", proof)
			}
		})
	}
}

// TestProveUnavailable: an API that is away proves nothing, for or against.
func TestProveUnavailable(t *testing.T) {
	if proof, err := prove(t, answering(503, "", ""), nil, "v"); !errors.Is(err, source.ErrUnavailable) || proof.Source != "" {
		t.Errorf("got %+v, %v", proof, err)
	}
}
