package jsonld

import (
	"crypto"
	"encoding/json"
	"errors"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/piprate/json-gold/ld"

	"github.com/chancery-vc/chancery/internal/rdfc"
	"github.com/chancery-vc/chancery/internal/strictjson"
	"github.com/chancery-vc/chancery/internal/testdata"
	"github.com/chancery-vc/chancery/schemas"
)

const apiVectors = "vectors/json-ld-api/tests/"

// vector is an entry of a manifest of the JSON-LD API's test suite.
type vector struct {
	ID     string   `json:"@id"`
	Types  []string `json:"@type"`
	Input  string   `json:"input"`
	Expect string   `json:"expect"`
	Option struct {
		SpecVersion    string `json:"specVersion"`
		ProcessingMode string `json:"processingMode"`
		ExpandContext  string `json:"expandContext"`
	} `json:"option"`
}

func (v vector) negative() bool { return slices.Contains(v.Types, "jld:NegativeEvaluationTest") }

func (v vector) input(t *testing.T) []byte { return testdata.Read(t, apiVectors+v.Input) }

// unsupported says why an entry asks for what nobody here does.
func (v vector) unsupported() string {
	switch {
	case v.Option.SpecVersion == "json-ld-1.0" || v.Option.ProcessingMode == "json-ld-1.0":
		return "JSON-LD 1.0: documents are read as 1.1"
	case v.Option.ExpandContext != "":
		return "the option expandContext: a document names its own contexts"
	}
	return ""
}

// entries runs a subtest for each entry of a manifest, with the contexts that
// its documents load.
func entries(t *testing.T, kind string, run func(t *testing.T, v vector, known Contexts)) {
	t.Helper()
	var manifest struct{ Sequence []vector }
	if err := json.Unmarshal(testdata.Read(t, apiVectors+kind+"-manifest.jsonld"), &manifest); err != nil {
		t.Fatal(err)
	}
	if len(manifest.Sequence) == 0 {
		t.Fatal("the manifest lists nothing")
	}
	known := vectorContexts(t, kind)
	for _, v := range manifest.Sequence {
		t.Run(strings.TrimPrefix(v.ID, "#"), func(t *testing.T) {
			if reason := v.unsupported(); reason != "" {
				testdata.NotApplicable(t, reason)
				return
			}
			run(t, v, known)
		})
	}
}

// vectorContexts returns the context files of the suite by the names that its
// documents, which have no base here, call them.
func vectorContexts(t *testing.T, kind string) *schemas.Contexts {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(testdata.Path(t, apiVectors+kind), "*context*.jsonld"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%d contexts, %v", len(files), err)
	}
	known, err := schemas.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		document, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if known, err = known.With(path.Base(filepath.ToSlash(file)), document, schemas.Digest(document)); err != nil {
			t.Fatal(err)
		}
	}
	return known.WithInline()
}

// byDesign has why a document is refused that JSON-LD allows, by what the error
// says. The first that fits counts.
var byDesign = []struct{ says, reason string }{
	{"not an object", "several documents in an array: a document is one object"},
	{"cannot be kept exactly", "a number that a float64 cannot keep"},
	{"it has no @context", "no @context"},
	{"is not named by a term", "a member named by an IRI or a keyword: each is to be a term"},
	{"an @context with @base", "@base: identifiers are to mean what is read"},
	{"an @context defines", "an @context that defines a keyword, or what looks like one"},
	{"an @context gives", "a meaning that looks like a keyword, which JSON-LD passes over"},
	{"takes the meaning from a term", "null within an inline @context, by which json-gold would take even from protected terms"},
	{"or to itself", "a context that leads to itself"},
	{"a graph holds something of which", "a graph of an id alone, which RDF does not hold"},
	{"it cannot be expanded", "a value at which json-gold fails"},
	{"an @context is neither a URL nor an object", "an @context of null"},
	{"context is neither embedded nor given", "a context that is not given: the loader is closed"},
	{"Dropping property", "a term without a meaning, which JSON-LD drops"},
	{"of which expansion keeps", "a value that JSON-LD drops: null, an empty array or a term without a meaning"},
	{"@reverse is not in what is signed", "@reverse: what is said of a thing is to stand in it"},
	{"@included", "@included: what is said is to stand where it belongs"},
	{"@index", "@index, which RDF does not hold"},
	{"@direction", "@direction, which RDF does not hold"},
	{"which is no IRI, a context", "a term for @nest with a context of its own, which json-gold would not use"},
	{"without defining it", "a term that is protected without a meaning, which json-gold would not protect"},
	{"by its whole IRI", "a term with a container and a context that forgets all, where the IRI is not whole"},
	{"must not include @import entry", "@import, where json-gold takes the context for one that imports another"},
	{"@context @reverse value must be", "a term for the reverse of a relative IRI: json-gold refuses it"},
	{"is not an absolute IRI", "a relative IRI or the label of a blank node, as an identifier, a type or a property"},
	{"is not a language of a text", "a language that is no language tag"},
	{"has the same value twice", "a value twice, which RDF keeps once"},
	{"it is about", "no thing or several that it is about: a document is about one"},
	{"says its id in another place", "the document's own id in another place than its member id"},
	{"a value without a subject", "a value that nothing is said to have"},
	{"a graph holds a value", "a value that nothing is said to have"},
}

// explain marks a refusal with its reason.
func explain(t *testing.T, refusal error, prefix string) {
	t.Helper()
	if !errors.Is(refusal, ErrInvalid) {
		t.Fatalf("refused with %v", refusal)
	}
	for _, d := range byDesign {
		if strings.Contains(refusal.Error(), d.says) {
			testdata.NotApplicable(t, prefix+d.reason)
			return
		}
	}
	t.Errorf("refused for no reason that is listed: %v", refusal)
}

// TestVectorsToRDF: each document of the suite is refused, for a reason that is
// listed, or makes the very statements that are expected.
func TestVectorsToRDF(t *testing.T) {
	entries(t, "toRdf", func(t *testing.T, v vector, known Contexts) {
		quads, err := ToRDF(v.input(t), known)
		v.judge(t, quads, err)
	})
}

// TestVectorsDeserialization is TestVectorsToRDF without the rules for how
// members are named and for what expansion drops, for most of the suite names
// members by IRIs.
func TestVectorsDeserialization(t *testing.T) {
	entries(t, "toRdf", func(t *testing.T, v vector, known Contexts) {
		quads, err := deserialize(v.input(t), known)
		if v.negative() && err == nil {
			v.refusedLater(t, known)
			return
		}
		v.judge(t, quads, err)
	})
}

func deserialize(document []byte, known Contexts) ([]rdfc.Quad, error) {
	expanded, err := expandAny(document, known)
	if err != nil {
		return nil, err
	}
	c := &converter{}
	for _, node := range expanded {
		if _, err := c.document([]any{node}); err != nil {
			return nil, err
		}
	}
	return c.quads, nil
}

// expandAny is expand also for an array of documents, and for one that is but
// a graph (section 5.1.2, step 19).
func expandAny(document []byte, known Contexts) ([]any, error) {
	value, err := strictjson.Parse(document, strictjson.Limits{})
	if err != nil {
		return nil, errors.Join(ErrInvalid, err)
	}
	all := []any{}
	for _, item := range asArray(value) {
		object, ok := item.(map[string]any)
		if !ok {
			continue // a value that JSON-LD drops
		}
		if err := checkContextsOf(object, true, known); err != nil {
			return nil, err
		}
		expanded, err := expand(object, known)
		if err != nil {
			return nil, err
		}
		all = append(all, withoutGraph(expanded)...)
	}
	return all, nil
}

func withoutGraph(expanded []any) []any {
	if len(expanded) == 1 {
		if node, ok := expanded[0].(map[string]any); ok && len(node) == 1 && node["@graph"] != nil {
			return asArray(node["@graph"])
		}
	}
	return expanded
}

func (v vector) judge(t *testing.T, quads []rdfc.Quad, err error) {
	t.Helper()
	switch {
	case v.negative():
		if !errors.Is(err, ErrInvalid) {
			t.Errorf("got %d statements, %v", len(quads), err)
		}
	case err != nil:
		explain(t, err, "")
	case v.Expect == "": // a positive syntax test
	default:
		if diff := cmp.Diff(canonical(t, expected(t, v.Expect)), canonical(t, quads)); diff != "" {
			t.Error(diff)
		}
	}
}

func canonical(t *testing.T, quads []rdfc.Quad) string {
	t.Helper()
	document, err := rdfc.Canonicalize(t.Context(), quads, rdfc.Options{Hash: crypto.SHA256})
	if err != nil {
		t.Fatal(err)
	}
	return string(document)
}

// expected reads the statements that are expected, by json-gold's parser.
func expected(t *testing.T, name string) (quads []rdfc.Quad) {
	t.Helper()
	dataset, err := ld.ParseNQuads(string(testdata.Read(t, apiVectors+name)))
	if err != nil {
		t.Fatal(err)
	}
	for name, graph := range dataset.Graphs {
		for _, q := range graph {
			quads = append(quads, rdfc.Quad{Subject: term(q.Subject), Predicate: term(q.Predicate), Object: term(q.Object), Graph: graphName(name)})
		}
	}
	return quads
}

func graphName(name string) rdfc.Term {
	if name == "@default" {
		return rdfc.Term{}
	}
	if label, ok := strings.CutPrefix(name, "_:"); ok {
		return rdfc.Term{Kind: rdfc.Blank, Value: label}
	}
	return rdfc.Term{Kind: rdfc.IRI, Value: name}
}

func term(node ld.Node) rdfc.Term {
	if literal, ok := node.(ld.Literal); ok {
		return rdfc.Term{Kind: rdfc.Literal, Value: literal.Value, Datatype: literal.Datatype, Language: literal.Language}
	}
	return graphName(node.GetValue())
}

// TestVectorsExpand holds the expansion, as it is set up here, against the
// suite. What it gets wrong must be refused after it.
func TestVectorsExpand(t *testing.T) {
	entries(t, "expand", func(t *testing.T, v vector, known Contexts) {
		expanded, err := expandAny(v.input(t), known)
		if err != nil {
			if errors.Is(err, ErrInvalid) && v.negative() {
				return
			}
			explain(t, err, "")
			return
		}
		if v.negative() || !cmp.Equal(unordered(v.expanded(t)), unordered(expanded)) {
			v.refusedLater(t, known)
		}
	})
}

// refusedLater: what json-gold gets wrong must not be accepted in the end.
func (v vector) refusedLater(t *testing.T, known Contexts) {
	t.Helper()
	if _, err := deserialize(v.input(t), known); err != nil {
		if !v.negative() {
			explain(t, err, "expanded otherwise, as documents have no base here, and refused after it: ")
		}
		return
	}
	quads, err := ToRDF(v.input(t), known)
	if err == nil {
		t.Fatalf("expanded to something else, and accepted: %v", quads)
	}
	explain(t, err, "wrong in json-gold, and refused for something else: ")
}

func (v vector) expanded(t *testing.T) (want any) {
	t.Helper()
	if err := json.Unmarshal(testdata.Read(t, apiVectors+v.Expect), &want); err != nil {
		t.Fatal(err)
	}
	return want
}

// unordered sorts the arrays of an expanded document whose order says nothing:
// all but lists, and what is in a JSON literal.
func unordered(value any) any {
	switch value := value.(type) {
	case map[string]any:
		sorted := map[string]any{}
		for name, member := range value {
			switch array, ok := member.([]any); {
			case name == "@value":
				sorted[name] = member
			case name == "@list" && ok:
				items := make([]any, len(array))
				for i, item := range array {
					items[i] = unordered(item)
				}
				sorted[name] = items
			default:
				sorted[name] = unordered(member)
			}
		}
		return sorted
	case []any:
		texts := make([]string, len(value))
		items := map[string]any{}
		for i, item := range value {
			item = unordered(item)
			text, _ := json.Marshal(item)
			texts[i], items[string(text)] = string(text), item
		}
		slices.Sort(texts)
		sorted := make([]any, len(texts))
		for i, text := range texts {
			sorted[i] = items[text]
		}
		return sorted
	default:
		return value
	}
}
