package issuer

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"

	"github.com/chancery-vc/chancery/verifier/credential"
	"github.com/chancery-vc/chancery/verifier/logproof"
	"github.com/chancery-vc/chancery/verifier/statement"
)

// keptAnswer is an answer that somebody kept. One of both is set.
type keptAnswer struct {
	statement  *statement.Statement
	credential *credential.Unverified
}

// readAnswer holds the kept answer against the log, and reads it if it is the
// one that left; nil if it is not, or there is none.
func (r *replay) readAnswer() (*keptAnswer, error) {
	switch {
	case r.Answer == nil:
		return nil, nil
	case r.End == nil || r.End.Kind != logproof.Answered:
		r.add("answer", Differs, "the log has no answer to this question")
		return nil, nil
	case !released(*r.End, r.Answer):
		r.add("answer", Differs, "its digest is %s, and what left has %s: it is another answer, or was altered", logproof.HashOf(r.Answer), r.End.Released)
		return nil, nil
	}
	r.add("answer", Same, "it is what left: its digest is in record %d", r.End.Sequence)
	if said, err := statement.Peek(r.Answer); err == nil {
		r.compareStatement(said.Statement)
		return &keptAnswer{statement: said.Statement}, nil
	}
	u, err := credential.Parse(r.Answer)
	if err != nil {
		return nil, fmt.Errorf("what left is neither a statement nor a credential that can be read: %w", err)
	}
	r.compareCredential(u)
	return &keptAnswer{credential: u}, nil
}

// released tells whether data is what a record says has left, or a copy of it
// that has the same canonical form.
func released(end logproof.Record, data []byte) bool {
	if logproof.HashOf(data).String() == end.Released {
		return true
	}
	digest, err := logproof.Digest(data)
	return err == nil && end.Canonical != "" && digest == end.Canonical
}

// compareStatement holds what a statement says of itself against the log.
func (r *replay) compareStatement(s *statement.Statement) {
	r.compare("identifier", s.ID == r.End.Credential, "it is the one that the log has", "the answer names another than the log")
	r.compare("configuration", s.Configuration == r.Asked.Configuration, "the answer names the one that the log has", "the answer names another than the log")
	r.compare("purpose", s.Purpose == r.Asked.Purpose, "the answer names the one that the log has", "the answer names another than the log")
	asker := string(consultant(s.Audience))
	if r.Names == nil {
		r.add("caller", Unknown, "without the keys of the log's pseudonyms it is not known whether the answer was made for who asked")
		return
	}
	kind, _, _ := strings.Cut(asker, ":")
	same := r.Asked.Caller == asker || slices.ContainsFunc(r.Names.All(partCaller, asker), func(name string) bool { return r.Asked.Caller == kind+":"+name })
	r.compare("caller", same, "the answer was made for who asked", "the answer was made for somebody else than who asked")
}

// compareCredential holds what a credential says of itself against the log.
func (r *replay) compareCredential(u *credential.Unverified) {
	if r.Asked.Profile == "" {
		return // of the caller's wording
	}
	r.compare("identifier", u.ID == r.End.Credential, "it is the one that the log has", "the answer names another than the log")
	place := len(u.Statuses) == 1 && r.End.StatusIndex != nil && u.Statuses[0].List == r.End.StatusList && u.Statuses[0].Index == *r.End.StatusIndex
	r.compare("status", place, "it is looked up where the log has it", "it is looked up elsewhere than the log has it")
	if r.Configuration == nil {
		return
	}
	p := r.Configuration.Profiles[r.name]
	r.compare("type", slices.Contains(u.Types, p.Type), "it is that of the profile", "it is not that of the profile")
	r.compare("validity", u.ValidUntil.Sub(u.ValidFrom) == p.Validity.Std(), "it is that of the profile", "it is not that of the profile")
}

// compareValue holds what the kept answer says against what it would say.
func (r *replay) compareValue(again *evaluated, kept *keptAnswer) {
	switch {
	case again.err != nil || r.End == nil || r.End.Kind != logproof.Answered:
	case kept == nil:
		r.add("value", Unknown, "the log does not have what was said; whoever kept the answer does")
	case again.fact != nil:
		fact := statementOf(kept).Fact
		same := fact != nil && fact.Name == again.fact.Name && fact.Disclosure == again.fact.Disclosure && bytes.Equal(fact.Value, again.fact.Value)
		r.compare("value", same, "the fact comes to what was said", "the fact comes to something else than was said")
	case again.state != nil:
		state := statementOf(kept).Status
		r.compare("value", state != nil && *state == *again.state, "the state is what was said", "the state is another than was said")
	default:
		r.compareClaims(again, kept.credential)
	}
}

// statementOf returns what a kept answer states: nothing if it is a credential.
func statementOf(kept *keptAnswer) *statement.Statement {
	if kept.statement == nil {
		return &statement.Statement{}
	}
	return kept.statement
}

// compareClaims names the claims that differ, without their values. The
// identifier of the subject is the holder's, or made for the caller.
func (r *replay) compareClaims(again *evaluated, u *credential.Unverified) {
	if u == nil || len(u.Subjects) != 1 {
		r.add("value", Differs, "what was said is no credential of one subject")
		return
	}
	said := u.Subjects[0]
	var others []string
	for _, claim := range again.claims {
		if !equal(claim.Value, said[claim.Name]) {
			others = append(others, claim.Name)
		}
	}
	for name := range said {
		if name != "id" && !slices.Contains(again.disclosed, name) {
			others = append(others, name)
		}
	}
	slices.Sort(others)
	r.compare("value", len(others) == 0, "each claim is what was said", "other than what was said: "+strings.Join(others, ", "))
}

// equal tells whether two values are the same JSON.
func equal(a, b any) bool {
	one, err := json.Marshal(a, json.Deterministic(true))
	if err != nil {
		return false
	}
	other, err := json.Marshal(b, json.Deterministic(true))
	return err == nil && bytes.Equal(one, other)
}
