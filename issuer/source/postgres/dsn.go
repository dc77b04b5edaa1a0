package postgres

import (
	"fmt"
	"maps"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/chancery-vc/chancery/issuer/source"
)

// keywords are what a DSN may say. Not among them are the password, which is
// in a file, and settings of the session, which are ours.
var keywords = []string{
	"host", "port", "dbname", "user", "connect_timeout", "sslmode", "sslrootcert", "sslcert", "sslkey", "target_session_attrs",
}

// parse never quotes a DSN that it refuses: it may hold a password after all.
func parse(o Options) (*pgconn.Config, error) {
	options := pgconn.ParseConfigOptions{}
	options.ConnStringAllowedKeys = keywords
	config, err := pgconn.ParseConfigWithOptions(o.DSN, options)
	if err != nil {
		return nil, fmt.Errorf("%w: dsn: it is no connection string of %s%s; the password is in the file that password_file names",
			source.ErrUnavailable, strings.Join(keywords, ", "), unreadable(err))
	}
	if err := checkTLS(config); err != nil {
		return nil, err
	}
	config.Password = "" // it is asked for, and not what the environment or ~/.pgpass has
	config.ConnectTimeout = connectTimeout
	config.MaxProtocolMessageBodyLen = maxMessage
	config.RuntimeParams = maps.Clone(session)
	config.OnNotice, config.OnNotification = nil, nil
	return config, nil
}

// unreadable names the file that could not be read, if that is what is wrong.
func unreadable(err error) string {
	for _, file := range []string{"sslrootcert", "sslcert", "sslkey"} {
		if strings.Contains(err.Error(), "unable to read") && strings.Contains(err.Error(), file) {
			return ", or a file that it names cannot be read"
		}
	}
	return ""
}

// session is how each connection is set up. It is sent when connecting, which
// no setting of the role or the database overrules.
var session = map[string]string{
	"application_name":                    "chancery",
	"client_encoding":                     "UTF8",
	"client_min_messages":                 "error",
	"datestyle":                           "ISO, YMD",
	"timezone":                            "UTC",
	"search_path":                         "pg_catalog", // no operator or function of anybody else's
	"default_transaction_read_only":       "on",
	"row_security":                        "on",
	"jit":                                 "off",
	"statement_timeout":                   milliseconds(statementTimeout),
	"lock_timeout":                        milliseconds(lockTimeout),
	"idle_in_transaction_session_timeout": milliseconds(readTimeout),
}

func milliseconds(d time.Duration) string { return strconv.FormatInt(d.Milliseconds(), 10) }

// checkTLS wants a server on another machine to show who it is: who is in
// between could otherwise have the password, and write the register.
func checkTLS(config *pgconn.Config) error {
	type server struct {
		host     string
		verified bool
	}
	servers := []server{{config.Host, config.TLSConfig != nil && !config.TLSConfig.InsecureSkipVerify}}
	for _, other := range config.Fallbacks {
		servers = append(servers, server{other.Host, other.TLSConfig != nil && !other.TLSConfig.InsecureSkipVerify})
	}
	if i := slices.IndexFunc(servers, func(s server) bool { return !s.verified && !here(s.host) }); i >= 0 {
		return fmt.Errorf("%w: dsn: %s is another machine: add sslmode=verify-full, and sslrootcert with the file of the authority that certifies it",
			source.ErrUnavailable, url.PathEscape(servers[i].host))
	}
	return nil
}

// here tells whether host is a socket's folder or this machine.
func here(host string) bool {
	ip := net.ParseIP(host)
	return strings.HasPrefix(host, "/") || host == "localhost" || ip != nil && ip.IsLoopback()
}
