package main

import (
	"cmp"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// CycloneDX 1.6, as far as a Go program fills it.
type (
	bom struct {
		Format     string      `json:"bomFormat"`
		Spec       string      `json:"specVersion"`
		Version    int         `json:"version"`
		Metadata   metadata    `json:"metadata"`
		Components []component `json:"components"`
	}
	metadata struct {
		Component component `json:"component"`
	}
	component struct {
		Type       string     `json:"type"`
		Ref        string     `json:"bom-ref"`
		Name       string     `json:"name"`
		Version    string     `json:"version"`
		URL        string     `json:"purl"`
		Properties []property `json:"properties,omitzero"`
	}
	property struct {
		Name  string `json:"name"`
		Value string `json:"value"`
	}
)

// sbom lists the modules that any of the programs was built from, with the
// checksum that go.sum has of each, and the version of Go.
func (b *builds) sbom() ([]byte, error) {
	found := map[string]component{}
	for _, file := range b.files {
		for _, module := range file.info.Deps {
			c := library(module)
			found[c.Ref] = c
		}
	}
	standard := library(&debug.Module{Path: "stdlib", Version: strings.TrimPrefix(b.goVersion, "go")})
	whole := library(&debug.Module{Path: b.files[0].info.Main.Path, Version: b.version})
	whole.Type = "application"
	list := bom{Format: "CycloneDX", Spec: "1.6", Version: 1, Metadata: metadata{whole}, Components: []component{standard}}
	for _, c := range found {
		list.Components = append(list.Components, c)
	}
	slices.SortFunc(list.Components, func(a, b component) int { return cmp.Compare(a.Ref, b.Ref) })
	return json.Marshal(list, jsontext.WithIndent("  "))
}

func library(m *debug.Module) component {
	if m.Replace != nil {
		m = m.Replace
	}
	url := "pkg:golang/" + m.Path + "@" + m.Version
	c := component{Type: "library", Ref: url, Name: m.Path, Version: m.Version, URL: url}
	if m.Sum != "" {
		c.Properties = []property{{"go.sum", m.Sum}}
	}
	return c
}
