package issuer

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/chancery-vc/chancery/issuer/config"
	"github.com/chancery-vc/chancery/issuer/scope"
	"github.com/chancery-vc/chancery/issuer/source"
	"github.com/chancery-vc/chancery/issuer/source/postgres"
	"github.com/chancery-vc/chancery/issuer/source/sqlite"
)

// database is an open source, whatever its driver.
type database struct {
	compile func(context.Context, source.Relation) (source.Source, error)
	// prove holds the account that reads against a scope; nil where there is no
	// account, and the driver alone sees to it that nothing is written.
	prove func(context.Context, scope.Scope, time.Time) (scope.Proof, error)
	close func() error
	// read is what profiles draw on.
	read []source.Relation
}

// openDatabase returns the source of a name, which is opened once.
func (i *Issuer) openDatabase(ctx context.Context, name string) (*database, error) {
	if d, ok := i.databases[name]; ok {
		return d, nil
	}
	open := i.openSQLite
	if i.config.Sources[name].Driver == config.DriverPostgres {
		open = i.openPostgres
	}
	d, err := open(ctx, i.config.Sources[name])
	if err != nil {
		return nil, fmt.Errorf("source %s: %w", name, err)
	}
	i.databases[name] = d
	return d, nil
}

func (i *Issuer) openSQLite(_ context.Context, c config.Source) (*database, error) {
	db, err := sqlite.Open(i.config.Path(c.Path))
	if err != nil {
		return nil, err
	}
	compile := func(ctx context.Context, r source.Relation) (source.Source, error) { return db.Source(ctx, r) }
	return &database{compile: compile, close: db.Close}, nil
}

func (i *Issuer) openPostgres(ctx context.Context, c config.Source) (*database, error) {
	options := postgres.Options{DSN: c.DSN, Schema: c.Schema}
	if c.PasswordFile != "" {
		var err error
		if options.Password, err = postgres.Password(i.config.Path(c.PasswordFile)); err != nil {
			return nil, err
		}
	}
	db, err := postgres.Open(ctx, options)
	if err != nil {
		return nil, err
	}
	compile := func(ctx context.Context, r source.Relation) (source.Source, error) { return db.Source(ctx, r) }
	return &database{compile: compile, prove: db.Prove, close: db.Close}, nil
}

// proveScopes has each source that can show it show that its account reads what
// profiles draw on, and can do nothing else.
func (i *Issuer) proveScopes(ctx context.Context) error {
	for _, name := range slices.Sorted(maps.Keys(i.databases)) {
		d := i.databases[name]
		if d.prove == nil {
			continue
		}
		proof, err := d.prove(ctx, scope.Compile(name, d.read...), i.now())
		if err != nil {
			return err
		}
		if err := i.judge(proof); err != nil {
			return err
		}
		i.proofs = append(i.proofs, proof)
	}
	return nil
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

// Proofs returns what was proven of the sources when they were opened.
func (i *Issuer) Proofs() []scope.Proof { return slices.Clone(i.proofs) }
