package postgres

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/chancery-vc/chancery/issuer/source"
)

// sqlState returns the server's code of an error; empty if it is not the
// server's.
func sqlState(err error) string {
	if said, ok := errors.AsType[*pgconn.PgError](err); ok {
		return said.Code
	}
	return ""
}

// words say what the codes mean that an operator is likely to meet.
var words = map[string]string{
	"0A000": "the relation has changed",
	"25006": "the relation is a view that tries to write, which a read-only transaction refuses",
	"42501": "the account may not read the relation, a column of it, or its schema: `chancery check` prints the statements that let it",
	"42703": "a column is not there any more",
	"42883": "the type of the key column has changed: start again to read it as it is now",
	"42P01": "the relation is not there any more",
	"3F000": "the schema is not there any more",
	"55P03": "somebody else has locked the relation",
	"57014": "it took too long: has the key column an index?",
	"57P01": "the server ended the connection",
}

// readError tells an unreadable source from one that has changed its shape. It
// keeps the server's code and drops its message, which can quote a value (a
// number that a view fails to convert, say).
func readError(ctx context.Context, err error) error {
	code := sqlState(err)
	switch {
	case err == nil, errors.Is(err, source.ErrShape), errors.Is(err, source.ErrUnavailable):
		return err
	case ctx.Err() != nil:
		return fmt.Errorf("%w: %w", source.ErrUnavailable, ctx.Err())
	case code == "":
		return fmt.Errorf("%w: the connection failed: %w", source.ErrUnavailable, err)
	}
	kind := source.ErrUnavailable
	if shape(code) {
		kind = source.ErrShape
	}
	if said, ok := words[code]; ok {
		return fmt.Errorf("%w: PostgreSQL error %s: %s", kind, code, said)
	}
	return fmt.Errorf("%w: PostgreSQL error %s", kind, code)
}

// shape tells whether a code is about what the relation is: classes 0A (not
// supported), 22 (data), 25 (a write in a read-only transaction), 3F (schema)
// and 42 (names and rights).
func shape(code string) bool {
	switch code[:2] {
	case "0A", "22", "25", "3F", "42":
		return code != "25P03" && code != "25P04" // time was up
	}
	return false
}
