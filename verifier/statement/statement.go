// Package statement reads and writes what an issuer states outside of
// credentials: the answer to one question of one caller, and what was proven of
// the issuer's own way to the register.
//
// A statement is a compact JWS (RFC 7515) whose payload is one JSON object of
// the claims of a JWT (RFC 7519), with one more that its type has:
//
//	typ                   more    says
//	chancery-fact+jwt     fact    the outcome of a rule over one record
//	chancery-status+jwt   status  the state of a record or of a credential
//	chancery-scope+jwt    scope   what the issuer can read, and how that was proven
//	chancery-grant+jwt    grant   what a partner may ask for, and until when
//
// The kid of its header is the URL of a verification method of the issuer.
// Times are seconds since 1970; every statement expires. An answer names its
// caller (aud), the caller's nonce and purpose, and its subject by a pseudonym
// that no other caller, and no other purpose, is given for it. A grant is bound
// to a key of its partner's (cnf), and is shown with a proof of that key.
//
// What a statement says is not believed: [Verify] takes the key, and the
// algorithms that may be used with it, from the caller. Whom it was made for,
// whether it has expired and who the issuer is are for the caller to judge; see
// package verifier. Errors wrap one of the kinds below.
//
// Source: RFC 7515; RFC 7519, section 4.1; RFC 7800, section 3.1; RFC 8725,
// section 3.11 for types; RFC 9449, section 6.1. The claims fact, status, scope
// and grant are Chancery's own, and are described in
// docs/relying-party.md.
package statement

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/internal/strictjson"
)

// Errors that callers can tell apart with [errors.Is].
var (
	ErrMalformed = errors.New("not a usable statement")
	ErrAlgorithm = errors.New("the signature algorithm is not one that is allowed")
	ErrKey       = errors.New("the key does not fit the algorithm")
	ErrSignature = errors.New("the signature does not fit the statement: it was forged or altered")
)

// MaxBytes caps one statement.
const MaxBytes = 1 << 20

// Type is the typ of a kind of statements, which is its media type without
// "application/".
type Type string

// The types.
const (
	TypeFact   Type = "chancery-fact+jwt"
	TypeStatus Type = "chancery-status+jwt"
	TypeScope  Type = "chancery-scope+jwt"
	TypeGrant  Type = "chancery-grant+jwt"
)

// Types returns every type.
func Types() []Type { return []Type{TypeFact, TypeStatus, TypeScope, TypeGrant} }

// Known tells whether a typ is that of a statement.
func Known(typ string) bool { return slices.Contains(Types(), Type(typ)) }

// Statement is the payload. One of Fact, Status, Scope and Grant is set.
type Statement struct {
	Issuer   string `json:"iss"`
	Audience string `json:"aud,omitzero"` // the caller; where a grant is shown; none of a scope
	Subject  string `json:"sub,omitzero"` // pairwise pseudonym; the partner of a grant; none of a scope
	ID       string `json:"jti"`
	Issued   int64  `json:"iat"`
	Expires  int64  `json:"exp"`
	Nonce    string `json:"nonce,omitzero"`
	Purpose  string `json:"purpose,omitzero"`
	// Configuration is the SHA-256 of the configuration that it was made
	// under, in hexadecimal. Records of the log carry it too.
	Configuration string  `json:"configuration"`
	Fact          *Fact   `json:"fact,omitzero"`
	Status        *Status `json:"status,omitzero"`
	Scope         *Scope  `json:"scope,omitzero"`
	Grant         *Grant  `json:"grant,omitzero"`
	// NotBefore and Confirmation are of a grant alone.
	NotBefore    int64         `json:"nbf,omitzero"`
	Confirmation *Confirmation `json:"cnf,omitzero"`
}

// Fact is the outcome of a rule.
type Fact struct {
	Name string `json:"name"`
	// Disclosure says how much of the outcome is said: value, predicate (yes or
	// no), or redacted, which has no Value.
	Disclosure string         `json:"disclosure"`
	Value      jsontext.Value `json:"value,omitzero"`
}

// Ways to disclose a fact.
const (
	DiscloseValue     = "value"
	DisclosePredicate = "predicate"
	DiscloseRedacted  = "redacted"
)

// Status is the state of a record, or of a credential.
type Status struct {
	Name       string `json:"name"`
	Credential string `json:"credential,omitzero"` // its identifier, if it is that of one
	State      string `json:"state"`
}

// Scope is what an issuer can read of its sources.
type Scope struct {
	Sources []Source `json:"sources"`
}

// Source is what was proven of one source.
type Source struct {
	Name      string     `json:"name"`
	Proven    bool       `json:"proven"` // its account can read the relations and do nothing else
	At        string     `json:"at"`     // when that was looked up, in RFC 3339
	Checked   []string   `json:"checked,omitzero"`
	Findings  []string   `json:"findings,omitzero"` // why it is not proven
	Relations []Relation `json:"relations"`
}

// Relation is what may be read of one table, view or resource.
type Relation struct {
	Name    string   `json:"name"`
	Keys    []string `json:"keys"`
	Columns []string `json:"columns"`
}

// Type returns the type of a statement, or "" if it says nothing, or several
// things.
func (s *Statement) Type() Type {
	var found []Type
	if s.Fact != nil {
		found = append(found, TypeFact)
	}
	if s.Status != nil {
		found = append(found, TypeStatus)
	}
	if s.Scope != nil {
		found = append(found, TypeScope)
	}
	if s.Grant != nil {
		found = append(found, TypeGrant)
	}
	if len(found) != 1 {
		return ""
	}
	return found[0]
}

// IssuedAt and ExpiresAt return the times of a statement.
func (s *Statement) IssuedAt() time.Time { return time.Unix(s.Issued, 0).UTC() }

// ExpiresAt returns when the statement is no good any more.
func (s *Statement) ExpiresAt() time.Time { return time.Unix(s.Expires, 0).UTC() }

// lastSecond is the last one of the year 9999.
const lastSecond = 253402300799

func malformed(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrMalformed, fmt.Sprintf(format, args...))
}

// parse reads a payload of the given type.
func parse(payload []byte, typ Type) (*Statement, error) {
	s := &Statement{}
	if err := json.Unmarshal(payload, s, json.RejectUnknownMembers(true)); err != nil {
		return nil, malformed("its payload is not that of a statement")
	}
	return s, s.check(typ)
}

// check wants a statement to say what its type says, and for how long.
func (s *Statement) check(typ Type) error {
	switch {
	case !Known(string(typ)) || s.Type() != typ:
		return malformed("its type is %.40q and it is none", typ)
	case s.Issuer == "" || s.ID == "" || s.Configuration == "":
		return malformed("iss, jti or configuration is missing")
	case s.Issued <= 0 || s.Expires <= s.Issued || s.Expires > lastSecond:
		return malformed("iat and exp are not two times, one after the other")
	case s.Grant != nil:
		return s.checkGrant()
	case s.NotBefore != 0 || s.Confirmation != nil:
		return malformed("nbf and cnf are for grants")
	case typ != TypeScope && (s.Audience == "" || s.Subject == "" || s.Purpose == ""):
		return malformed("an answer needs aud, sub and purpose")
	case s.Fact != nil:
		return s.Fact.check()
	case s.Status != nil && (s.Status.Name == "" || s.Status.State == ""):
		return malformed("a status without a name or a state")
	}
	return nil
}

func (f *Fact) check() error {
	kind := f.Value.Kind()
	if kind == '0' || kind == '[' || kind == '{' { // in which a reader could round, or drop, something
		if _, err := strictjson.Parse(f.Value, strictjson.Limits{}); err != nil {
			return malformed("the value of the fact is not one that every reader keeps")
		}
	}
	switch {
	case f.Name == "":
		return malformed("a fact without a name")
	case f.Disclosure == DiscloseRedacted && f.Value == nil,
		f.Disclosure == DisclosePredicate && (kind == 't' || kind == 'f'),
		f.Disclosure == DiscloseValue && f.Value != nil && kind != 'n':
		return nil
	}
	return malformed("the value of the fact does not fit its disclosure, %.40q", f.Disclosure)
}
