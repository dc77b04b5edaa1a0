package selective

import (
	"bytes"
	"crypto"
	"encoding/hex"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chancery-vc/chancery/internal/rdfc"
	"github.com/chancery-vc/chancery/internal/testdata"
	"github.com/chancery-vc/chancery/verifier/proof"
	"github.com/chancery-vc/chancery/verifier/proof/selective/selectivetest"
)

// vector is a folder of the appendices of the two cryptosuites, whose files
// hold what each function of section 3.4 gives.
type vector struct {
	folder    string
	labels    func(key []byte) LabelMap
	mandatory string // pointers
	selective string
}

const (
	ecdsaFolder = "vectors/vc-di-ecdsa/TestVectors/"
	bbsFolder   = "vectors/vc-di-bbs/TestVectors/"
)

var vectors = map[string]vector{
	"ecdsa-sd-2023 prc":    {ecdsaFolder + "ecdsa-sd-2023/prc/", HMAC, ecdsaFolder + "prCredMandatory.json", ecdsaFolder + "prCredSelective.json"},
	"ecdsa-sd-2023 employ": {ecdsaFolder + "ecdsa-sd-2023/employ/", HMAC, ecdsaFolder + "employMandatory.json", ecdsaFolder + "employSelective.json"},
	"bbs-2023 wind":        {bbsFolder, Shuffled, bbsFolder + "windMandatory.json", bbsFolder + "windSelective.json"},
	"bbs-2023 prc":         {bbsFolder + "prc/", Shuffled, bbsFolder + "prCredMandatory.json", bbsFolder + "prCredSelective.json"},
}

func (v vector) document(t *testing.T) []byte {
	return selectivetest.Unsecured(t, v.folder+"addSignedSDBase.json")
}

// canonical returns the document with the labels of the vector.
func (v vector) canonical(t *testing.T, labels LabelMap) *Document {
	t.Helper()
	d, err := Canonicalize(t.Context(), v.document(t), selectivetest.Contexts(t).WithInline(), labels)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func (v vector) labelled(t *testing.T) *Document {
	t.Helper()
	var transform struct {
		Key string `json:"hmacKeyString"`
	}
	selectivetest.Read(t, v.folder+"addBaseTransform.json", &transform)
	key, err := hex.DecodeString(transform.Key)
	if err != nil || len(key) != 32 {
		t.Fatalf("%x, %v", key, err)
	}
	return v.canonical(t, v.labels(key))
}

func (v vector) pointers(t *testing.T) (mandatory, chosen []string) {
	t.Helper()
	selectivetest.Read(t, v.mandatory, &mandatory)
	selectivetest.Read(t, v.selective, &chosen)
	return mandatory, chosen
}

func (d *Document) mustSelect(t *testing.T, pointers []string) *Selection {
	t.Helper()
	s, err := d.Select(pointers)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func onEachVector(t *testing.T, test func(*testing.T, vector)) {
	for _, name := range slices.Sorted(maps.Keys(vectors)) {
		t.Run(name, func(t *testing.T) { test(t, vectors[name]) })
	}
}

// wantJSON wants got to be the contents of a file.
func wantJSON(t *testing.T, name string, got any) {
	t.Helper()
	var want, have any
	selectivetest.Read(t, name, &want)
	text, err := json.Marshal(got)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &have); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, have); diff != "" {
		t.Errorf("%s (-want +got):\n%s", name, diff)
	}
}

// TestVectorsCanonical: the canonical form with the labels of RDFC-1.0.
func TestVectorsCanonical(t *testing.T) {
	onEachVector(t, func(t *testing.T, v vector) {
		same := func(issued map[string]string) map[string]string { return issued }
		wantJSON(t, v.folder+"addBaseDocCanon.json", v.canonical(t, same).Statements)
	})
}

// TestVectorsLabelled: the canonical form with the suite's labels.
func TestVectorsLabelled(t *testing.T) {
	onEachVector(t, func(t *testing.T, v vector) {
		wantJSON(t, v.folder+"addBaseDocHMACCanon.json", v.labelled(t).Statements)
	})
}

type lineMap = selectivetest.Map[int, string]

// TestVectorsTransform: the mandatory statements and the others.
func TestVectorsTransform(t *testing.T) {
	onEachVector(t, func(t *testing.T, v vector) {
		var want struct {
			Pointers  []string `json:"mandatoryPointers"`
			Mandatory lineMap  `json:"mandatory"`
			Rest      lineMap  `json:"nonMandatory"`
		}
		selectivetest.Read(t, v.folder+"addBaseTransform.json", &want)
		mandatory, _ := v.pointers(t)
		if diff := cmp.Diff(want.Pointers, mandatory); diff != "" {
			t.Error(diff)
		}
		wantGroup(t, v.labelled(t), mandatory, want.Mandatory, want.Rest)
	})
}

// wantGroup wants pointers to select the statements matching, and no other.
func wantGroup(t *testing.T, d *Document, pointers []string, matching, rest lineMap) *Selection {
	t.Helper()
	s := d.mustSelect(t, pointers)
	if diff := cmp.Diff(matching.Keys, s.Matching); diff != "" {
		t.Error(diff)
	}
	for i, index := range matching.Keys {
		if d.Statements[index] != matching.Values[i] {
			t.Errorf("%d: got %s, want %s", index, d.Statements[index], matching.Values[i])
		}
	}
	for i, index := range rest.Keys {
		if slices.Contains(s.Matching, index) || d.Statements[index] != rest.Values[i] {
			t.Errorf("%d: %s, want %s", index, d.Statements[index], rest.Values[i])
		}
	}
	if all := len(matching.Keys) + len(rest.Keys); len(d.Statements) != all {
		t.Errorf("%d statements, want %d", len(d.Statements), all)
	}
	return s
}

// TestVectorsPointers: what a pointer points at.
func TestVectorsPointers(t *testing.T) {
	onEachVector(t, func(t *testing.T, v vector) {
		var want []struct {
			Pointer string `json:"pointer"`
			Value   any    `json:"value"`
		}
		selectivetest.Read(t, v.folder+"addPointerValues.json", &want)
		if v.folder == bbsFolder {
			testdata.NotApplicable(t, "addPointerValues.json is of another form of the document, with the claims at its top: its pointers point at nothing")
			if _, err := v.labelled(t).Select([]string{want[1].Pointer}); !errors.Is(err, proof.ErrPointer) {
				t.Errorf("%s: got %v", want[1].Pointer, err)
			}
			return
		}
		var document any
		if err := json.Unmarshal(v.document(t), &document); err != nil {
			t.Fatal(err)
		}
		for _, w := range want {
			tokens, err := parse(w.Pointer)
			if err != nil {
				t.Fatal(err)
			}
			value := document
			for _, token := range tokens {
				value, _ = at(value, token)
			}
			if diff := cmp.Diff(w.Value, value); diff != "" {
				t.Errorf("%s: %s", w.Pointer, diff)
			}
		}
	})
}

type group struct {
	Matching    lineMap  `json:"matching"`
	NonMatching lineMap  `json:"nonMatching"`
	Quads       []string `json:"deskolemizedNQuads"`
}

type groups struct {
	Groups     struct{ Selective, Mandatory, Combined group }
	Skolemized struct {
		Compact map[string]any `json:"compact"`
	} `json:"skolemized"`
	Quads  []string                          `json:"deskolemizedNQuads"`
	Labels selectivetest.Map[string, string] `json:"labelMap"`
	NQuads []string                          `json:"nquads"`
}

// TestVectorsGroups: canonicalizeAndGroup, with the document that has ids for
// its blank nodes. The ids are random in the vectors, numbers here.
func TestVectorsGroups(t *testing.T) {
	onEachVector(t, func(t *testing.T, v vector) {
		if v.folder == bbsFolder {
			testdata.NotApplicable(t, "derivedAllGroupData.json is not among the vectors of this document")
			return
		}
		var want groups
		selectivetest.Read(t, v.folder+"derivedAllGroupData.json", &want)
		d := v.labelled(t)
		if diff := cmp.Diff(want.NQuads, d.Statements); diff != "" {
			t.Error(diff)
		}
		mandatory, chosen := v.pointers(t)
		for _, g := range []struct {
			pointers []string
			want     group
		}{
			{mandatory, want.Groups.Mandatory},
			{chosen, want.Groups.Selective},
			{slices.Concat(mandatory, chosen), want.Groups.Combined},
		} {
			s := wantGroup(t, d, g.pointers, g.want.Matching, g.want.NonMatching)
			if got := canonicalOf(t, s.quads); got != canonicalOfLines(t, g.want.Quads) {
				t.Errorf("%v: got %s", g.pointers, got)
			}
		}
		if got := canonicalOf(t, d.named.Quads); got != canonicalOfLines(t, want.Quads) {
			t.Errorf("got %s", got)
		}
		wantNamed(t, want, d)
	})
}

// wantNamed wants the documents with ids for blank nodes to be the same, but
// for the ids, each of which must stand for the node that has its label.
func wantNamed(t *testing.T, want groups, d *Document) {
	t.Helper()
	labels := map[string]string{}
	for i, label := range want.Labels.Keys {
		labels["urn:bnid:"+label] = want.Labels.Values[i]
	}
	ours := map[string]string{}
	for label, final := range d.labels {
		ours["urn:bnid:"+label] = final
	}
	if len(labels) == 0 || len(labels) != len(ours) {
		t.Fatalf("%d labels, want %d", len(ours), len(labels))
	}
	if diff := cmp.Diff(renamed(want.Skolemized.Compact, labels), renamed(d.named.Named, ours)); diff != "" {
		t.Error(diff)
	}
}

// renamed returns value with other ids, and without arrays around one value,
// which compaction leaves out.
func renamed(value any, ids map[string]string) any {
	switch value := value.(type) {
	case map[string]any:
		next := map[string]any{}
		for name, member := range value {
			next[name] = renamed(member, ids)
		}
		return next
	case []any:
		if len(value) == 1 {
			return renamed(value[0], ids)
		}
		next := make([]any, len(value))
		for i, item := range value {
			next[i] = renamed(item, ids)
		}
		return next
	case string:
		if id, ok := ids[value]; ok {
			return id
		}
	}
	return value
}

func canonicalOf(t *testing.T, quads []rdfc.Quad) string {
	t.Helper()
	out, err := rdfc.Canonicalize(t.Context(), quads, rdfc.Options{Hash: crypto.SHA256})
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// canonicalOfLines reads just the N-Quads of the vectors: no graphs, no spaces
// before an object, no escapes.
func canonicalOfLines(t *testing.T, lines []string) string {
	t.Helper()
	var quads []rdfc.Quad
	for _, line := range lines {
		parts := strings.SplitN(strings.TrimSuffix(line, " .\n"), " ", 3)
		quads = append(quads, rdfc.Quad{Subject: term(parts[0]), Predicate: term(parts[1]), Object: term(parts[2])})
	}
	return canonicalOf(t, quads)
}

func term(text string) rdfc.Term {
	if label, ok := strings.CutPrefix(text, "_:"); ok {
		return rdfc.Term{Kind: rdfc.Blank, Value: label}
	}
	if iri, ok := strings.CutPrefix(text, "<"); ok {
		return rdfc.Term{Kind: rdfc.IRI, Value: strings.TrimSuffix(iri, ">")}
	}
	value, datatype, ok := strings.Cut(text, `"^^<`)
	if !ok {
		value, datatype = strings.TrimSuffix(text, `"`), "http://www.w3.org/2001/XMLSchema#string>"
	}
	return rdfc.Term{Kind: rdfc.Literal, Value: value[1:], Datatype: strings.TrimSuffix(datatype, ">")}
}

// TestVectorsReveal: the disclosed document and the labels for its verifier,
// who gets the same statements by them.
func TestVectorsReveal(t *testing.T) {
	onEachVector(t, func(t *testing.T, v vector) {
		d := v.labelled(t)
		mandatory, chosen := v.pointers(t)
		s := d.mustSelect(t, slices.Concat(mandatory, chosen))
		document, labels, err := s.Reveal(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		wantJSON(t, v.folder+"derivedUnsignedReveal.json", json.RawMessage(document))
		var want struct {
			Labels selectivetest.Map[string, string] `json:"labelMap"`
		}
		selectivetest.Read(t, v.folder+"derivedDisclosureData.json", &want)
		wantLabels := map[string]string{}
		for i, key := range want.Labels.Keys {
			wantLabels[key] = want.Labels.Values[i]
		}
		if diff := cmp.Diff(wantLabels, labels); diff != "" {
			t.Error(diff)
		}
		statements, err := Relabel(t.Context(), document, selectivetest.Contexts(t).WithInline(), labels)
		if err != nil {
			t.Fatal(err)
		}
		if file := v.folder + "verifyNQuads.json"; v.folder != bbsFolder {
			wantJSON(t, file, statements)
		}
		for i, index := range s.Matching {
			if d.Statements[index] != statements[i] {
				t.Errorf("%d is %s", i, statements[i])
			}
		}
	})
}

// TestVectorsPRCDocument: the appendix of ecdsa-sd-2023 prints another document
// than the one that it signs.
func TestVectorsPRCDocument(t *testing.T) {
	testdata.NotApplicable(t, "prCredUnsigned.json has another description than the signed document, which is the one in use")
	printed := testdata.Read(t, ecdsaFolder+"prCredUnsigned.json")
	signed := vectors["ecdsa-sd-2023 prc"].document(t)
	printed = bytes.Replace(printed, []byte("Government of Utopia Permanent Resident Card."), []byte("Permanent Resident Card from Government of Utopia."), 1)
	var a, b any
	if json.Unmarshal(printed, &a) != nil || json.Unmarshal(signed, &b) != nil || !cmp.Equal(a, b) {
		t.Error("more than the description differs")
	}
}
