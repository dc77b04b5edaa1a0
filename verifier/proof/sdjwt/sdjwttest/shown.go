package sdjwttest

import (
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

// shown returns the pointers to what the holder shows. In an object a name
// with something true shows the claim, in an array a place that is neither
// false nor null.
func (s *Specification) shown(node ast.Node) []string {
	var pointers []string
	s.choose(s.Claims, value(node), "", &pointers)
	slices.Sort(pointers)
	return pointers
}

func (s *Specification) choose(claims, choice any, pointer string, pointers *[]string) {
	switch claims := claims.(type) {
	case map[string]any:
		chosen, _ := choice.(map[string]any)
		for name, value := range claims {
			at := pointer + "/" + escape.Replace(name)
			if slices.Contains(s.Selective, at) && isTrue(chosen[name]) {
				*pointers = append(*pointers, at)
			}
			s.choose(value, chosen[name], at, pointers)
		}
	case []any:
		chosen, _ := choice.([]any)
		for i, value := range claims[:min(len(claims), len(chosen))] {
			at := pointer + "/" + strconv.Itoa(i)
			if slices.Contains(s.Selective, at) && chosen[i] != nil && chosen[i] != false {
				*pointers = append(*pointers, at)
			}
			s.choose(value, chosen[i], at, pointers)
		}
	}
}

func isTrue(value any) bool {
	switch value := value.(type) {
	case map[string]any:
		return len(value) > 0
	case []any:
		return len(value) > 0
	case string:
		return value != ""
	}
	return value != nil && value != false
}

// rest returns the claims without those that the holder does not show.
func (s *Specification) rest(claims any, pointer string) any {
	switch claims := claims.(type) {
	case map[string]any:
		object := map[string]any{}
		for name, value := range claims {
			if at := pointer + "/" + escape.Replace(name); s.isShown(at) {
				object[name] = s.rest(value, at)
			}
		}
		return object
	case []any:
		array := []any{}
		for i, value := range claims {
			if at := pointer + "/" + strconv.Itoa(i); s.isShown(at) {
				array = append(array, s.rest(value, at))
			}
		}
		return array
	}
	return claims
}

// isShown tells whether a claim is always shown, or is one that the holder
// shows, or one that such a claim is within.
func (s *Specification) isShown(pointer string) bool {
	return !slices.Contains(s.Selective, pointer) || slices.ContainsFunc(s.Shown, func(shown string) bool {
		return strings.HasPrefix(shown+"/", pointer+"/")
	})
}
