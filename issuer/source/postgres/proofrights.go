package postgres

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/chancery-vc/chancery/issuer/scope"
)

// rightsOf is a query for the rights on one kind of object. But for from, where
// and since, its parts are SQL expressions.
type rightsOf struct {
	class    string
	identity string // as right has it, and so the next three; empty ones are left out
	schema   string
	name     string
	column   string
	acl      string
	owner    string
	from     string
	where    string // beside that the grantee is the account or PUBLIC
	since    int    // the first server_version_num that has it
}

// sql selects the fields of right. Rights of an owner on its own are left out:
// owning is a finding by itself.
func (r rightsOf) sql() string {
	return fmt.Sprintf(`SELECT %s, %s, %s, %s, %s, x.privilege_type, x.is_grantable::text, (x.grantee = 0)::text,
CASE WHEN x.grantor <> %[6]s THEN pg_get_userbyid(x.grantor)::text END
FROM %[7]s, aclexplode(%[8]s) x
WHERE x.grantee IN (0, (SELECT oid FROM pg_roles WHERE rolname = current_user)) AND x.grantee <> %[6]s AND %[9]s
ORDER BY 2, 5, 8, 9, 6 LIMIT %[10]d`, r.class, r.identity, cmp.Or(r.schema, "NULL"), cmp.Or(r.name, "NULL"), cmp.Or(r.column, "NULL"),
		r.owner, r.from, r.acl, cmp.Or(r.where, "true"), maxRights)
}

// quoted and qualified are identities of objects without and with a schema.
func quoted(name string) string { return "format('%I', " + name + ")" }

func qualified(name string) string { return "format('%I.%I', n.nspname, " + name + ")" }

// asMade leaves out what every account may do with the system's own objects
// since the server was made (pg_init_privs).
func asMade(catalog, oid, part string) string {
	return fmt.Sprintf(`NOT (x.grantee = 0 AND EXISTS (SELECT FROM pg_init_privs i, aclexplode(i.initprivs) y
	WHERE i.classoid = '%s'::regclass AND i.objoid = %s AND i.objsubid = %s AND i.privtype = 'i' AND y.grantee = 0 AND y.privilege_type = x.privilege_type))`, catalog, oid, part)
}

const namespaceOf = " JOIN pg_namespace n ON n.oid = "

// routine tells which functions are more than their text with the account's own
// rights. Everyone may call a function unless that is revoked, so that the
// harmless ones must be left out: those of the system as it was made, and those
// that run with the rights of who calls them. A trigger's function cannot be
// called.
const routine = `(x.grantee <> 0 OR p.prorettype NOT IN ('trigger'::regtype, 'event_trigger'::regtype) AND (
	p.prosecdef
	OR n.nspname = 'pg_catalog' AND p.proname IN ('lo_creat', 'lo_create', 'lo_from_bytea', 'pg_logical_emit_message')
	OR EXISTS (SELECT FROM pg_init_privs i WHERE i.classoid = 'pg_proc'::regclass AND i.objoid = p.oid AND i.privtype = 'i'
		AND NOT EXISTS (SELECT FROM aclexplode(i.initprivs) y WHERE y.grantee = 0 AND y.privilege_type = 'EXECUTE'))
	OR EXISTS (SELECT FROM pg_language l WHERE l.oid = p.prolang AND NOT l.lanpltrusted AND (l.lanname NOT IN ('internal', 'c')
		OR n.nspname <> 'pg_catalog' AND p.oid >= 16384 AND NOT EXISTS (SELECT FROM pg_depend d JOIN pg_extension e ON e.oid = d.refobjid
			WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e' AND e.extname <> 'dblink')))))`

// allRights are the queries for all rights that an account can have. Those on
// types are not among them: they give nothing to read.
var allRights = []rightsOf{
	{
		class: "CASE c.relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END", identity: qualified("c.relname"), schema: "n.nspname", name: "c.relname",
		acl: "c.relacl", owner: "c.relowner", from: "pg_class c" + namespaceOf + "c.relnamespace",
		// The information schema, which shows each account what it may use, is
		// made too late for pg_init_privs.
		where: asMade("pg_class", "c.oid", "0") + ` AND NOT (x.grantee = 0 AND x.privilege_type = 'SELECT'
			AND n.nspname = 'information_schema' AND c.oid < 16384 AND c.relname NOT LIKE '\_pg\_%')`,
	},
	{
		class: "'TABLE'", identity: qualified("c.relname"), schema: "n.nspname", name: "c.relname", column: "a.attname",
		acl: "a.attacl", owner: "c.relowner", from: "pg_attribute a JOIN pg_class c ON c.oid = a.attrelid" + namespaceOf + "c.relnamespace",
		where: "NOT a.attisdropped AND " + asMade("pg_class", "c.oid", "a.attnum"),
	},
	{class: "'SCHEMA'", identity: quoted("n.nspname"), name: "n.nspname", acl: "n.nspacl", owner: "n.nspowner", from: "pg_namespace n"},
	{
		class: "'DATABASE'", identity: quoted("d.datname"), name: "d.datname",
		acl: "coalesce(d.datacl, acldefault('d', d.datdba))", owner: "d.datdba", from: "pg_database d", where: "d.datallowconn",
	},
	{
		class: "'ROUTINE'", identity: "format('%I.%I(%s)', n.nspname, p.proname, oidvectortypes(p.proargtypes))",
		acl: "coalesce(p.proacl, acldefault('f', p.proowner))", owner: "p.proowner", from: "pg_proc p" + namespaceOf + "p.pronamespace", where: routine,
	},
	{class: "'LANGUAGE'", identity: quoted("l.lanname"), acl: "l.lanacl", owner: "l.lanowner", from: "pg_language l", where: "x.grantee <> 0"},
	{class: "'FOREIGN DATA WRAPPER'", identity: quoted("f.fdwname"), acl: "f.fdwacl", owner: "f.fdwowner", from: "pg_foreign_data_wrapper f"},
	{class: "'FOREIGN SERVER'", identity: quoted("f.srvname"), acl: "f.srvacl", owner: "f.srvowner", from: "pg_foreign_server f"},
	{class: "'TABLESPACE'", identity: quoted("s.spcname"), acl: "s.spcacl", owner: "s.spcowner", from: "pg_tablespace s"},
	{class: "'LARGE OBJECT'", identity: "l.oid::text", acl: "l.lomacl", owner: "l.lomowner", from: "pg_largeobject_metadata l"},
	{class: "'PARAMETER'", identity: "p.parname", acl: "p.paracl", owner: "10::oid", from: "pg_parameter_acl p", since: 150000},
	{
		class: "format('" + alterDefault + "FOR ROLE %I', pg_get_userbyid(d.defaclrole)) || CASE WHEN n.oid IS NULL THEN '' ELSE format(' IN SCHEMA %I', n.nspname) END",
		identity: `CASE d.defaclobjtype WHEN 'r' THEN 'TABLES' WHEN 'S' THEN 'SEQUENCES' WHEN 'f' THEN 'FUNCTIONS'
			WHEN 'T' THEN 'TYPES' WHEN 'n' THEN 'SCHEMAS' ELSE 'LARGE OBJECTS' END`,
		acl: "d.defaclacl", owner: "d.defaclrole", from: "pg_default_acl d LEFT JOIN pg_namespace n ON n.oid = d.defaclnamespace",
		where: "NOT (x.grantee = 0 AND d.defaclobjtype IN ('f', 'T'))", // which PUBLIC has from the beginning
	},
}

// rights finds what the account, or everyone, was granted beyond the scope.
func (p *prover) rights(ctx context.Context, c *conn) ([]scope.Finding, error) {
	var findings []scope.Finding
	for _, of := range allRights {
		if p.version < of.since {
			continue
		}
		rows, err := c.catalog(ctx, of.sql())
		if err != nil {
			return nil, fmt.Errorf("rights on %s: %w", of.from, err)
		}
		findings = append(findings, p.tooMuch(rows)...)
	}
	return findings, nil
}

// tooMuch makes a finding of all rights that are alike.
func (p *prover) tooMuch(rows [][]string) []scope.Finding {
	var beyond []right
	for _, row := range rows {
		r := right{row[0], row[1], row[2], row[3], row[4], row[5], row[6] == "true", row[7] == "true", row[8]}
		if !p.needed(r) {
			beyond = append(beyond, r)
		}
	}
	slices.SortStableFunc(beyond, func(a, b right) int { return cmp.Compare(a.likeness(), b.likeness()) })
	var findings []scope.Finding
	for len(beyond) > 0 {
		n := slices.IndexFunc(beyond, func(r right) bool { return r.likeness() != beyond[0].likeness() })
		if n < 0 {
			n = len(beyond)
		}
		findings = append(findings, p.finding(beyond[:n]))
		beyond = beyond[n:]
	}
	return findings
}

// likeness is the same for rights of one kind on one object that differ in
// nothing but the privilege.
func (r right) likeness() string {
	return fmt.Sprintf("%q", []string{r.identity, r.class, r.column, fmt.Sprint(r.public), r.grantor, string(r.kind())})
}
