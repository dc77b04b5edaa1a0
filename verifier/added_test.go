package verifier_test

import (
	"bytes"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/chancery-vc/chancery/internal/credtest"
	"github.com/chancery-vc/chancery/verifier"
)

// TestAddedMembers adds a member to each object of a credential, signed with
// each suite.
func TestAddedMembers(t *testing.T) {
	issuer, document, _ := rich(t)
	onEverySuite(t, issuer.Contexts, document, refuseAddedMembers)
}

func refuseAddedMembers(t *testing.T, data []byte, policy verifier.Policy) {
	values := []string{
		`null`, `[]`, `{}`, `[[]]`, `[null]`, `""`, `"x"`, `"http://-evil-"`, `1`, `true`, `{"id":"x"}`, `{"id":"_:b"}`, `{"id":"urn:a:b"}`,
		`{"@value":"x"}`, `{"@value":null}`, `{"@id":"urn:a:b"}`, `{"@list":[]}`, `{"@set":[]}`, `{"familyName":"Smith"}`,
	}
	names := []string{
		"undefined", "Familyname", "description", "sex", "licence", "permit", "about", "holds", "more", "items", "also", "notes",
		"@foo", "@nest", "@index", "@direction", "@language", "@reverse", "@included", "@graph", "@set", "@list", "@json", "@type", "@id", "@value", "@none",
		"ns:licence", "ns:", ":", "_:b", "https://registry.example/ns#licence", "relative/iri", " ", "",
	}
	places := map[string]string{
		"top": `{"@context"`, "subject": `"credentialSubject":{`, "evidence": `"evidence":{`, "status": `"credentialStatus":{`, "proof": `"proof":{`,
	}
	v, err := verifier.New(policy)
	if err != nil {
		t.Fatal(err)
	}
	for place, before := range places {
		at := bytes.Index(data, []byte(before)) + strings.Index(before, "{") + 1
		for i, name := range names {
			for j, value := range values {
				if testing.Short() && (i+j)%5 != 0 {
					continue
				}
				addition := `"` + name + `":` + value + `,`
				altered := string(data[:at]) + addition + string(data[at:])
				report, err := v.Verify(t.Context(), []byte(altered))
				if err != nil {
					t.Fatal(err)
				}
				if report.Verdict() != verifier.VerdictRefused {
					t.Errorf("%s with %s is %s", place, addition, report.Verdict())
				}
			}
		}
	}
}

// TestAddedValues adds a value beside each one that a credential has, signed
// with each suite.
func TestAddedValues(t *testing.T) {
	issuer, document, _ := rich(t)
	onEverySuite(t, issuer.Contexts, document, refuseAddedValues)
}

func refuseAddedValues(t *testing.T, data []byte, policy verifier.Policy) {
	v, err := verifier.New(policy)
	if err != nil {
		t.Fatal(err)
	}
	additions := []any{
		nil,
		[]any{},
		credtest.Object{},
		"", "x", 1.0, true,
		credtest.Object{"id": "x"},
		credtest.Object{"id": "urn:a:b"},
		credtest.Object{"familyName": "Smith"},
		credtest.Object{"id": "second", "familyName": "Smith"},
	}
	tried := 0
	for _, path := range memberPaths(credtest.Unmarshal(t, data), nil) {
		if slices.Contains(path, "data") {
			continue // in JSON data a null means something; TestAlteredText has it
		}
		value := at(credtest.Unmarshal(t, data), path)
		more := slices.Clone(additions)
		if len(path) > 1 || path[0] != "proof" { // a copy of a proof says nothing more
			more = append(more, value)
		}
		for _, addition := range more {
			for _, both := range [][]any{{value, addition}, {addition, value}} {
				altered := credtest.Unmarshal(t, data)
				at(altered, path[:len(path)-1]).(credtest.Object)[path[len(path)-1]] = both
				tried++
				report, err := v.Verify(t.Context(), credtest.Marshal(t, altered))
				if err != nil {
					t.Fatal(err)
				}
				if report.Verdict() != verifier.VerdictRefused {
					t.Errorf("%v with %v is %s", path, both, report.Verdict())
				}
			}
		}
	}
	if tried < 500 {
		t.Errorf("tried only %d", tried)
	}
}

// memberPaths returns the way to each member of value.
func memberPaths(value any, path []string) [][]string {
	object, ok := value.(credtest.Object)
	if !ok {
		return nil
	}
	var paths [][]string
	for _, name := range slices.Sorted(maps.Keys(object)) {
		next := append(slices.Clone(path), name)
		paths = append(append(paths, next), memberPaths(object[name], next)...)
	}
	return paths
}

func at(value any, path []string) any {
	for _, name := range path {
		value = value.(credtest.Object)[name]
	}
	return value
}
