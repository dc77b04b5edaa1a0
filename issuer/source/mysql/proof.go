package mysql

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"

	"github.com/chancery-vc/chancery/issuer/scope"
)

// maxRights caps how many rights and names are looked at: an account with more
// is no account for reading.
const maxRights = 20000

// checked says what a proof looks at, and what no grant can take away.
var checked = []string{
	"rights of the account and of PUBLIC on the server, databases, relations, columns and routines, and to act for other accounts (SHOW GRANTS)",
	"roles of the account and of PUBLIC, of which it may have none",
	"databases, relations, columns and routines that the server shows the account by rights that SHOW GRANTS does not list: of an account of the same name on another host, or of everyone",
	"whether the server would compile statements that write, create or show what the account may not",
	"columns of the scope's relations that were not granted, which HANDLER and NATURAL JOIN read",
	"not rights to lock tables, or on routines where there is none, that an account of the same name on another host has in the database: no statement shows them",
	"not what a view of the scope does with the rights of its definer",
	"not what every account may do: names and sizes in the information schema, advisory locks, its own password and settings",
}

// prover holds one account against a scope.
type prover struct {
	scope    scope.Scope
	tx       *sql.Tx
	database string
	account  string // as SQL
	user     string
	host     string
	server   string              // product and version
	grants   []grant             // of the account and of PUBLIC
	visible  map[string][]string // columns that the account may read, by table
	views    map[string]string   // that are to stand for tables of the scope
	findings []scope.Finding
}

// Prove holds the account that db reads as against a scope, by what the server
// says of it. What it finds is in the proof; its error says that the server did
// not say.
func (d *DB) Prove(ctx context.Context, s scope.Scope, now time.Time) (scope.Proof, error) {
	var proof scope.Proof
	err := d.use(ctx, pageTimeout, func(ctx context.Context) error {
		tx, err := d.sql.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
		if err != nil {
			return err
		}
		p := prover{scope: s, tx: tx, database: d.name, visible: map[string][]string{}, views: map[string]string{}}
		proof = scope.Proof{Source: s.Source, Database: d.name, At: now, Checked: checked}
		err = allow(ctx, tx, pageTimeout)
		if err == nil {
			err = p.prove(ctx, &proof)
		}
		if err == nil {
			err = allow(ctx, tx, statementTimeout)
		}
		if err != nil {
			_ = tx.Rollback() // or the connection is gone
			return err
		}
		return tx.Commit()
	})
	if err != nil {
		return scope.Proof{}, fmt.Errorf("prove the scope of source %s: %w", s.Source, err)
	}
	return proof, nil
}

func (p *prover) prove(ctx context.Context, proof *scope.Proof) error {
	known, err := p.who(ctx)
	if err != nil {
		return err
	}
	if known {
		for _, look := range []func(context.Context) error{p.granted, p.columns, p.hidden, p.shown, p.shadows} {
			if err := look(ctx); err != nil {
				return err
			}
		}
	}
	proof.Account = p.user + "@" + p.host
	proof.Server = p.server
	proof.Findings, proof.Grants = p.findings, p.needs()
	return nil
}

func (p *prover) find(kind scope.Kind, object, says string, mend ...string) {
	p.findings = append(p.findings, scope.Finding{Kind: kind, Object: object, Says: says, Mend: mend})
}

// who finds out whom the server takes this connection for, and whether it is one
// whose rights are known here.
func (p *prover) who(ctx context.Context) (known bool, err error) {
	rows, err := catalog(ctx, p.tx, "SELECT CURRENT_USER(), VERSION()")
	if err != nil {
		return false, err
	}
	p.is(rows[0][0])
	if p.server = "MariaDB " + rows[0][1]; !strings.Contains(rows[0][1], "MariaDB") {
		p.server = "MySQL " + rows[0][1]
		p.find(scope.Role, "SERVER", "the server is not MariaDB, and what its accounts may do cannot be proven here")
		return false, nil
	}
	if p.user == "" {
		p.find(scope.Role, "ACCOUNT "+p.account, "it is the anonymous account, whose rights everyone has: make an account of its own for reading")
	}
	return true, nil
}

// is takes on what the server calls an account. Its host has no @, its name may.
func (p *prover) is(account string) {
	at := max(strings.LastIndex(account, "@"), 0)
	p.user, p.host = account[:at], strings.TrimPrefix(account[at:], "@")
	p.account = Quote(p.user) + "@" + Quote(p.host)
}

// needs are the statements that let the account read the scope.
func (p *prover) needs() []string {
	var grants []string
	for _, r := range p.scope.Relations {
		table := r.Table
		if view, ok := p.views[table]; ok {
			table = view
		}
		grants = append(grants, fmt.Sprintf("GRANT SELECT (%s) ON %s TO %s", quoteAll(r.Columns), p.relation(table), p.account))
	}
	return grants
}

// relation is the SQL for a relation of the database.
func (p *prover) relation(name string) string { return Quote(p.database) + "." + Quote(name) }
