package postgres

import (
	"fmt"
	"strings"

	"github.com/chancery-vc/chancery/issuer/scope"
)

// right is one privilege that the account, or everyone, was granted.
type right struct {
	class     string // as GRANT names it: TABLE, SCHEMA...; "DEFAULT ... ON" for what does not exist yet
	identity  string // of the object, as SQL
	schema    string // of the object; empty if it has none
	name      string // of the object
	column    string // empty for the whole of it
	privilege string
	grantable bool
	public    bool   // granted to PUBLIC
	grantor   string // empty if it is the owner
}

// needed tells whether the scope needs a right, or whether everyone may keep it
// since it gives nothing by itself.
func (p *prover) needed(r right) bool {
	switch {
	case r.grantable:
		return false
	case r.class == "DATABASE" && r.name == p.database:
		return r.privilege == "CONNECT"
	case r.class == "DATABASE": // no other right on it is of use without CONNECT
		return r.public && r.privilege != "CONNECT"
	case r.class == "SCHEMA": // where everyone may look names up, without a right on what is there
		return r.privilege == "USAGE" && (r.public || r.name == p.schema)
	case r.class == "TABLE" && r.column != "":
		return r.privilege == "SELECT" && r.schema == p.schema && p.scope.Has(r.name, r.column)
	}
	return false
}

func (r right) kind() scope.Kind {
	switch {
	case strings.HasPrefix(r.class, alterDefault):
		return scope.Future
	case r.class == "PARAMETER":
		return scope.Setting
	}
	switch r.privilege {
	case "SELECT":
		return scope.Read
	case "CREATE", "TEMPORARY":
		return scope.Create
	case "CONNECT":
		return scope.Connect
	case "EXECUTE":
		return scope.Execute
	case "USAGE":
		if r.class != "SEQUENCE" { // where it is nextval
			return scope.Use
		}
	}
	return scope.Change
}

// alterDefault begins the class of a right on what does not exist yet.
const alterDefault = "ALTER DEFAULT PRIVILEGES "

// object is what a person reads.
func (r right) object() string {
	if role, ok := strings.CutPrefix(r.class, alterDefault); ok {
		return "future " + r.identity + " " + strings.ToLower(role[:1]) + role[1:]
	}
	if r.column != "" {
		return fmt.Sprintf("the column %s of %s %s", Quote(r.column), r.class, r.identity)
	}
	return r.class + " " + r.identity
}

// finding says that the account has rights on one object, which are alike but
// for the privilege.
func (p *prover) finding(alike []right) scope.Finding {
	r := alike[0]
	var privileges []string
	grantable := false
	for _, each := range alike {
		privileges = append(privileges, each.privilege)
		grantable = grantable || each.grantable
	}
	says := fmt.Sprintf("it may %s on %s", strings.Join(privileges, ", "), r.object())
	switch {
	case grantable:
		says += ", and grant that to others"
	case r.public:
		says += ", as everyone may: grant it again to the roles that need it"
	}
	return scope.Finding{Kind: r.kind(), Object: r.object(), Says: says, Mend: []string{p.revoke(r, privileges, grantable)}}
}

func (p *prover) revoke(r right, privileges []string, cascade bool) string {
	from := Quote(p.account)
	if r.public {
		from = "PUBLIC"
	}
	if r.column != "" {
		for i := range privileges {
			privileges[i] += " (" + Quote(r.column) + ")"
		}
	}
	all := strings.Join(privileges, ", ")
	statement := fmt.Sprintf("REVOKE %s ON %s %s FROM %s", all, r.class, r.identity, from)
	if strings.HasPrefix(r.class, alterDefault) {
		statement = fmt.Sprintf("%s REVOKE %s ON %s FROM %s", r.class, all, r.identity, from)
	}
	if cascade {
		statement += " CASCADE"
	}
	if r.grantor != "" { // only who granted it can revoke it
		statement = fmt.Sprintf("SET ROLE %s; %s; RESET ROLE", Quote(r.grantor), statement)
	}
	return statement
}
