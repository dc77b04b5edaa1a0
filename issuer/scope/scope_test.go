package scope_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chancery-vc/chancery/issuer/scope"
	"github.com/chancery-vc/chancery/issuer/source"
)

func TestCompile(t *testing.T) {
	got := scope.Compile("civil",
		source.Relation{Table: "births", Key: "number", Columns: []string{"name", "born"}},
		source.Relation{Table: "births", Key: "person", Columns: []string{"name", "place"}},
		source.Relation{Table: "Births", Key: "k", Columns: []string{"k"}})
	want := scope.Scope{Source: "civil", Relations: []scope.Relation{
		{Table: "Births", Keys: []string{"k"}, Columns: []string{"k"}},
		{Table: "births", Keys: []string{"number", "person"}, Columns: []string{"born", "name", "number", "person", "place"}},
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, c := range []struct {
		table, column string
		want          bool
	}{{"births", "place", true}, {"births", "number", true}, {"Births", "place", false}, {"births", "Place", false}, {"deaths", "k", false}} {
		if got.Has(c.table, c.column) != c.want {
			t.Errorf("%s.%s: %v", c.table, c.column, !c.want)
		}
	}
}

func TestProof(t *testing.T) {
	wide := scope.Finding{Kind: scope.Change, Object: "TABLE t", Says: "it may UPDATE on TABLE t", Mend: []string{"REVOKE UPDATE", "REVOKE TWICE"}}
	other := scope.Finding{Kind: scope.Owner, Object: "TABLE u", Says: "it owns TABLE u", Mend: []string{"REASSIGN", "REVOKE TWICE"}}
	missing := scope.Finding{Kind: scope.Missing, Object: "TABLE v", Says: "it may not SELECT"}
	for name, c := range map[string]struct {
		findings   []scope.Finding
		kind       error
		statements []string
	}{
		"proven":        {nil, nil, nil},
		"wide":          {[]scope.Finding{wide, other}, scope.ErrWide, []string{"REVOKE UPDATE", "REVOKE TWICE", "REASSIGN", "GRANT"}},
		"narrow":        {[]scope.Finding{missing}, scope.ErrNarrow, []string{"GRANT"}},
		"wide, and not": {[]scope.Finding{missing, wide}, scope.ErrWide, []string{"REVOKE UPDATE", "REVOKE TWICE", "GRANT"}},
	} {
		t.Run(name, func(t *testing.T) {
			proof := scope.Proof{Source: "civil", Database: "register", Account: "reader", Findings: c.findings, Grants: []string{"GRANT"}}
			if diff := cmp.Diff(c.statements, proof.Statements()); diff != "" {
				t.Errorf("statements (-want +got):\n%s", diff)
			}
			err := proof.Err()
			if !errors.Is(err, c.kind) || (err == nil) != (c.kind == nil) {
				t.Fatalf("got %v", err)
			}
			for _, f := range c.findings {
				if !strings.Contains(err.Error(), f.Says) {
					t.Errorf("it does not say %q: %v", f.Says, err)
				}
			}
			for _, statement := range c.statements {
				if !strings.Contains(err.Error(), "  "+statement+";\n") {
					t.Errorf("it does not print %q: %v", statement, err)
				}
			}
		})
	}
}
