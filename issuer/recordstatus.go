package issuer

import (
	"context"
	"errors"

	"github.com/chancery-vc/chancery/issuer/config"
	"github.com/chancery-vc/chancery/issuer/source"
	"github.com/chancery-vc/chancery/issuer/status"
	"github.com/chancery-vc/chancery/verifier/statement"
)

// ErrState says that a record has a state that the configuration has no word
// for, or none.
var ErrState = errors.New("the record has no state that may be told; see states in the configuration")

// States of credentials.
const (
	StateValid   = "valid"
	StateRevoked = "revoked"
	StateExpired = "expired"
)

// openStatus compiles a status: that of records, or that of credentials.
func (i *Issuer) openStatus(ctx context.Context, name string, s config.StatusOf) (*inquiry, error) {
	if s.Profile != "" {
		return &inquiry{register: credentials, depends: dependsOn(credentials.table, []string{credentials.key}, nil), answer: i.answerCredentialStatus(name, s)}, nil
	}
	relation := stateRelation(s)
	reads, err := i.openSource(ctx, s.Source, relation)
	if err != nil {
		return nil, err
	}
	in := &inquiry{register: register{s.Source, s.Table, s.Key}, columns: relation.Columns, depends: dependsOn(s.Table, relation.Columns, s.Where)}
	in.answer = func(ctx context.Context, q Query) (outcome, error) {
		state, err := tellState(ctx, reads, s, q.Key)
		if err != nil {
			return outcome{}, err
		}
		return i.answerState(ctx, q, in.register, s, statement.Status{Name: name, State: state})
	}
	return in, nil
}

func stateRelation(s config.StatusOf) source.Relation {
	return source.Relation{Table: s.Table, Key: s.Key, Columns: []string{s.Column}, Filter: s.Where.Filter()}
}

// tellState looks a record up, and returns the word for what it has.
func tellState(ctx context.Context, reads source.Source, s config.StatusOf, key string) (string, error) {
	record, err := reads.Lookup(ctx, key)
	if err != nil {
		return "", err
	}
	state, ok := s.States[record[s.Column]]
	if _, there := record[s.Column]; !ok || !there {
		return "", ErrState
	}
	return state, nil
}

// answerCredentialStatus tells the state of one credential of a profile.
func (i *Issuer) answerCredentialStatus(name string, s config.StatusOf) func(context.Context, Query) (outcome, error) {
	return func(ctx context.Context, q Query) (outcome, error) {
		entry, err := i.Entry(q.Key)
		if err == nil && entry.Profile != s.Profile {
			err = status.ErrUnknown
		}
		if err != nil {
			return outcome{}, err
		}
		state := StateValid
		switch {
		case entry.Revoked:
			state = StateRevoked
		case !i.now().Before(entry.ValidUntil):
			state = StateExpired
		}
		return i.answerState(ctx, q, credentials, s, statement.Status{Name: name, Credential: entry.Credential, State: state})
	}
}

func (i *Issuer) answerState(ctx context.Context, q Query, r register, s config.StatusOf, said statement.Status) (outcome, error) {
	answer, err := i.state(q, r, s.Validity.Std())
	if err != nil {
		return outcome{}, err
	}
	answer.Status = &said
	signed, err := i.sign(ctx, answer)
	return outcome{Answer: signed, disclosed: []string{said.Name}}, err
}
