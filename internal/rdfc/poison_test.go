package rdfc

import (
	"fmt"
	"strings"
)

func blank(i int) Term { return Term{Kind: Blank, Value: fmt.Sprint("n", i)} }

func named(iri string) Term { return Term{Kind: IRI, Value: iri} }

func plain(s string) Term { return Term{Kind: Literal, Value: s, Datatype: xsdString} }

// edges makes a dataset of blank nodes joined by one predicate.
func edges(predicate string, pairs ...[2]int) []Quad {
	var quads []Quad
	for _, p := range pairs {
		quads = append(quads, Quad{Subject: blank(p[0]), Predicate: named(predicate), Object: blank(p[1])})
	}
	return quads
}

func clique(n int) (pairs [][2]int) {
	for i := range n * n {
		if i/n != i%n {
			pairs = append(pairs, [2]int{i / n, i % n})
		}
	}
	return pairs
}

func ring(n int) (pairs [][2]int) {
	for i := range n {
		pairs = append(pairs, [2]int{i, (i + 1) % n})
	}
	return pairs
}

// stars is n blank nodes with so many alike leaves each.
func stars(n, leaves int) (pairs [][2]int) {
	for i := range n * leaves {
		pairs = append(pairs, [2]int{i % n, n + i})
	}
	return pairs
}

// poisons are datasets of each sort known to make the algorithm slow: many
// permutations, long lists to permute, deep recursion, and long input to hash.
func poisons() map[string][]Quad {
	return map[string][]Quad{
		"clique":          edges("urn:p", clique(10)...),
		"large clique":    edges("urn:p", clique(200)...),
		"stars":           edges("urn:p", stars(2, 10)...),
		"large stars":     edges("urn:p", stars(2, 30000)...),
		"ring":            edges("urn:p", ring(1000)...),
		"large ring":      edges("urn:p", ring(60000)...),
		"long predicates": edges("urn:"+strings.Repeat("p", 100_000), clique(8)...),
	}
}
