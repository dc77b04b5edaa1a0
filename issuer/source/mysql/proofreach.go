package mysql

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/chancery-vc/chancery/issuer/scope"
)

// denied are the numbers of errors that say that the account may not.
var denied = []uint16{errDatabaseDenied, errTableDenied, errColumnDenied, 1227, 1370}

// columns finds what the account cannot read of the scope, by whatever right.
func (p *prover) columns(ctx context.Context) error {
	rows, err := catalog(ctx, p.tx, "SELECT TABLE_NAME, COLUMN_NAME, PRIVILEGES FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = ?", p.database)
	if err != nil {
		return err
	}
	for _, row := range rows {
		if slices.Contains(strings.Split(row[2], ","), "select") {
			p.visible[row[0]] = append(p.visible[row[0]], row[1])
		}
	}
	for _, r := range p.scope.Relations {
		for _, column := range r.Columns {
			if !slices.Contains(p.visible[r.Table], column) {
				object := "TABLE " + p.relation(r.Table)
				p.find(scope.Missing, object, fmt.Sprintf("it may not SELECT the column %s of %s", Quote(column), object))
			}
		}
	}
	return nil
}

// hidden finds columns of the scope's relations that are not in the scope. That
// they were not granted does not keep them: HANDLER gives whole rows of a table
// of which one column was granted, and NATURAL JOIN tells what is in any column
// of a view.
func (p *prover) hidden(ctx context.Context) error {
	for _, r := range p.scope.Relations {
		if slices.ContainsFunc(r.Columns, func(column string) bool { return !slices.Contains(p.visible[r.Table], column) }) {
			continue // it is found to be too narrow
		}
		more, err := p.more(ctx, r)
		if err != nil {
			return err
		}
		if more {
			p.instead(r)
		}
	}
	return nil
}

// more tells whether a relation has columns that are not in the scope.
func (p *prover) more(ctx context.Context, r scope.Relation) (bool, error) {
	rows, err := p.tx.QueryContext(ctx, "SELECT * FROM "+p.relation(r.Table)+" LIMIT 0")
	if slices.Contains(denied, number(err)) {
		return true, nil
	}
	if err != nil {
		return false, err
	}
	defer rows.Close()
	names, err := rows.Columns()
	return slices.ContainsFunc(names, func(name string) bool { return !slices.Contains(r.Columns, name) }), err
}

// maxName is how many characters a name may have.
const maxName = 64

// instead finds that a view has to stand for a relation.
func (p *prover) instead(r scope.Relation) {
	name := []rune("chancery_" + r.Table)
	view := string(name[:min(len(name), maxName)])
	p.views[r.Table] = view
	mend := []string{fmt.Sprintf("CREATE SQL SECURITY DEFINER VIEW %s AS SELECT %s FROM %s", p.relation(view), quoteAll(r.Columns), p.relation(r.Table))}
	for _, g := range p.grants {
		if g.kind != kindTable || g.database != p.database || g.name != r.Table {
			continue
		}
		for _, each := range g.privileges {
			columns := slices.DeleteFunc(slices.Clone(each.columns), func(column string) bool { return !p.needed(g, each.name, column) })
			if len(columns) > 0 {
				mend = append(mend, g.revoke(privilege{each.name, columns}.sql()))
			}
		}
	}
	object := "TABLE " + p.relation(r.Table)
	p.find(scope.Read, object, fmt.Sprintf("%s has columns beyond the scope, and HANDLER and NATURAL JOIN read them whatever was granted: "+
		"have a view with the scope's columns alone, and name it, %s, as the table in the configuration", object, Quote(view)), mend...)
}

// shown finds what the server shows the account that it was not granted by a
// name of its own: a right of an account of the same name on another host, or of
// everyone, holds for it too.
func (p *prover) shown(ctx context.Context) error {
	for _, each := range []struct{ what, query string }{
		{"DATABASE", "SELECT SCHEMA_NAME, NULL FROM information_schema.SCHEMATA WHERE SCHEMA_NAME NOT IN ('information_schema', ?)"},
		{"TABLE", "SELECT TABLE_SCHEMA, TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = ?"},
		{"ROUTINE", "SELECT ROUTINE_SCHEMA, ROUTINE_NAME FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = ? AND DEFINER <> CURRENT_USER()"},
		{"CHANGES OF", "SELECT DISTINCT TABLE_SCHEMA, TABLE_NAME FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = ? AND PRIVILEGES NOT IN ('', 'select')"},
	} {
		rows, err := catalog(ctx, p.tx, each.query, p.database)
		if err != nil {
			return err
		}
		for _, row := range rows {
			p.show(each.what, row[0], row[1])
		}
	}
	return nil
}

func (p *prover) show(what, database, name string) {
	object, says := what+" "+Quote(database), "the server shows it the database "+Quote(database)
	switch what {
	case "TABLE":
		if slices.ContainsFunc(p.scope.Relations, func(r scope.Relation) bool { return r.Table == name }) {
			return
		}
		object, says = "TABLE "+p.relation(name), "the server shows it TABLE "+p.relation(name)
	case "ROUTINE":
		object, says = "ROUTINE "+p.relation(name), "it may do something with ROUTINE "+p.relation(name)
	case "CHANGES OF":
		object, says = "TABLE "+p.relation(name), "it may change TABLE "+p.relation(name)
	}
	kind := map[string]scope.Kind{"ROUTINE": scope.Execute, "CHANGES OF": scope.Change}[what]
	if kind == "" {
		kind = scope.Read
	}
	p.shadow(kind, object, says, database, name)
}

// shadow finds what no grant explains.
func (p *prover) shadow(kind scope.Kind, object, says, database, name string) {
	if slices.ContainsFunc(p.grants, func(g grant) bool { return p.beyond(g) && g.covers(database, name) }) {
		return
	}
	p.find(kind, object, says+", by a right of an account of the same name on another host, or of everyone, which its own grants do not list: give it a name of its own, "+
		"or take away those rights", p.unshadow(database)...)
}

// beyond tells whether a grant was found to be too much.
func (p *prover) beyond(g grant) bool {
	return g.option || slices.ContainsFunc(g.privileges, func(each privilege) bool {
		return len(each.columns) == 0 && each.name != usage || slices.ContainsFunc(each.columns, func(column string) bool { return !p.needed(g, each.name, column) })
	})
}

// unshadow takes away what others of the account's name, and everyone, may do in
// a database. There may be no such account, so that REVOKE cannot.
func (p *prover) unshadow(database string) []string {
	others := fmt.Sprintf("WHERE User IN ('', %[1]s) AND NOT (User = %[1]s AND Host = %[2]s)", literal(p.user), literal(p.host))
	statements := []string{fmt.Sprintf("DELETE FROM mysql.db %s AND %s LIKE Db", others, literal(database))}
	for _, table := range []string{"tables_priv", "columns_priv", "procs_priv"} {
		statements = append(statements, fmt.Sprintf("DELETE FROM mysql.%s %s AND Db = %s", table, others, literal(database)))
	}
	return append(statements, "FLUSH PRIVILEGES")
}

// literal is a text as SQL, whatever the sql_mode.
func literal(s string) string {
	if strings.ContainsAny(s, `'\`) {
		return fmt.Sprintf("_utf8mb4 X'%X'", s)
	}
	return "'" + s + "'"
}

// probe is a statement that the account must not have compiled, or shown.
type probe struct {
	sql   string
	shows bool // it is run: it shows something and does nothing
	kind  scope.Kind
	says  string
}

// shadows finds what the account can do by rights that nothing lists. The
// statements that would write are compiled by the server, which is when it looks
// at rights, and never run.
func (p *prover) shadows(ctx context.Context) error {
	const unused = "chancery_probe"
	in := "DATABASE " + Quote(p.database)
	probes := []probe{
		{"CREATE TABLE " + p.relation(unused) + " (a INT)", false, scope.Create, "it may CREATE tables in " + in},
		{"CREATE TEMPORARY TABLE " + p.relation(unused) + " (a INT)", false, scope.Create, "it may CREATE TEMPORARY TABLES in " + in},
		{"CREATE VIEW " + p.relation(unused) + " AS SELECT 1", false, scope.Create, "it may CREATE VIEW in " + in},
		{"SHOW EVENTS FROM " + Quote(p.database), true, scope.Change, "it may change EVENTs of " + in},
	}
	for _, r := range p.scope.Relations {
		probes = append(probes,
			probe{"DELETE FROM " + p.relation(r.Table), false, scope.Change, "it may DELETE on TABLE " + p.relation(r.Table)},
			probe{"SHOW CREATE TABLE " + p.relation(r.Table), true, scope.Change, "it may do more with TABLE " + p.relation(r.Table) + " than read columns"})
	}
	for _, each := range probes {
		may, err := p.may(ctx, each)
		if err != nil {
			return err
		}
		if may {
			p.shadow(each.kind, in, each.says, p.database, "")
		}
	}
	return nil
}

// may tells whether the server lets the account do what a probe does.
func (p *prover) may(ctx context.Context, each probe) (bool, error) {
	var err error
	if each.shows {
		_, err = catalog(ctx, p.tx, each.sql)
	} else if statement, failed := p.tx.PrepareContext(ctx, each.sql); failed == nil {
		err = statement.Close()
	} else {
		err = failed
	}
	if err != nil && number(err) == 0 {
		return false, err // and not the server's word
	}
	return !slices.Contains(denied, number(err)), nil
}
