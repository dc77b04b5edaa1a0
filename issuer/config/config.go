// Package config is the operator's manual: one struct, each field of which
// says what it means, its unit, its default and who must be trusted with it.
//
// A configuration is YAML. Unknown and doubled keys are refused by name and
// line. Paths are relative to the folder of the file. It holds no secret: the
// signing key and the source are named by where they are.
package config

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"regexp"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/token"
)

// ErrInvalid is the kind of every error about the content of a configuration.
var ErrInvalid = errors.New("the configuration cannot be used")

// MaxBytes caps the size of a configuration file.
const MaxBytes = 1 << 20

// Config is a whole configuration.
type Config struct {
	// URL is the public address of this issuer, https, without a slash at the
	// end. Wallets and verifiers see it; status lists live below it. It cannot
	// be changed once credentials were issued under it.
	URL string `yaml:"url"`
	// Listen is the address and port to serve on. Default 127.0.0.1:8443.
	Listen string `yaml:"listen"`
	// TLS is the certificate to serve with.
	TLS TLS `yaml:"tls"`
	// Issuer is the identifier that credentials name as their issuer: the
	// did:web of URL, or "did:key" for the did:key of the signing key, which
	// can never be rotated. Default: the did:web of URL.
	Issuer string `yaml:"issuer"`
	// SigningKey is the Ed25519 signing key: its file, mode 0600, or another
	// reference (package secret), such as systemd:NAME, age:PATH,
	// vault:transit/MOUNT/NAME or pkcs11:…. Whoever has it can sign as the issuer.
	SigningKey string `yaml:"signing_key"`
	// SelectiveKey is a second signing key, of P-256, by reference as well,
	// for credentials of which their holders can show a part. `chancery init
	// --selective` makes it. Whoever reads it can sign as the issuer. Default:
	// none.
	SelectiveKey string `yaml:"selective_key"`
	// Keys are the others that the DID document lists: the next ones, before they
	// sign, and former ones, while what they signed lives. Default: none.
	Keys []Key `yaml:"keys"`
	// SelfTest is how often the keys sign and verify while serving, beside the
	// start. Default 5m.
	SelfTest Duration `yaml:"self_test"`
	// Vault is where references that begin with vault: lead. Default: nowhere.
	Vault *Vault `yaml:"vault"`
	// State is the folder of the issuance log and the issuer's other state.
	// Default: state.
	State string `yaml:"state"`
	// Sources are the registers to read, by name.
	Sources map[string]Source `yaml:"sources"`
	// Profiles are the credentials that can be issued, by name.
	Profiles map[string]Profile `yaml:"profiles"`
	// Purposes are all that relying parties may ask for. Default: none.
	Purposes []string `yaml:"purposes"`
	// Facts are the questions about records that can be asked, by name.
	Facts map[string]Fact `yaml:"facts"`
	// Statuses are the states that can be asked for, by name.
	Statuses map[string]StatusOf `yaml:"statuses"`
	// Consult lets relying parties ask. Default: nobody.
	Consult Consult `yaml:"consult"`
	// Budget bounds what each of them can learn from many answers.
	Budget Budget `yaml:"budget"`
	// Access says by what they can be known, beside tokens of their own.
	Access Access `yaml:"access"`
	// Partners are the terms of grants that are signed for partners, for minutes
	// to hours (`chancery grant`). Default: none can be.
	Partners *Partners `yaml:"partners"`
	// Scope are the terms on which sources are held against this file.
	Scope ScopeTerms `yaml:"scope"`
	// Callers says who may have which profiles. Nobody else gets an answer.
	Callers Callers `yaml:"callers"`
	// VCAPI lets programs have credentials of their own wording signed, and
	// verify others. Default: nobody.
	VCAPI VCAPI `yaml:"vc_api"`
	// Offers are the terms of offers to holders.
	Offers Offers `yaml:"offers"`
	// Status are the terms of status lists.
	Status Status `yaml:"status"`
	// Anchors keep the log's checkpoints outside of this machine. Default: none.
	Anchors []Anchor `yaml:"anchors"`
	// Retention are the terms on which old records leave the log's file.
	Retention Retention `yaml:"retention"`
	// Replica is the name of this process among several of one issuer, small
	// letters, digits and -. Its log, status lists and bundle are below
	// URL/replicas/NAME/, and its State is state-NAME by default. A name is of one
	// state folder for good. Default: none, which one of them can be as well.
	Replica string `yaml:"replica"`
	// SharedState is where replicas keep what may be used once. Default: in State,
	// for an issuer of one process.
	SharedState *SharedState `yaml:"shared_state"`
	// Replicas are the others, by name. Default: none that has keys of its own.
	Replicas map[string]Replica `yaml:"replicas"`
	// Operations are the terms of looking after the running issuer.
	Operations Operations `yaml:"operations"`
	// Pseudonyms are the terms of the keys of the log's pseudonyms.
	Pseudonyms Pseudonyms `yaml:"pseudonyms"`

	digest   string
	folder   string
	text     []byte
	approval *Approval         // nil for none
	files    map[string][]byte // those that were approved, by path
}

// TLS names a certificate chain and its key, both PEM.
type TLS struct {
	Certificate string `yaml:"certificate"`
	Key         string `yaml:"key"`
}

// Source is one register. It is only ever opened for reading.
type Source struct {
	// Driver is how to read it: sqlite, postgres, mysql (MariaDB) or httpjson.
	Driver string `yaml:"driver"`
	// Path is the file of an sqlite source.
	Path string `yaml:"path"`
	// DSN says where a postgres source is, and which account reads it: libpq's
	// connection string, such as "host=/run/postgresql dbname=civil
	// user=chancery", without a password. A server on another machine needs
	// sslmode=verify-full and sslrootcert, the absolute path of a certificate.
	// Of a mysql source it is user@unix(/path/of/socket)/database or
	// user@tcp(host:port)/database; a server on another machine needs
	// ?tls=true, and &ssl-ca= with the absolute path of a certificate.
	DSN string `yaml:"dsn"`
	// PasswordFile is the file with the password of that account and nothing
	// else, mode 0600, or another reference to it, such as systemd:NAME or
	// vault:kv/MOUNT/PATH#FIELD. It is read again for each connection. Whoever
	// has it can read the register. Default: none, for a server that knows the
	// account by other means.
	PasswordFile string `yaml:"password_file"`
	// Schema is where the tables of a postgres source are. Default: public.
	Schema string `yaml:"schema"`
	// AllowWideSource lets a postgres, mysql or httpjson source be read although its
	// account can do more than read the configured columns, or nothing shows that
	// it cannot. Whoever takes the issuer over can then do it too. A warning says
	// so at each start. Default: false.
	AllowWideSource bool `yaml:"allow_wide_source"`
	// HTTP is where the API of an httpjson source is, and what of it is read.
	HTTP *HTTPSource `yaml:"http"`
}

// Profile is one kind of credential: where its content comes from, and what of
// it is disclosed. No column is read that it does not name.
type Profile struct {
	// Type is the credential's type beside VerifiableCredential. The context
	// must define it.
	Type string `yaml:"type"`
	// Name is what people call such a credential.
	Name string `yaml:"name"`
	// Context is the JSON-LD context that defines Type and the claims.
	Context Context `yaml:"context"`
	// Source names the register.
	Source string `yaml:"source"`
	// Table is the table or view to read.
	Table string `yaml:"table"`
	// Key is the column that identifies a record.
	Key string `yaml:"key"`
	// Where filters the records: by column, the values of which it must hold
	// one, such as {status: [registered, amended]}. They are compared as they
	// are written here, to the letter; a blank column holds none. For this
	// profile there is no record that it leaves out. Default: all records.
	Where Where `yaml:"where"`
	// SubjectID is a column whose value, an absolute IRI, identifies the
	// subject in the credential. Left out, the subject of an offer is the
	// holder, and that of a batch has no identifier.
	SubjectID string `yaml:"subject_id"`
	// Validity is how long a credential is valid, such as 365d or 12h.
	Validity Duration `yaml:"validity"`
	// Claims are what the credential says.
	Claims []Claim `yaml:"claims"`
	// Disclosure says what of the credential its holder shows: all of it
	// (whole, the default), or the part that the holder chooses (selective,
	// which needs SelectiveKey).
	Disclosure string `yaml:"disclosure"`
	// Mandatory names the claims that the holder of a selective credential
	// cannot withhold. Its issuer, validity and status never can be withheld.
	Mandatory []string `yaml:"mandatory"`
}

// Context names a JSON-LD context.
type Context struct {
	// URL is what credentials name.
	URL string `yaml:"url"`
	// File holds the document, unless it is one that Chancery embeds.
	File string `yaml:"file"`
}

// Claim is one thing that a credential says. A blank column leaves it out.
type Claim struct {
	// Claim is its name; the context must define it.
	Claim string `yaml:"claim"`
	// Column is where its value comes from.
	Column string `yaml:"column"`
	// As is how to read the column: text (the default), integer, date
	// (YYYY-MM-DD) or list (texts between Separator).
	As string `yaml:"as"`
	// Separator divides the items of a list. Default "; ".
	Separator string `yaml:"separator"`
	// Required refuses the credential if the column is blank.
	Required bool `yaml:"required"`
}

// Callers names the profiles that each kind of caller may have.
type Callers struct {
	// Holder is a wallet with an offer that the operator made.
	Holder []string `yaml:"holder"`
	// Operator is whoever can run chancery's commands on this machine.
	Operator []string `yaml:"operator"`
}

// VCAPI are the terms of the VC API (Verifiable Credential API 0.3), which is
// served below URL only if it has callers.
type VCAPI struct {
	// Callers are the programs that may use it.
	Callers []APICaller `yaml:"callers"`
}

// APICaller is one program. What it says in a credential is signed as it
// stands: no register is read for it, and the issuer's word is given for it.
type APICaller struct {
	// Name is what the log calls it.
	Name string `yaml:"name"`
	// TokenSHA256 is the SHA-256, in hexadecimal, of the bearer token that it
	// shows. `chancery token` makes both. Whoever has the token is the caller.
	TokenSHA256 string `yaml:"token_sha256"`
	// Types are the types beside VerifiableCredential that a credential of its
	// may have. Each needs one at least.
	Types []string `yaml:"types"`
	// Validity is how long a credential may be valid from its signing on, such
	// as 365d. One that does not say is valid for as long.
	Validity Duration `yaml:"validity"`
	// DataModel11 lets it have credentials of data model 1.1 signed as well.
	// They have no status: nothing revokes them before they expire.
	DataModel11 bool `yaml:"data_model_1_1"`
}

// Offers are the terms of offers.
type Offers struct {
	// Lifetime is how long an offer can be accepted. Default 10m.
	Lifetime Duration `yaml:"lifetime"`
	// Digits is the length of the transaction code. Default 6, at least 4.
	Digits int `yaml:"digits"`
	// Attempts is how many wrong transaction codes end an offer. Default 3.
	Attempts int `yaml:"attempts"`
}

// Status are the terms of status lists.
type Status struct {
	// Lifetime is how long a published status list is valid. Publish more
	// often than this. Default 24h.
	Lifetime Duration `yaml:"lifetime"`
}

// Load reads the file at path.
func Load(path string) (*Config, error) {
	data, err := ReadFile(path, MaxBytes)
	if err != nil {
		return nil, fmt.Errorf("configuration: %w; name it with --config, or write one with chancery init", err)
	}
	folder, err := filepath.Abs(filepath.Dir(path))
	if err != nil {
		return nil, fmt.Errorf("configuration: %w", err)
	}
	c, err := Parse(data, folder)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return c, nil
}

// Parse reads a configuration whose paths are relative to folder.
func Parse(data []byte, folder string) (*Config, error) {
	if len(data) > MaxBytes {
		return nil, fmt.Errorf("%w: larger than %d bytes", ErrInvalid, MaxBytes)
	}
	sum := sha256.Sum256(data)
	c := &Config{digest: hex.EncodeToString(sum[:]), folder: folder, text: bytes.Clone(data)}
	if err := decode(data, c); err != nil {
		return nil, err
	}
	c.setDefaults()
	if err := c.check(); err != nil {
		return nil, err
	}
	return c, nil
}

// How the parser says where an error is: line and column.
var (
	positionFirst = regexp.MustCompile(`^\[(\d+):\d+\] `)
	position      = regexp.MustCompile(`\[(\d+):\d+\]`)
)

// decode reads the one document that data holds. The parser has panics of its
// own for some of what is not YAML.
func decode(data []byte, into any) (err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("%w: it is not YAML", ErrInvalid)
		}
	}()
	if err := checkTokens(lexer.Tokenize(string(data))); err != nil {
		return err
	}
	decoder := yaml.NewDecoder(bytes.NewReader(data), yaml.Strict())
	if err := decoder.Decode(into); err != nil {
		said := positionFirst.ReplaceAllString(yaml.FormatError(err, false, false), "line $1: ")
		return fmt.Errorf("%w: %s", ErrInvalid, position.ReplaceAllString(said, "line $1"))
	}
	if err := decoder.Decode(&struct{}{}); !errors.Is(err, io.EOF) {
		return fmt.Errorf("%w: it holds more than one document", ErrInvalid)
	}
	return nil
}

// maxNesting caps how deep lists and maps stand in one another, and how far in an
// item of a list can begin: what is deeper takes the parser hours.
const (
	maxNesting = 32
	maxIndent  = 200
)

// checkTokens refuses, before anything is made of it, what lets a small file
// stand for one that fills any memory: references to parts of it, and deep
// nesting.
func checkTokens(tokens token.Tokens) error {
	depth := 0
	for _, t := range tokens {
		switch t.Type {
		case token.AnchorType, token.AliasType, token.MergeKeyType:
			return fmt.Errorf("%w: line %d: anchors (&) and aliases (*) are not read: write the value out, or put it in quotes if it is a text", ErrInvalid, t.Position.Line)
		case token.SequenceStartType, token.MappingStartType:
			depth++
		case token.SequenceEndType, token.MappingEndType:
			depth--
		}
		if depth > maxNesting || t.Type == token.SequenceEntryType && t.Position.Column > maxIndent {
			return fmt.Errorf("%w: line %d: it is nested too deep", ErrInvalid, t.Position.Line)
		}
	}
	return nil
}

// Digest returns the SHA-256 of the file in hexadecimal; records of the log
// carry it.
func (c *Config) Digest() string { return c.digest }

// Text returns the bytes of the file, as they are kept for auditors.
func (c *Config) Text() []byte { return bytes.Clone(c.text) }

// Path returns a configured path as an absolute one.
func (c *Config) Path(path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(c.folder, path)
}
