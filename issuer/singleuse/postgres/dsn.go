package postgres

import (
	"fmt"
	"maps"
	"net"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/chancery-vc/chancery/issuer/singleuse"
)

// maxMessage caps what the server may say at once: an entry, in hexadecimal.
const maxMessage = 1 << 20

// keywords are what a DSN may say. Not among them are the password, which is in
// a file, and settings of the session, which are ours.
var keywords = []string{
	"host", "port", "dbname", "user", "connect_timeout", "sslmode", "sslrootcert", "sslcert", "sslkey", "target_session_attrs",
}

// session is how each connection is set up, whatever role and database say.
var session = map[string]string{
	"application_name":                    "chancery",
	"client_encoding":                     "UTF8",
	"client_min_messages":                 "error",
	"bytea_output":                        "hex",
	"search_path":                         "pg_catalog", // no operator or function of anybody else's
	"default_transaction_isolation":       "read committed",
	"default_transaction_read_only":       "off",
	"synchronous_commit":                  "on",
	"jit":                                 "off",
	"statement_timeout":                   milliseconds(statementTimeout),
	"lock_timeout":                        milliseconds(lockTimeout),
	"idle_in_transaction_session_timeout": milliseconds(changeTimeout),
}

func milliseconds(d time.Duration) string { return strconv.FormatInt(d.Milliseconds(), 10) }

// parse never quotes a DSN that it refuses: it may hold a password after all.
func parse(dsn string) (*pgconn.Config, error) {
	options := pgconn.ParseConfigOptions{}
	options.ConnStringAllowedKeys = keywords
	config, err := pgconn.ParseConfigWithOptions(dsn, options)
	if err != nil {
		return nil, fmt.Errorf("%w: dsn: it is no connection string of %s, or a file that it names cannot be read; the password is in the file that password_file names",
			singleuse.ErrUnavailable, strings.Join(keywords, ", "))
	}
	if err := checkTLS(config); err != nil {
		return nil, err
	}
	config.Password = "" // and not what the environment or ~/.pgpass has
	config.ConnectTimeout = connectTimeout
	config.MaxProtocolMessageBodyLen = maxMessage
	config.RuntimeParams = maps.Clone(session)
	config.OnNotice, config.OnNotification = nil, nil
	return config, nil
}

// checkTLS wants a server on another machine to show who it is: who is in
// between could otherwise have what was used be used again.
func checkTLS(config *pgconn.Config) error {
	err := checkServer(config.Host, config.TLSConfig != nil && !config.TLSConfig.InsecureSkipVerify)
	for _, other := range config.Fallbacks {
		if err == nil {
			err = checkServer(other.Host, other.TLSConfig != nil && !other.TLSConfig.InsecureSkipVerify)
		}
	}
	return err
}

func checkServer(host string, verified bool) error {
	ip := net.ParseIP(host)
	if verified || strings.HasPrefix(host, "/") || host == "localhost" || ip != nil && ip.IsLoopback() {
		return nil
	}
	return fmt.Errorf("%w: dsn: %s is another machine: add sslmode=verify-full, and sslrootcert with the file of the authority that certifies it",
		singleuse.ErrUnavailable, url.PathEscape(host))
}
