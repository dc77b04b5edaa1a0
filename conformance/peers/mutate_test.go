package peers

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"testing"

	"github.com/chancery-vc/chancery/schemas"
)

// maxEdits caps what one program changes, so that what it did can be read.
const maxEdits = 8

// What a mutation puts somewhere: first what fits somewhere, then what hardly
// does.
var (
	terms = []string{
		"id", "type", "issuer", "credentialSubject", "name", "description", "evidence", "validFrom", "validUntil", "relatedResource", "credentialStatus",
		"givenName", "familyName", "born", "permit", "fee", "mayWork", "homepage", "category", "addresses", "languages", "motto", "guardian", "wards", "form", "statement", "is", "en-GB",
	}
	oddNames = []string{
		"undefined", "@none", "@id", "@type", "@value", "@language", "@direction", "@index", "@list", "@set", "@graph", "@included", "@reverse", "@nest", "@context", "@json", "@odd",
		"https://example.org/peers#extra", "ex:extra", "_:extra", "", " ", "relative/path",
	}
	values = []any{
		true, false, "", "x", "Þ", "\u0000\t\u007f\u0085\u2028", "𝒜", "a\"\\\n\r", json.Number("0"), json.Number("-1"), json.Number("1.0"), json.Number("0.1"), json.Number("1.5e-7"), json.Number("1e21"), json.Number("1e20"),
		"did:example:a", "urn:a:b", "http://-evil-", "http://a.example/ü", "Resident", "givenName", "2020-01-01T00:00:00Z",
		[]any{"a", []any{"b"}},
		[]any{"b", "a"},
		object{"id": "did:example:a", "givenName": "a"},
		object{"givenName": "a"},
		object{"type": "Resident"},
		object{"@value": "x", "@language": "en"},
		object{"@value": "x", "@language": "EN-gb"},
		object{"en": "a", "is": []any{"b", "c"}},
		object{"guardian": object{"guardian": object{}}},
		[]any{object{"guardian": object{}}, object{"guardian": object{}}},
		object{},
	}
	oddValues = []any{
		nil, json.Number("-0"), json.Number("1e-7"), json.Number("5e-324"), json.Number("9007199254740993"), json.Number("0.30000000000000004"), json.Number("1e400"),
		"_:b0", "_:b1", "http://a.example/ b", "mailto:a", "relative", "#fragment", "//a.example/x", "@odd",
		[]any{},
		[]any{nil},
		[]any{[]any{}},
		[]any{"a", "a"},
		object{"id": "urn:a:b"},
		object{"@value": "x"},
		object{"@value": "x", "@language": "not a tag"},
		object{"@value": "x", "@language": "ar", "@direction": "rtl"},
		object{"@value": json.Number("1"), "@type": "http://www.w3.org/2001/XMLSchema#double"},
		object{"@value": nil},
		object{"@list": []any{"a", []any{"b"}}},
		object{"@set": []any{"a"}},
		object{"@id": "urn:a:b"},
		object{"@none": "a"},
		object{"a": []any{nil, object{"b": json.Number("1.50")}}},
	}
	contextEntries = []any{
		schemas.CredentialsV2, schemas.CredentialsV1, schemas.DataIntegrityV2, schemas.Ed25519Signature2020V1, contextURL, "https://unknown.example/v1", nil,
		object{},
		object{"undefined": "https://example.org/peers#defined"},
		object{"undefined": nil},
		object{"undefined": "@nest"},
		object{"undefined": object{"@id": "ex:u", "@container": "@list"}, "ex": "https://example.org/"},
		object{"undefined": object{"@id": "https://example.org/u", "@type": "@id", "@container": "@set"}},
		object{"undefined": object{"@reverse": "https://example.org/r"}},
		object{"undefined": object{"@id": "https://example.org/u", "@container": "@index"}},
		object{"undefined": object{"@id": "https://example.org/u", "@container": []any{"@graph", "@id"}}},
		object{"undefined": object{"@id": "https://example.org/u", "@container": "@type"}},
		object{"undefined": object{"@id": "https://example.org/u", "@language": "fr"}},
		object{"@vocab": "https://example.org/vocab#"},
		object{"@vocab": ""},
		object{"@base": "https://example.org/base/"},
		object{"@language": "de"},
		object{"@direction": "rtl"},
		object{"@version": json.Number("1.1")},
		object{"@propagate": false, "undefined": "https://example.org/u"},
		object{"@import": contextURL},
		object{"@protected": true, "undefined": "https://example.org/u"},
		object{"givenName": "https://example.org/other"},
		object{"undefined": object{"@id": "https://example.org/u", "@context": object{"more": "https://example.org/more"}}},
	}
)

// program is a source of choices.
type program struct{ choices []byte }

func (p *program) done() bool { return len(p.choices) == 0 }

func (p *program) choose(n int) int {
	if p.done() || n < 2 {
		return 0
	}
	c := int(p.choices[0])
	p.choices = p.choices[1:]
	return c % n
}

func pick[T any](p *program, from []T) T { return from[p.choose(len(from))] }

func (p *program) name() string {
	if p.choose(3) > 0 {
		return pick(p, terms)
	}
	return pick(p, oddNames)
}

func (p *program) value() any {
	if p.choose(3) > 0 {
		return deepCopy(pick(p, values))
	}
	return deepCopy(pick(p, oddValues))
}

// mutate returns document after the edits that choices stand for. Without any
// it returns the very text; JSON that cannot be read stays as it is too.
func mutate(t testing.TB, document, choices []byte) []byte {
	t.Helper()
	if len(choices) == 0 {
		return document
	}
	decoder := json.NewDecoder(bytes.NewReader(document))
	decoder.UseNumber()
	var o object
	if decoder.Decode(&o) != nil || o == nil {
		return document
	}
	p := &program{choices}
	for i := 0; i < maxEdits && !p.done(); i++ {
		p.edit(o)
	}
	out, err := json.Marshal(o)
	must(t, err)
	return out
}

// edit makes one change somewhere in root.
func (p *program) edit(root object) {
	all := objects(root)
	o := pick(p, all)
	members := slices.Sorted(maps.Keys(o))
	switch p.choose(12) {
	case 0:
		o[p.name()] = p.value()
	case 1:
		o[p.member(members)] = p.value()
	case 2:
		delete(o, p.member(members))
	case 3:
		name := p.member(members)
		o[name] = append(list(o[name]), p.value())
	case 4: // rename
		name := p.member(members)
		value := o[name]
		delete(o, name)
		o[p.name()] = value
	case 5: // copy from elsewhere
		from := pick(p, all)
		o[p.name()] = deepCopy(from[p.member(slices.Sorted(maps.Keys(from)))])
	case 6: // the whole of another object
		o[p.member(members)] = deepCopy(pick(p, all))
	case 7:
		name := p.member(members)
		o[name] = reverse(list(o[name]))
	case 8:
		name := p.member(members)
		o[name] = []any{o[name]}
	case 9: // repeat
		name := p.member(members)
		o[name] = append(list(o[name]), list(deepCopy(list(o[name])))...)
	case 10:
		root["@context"] = append(list(root["@context"]), deepCopy(pick(p, contextEntries)))
	case 11:
		p.editContexts(root)
	}
}

func (p *program) editContexts(root object) {
	all := slices.Clone(list(root["@context"]))
	at := p.choose(len(all))
	if len(all) == 0 {
		return
	}
	if p.choose(2) == 0 {
		root["@context"] = slices.Delete(all, at, at+1)
		return
	}
	all[at] = deepCopy(pick(p, contextEntries))
	root["@context"] = all
}

// member returns one of names, or a new one if there is none.
func (p *program) member(members []string) string {
	if len(members) == 0 {
		return p.name()
	}
	return pick(p, members)
}

// objects returns value and what is in it, as far as it is an object, in an
// order that is always the same.
func objects(value any) (all []object) {
	switch value := value.(type) {
	case object:
		all = append(all, value)
		for _, name := range slices.Sorted(maps.Keys(value)) {
			all = append(all, objects(value[name])...)
		}
	case []any:
		for _, item := range value {
			all = append(all, objects(item)...)
		}
	}
	return all
}

func deepCopy(value any) any {
	switch value := value.(type) {
	case object:
		out := object{}
		for name, member := range value {
			out[name] = deepCopy(member)
		}
		return out
	case []any:
		out := make([]any, len(value))
		for i, item := range value {
			out[i] = deepCopy(item)
		}
		return out
	default:
		return value
	}
}
