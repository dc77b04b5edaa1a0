package issuer

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/go-json-experiment/json"

	"github.com/chancery-vc/chancery/issuer/config"
	"github.com/chancery-vc/chancery/issuer/scope"
	"github.com/chancery-vc/chancery/issuer/store"
	"github.com/chancery-vc/chancery/verifier/logproof"
)

// ErrWidened says that the account of a source can do more than it may, and
// that the configuration has answers stopped for that.
var ErrWidened = errors.New("the account of the source was given more rights than the scope needs: nothing is read with it; chancery check says what to revoke")

// Words of the log for what was proven of a source.
const (
	scopeProven = "proven"
	scopeWide   = "wide"
	scopeNarrow = "narrow"
)

// proveScopes has each source show that it can be read as profiles, facts and
// statuses need, and that nothing else can be done to it.
func (i *Issuer) proveScopes(ctx context.Context) error {
	for _, d := range i.sorted() {
		proof, err := i.prove(ctx, d)
		if err != nil {
			return err
		}
		if err := i.judge(proof); err != nil {
			return err
		}
	}
	return nil
}

// sorted returns the sources by name.
func (i *Issuer) sorted() []*database {
	var sorted []*database
	for _, name := range slices.Sorted(maps.Keys(i.databases)) {
		sorted = append(sorted, i.databases[name])
	}
	return sorted
}

func (i *Issuer) prove(ctx context.Context, d *database) (scope.Proof, error) {
	proof, err := d.prove(ctx, scope.Compile(d.name, d.read...), i.now())
	if err == nil {
		i.proven.put(proof)
	}
	return proof, err
}

// judge refuses a source whose account can do too much, unless the configuration
// lets it, and one whose account can do too little.
func (i *Issuer) judge(proof scope.Proof) error {
	err := proof.Err()
	switch {
	case err == nil:
		return nil
	case !i.config.Sources[proof.Source].AllowWideSource:
		return fmt.Errorf("%w\nWith allow_wide_source: true the source is read all the same, and a warning says so each time", err)
	case proof.Narrow():
		return err
	}
	i.warn("WARNING: allow_wide_source is on for a source of which " + err.Error())
	return nil
}

// logScopes records what was proven when the issuer was opened.
func (i *Issuer) logScopes(ctx context.Context) error {
	for _, proof := range i.Proofs() {
		if err := i.logScope(ctx, proof); err != nil {
			return err
		}
	}
	return nil
}

func (i *Issuer) logScope(ctx context.Context, proof scope.Proof) error {
	all, err := json.Marshal(proof)
	if err != nil {
		return err
	}
	record := logproof.Record{
		Kind: logproof.ScopeProven, Source: proof.Source, Status: outcomeOf(proof), Findings: kinds(proof),
		Columns: scopeColumns(i.scopeOf(proof.Source)), Configuration: i.config.Digest(), Proof: logproof.HashOf(all).String(),
	}
	return i.store.Update(ctx, func(tx *store.Tx) error { return i.log.Append(tx, record) })
}

func outcomeOf(proof scope.Proof) string {
	switch {
	case proof.Wide():
		return scopeWide
	case proof.Narrow():
		return scopeNarrow
	}
	return scopeProven
}

// kinds returns the kinds of findings. What exactly an account can do too much
// is the operator's to know.
func kinds(proof scope.Proof) []string {
	var found []string
	for _, f := range proof.Findings {
		if !slices.Contains(found, string(f.Kind)) {
			found = append(found, string(f.Kind))
		}
	}
	return found
}

func (i *Issuer) scopeOf(name string) scope.Scope {
	return scope.Compile(name, i.databases[name].read...)
}

func scopeColumns(s scope.Scope) []string {
	var columns []string
	for _, r := range s.Relations {
		for _, column := range r.Columns {
			columns = append(columns, r.Table+"."+column)
		}
	}
	return columns
}

// Reprove proves each source again. One whose account was widened is told of,
// and by the configuration not read any more until a later proof finds it
// mended. One that cannot be asked stays as it was.
func (i *Issuer) Reprove(ctx context.Context) error {
	var errs []error
	for _, d := range i.sorted() {
		if err := i.reprove(ctx, d); err != nil {
			errs = append(errs, fmt.Errorf("prove the scope of source %s again: %w", d.name, err))
		}
	}
	return errors.Join(errs...)
}

func (i *Issuer) reprove(ctx context.Context, d *database) error {
	proof, err := i.prove(ctx, d)
	if err != nil {
		return err
	}
	if err := i.settle(ctx, d, proof); err != nil {
		return err
	}
	return proof.Err()
}

// settle keeps what was proven in the log, and stops the source if it must.
func (i *Issuer) settle(ctx context.Context, d *database, proof scope.Proof) error {
	d.widened.Store(proof.Wide() && i.stops(d.name))
	return i.logScope(ctx, proof)
}

// stops tells whether a source that was widened is not read any more.
func (i *Issuer) stops(name string) bool {
	return i.config.Scope.WhenWidened == config.WidenedStop && !i.config.Sources[name].AllowWideSource
}

// Proofs returns what was found out last about each source.
func (i *Issuer) Proofs() []scope.Proof {
	known, _, _ := i.proven.statement(i.now())
	var proofs []scope.Proof
	for _, d := range i.sorted() {
		proofs = append(proofs, known[d.name])
	}
	return proofs
}
