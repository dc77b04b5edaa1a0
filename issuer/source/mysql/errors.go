package mysql

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/go-sql-driver/mysql"

	"github.com/chancery-vc/chancery/issuer/source"
)

// Numbers of errors that are told apart here.
const (
	errDatabaseDenied = 1044
	errShutdown       = 1053
	errTableDenied    = 1142
	errColumnDenied   = 1143
	errNoTable        = 1146
	errViewInvalid    = 1356
	errKilled         = 1927
)

// words say what the numbers mean that an operator is likely to meet.
var words = map[uint16]string{
	errDatabaseDenied: mayNot, errTableDenied: mayNot, errColumnDenied: mayNot, 1370: mayNot,
	1049:           "the database is not there any more",
	errShutdown:    "the server is going down",
	1054:           "a column is not there any more",
	errNoTable:     "the relation is not there any more",
	1205:           "somebody else has locked the relation",
	1317:           "an administrator ended it",
	errViewInvalid: "the relation is a view of what is not there any more, or its definer may not read that",
	1792:           "the relation is a view that tries to write, which a read-only transaction refuses",
	errKilled:      "the server ended the connection",
	1969:           tooLong, 3024: tooLong,
}

const (
	mayNot  = "the account may not read the relation, or a column of it: `chancery check` prints the statements that let it"
	tooLong = "it took too long: has the key column an index?"
)

// number returns the server's number of an error; 0 if it is not the server's.
func number(err error) uint16 {
	if said, ok := errors.AsType[*mysql.MySQLError](err); ok {
		return said.Number
	}
	return 0
}

// stale tells whether err means that the connection was gone.
func stale(err error) bool {
	n := number(err)
	return errors.Is(err, mysql.ErrInvalidConn) || errors.Is(err, driver.ErrBadConn) || n == errKilled || n == errShutdown
}

// readError tells an unreadable source from one that has changed its shape. It
// keeps the server's number and drops its message, which can quote a value (a
// text that a view fails to convert, say).
func readError(ctx context.Context, err error) error {
	said, ok := errors.AsType[*mysql.MySQLError](err)
	switch {
	case err == nil, errors.Is(err, source.ErrShape), errors.Is(err, source.ErrUnavailable):
		return err
	case ctx.Err() != nil:
		return fmt.Errorf("%w: %w", source.ErrUnavailable, ctx.Err())
	case !ok:
		return fmt.Errorf("%w: the connection failed: %w", source.ErrUnavailable, err)
	}
	kind := source.ErrUnavailable
	if shape(said) {
		kind = source.ErrShape
	}
	if words, ok := words[said.Number]; ok {
		return fmt.Errorf("%w: MariaDB error %d: %s", kind, said.Number, words)
	}
	return fmt.Errorf("%w: MariaDB error %d", kind, said.Number)
}

// shape tells whether an error is about what the relation is: those of the
// classes 21 (cardinality), 22 (data), 25 (a write in a read-only transaction)
// and 42 (names and rights), and a view that has become invalid.
func shape(said *mysql.MySQLError) bool {
	class := strings.TrimRight(string(said.SQLState[:2]), "\x00")
	return slices.Contains([]string{"21", "22", "25", "42"}, class) || said.Number == errViewInvalid
}
