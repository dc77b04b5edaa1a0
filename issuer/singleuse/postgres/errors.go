package postgres

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/chancery-vc/chancery/issuer/singleuse"
)

// uniqueViolation is the code of a key that is there already.
const uniqueViolation = "23505"

// words say what the codes mean that an operator is likely to meet.
var words = map[string]string{
	"25006": "it is a standby, which cannot be written: add target_session_attrs=read-write to the dsn",
	"3F000": "the schema is not there: run `chancery state init`",
	"42501": "the account may not read and write the tables: run `chancery state init`",
	"42P01": "the tables are not there: run `chancery state init`",
	"55P03": "somebody else has locked the table",
	"57014": "it took too long",
	"57P01": "the server ended the connection",
}

func sqlState(err error) string {
	if said, ok := errors.AsType[*pgconn.PgError](err); ok {
		return said.Code
	}
	return ""
}

// ended tells whether err ended the connection: it is the network's, or the
// server's last word.
func ended(err error) bool {
	said, ok := errors.AsType[*pgconn.PgError](err)
	return err != nil && (!ok || said.SeverityUnlocalized != "ERROR")
}

// refused is an error of the server's, without its message.
type refused struct {
	kind error
	said *pgconn.PgError
}

func (r refused) Error() string {
	text := fmt.Sprintf("%v: PostgreSQL error %s", r.kind, r.said.Code)
	if said, ok := words[r.said.Code]; ok {
		text += ": " + said
	}
	return text
}

func (r refused) Unwrap() []error { return []error{r.kind, r.said} }

// writeError says what is known after a statement failed. The server undoes what
// it refuses; that it ends a connection says nothing about the statement before.
func writeError(ctx context.Context, err error) error {
	said, ok := errors.AsType[*pgconn.PgError](err)
	switch {
	case pgconn.SafeToRetry(err):
		return readError(ctx, err)
	case !ok:
		return broken(ctx, singleuse.ErrUnknown, err)
	case ended(err) || said.Code == "40003" || strings.HasPrefix(said.Code, "08"):
		return refused{singleuse.ErrUnknown, said}
	default:
		return refused{singleuse.ErrUnavailable, said}
	}
}

// readError says why nothing was read, or written.
func readError(ctx context.Context, err error) error {
	if said, ok := errors.AsType[*pgconn.PgError](err); ok {
		return refused{singleuse.ErrUnavailable, said}
	}
	return broken(ctx, singleuse.ErrUnavailable, err)
}

func broken(ctx context.Context, kind, err error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("%w: %w", kind, ctx.Err())
	}
	return fmt.Errorf("%w: the connection failed: %w", kind, err)
}
