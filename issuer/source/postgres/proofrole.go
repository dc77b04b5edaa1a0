package postgres

import (
	"context"
	"fmt"
	"strings"

	"github.com/chancery-vc/chancery/issuer/scope"
)

// attributes finds what the account may do by being what it is.
func (p *prover) attributes(ctx context.Context, c *conn) ([]scope.Finding, error) {
	rows, err := c.catalog(ctx, `SELECT (oid = 10)::text, rolsuper::text, rolcreaterole::text, rolcreatedb::text, rolreplication::text, rolbypassrls::text
FROM pg_roles WHERE rolname = current_user`)
	if err != nil {
		return nil, err
	}
	var findings []scope.Finding
	object := "ROLE " + Quote(p.account)
	for i, attribute := range []struct{ name, says string }{
		{"", "it is the superuser that the server was made with: make an account of its own for reading"},
		{"SUPERUSER", "it is a superuser: no right is denied to it"},
		{"CREATEROLE", "it may make and change roles"},
		{"CREATEDB", "it may make databases"},
		{"REPLICATION", "it may read all records of all databases by replication"},
		{"BYPASSRLS", "no row security policy holds for it"},
	} {
		if rows[0][i] != "true" {
			continue
		}
		finding := scope.Finding{Kind: scope.Role, Object: object, Says: attribute.says}
		if attribute.name != "" {
			finding.Mend = []string{"ALTER ROLE " + Quote(p.account) + " NO" + attribute.name}
		}
		findings = append(findings, finding)
	}
	return findings, nil
}

// selectMemberships has the roles that the account is a member of, with all
// that it can become by each of them. Whether it inherits their rights or needs
// SET ROLE for them makes no difference here.
const selectMemberships = `WITH RECURSIVE via(direct, role) AS (
	SELECT m.roleid, m.roleid FROM pg_auth_members m WHERE m.member = (SELECT oid FROM pg_roles WHERE rolname = current_user)
	UNION SELECT v.direct, m.roleid FROM via v JOIN pg_auth_members m ON m.member = v.role)
SELECT pg_get_userbyid(m.roleid), pg_get_userbyid(m.grantor), m.admin_option::text,
	(SELECT coalesce(string_agg(format('%I', r.rolname), ', ' ORDER BY r.rolname), '') FROM via v JOIN pg_roles r ON r.oid = v.role WHERE v.direct = m.roleid AND v.role <> m.roleid),
	(SELECT bool_or(r.rolsuper)::text FROM via v JOIN pg_roles r ON r.oid = v.role WHERE v.direct = m.roleid)
FROM pg_auth_members m WHERE m.member = (SELECT oid FROM pg_roles WHERE rolname = current_user) ORDER BY 1, 2`

// memberships finds every role that the account is a member of, predefined ones
// too. What a role may do can change behind the account's back, so that being in
// none is the rule; the grants give the account itself what it needs.
func (p *prover) memberships(ctx context.Context, c *conn) ([]scope.Finding, error) {
	rows, err := c.catalog(ctx, selectMemberships)
	if err != nil {
		return nil, err
	}
	var findings []scope.Finding
	for _, row := range rows {
		role, grantor := Quote(row[0]), Quote(row[1])
		says := "it is a member of " + role
		if row[3] != "" {
			says += ", and by that of " + row[3]
		}
		if row[4] == "true" {
			says += ", and can become a superuser"
		}
		mend := fmt.Sprintf("REVOKE %s FROM %s", role, Quote(p.account))
		if p.version >= 160000 {
			mend += " GRANTED BY " + grantor
		}
		if row[2] == "true" {
			says += "; it may make others members"
			mend += " CASCADE"
		}
		findings = append(findings, scope.Finding{Kind: scope.Member, Object: "ROLE " + role, Says: says, Mend: []string{mend}})
	}
	return findings, nil
}

// owned finds what the account owns in this database, and databases and
// tablespaces. An owner can grant itself whatever was revoked.
func (p *prover) owned(ctx context.Context, c *conn) ([]scope.Finding, error) {
	rows, err := c.catalog(ctx, fmt.Sprintf(`SELECT DISTINCT i.type, i.identity FROM pg_shdepend s, pg_identify_object(s.classid, s.objid, s.objsubid) i
WHERE s.refclassid = 'pg_authid'::regclass AND s.refobjid = (SELECT oid FROM pg_roles WHERE rolname = current_user) AND s.deptype = 'o'
AND s.dbid IN (0, (SELECT oid FROM pg_database WHERE datname = current_database())) ORDER BY 1, 2 LIMIT %d`, maxRights))
	if err != nil {
		return nil, err
	}
	var findings []scope.Finding
	for _, row := range rows {
		object := strings.ToUpper(row[0]) + " " + row[1]
		findings = append(findings, scope.Finding{
			Kind: scope.Owner, Object: object, Says: "it owns " + object,
			Mend: []string{"REASSIGN OWNED BY " + Quote(p.account) + " TO CURRENT_USER"},
		})
	}
	return findings, nil
}

// settings finds the setting that lets every account read and write all large
// objects.
func (p *prover) settings(ctx context.Context, c *conn) ([]scope.Finding, error) {
	rows, err := c.catalog(ctx, `SELECT current_setting('lo_compat_privileges')`)
	if err != nil || rows[0][0] != "on" {
		return nil, err
	}
	const name = "lo_compat_privileges"
	return []scope.Finding{{
		Kind: scope.Setting, Object: "PARAMETER " + name, Says: "by the setting " + name + " it may read and write every large object",
		Mend: []string{
			"ALTER SYSTEM RESET " + name, "ALTER DATABASE " + Quote(p.database) + " RESET " + name,
			"ALTER ROLE " + Quote(p.account) + " RESET " + name,
			"ALTER ROLE " + Quote(p.account) + " IN DATABASE " + Quote(p.database) + " RESET " + name,
			"SELECT pg_reload_conf()",
		},
	}}, nil
}
