package soak

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chancery-vc/chancery/internal/issuertest"
	"github.com/chancery-vc/chancery/issuer/access"
	"github.com/chancery-vc/chancery/issuer/access/accesstest"
	"github.com/chancery-vc/chancery/issuer/secret/vaulttest"
)

// Callers beside the one of registertest.
const (
	bound       = "clinic" // known by an access token that is bound to its key
	walker      = "walker" // asks more often, and about more, than it may
	walkerToken = "token-of-the-walker"
)

// callers are the two, as the configuration has them.
var callers = fmt.Sprintf(`
    - name: %s
      client: {issuer: https://auth.example, id: school-app}
      purposes: [enrolment]
      facts: [of-age, born-in, registered, girl-of-a-place]
      budget: {subjects: unlimited, questions_per_subject: unlimited}
    - name: %s
      token_sha256: %s
      budget: {subjects: 5/24h, questions_per_subject: 2/24h}
      grants:
        - {name: some, purposes: [enrolment], facts: [of-age], rate: 30/1m}
`, bound, walker, access.Digest(walkerToken))

// more is the rest: %[1]s is the address of operations.
const more = `
self_test: 10s
scope: {recheck: 2s}
access:
  issuers:
    - {url: https://auth.example, jwks_file: auth.jwks, bound: dpop}
operations: {listen: "%[1]s", disk_floor: 1MiB}
vault:
  address: %[2]s
  ca: %[3]s
  app_role: {role_id: %[4]s, secret_id: vault.secret}
anchors:
  - {name: disk, kind: file, path: anchored/checkpoints, every: 1s, stop_after: 2m}
  - {name: county, kind: witness, every: 1s, stop_after: 2m, witnesses: [{url: "https://%[5]s", key: "%[6]s", ca: witness/tls/certificate.pem}]}
`

// configuration is that of the issuer, of which a part changes.
type configuration struct {
	t          *testing.T
	path, copy string // the copy is never one that cannot be used
	operations string
	text       string
	digits     int    // of transaction codes, which is what a change changes
	keys       [2]int // which of keyNames signs, and which is to
}

// configure writes the configuration, and the files that it names.
func (s *soak) configure() {
	c := &configuration{t: s.t, path: filepath.Join(s.dir, issuertest.ConfigFile), copy: filepath.Join(s.dir, "operator.yaml"), operations: freeAddress(s.t), digits: 6, keys: [2]int{0, 1}}
	data, err := os.ReadFile(c.path)
	must(s.t, err)
	vkey, err := os.ReadFile(filepath.Join(s.dir, "witness", "witness.vkey"))
	must(s.t, err)
	files := map[string][]byte{"vault.secret": []byte(vaulttest.SecretID), "auth.jwks": accesstest.JWKS(s.t, s.auth)}
	for name, content := range files {
		must(s.t, os.WriteFile(filepath.Join(s.dir, name), content, 0o600))
	}
	must(s.t, os.Mkdir(filepath.Join(s.dir, "anchored"), 0o700))
	direct := server.Address(database, database+"_reader")
	through := s.proxy.Address(database, database+"_reader")
	text := strings.Replace(string(data), fmt.Sprintf("%q", direct), fmt.Sprintf("%q", through), 1)
	text = strings.TrimRight(text, "\n") + callers
	address := s.witness.args[len(s.witness.args)-1]
	c.text = text + fmt.Sprintf(more, c.operations, s.vault.URL, s.vault.CA, vaulttest.RoleID, address, strings.TrimSpace(string(vkey)))
	s.config = c
	c.write()
}

// write writes the configuration as it is to be now.
func (c *configuration) write() {
	text := strings.Replace(c.text, "digits: 6", fmt.Sprint("digits: ", c.digits), 1)
	signs := "signing_key: vault:transit/transit/" + keyNames[c.keys[0]] + "\nkeys: [{key: vault:transit/transit/" + keyNames[c.keys[1]] + "}]"
	text = strings.Replace(text, "signing_key: signing.key", signs, 1)
	for _, path := range []string{c.copy, c.path} {
		must(c.t, os.WriteFile(path+".new", []byte(text), 0o600))
		must(c.t, os.Rename(path+".new", path))
	}
}

// spoil writes one that cannot be used.
func (c *configuration) spoil() {
	must(c.t, os.WriteFile(c.path, []byte("url: https://elsewhere.example\nstate: [\n"), 0o600))
}

// rotate has the other key sign.
func (c *configuration) rotate() {
	c.keys[0], c.keys[1] = c.keys[1], c.keys[0]
	c.write()
}

// change changes what no caller notices.
func (c *configuration) change() {
	c.digits = 13 - c.digits // 6 or 7
	c.write()
}
