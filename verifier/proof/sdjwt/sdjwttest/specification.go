// Package sdjwttest reads the specification.yml files that the examples of
// RFC 9901 and of SD-JWT VC are made from: claims, of which "!sd" marks those
// that can be withheld, what the holder shows, and what the verifier then has.
// There are no tokens in them.
package sdjwttest

import (
	"path"
	"slices"
	"testing"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"github.com/chancery-vc/chancery/internal/testdata"
)

// Specification is one example.
type Specification struct {
	Claims     map[string]any
	Selective  []string // JSON Pointers to the claims with "!sd"
	Shown      []string // JSON Pointers to what the holder shows of those
	Expected   map[string]any
	Bound      bool // with key binding
	Decoys     bool
	JSON       bool // in a JSON serialization
	General    bool // in the general one, with two signatures
	NoDefaults bool // without iss, iat and exp besides
	Header     map[string]any
}

// Read reads a specification.yml below the shared folder.
func Read(t testing.TB, name string) *Specification {
	t.Helper()
	members := document(t, name)
	s := &Specification{Header: map[string]any{}}
	for key, node := range members {
		s.set(t, key, node)
	}
	s.Shown = s.shown(members["holder_disclosed_claims"])
	if s.Expected == nil {
		s.Expected = s.rest(s.Claims, "").(map[string]any)
	}
	s.General = s.JSON && path.Base(path.Dir(name)) == "json_serialization_general"
	return s
}

func document(t testing.TB, name string) map[string]ast.Node {
	t.Helper()
	file, err := parser.ParseBytes(testdata.Read(t, name), 0)
	if err != nil || len(file.Docs) != 1 {
		t.Fatalf("%s: %v", name, err)
	}
	members := map[string]ast.Node{}
	for _, pair := range pairs(file.Docs[0].Body) {
		members[pair.Key.String()] = pair.Value
	}
	return members
}

func (s *Specification) set(t testing.TB, key string, node ast.Node) {
	t.Helper()
	switch key {
	case "user_claims":
		s.Claims = plain(node, "", &s.Selective).(map[string]any)
		slices.Sort(s.Selective)
	case "expect_verified_user_claims":
		s.Expected = value(node).(map[string]any)
	case "extra_header_parameters":
		s.Header = value(node).(map[string]any)
	case "key_binding":
		s.Bound = value(node).(bool)
	case "add_decoy_claims":
		s.Decoys = value(node).(bool)
	case "include_default_claims":
		s.NoDefaults = !value(node).(bool)
	case "serialization_format":
		s.JSON = value(node) == "json"
	case "holder_disclosed_claims", "settings_override", "non_sd_claims":
	default:
		t.Fatalf("a specification has %s, which nothing is known about", key)
	}
}
