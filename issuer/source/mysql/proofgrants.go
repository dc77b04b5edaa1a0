package mysql

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/chancery-vc/chancery/issuer/scope"
	"github.com/chancery-vc/chancery/issuer/source"
)

// public is the grantee that is everyone.
const public = "PUBLIC"

// granted finds what the account, or everyone, was granted beyond the scope. A
// connection has put its roles down, so that what is listed of them is their
// names.
func (p *prover) granted(ctx context.Context) error {
	rows, err := catalog(ctx, p.tx, "SHOW GRANTS")
	if err != nil {
		return err
	}
	for _, line := range firsts(rows) {
		g, err := parseGrant(line)
		if err != nil {
			return fmt.Errorf("%w: %w", source.ErrShape, err)
		}
		if g.to == p.account || g.to == public { // and not a role
			p.grants = append(p.grants, g)
		}
	}
	for _, g := range p.grants {
		switch g.kind {
		case kindRole, kindDefault:
			if err := p.role(ctx, g); err != nil {
				return err
			}
		case kindProxy:
			p.find(scope.Member, "ACCOUNT "+g.object, p.whose(g, "it may act for the account "+g.object), fmt.Sprintf("REVOKE PROXY ON %s FROM %s", g.object, g.to))
		default:
			p.tooMuch(g)
		}
	}
	return nil
}

// role finds that the account has a role. What a role may do can change behind
// the account's back, so that having none is the rule; the grants give the
// account itself what it needs.
func (p *prover) role(ctx context.Context, g grant) error {
	if g.kind == kindDefault {
		p.find(scope.Member, "ROLE "+g.object, "it takes on the role "+g.object+" when it connects", "SET DEFAULT ROLE NONE FOR "+g.to)
		return nil
	}
	rows, err := catalog(ctx, p.tx, "SELECT GRANTEE, ROLE_NAME FROM information_schema.APPLICABLE_ROLES")
	if err != nil {
		return err
	}
	says := "it may take on the role " + g.object
	if others := becomes(token(g.object).name(), rows); len(others) > 0 {
		says += ", and by that " + quoteAll(others)
	}
	p.find(scope.Member, "ROLE "+g.object, p.whose(g, says), fmt.Sprintf("REVOKE %s FROM %s", g.object, g.to))
	return nil
}

// becomes returns the roles that a role has, and those that they have.
func becomes(role string, rows [][]string) (others []string) {
	for todo := []string{role}; len(todo) > 0; todo = todo[1:] {
		for _, row := range rows {
			if row[0] == todo[0] && row[1] != role && !slices.Contains(others, row[1]) {
				others, todo = append(others, row[1]), append(todo, row[1])
			}
		}
	}
	return others
}

// whose says more of who has a right.
func (p *prover) whose(g grant, says string) string {
	if g.option {
		says += ", and grant that to others"
	}
	if g.to == public {
		says += ", as everyone may: grant it again to those who need it"
	}
	return says
}

// needed tells whether the scope needs a privilege on a column.
func (p *prover) needed(g grant, privilege, column string) bool {
	return privilege == usage || privilege == "SELECT" && g.kind == kindTable && g.database == p.database && g.name != "" && column != "" && p.scope.Has(g.name, column)
}

// tooMuch makes a finding of all privileges of a grant that are alike. One
// statement takes all of them away.
func (p *prover) tooMuch(g grant) {
	beyond := map[scope.Kind][]string{}
	var order []scope.Kind
	var all []string
	for _, each := range g.privileges {
		columns := each.columns
		if len(columns) == 0 {
			columns = []string{""}
		}
		columns = slices.DeleteFunc(slices.Clone(columns), func(column string) bool { return p.needed(g, each.name, column) })
		if len(columns) == 0 {
			continue
		}
		if columns[0] == "" {
			columns = nil
		}
		said, kind := privilege{each.name, columns}.sql(), kindOf(g, each.name)
		if beyond[kind] == nil {
			order = append(order, kind)
		}
		all, beyond[kind] = append(all, said), append(beyond[kind], said)
	}
	object := g.said()
	var mend []string
	if len(all) > 0 {
		mend = append(mend, g.revoke(strings.Join(all, ", ")))
	}
	if g.option {
		mend = append(mend, g.revoke("GRANT OPTION"))
	}
	for _, kind := range order {
		p.find(kind, object, p.whose(g, fmt.Sprintf("it may %s on %s", strings.Join(beyond[kind], ", "), object)), mend...)
	}
	if len(order) == 0 && g.option {
		p.find(scope.Change, object, "it may grant to others what it may on "+object, mend...)
	}
}

// revoke takes privileges of a grant away. Of packages the server knows only in
// Oracle's mode.
func (g grant) revoke(privileges string) string {
	on := g.object
	if g.kind != kindTable {
		on = g.kind + " " + g.object
	}
	statement := fmt.Sprintf("REVOKE %s ON %s FROM %s", privileges, on, g.to)
	if strings.HasPrefix(g.kind, "PACKAGE") {
		return "SET sql_mode = ORACLE; " + statement + "; SET sql_mode = DEFAULT"
	}
	return statement
}

// said is what a person reads.
func (g grant) said() string {
	switch {
	case g.object == "*.*":
		return "the whole server"
	case g.name == "":
		return "DATABASE " + Quote(g.database)
	}
	return g.kind + " " + g.object
}

// kindsOf has what a privilege is for; those of the server that are not among
// them let an account do what it likes there, or nearly.
var kindsOf = map[string]scope.Kind{
	"SELECT": scope.Read, "SHOW VIEW": scope.Read, "SHOW DATABASES": scope.Read, "PROCESS": scope.Read, "SHOW CREATE ROUTINE": scope.Read,
	"BINLOG MONITOR": scope.Read, "SLAVE MONITOR": scope.Read, "REPLICATION SLAVE": scope.Read, "REPLICATION CLIENT": scope.Read,
	"INSERT": scope.Change, "UPDATE": scope.Change, "DELETE": scope.Change, "DELETE HISTORY": scope.Change, "DROP": scope.Change, "ALTER": scope.Change,
	"INDEX": scope.Change, "REFERENCES": scope.Change, "TRIGGER": scope.Change, "EVENT": scope.Change, "ALTER ROUTINE": scope.Change,
	"CREATE": scope.Create, "CREATE VIEW": scope.Create, "CREATE ROUTINE": scope.Create, "CREATE TEMPORARY TABLES": scope.Create, "CREATE TABLESPACE": scope.Create,
	"EXECUTE": scope.Execute, "LOCK TABLES": scope.Use,
}

func kindOf(g grant, privilege string) scope.Kind {
	if kind, ok := kindsOf[privilege]; ok {
		return kind
	}
	if g.object == "*.*" {
		return scope.Role
	}
	return scope.Change
}
