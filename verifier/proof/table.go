package proof

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Table is the list of suites that a caller allows.
type Table struct{ suites map[name]Suite }

// name is how a proof names its suite: by its cryptosuite if its type is
// [TypeDataIntegrity], by its type alone otherwise.
type name struct{ proofType, cryptosuite string }

func (n name) String() string { return cmp.Or(n.cryptosuite, n.proofType) }

// NewTable returns a table of suites. Naming one twice is an error.
func NewTable(suites ...Suite) (*Table, error) {
	t := &Table{suites: map[name]Suite{}}
	for _, s := range suites {
		n := name{s.Type(), s.Cryptosuite()}
		if (n.proofType == TypeDataIntegrity) != (n.cryptosuite != "") {
			return nil, fmt.Errorf("a suite of the type %q has the cryptosuite %q", n.proofType, n.cryptosuite)
		}
		if _, ok := t.suites[n]; ok {
			return nil, fmt.Errorf("cryptosuite %s is in the table twice", n)
		}
		t.suites[n] = s
	}
	return t, nil
}

// Lookup returns the suite of proofs with a type and a cryptosuite, which is
// empty for none, or [ErrSuite].
func (t *Table) Lookup(proofType, cryptosuite string) (Suite, error) {
	if s, ok := t.suites[name{proofType, cryptosuite}]; ok {
		return s, nil
	}
	return nil, fmt.Errorf("%w: type %.40q, cryptosuite %.40q; allowed: %s", ErrSuite, proofType, cryptosuite, strings.Join(t.names(), ", "))
}

func (t *Table) names() []string {
	var names []string
	for _, n := range t.sorted() {
		names = append(names, n.String())
	}
	return names
}

// Suites returns the suites of the table, by their names.
func (t *Table) Suites() []Suite {
	var suites []Suite
	for _, n := range t.sorted() {
		suites = append(suites, t.suites[n])
	}
	return suites
}

func (t *Table) sorted() []name {
	return slices.SortedFunc(maps.Keys(t.suites), func(a, b name) int { return cmp.Compare(a.String(), b.String()) })
}
