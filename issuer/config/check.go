package config

import (
	"fmt"
	"maps"
	"net"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/chancery-vc/chancery/schemas"
	"github.com/chancery-vc/chancery/verifier/did"
)

// How a claim's column is read.
const (
	AsText    = "text"
	AsInteger = "integer"
	AsDate    = "date"
	AsList    = "list"
)

// How a source is read.
const (
	DriverSQLite   = "sqlite" // the embedded default
	DriverPostgres = "postgres"
	DriverMySQL    = "mysql" // and MariaDB
)

// IssuerDIDKey, as Issuer, stands for the did:key of the signing key.
const IssuerDIDKey = "did:key"

// maxLifetime caps how long a transaction code can be guessed at.
const maxLifetime = 24 * time.Hour

// minListLifetime is twice as long as a signed status list is kept and given
// out again.
const minListLifetime = 2 * time.Minute

func (c *Config) setDefaults() {
	setDefault(&c.Listen, "127.0.0.1:8443")
	c.setReplicaDefaults()
	setDefault(&c.State, "state")
	setDefault(&c.Offers.Lifetime, Duration(10*time.Minute))
	setDefault(&c.Offers.Digits, 6)
	setDefault(&c.Offers.Attempts, 3)
	setDefault(&c.Status.Lifetime, Duration(24*time.Hour))
	for name, source := range c.Sources {
		source.HTTP.setDefaults()
		if source.Driver == DriverPostgres {
			setDefault(&source.Schema, "public")
			c.Sources[name] = source
		}
	}
	c.setConsultDefaults()
	c.setBudgetDefaults()
	c.Partners.setDefaults()
	c.setSecretDefaults()
	c.setRetentionDefaults()
	c.setAccessDefaults()
	c.setFactDefaults()
	c.setOperationsDefaults()
	if c.Issuer == "" {
		c.Issuer, _ = did.Web(c.URL) // a bad URL is reported by check
	}
	for name, profile := range c.Profiles {
		for i := range profile.Claims {
			setDefault(&profile.Claims[i].As, AsText)
			setDefault(&profile.Claims[i].Separator, "; ")
		}
		setDefault(&profile.Context.URL, schemas.CivilV1)
		setDefault(&profile.Disclosure, DisclosureWhole)
		c.Profiles[name] = profile
	}
}

func setDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

func invalid(where, format string, args ...any) error {
	return fmt.Errorf("%w: %s: %s", ErrInvalid, where, fmt.Sprintf(format, args...))
}

func (c *Config) check() error {
	for _, check := range []func() error{c.checkURL, c.checkIssuer, c.checkTerms, c.checkKeys, c.checkReplica, c.checkProfiles, c.checkDisclosure, c.checkCallers, c.checkAPICallers, c.checkFacts, c.checkAccess, c.checkConsult, c.checkPartners, c.checkBudgets, c.checkAnchors, c.checkRetention, c.checkOperations, c.checkSecrets} {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

// path is what the path of the address may be: it becomes a part of the
// issuer's did:web, of the routes that are served and of the log's name.
var path = regexp.MustCompile(`^(/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)*$`)

func (c *Config) checkURL() error {
	u, err := url.Parse(c.URL)
	if err != nil || u.Scheme != "https" || u.Hostname() == "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
		return invalid("url", "%.200q is not an https address, such as https://registry.example", c.URL)
	}
	if strings.HasSuffix(c.URL, "/") {
		return invalid("url", "leave out the slash at the end")
	}
	if !path.MatchString(u.EscapedPath()) {
		return invalid("url", "the path of %q has more than letters, digits, -, ., _ and ~ between its slashes", c.URL)
	}
	if _, _, err := net.SplitHostPort(c.Listen); err != nil {
		return invalid("listen", "%q is not an address and a port, such as 127.0.0.1:8443", c.Listen)
	}
	if (c.TLS.Certificate == "") != (c.TLS.Key == "") {
		return invalid("tls", "name both certificate and key")
	}
	if c.SigningKey == "" {
		return invalid("signing_key", "name the file of the signing key; `chancery init` makes one")
	}
	return nil
}

func (c *Config) checkIssuer() error {
	web, err := did.Web(c.URL)
	if err != nil {
		return invalid("url", "%v", err)
	}
	if c.Issuer != IssuerDIDKey && c.Issuer != web {
		return invalid("issuer", "%q is neither %s, which is where %s publishes its keys, nor did:key", c.Issuer, web, c.URL)
	}
	return nil
}

func (c *Config) checkTerms() error {
	switch {
	case c.Offers.Lifetime <= 0 || c.Offers.Lifetime.Std() > maxLifetime:
		return invalid("offers.lifetime", "it must be more than 0 and at most %s", maxLifetime)
	case c.Offers.Digits < 4 || c.Offers.Digits > 12:
		return invalid("offers.digits", "it must be 4 to 12")
	case c.Offers.Attempts < 1 || c.Offers.Attempts > 10:
		return invalid("offers.attempts", "it must be 1 to 10")
	case c.Status.Lifetime.Std() < minListLifetime:
		return invalid("status.lifetime", "it must be at least %s", minListLifetime)
	}
	for _, name := range slices.Sorted(maps.Keys(c.Sources)) {
		if err := c.Sources[name].check("sources." + name); err != nil {
			return err
		}
	}
	return nil
}

func (s Source) check(where string) error {
	switch s.Driver {
	case DriverSQLite:
		if s.Path == "" {
			return invalid(where, "path is missing")
		}
		if s != (Source{Driver: s.Driver, Path: s.Path}) {
			return invalid(where, "an sqlite source has a path and nothing else")
		}
	case DriverPostgres:
		if s.DSN == "" {
			return invalid(where, "dsn is missing: where the database is, such as host=/run/postgresql dbname=civil user=chancery")
		}
		if s.Path != "" {
			return invalid(where, "path is for an sqlite source")
		}
		if s.HTTP != nil {
			return invalid(where, "http is for an httpjson source")
		}
	case DriverMySQL:
		return s.checkMySQL(where)
	case DriverHTTPJSON:
		return s.checkHTTP(where)
	default:
		return invalid(where, "driver %q is not known; there is: %s, %s, %s, %s", s.Driver, DriverSQLite, DriverPostgres, DriverMySQL, DriverHTTPJSON)
	}
	return nil
}

func (s Source) checkMySQL(where string) error {
	if s.DSN == "" {
		return invalid(where, "dsn is missing: where the database is, such as chancery@unix(/run/mysqld/mysqld.sock)/civil")
	}
	if s != (Source{Driver: s.Driver, DSN: s.DSN, PasswordFile: s.PasswordFile, AllowWideSource: s.AllowWideSource}) {
		return invalid(where, "a mysql source has dsn, password_file and allow_wide_source and nothing else; the database is in the dsn")
	}
	return nil
}

// name is what profiles and claims may be called: they are parts of URLs and
// of JSON-LD.
var name = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_-]{0,63}$`)

func (c *Config) checkProfiles() error {
	for _, key := range slices.Sorted(maps.Keys(c.Profiles)) {
		where, p := "profiles."+key, c.Profiles[key]
		if !name.MatchString(key) {
			return invalid(where, "a profile's name is letters, digits, - and _")
		}
		if err := c.checkProfile(where, p); err != nil {
			return err
		}
		if err := checkClaims(where, p.Claims); err != nil {
			return err
		}
		if err := p.Where.check(where); err != nil {
			return err
		}
	}
	return nil
}

func (c *Config) checkProfile(where string, p Profile) error {
	for field, value := range map[string]string{"type": p.Type, "name": p.Name, "source": p.Source, "table": p.Table, "key": p.Key} {
		if value == "" {
			return invalid(where, "%s is missing", field)
		}
	}
	if _, ok := c.Sources[p.Source]; !ok {
		return invalid(where, "source %q is not one of sources", p.Source)
	}
	if p.Validity <= 0 {
		return invalid(where, "validity is missing: how long a credential is valid, such as 365d")
	}
	return nil
}

func checkClaims(where string, claims []Claim) error {
	if len(claims) == 0 {
		return invalid(where, "claims is empty: a credential says something")
	}
	seen := map[string]bool{}
	for _, claim := range claims {
		switch {
		case !name.MatchString(claim.Claim) || claim.Claim == "id" || claim.Claim == "type":
			return invalid(where, "%q cannot be the name of a claim", claim.Claim)
		case seen[claim.Claim]:
			return invalid(where, "claim %s is there twice", claim.Claim)
		case claim.Column == "":
			return invalid(where, "claim %s names no column", claim.Claim)
		case !slices.Contains([]string{AsText, AsInteger, AsDate, AsList}, claim.As):
			return invalid(where, "claim %s: as %q is none of text, integer, date, list", claim.Claim, claim.As)
		}
		seen[claim.Claim] = true
	}
	return nil
}

func (c *Config) checkCallers() error {
	for caller, profiles := range map[string][]string{"holder": c.Callers.Holder, "operator": c.Callers.Operator} {
		for _, profile := range profiles {
			if _, ok := c.Profiles[profile]; !ok {
				return invalid("callers."+caller, "%q is not one of profiles", profile)
			}
		}
	}
	return nil
}
