package issuer_test

import (
	"context"
	"crypto/rand"
	"errors"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chancery-vc/chancery/internal/issuertest"
	"github.com/chancery-vc/chancery/issuer"
	"github.com/chancery-vc/chancery/issuer/source"
)

// onlyKnown filters for the record that every register has, by a column that no
// claim names.
var onlyKnown = issuertest.Replace("    validity:", "    where: {remarks: [kept, \"it's\"]}\n    validity:")

// TestWhere: a record that the filter leaves out is refused as one that is not
// there, no column of the filter is in what leaves, and it is explained.
func TestWhere(t *testing.T) {
	dir := issuertest.Folder(t, 3, onlyKnown)
	mark := func(statement string) {
		t.Helper()
		must(t, issuertest.Exec(context.Background(), filepath.Join(dir, "births.db"), statement))
	}
	mark("UPDATE births SET remarks = 'kept' WHERE registration_number = '" + known().Key + "'")
	clock := issuertest.NewClock()
	i := issuertest.Open(t, dir, clock)
	answer(t, i, known())
	other := known()
	other.Key = issuertest.Births(t, 3)[1].RegistrationNumber
	if _, err := i.Answer(t.Context(), other); !errors.Is(err, issuer.ErrRefused) || !errors.Is(err, source.ErrNone) {
		t.Errorf("a record that is left out: %v", err)
	}
	mark("UPDATE births SET remarks = 'cancelled'")
	if _, err := i.Answer(t.Context(), known()); !errors.Is(err, issuer.ErrRefused) || !errors.Is(err, source.ErrNone) {
		t.Errorf("a record that is left out by now: %v", err)
	}
	e, err := issuer.Explain(t.Context(), issuertest.Load(t, dir), issuer.Environment{Now: clock.Now, Random: rand.Reader})
	must(t, err)
	p := e.Callers[0].Profiles[0]
	if diff := cmp.Diff([]source.Condition{{Column: "remarks", Values: []string{"kept", "it's"}}}, p.Filter); diff != "" || slices.Contains(p.Columns, "remarks") {
		t.Errorf("columns %v (-want +got):\n%s", p.Columns, diff)
	}
}

// TestWhereOfNoColumn: a filter on what the register does not have is found at
// the start.
func TestWhereOfNoColumn(t *testing.T) {
	dir := issuertest.Folder(t, 1, issuertest.Replace("    validity:", "    where: {state: [a]}\n    validity:"))
	if err := open(issuertest.Load(t, dir), rand.Reader); !errors.Is(err, source.ErrShape) {
		t.Errorf("got %v, want ErrShape", err)
	}
}
