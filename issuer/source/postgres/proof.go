package postgres

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/chancery-vc/chancery/issuer/scope"
	"github.com/chancery-vc/chancery/issuer/source"
)

// maxRights caps how many rights, and how many objects owned, are looked at: an
// account with more is no account for reading.
const maxRights = 20000

// checked says what a proof looks at, and what no grant can take away.
var checked = []string{
	"attributes of the account, memberships in roles, ownership",
	"rights of the account and of PUBLIC on relations, columns, sequences, schemas, databases, tablespaces, languages, foreign-data wrappers, foreign servers, large objects and parameters",
	"default rights on what does not exist yet",
	"functions that run with their owner's rights, in an untrusted language, of the extension dblink, or that make large objects or write to the log",
	"not what functions of other extensions do in C, which are taken to do no more than who calls them may",
	"not the system's catalogs as PostgreSQL sets them up, which every account reads: names of relations, columns and roles, never records",
	"not what every account may do to itself: its own password and settings, notifications, advisory locks",
}

// prover holds one account against a scope.
type prover struct {
	scope    scope.Scope
	schema   string
	account  string
	database string
	version  int // server_version_num
}

// Prove holds the account that db reads as against a scope, by the database's
// own catalogs, in one snapshot. What it finds is in the proof; its error says
// that the catalogs could not be read.
func (d *DB) Prove(ctx context.Context, s scope.Scope, now time.Time) (scope.Proof, error) {
	var proof scope.Proof
	err := d.use(ctx, pageTimeout, func(ctx context.Context, c *conn) error {
		p := prover{scope: s, schema: d.schema}
		proof = scope.Proof{Source: s.Source, At: now, Checked: checked}
		return c.inSnapshot(ctx, func() error { return p.prove(ctx, c, &proof) })
	})
	if err != nil {
		return scope.Proof{}, fmt.Errorf("prove the scope of source %s: %w", s.Source, err)
	}
	return proof, nil
}

// inSnapshot has do read in one transaction.
func (c *conn) inSnapshot(ctx context.Context, do func() error) error {
	for _, s := range []statement{beginSnapshot, takeTime} {
		if _, err := c.Exec(ctx, s.sql).ReadAll(); err != nil {
			return err
		}
	}
	err := do()
	_, end := c.Exec(ctx, commit.sql).ReadAll()
	return first(err, end)
}

func (p *prover) prove(ctx context.Context, c *conn, proof *scope.Proof) error {
	who, err := c.catalog(ctx, `SELECT current_user::text, current_database()::text, current_setting('server_version_num'), current_setting('server_version')`)
	if err != nil {
		return err
	}
	p.account, p.database = who[0][0], who[0][1]
	if p.version, err = strconv.Atoi(who[0][2]); err != nil {
		return fmt.Errorf("%w: server_version_num: %w", source.ErrShape, err)
	}
	proof.Account, proof.Database, proof.Server = p.account, p.database, "PostgreSQL "+who[0][3]
	proof.Grants = p.grants()
	for _, look := range []func(context.Context, *conn) ([]scope.Finding, error){p.attributes, p.memberships, p.owned, p.settings, p.rights, p.missing} {
		findings, err := look(ctx, c)
		if err != nil {
			return err
		}
		proof.Findings = append(proof.Findings, findings...)
	}
	return nil
}

// catalog returns the rows of a fixed statement, where NULL is an empty text.
func (c *conn) catalog(ctx context.Context, sql string, args ...string) (rows [][]string, err error) {
	result := c.ExecParams(ctx, sql, texts(args), nil, nil, nil).Read()
	if result.Err != nil {
		return nil, result.Err
	}
	for _, values := range result.Rows {
		row := make([]string, len(values))
		for i, value := range values {
			row[i] = string(value)
		}
		rows = append(rows, row)
	}
	if len(rows) >= maxRights {
		return nil, fmt.Errorf("%w: the account, or PUBLIC, has more than %d rights: make an account of its own", source.ErrShape, maxRights)
	}
	return rows, nil
}

// grants are the statements that let the account read the scope.
func (p *prover) grants() []string {
	to := " TO " + Quote(p.account)
	grants := []string{
		"GRANT CONNECT ON DATABASE " + Quote(p.database) + to,
		"GRANT USAGE ON SCHEMA " + Quote(p.schema) + to,
	}
	for _, r := range p.scope.Relations {
		names := make([]string, len(r.Columns))
		for i, column := range r.Columns {
			names[i] = Quote(column)
		}
		grants = append(grants, fmt.Sprintf("GRANT SELECT (%s) ON TABLE %s.%s%s", strings.Join(names, ", "), Quote(p.schema), Quote(r.Table), to))
	}
	return grants
}

// missing finds what the account cannot read of the scope, by whatever right.
func (p *prover) missing(ctx context.Context, c *conn) ([]scope.Finding, error) {
	var findings []scope.Finding
	usage, err := c.catalog(ctx, `SELECT has_schema_privilege(n.oid, 'USAGE')::text FROM pg_namespace n WHERE n.nspname::text = $1::text`, p.schema)
	if err != nil {
		return nil, err
	}
	if len(usage) == 0 || usage[0][0] != "true" {
		findings = append(findings, scope.Finding{
			Kind: scope.Missing, Object: "SCHEMA " + Quote(p.schema), Says: "it may not use the schema " + Quote(p.schema),
		})
	}
	for _, r := range p.scope.Relations {
		rows, err := c.catalog(ctx, `SELECT a.attname::text FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname::text = $1::text AND c.relname::text = $2::text AND a.attnum > 0 AND NOT a.attisdropped AND has_column_privilege(c.oid, a.attnum, 'SELECT')`, p.schema, r.Table)
		if err != nil {
			return nil, err
		}
		readable := map[string]bool{}
		for _, name := range firsts(rows) {
			readable[name] = true
		}
		for _, column := range r.Columns {
			if !readable[column] {
				object := fmt.Sprintf("TABLE %s.%s", Quote(p.schema), Quote(r.Table))
				findings = append(findings, scope.Finding{
					Kind: scope.Missing, Object: object, Says: fmt.Sprintf("it may not SELECT the column %s of %s", Quote(column), object),
				})
			}
		}
	}
	return findings, nil
}
