package issuer

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/chancery-vc/chancery/issuer/config"
	"github.com/chancery-vc/chancery/issuer/scope"
	"github.com/chancery-vc/chancery/issuer/source"
	"github.com/chancery-vc/chancery/issuer/source/mysql"
	"github.com/chancery-vc/chancery/issuer/source/postgres"
	"github.com/chancery-vc/chancery/issuer/source/sqlite"
)

// database is an open source, whatever its driver.
type database struct {
	name    string
	compile func(context.Context, source.Relation) (source.Source, error)
	// prove holds what can be done to the source against a scope.
	prove func(context.Context, scope.Scope, time.Time) (scope.Proof, error)
	close func() error
	// read is what profiles, facts and statuses draw on.
	read []source.Relation
	// widened tells that its account was found to do more than it may, so that
	// nothing more is read.
	widened atomic.Bool
	reach   reach
}

// openSource returns what reads a relation of a source.
func (i *Issuer) openSource(ctx context.Context, name string, r source.Relation) (source.Source, error) {
	d, err := i.openDatabase(ctx, name)
	if err != nil {
		return nil, err
	}
	compiled, err := d.compile(ctx, r)
	if err != nil {
		return nil, err
	}
	d.read = append(d.read, r)
	return guarded{compiled, d, i}, nil
}

// guarded is a source that is not read while its account can do too much.
type guarded struct {
	source.Source
	database *database
	issuer   *Issuer
}

// Lookup returns the one record that has exactly this key.
func (g guarded) Lookup(ctx context.Context, key string) (source.Record, error) {
	if g.database.widened.Load() {
		return nil, fmt.Errorf("%w: source %s", ErrWidened, g.database.name)
	}
	reading, end := g.issuer.begin(ctx, StageSource)
	record, err := g.Source.Lookup(reading, key)
	failed := answered(err)
	end(&failed)
	if ctx.Err() == nil { // else it is nothing that the source did
		g.database.reach.note(g.issuer.now(), err)
	}
	return record, err
}

// answered returns err, unless it is that there is no such record, or more than
// one: the source has answered.
func answered(err error) error {
	if errors.Is(err, source.ErrNone) || errors.Is(err, source.ErrMany) {
		return nil
	}
	return err
}

// openDatabase returns the source of a name, which is opened once.
func (i *Issuer) openDatabase(ctx context.Context, name string) (*database, error) {
	if d, ok := i.databases[name]; ok {
		return d, nil
	}
	open := i.openSQLite
	switch i.config.Sources[name].Driver {
	case config.DriverPostgres:
		open = i.openPostgres
	case config.DriverMySQL:
		open = i.openMySQL
	case config.DriverHTTPJSON:
		open = i.openHTTPJSON
	}
	d, err := open(ctx, i.config.Sources[name])
	if err != nil {
		return nil, fmt.Errorf("source %s: %w", name, err)
	}
	d.name, i.databases[name] = name, d
	return d, nil
}

func (i *Issuer) openSQLite(_ context.Context, c config.Source) (*database, error) {
	db, err := sqlite.Open(i.config.Path(c.Path))
	if err != nil {
		return nil, err
	}
	compile := func(ctx context.Context, r source.Relation) (source.Source, error) { return db.Source(ctx, r) }
	return &database{compile: compile, prove: db.Prove, close: db.Close}, nil
}

func (i *Issuer) openMySQL(ctx context.Context, c config.Source) (*database, error) {
	password, err := i.password(ctx, c.PasswordFile)
	if err != nil {
		return nil, err
	}
	db, err := mysql.Open(ctx, mysql.Options{DSN: c.DSN, Password: password})
	if err != nil {
		return nil, err
	}
	compile := func(ctx context.Context, r source.Relation) (source.Source, error) { return db.Source(ctx, r) }
	return &database{compile: compile, prove: db.Prove, close: db.Close}, nil
}

func (i *Issuer) openPostgres(ctx context.Context, c config.Source) (*database, error) {
	password, err := i.password(ctx, c.PasswordFile)
	if err != nil {
		return nil, err
	}
	db, err := postgres.Open(ctx, postgres.Options{DSN: c.DSN, Schema: c.Schema, Password: password})
	if err != nil {
		return nil, err
	}
	compile := func(ctx context.Context, r source.Relation) (source.Source, error) { return db.Source(ctx, r) }
	return &database{compile: compile, prove: db.Prove, close: db.Close}, nil
}
