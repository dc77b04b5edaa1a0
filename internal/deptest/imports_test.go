package deptest

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/chancery-vc/chancery"

const (
	gin      = "github.com/gin-gonic/gin"
	bbolt    = "go.etcd.io/bbolt"
	jsonGold = "github.com/piprate/json-gold"
	aries    = "github.com/hyperledger/aries-framework-go"
	sqlite   = "modernc.org/sqlite"
	pgx      = "github.com/jackc/pgx"
	goMySQL  = "github.com/go-sql-driver/mysql"
	database = "database/sql"

	jsonSchema = "github.com/santhosh-tekuri/jsonschema"
	gnark      = "github.com/consensys/gnark-crypto"
	circl      = "github.com/cloudflare/circl"
	goCOSE     = "github.com/veraison/go-cose"
	minio      = "github.com/minio"
	digitorus  = "github.com/digitorus"
	prometheus = "github.com/prometheus"
	filippoAge = "filippo.io/age"
)

// pkg is a package of this module and what it imports, tests left out.
type pkg struct {
	path    string // below the module
	imports []string
}

// list lists this module as the go command sees it.
func list(t *testing.T, format string) []pkg {
	t.Helper()
	out, err := exec.Command("go", "list", "-f", "{{.ImportPath}}"+format, module+"/...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var all []pkg
	for line := range strings.Lines(string(out)) {
		fields := strings.Fields(line)
		path := strings.TrimPrefix(strings.TrimPrefix(fields[0], module), "/")
		all = append(all, pkg{path, fields[1:]})
	}
	if len(all) < 10 {
		t.Fatalf("go list names only %d packages", len(all))
	}
	return all
}

const (
	direct     = `{{range .Imports}} {{.}}{{end}}`
	transitive = `{{range .Deps}} {{.}}{{end}}`
)

// within tells whether path is one of folders or below one.
func within(path string, folders ...string) bool {
	return slices.ContainsFunc(folders, func(folder string) bool {
		return path == folder || strings.HasPrefix(path, folder+"/")
	})
}

// TestRooms: schemas stand alone; internal builds on schemas; the verifier on
// both; wallet and issuer on the verifier, and not on each other.
func TestRooms(t *testing.T) {
	may := map[string][]string{
		"schemas":  {},
		"internal": {"schemas", "internal"},
		"verifier": {"schemas", "internal", "verifier"},
		"wallet":   {"schemas", "internal", "verifier", "wallet"},
		"issuer":   {"schemas", "internal", "verifier", "issuer"},
	}
	for _, p := range list(t, direct) {
		room, _, _ := strings.Cut(p.path, "/")
		allowed, ruled := may[room]
		if !ruled || testOnly(p.path) {
			continue // cmd, examples and conformance may import anything
		}
		for _, name := range p.imports {
			ours, ok := strings.CutPrefix(name, module+"/")
			if ok && !within(ours, allowed...) {
				t.Errorf("%s imports %s", p.path, ours)
			}
		}
	}
}

// testOnly tells whether a package is material of tests, which may stand on
// whatever it tests: its name ends with "test".
func testOnly(path string) bool { return strings.HasSuffix(path, "test") }

// TestTestOnly: nothing but tests imports material of tests.
func TestTestOnly(t *testing.T) {
	for _, p := range list(t, direct) {
		for _, name := range p.imports {
			if testOnly(strings.TrimPrefix(name, module+"/")) && !testOnly(p.path) {
				t.Errorf("%s imports %s", p.path, name)
			}
		}
	}
}

// TestVerifierIsLight: who imports the verifier gets no database, none of the
// issuer and, unless it is to be served, no web framework.
func TestVerifierIsLight(t *testing.T) {
	for _, p := range list(t, transitive) {
		if !within(p.path, "verifier", "cmd/chancery-verifier") {
			continue
		}
		served := strings.HasSuffix(p.path, "http") || within(p.path, "cmd")
		for _, name := range p.imports {
			if !served && within(name, gin) || within(name, bbolt, sqlite, pgx, goMySQL, database, module+"/issuer", module+"/wallet") {
				t.Errorf("%s depends on %s", p.path, name)
			}
		}
	}
}

// TestLibrariesKeepToTheirRooms: a library can be exchanged where few import
// it.
func TestLibrariesKeepToTheirRooms(t *testing.T) {
	rules := []struct {
		library string
		allowed func(path string) bool
	}{
		{gin, func(path string) bool { return strings.HasSuffix(path, "http") }},
		{jsonGold, func(path string) bool { return within(path, "internal/jsonld", "internal/rdfc") }},
		{aries, func(path string) bool { return within(path, "conformance") }},
		{bbolt, func(path string) bool { return within(path, "issuer/store", "examples", "conformance") }},
		{pgx, func(path string) bool {
			return within(path, "internal/pgpool", "issuer/source", "issuer/singleuse/postgres")
		}},
		{goMySQL, func(path string) bool { return within(path, "issuer/source") }},
		{prometheus, func(path string) bool { return within(path, "issuer/metrics") }},
		{sqlite, func(path string) bool { return within(path, "issuer/source", "examples", "conformance") }},
		{jsonSchema, func(path string) bool { return within(path, "verifier/schema") }},
		{gnark, func(path string) bool { return within(path, "internal/bbs") }},
		{circl, func(path string) bool { return within(path, "internal/bbs") }},
		{goCOSE, func(path string) bool { return within(path, "verifier/proof/cose", "verifier/logproof") }},
		{minio, func(path string) bool { return within(path, "issuer/anchor/s3") }},
		{filippoAge, func(path string) bool { return within(path, "issuer/secret") }},
		{digitorus, func(path string) bool { return within(path, "issuer/anchor/timestamp") }},
	}
	for _, p := range list(t, direct) {
		if testOnly(p.path) {
			continue
		}
		for _, rule := range rules {
			for _, name := range p.imports {
				if within(name, rule.library) && !rule.allowed(p.path) {
					t.Errorf("%s imports %s", p.path, name)
				}
			}
		}
	}
}
