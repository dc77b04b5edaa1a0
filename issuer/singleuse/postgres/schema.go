package postgres

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Version is that of the tables which this program reads and writes.
const Version = 1

// The tables. Whoever can write them can use again what was used.
const (
	tableEntries = "single_use"
	tableVersion = "single_use_version"
)

// ErrSchema says that the tables are not there, or not as this program knows
// them.
var ErrSchema = errors.New("the shared store has other tables than this program knows")

// Statements returns what makes the tables in a schema, and lets an account use
// them. They change nothing where that was done before.
func Statements(schema, account string) []string {
	in := quote(schema)
	entries, version, to := in+"."+tableEntries, in+"."+tableVersion, quote(account)
	return []string{
		"CREATE SCHEMA IF NOT EXISTS " + in,
		"CREATE TABLE IF NOT EXISTS " + version + " (version integer PRIMARY KEY)",
		"INSERT INTO " + version + " SELECT " + strconv.Itoa(Version) + " WHERE NOT EXISTS (SELECT FROM " + version + ")",
		"CREATE TABLE IF NOT EXISTS " + entries + " (kind text COLLATE \"C\" NOT NULL, id bytea NOT NULL, value bytea NOT NULL, expires bigint NOT NULL, PRIMARY KEY (kind, id))",
		"CREATE INDEX IF NOT EXISTS single_use_expires ON " + entries + " (expires)",
		"GRANT USAGE ON SCHEMA " + in + " TO " + to,
		"GRANT SELECT ON " + version + " TO " + to,
		"GRANT SELECT, INSERT, UPDATE, DELETE ON " + entries + " TO " + to,
	}
}

// Account returns the account that a DSN names.
func Account(dsn string) (string, error) {
	config, err := parse(dsn)
	if err != nil {
		return "", err
	}
	return config.User, nil
}

// Init runs [Statements] for account, as the account of o, in one transaction.
func Init(ctx context.Context, o Options, account string) error {
	config, err := parse(o.DSN)
	if err != nil {
		return err
	}
	p := newPool(config, o.Password)
	defer p.Close()
	c, err := p.Acquire(ctx)
	if err != nil {
		return err
	}
	defer p.Release(c, false)
	if _, err := c.Exec(ctx, strings.Join(Statements(o.Schema, account), ";")).ReadAll(); err != nil {
		return fmt.Errorf("make the tables of the shared store: %w", err) // it quotes no entry
	}
	return nil
}

func (s *Store) checkSchema(ctx context.Context, schema string) error {
	result, err := s.pool.read(ctx, "SELECT version FROM "+quote(schema)+"."+tableVersion)
	switch sqlState(err) {
	case "42P01", "3F000", "42501":
		return fmt.Errorf("%w: %w", ErrSchema, err)
	}
	if err != nil {
		return err
	}
	if len(result.Rows) != 1 || string(result.Rows[0][0]) != strconv.Itoa(Version) {
		return fmt.Errorf("%w: they are not of version %d", ErrSchema, Version)
	}
	return nil
}

// quote returns an SQL identifier for name.
func quote(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }
