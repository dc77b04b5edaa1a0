package issuer

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/chancery-vc/chancery/issuer/scope"
	"github.com/chancery-vc/chancery/verifier/credential"
	"github.com/chancery-vc/chancery/verifier/statement"
)

// proven is what is known of each source, by name, and the statement that says
// so.
type proven struct {
	mu     sync.Mutex
	proofs map[string]scope.Proof
	signed []byte // until something else is known, or it is statementAge old
	at     time.Time
	puts   int // so that what was being signed while one came is not kept
}

// statementAge is how long a signed statement is given out again: anybody can
// ask for it.
const statementAge = time.Minute

func (p *proven) put(proof scope.Proof) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.proofs == nil {
		p.proofs = map[string]scope.Proof{}
	}
	p.proofs[proof.Source], p.signed = proof, nil
	p.puts++
}

// ScopeStatement returns what the issuer can read, signed.
func (i *Issuer) ScopeStatement(ctx context.Context) ([]byte, error) {
	proofs, signed, puts := i.proven.statement(i.now())
	if signed != nil {
		return signed, nil
	}
	s, err := i.newStatement(i.config.Scope.Lifetime.Std())
	if err != nil {
		return nil, err
	}
	s.Scope = &statement.Scope{Sources: []statement.Source{}}
	for _, name := range slices.Sorted(maps.Keys(i.databases)) {
		s.Scope.Sources = append(s.Scope.Sources, i.stateSource(name, proofs))
	}
	answer, err := i.sign(ctx, s)
	if err == nil {
		i.proven.keep(answer.Bytes, s.IssuedAt(), puts)
	}
	return answer.Bytes, err
}

// statement returns what is known, and the statement that was kept, if it still
// says it.
func (p *proven) statement(now time.Time) (proofs map[string]scope.Proof, signed []byte, puts int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if now.Sub(p.at) >= statementAge {
		p.signed = nil
	}
	return maps.Clone(p.proofs), p.signed, p.puts
}

func (p *proven) keep(signed []byte, at time.Time, puts int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.puts == puts {
		p.signed, p.at = signed, at
	}
}

// stateSource says of a source what is in its proof for anybody to know.
func (i *Issuer) stateSource(name string, proofs map[string]scope.Proof) statement.Source {
	said := statement.Source{Name: name, Relations: []statement.Relation{}}
	for _, r := range i.scopeOf(name).Relations {
		said.Relations = append(said.Relations, statement.Relation{Name: r.Table, Keys: r.Keys, Columns: r.Columns})
	}
	proof := proofs[name]
	said.At, said.Checked = credential.FormatTime(proof.At), proof.Checked
	said.Proven, said.Findings = len(proof.Findings) == 0, kinds(proof)
	return said
}
