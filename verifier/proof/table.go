package proof

import "fmt"

// Table is the list of suites that a caller allows.
type Table struct{ suites map[string]Suite }

// NewTable returns a table of suites. Naming one twice is an error.
func NewTable(suites ...Suite) (*Table, error) {
	t := &Table{suites: map[string]Suite{}}
	for _, s := range suites {
		if _, ok := t.suites[s.Cryptosuite()]; ok {
			return nil, fmt.Errorf("cryptosuite %s is in the table twice", s.Cryptosuite())
		}
		t.suites[s.Cryptosuite()] = s
	}
	return t, nil
}

// Lookup returns the suite called name, or [ErrSuite].
func (t *Table) Lookup(name string) (Suite, error) {
	if s, ok := t.suites[name]; ok {
		return s, nil
	}
	return nil, fmt.Errorf("%w: %.40q", ErrSuite, name)
}
