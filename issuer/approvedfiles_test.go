package issuer_test

import (
	"crypto/rand"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chancery-vc/chancery/internal/credtest"
	"github.com/chancery-vc/chancery/internal/issuertest"
	"github.com/chancery-vc/chancery/issuer/config"
	"github.com/chancery-vc/chancery/verifier/logproof"
)

// TestApprovedFilesAreUsed: a file that people approve with the configuration
// is read as they approved it and not from the disk, whatever it is for.
func TestApprovedFilesAreUsed(t *testing.T) {
	const name = "named.file"
	dir := issuertest.Folder(t, 1)
	must(t, os.WriteFile(filepath.Join(dir, name), []byte("what nobody approved"), 0o600))
	const login = "https://login.example"
	witness, err := logproof.NewWitness("w.example", credtest.Key("w").Public())
	must(t, err)
	for what, edit := range map[string]func(c *config.Config){
		"access.client_ca": func(c *config.Config) { c.Access.ClientCA = name },
		"access.issuers.ca": func(c *config.Config) {
			c.Access.Issuers = []config.TokenIssuer{{URL: login, JWKSURL: login, CA: name}}
		},
		"access.issuers.jwks_file": func(c *config.Config) {
			c.Access.Issuers = []config.TokenIssuer{{URL: login, JWKSFile: name}}
		},
		"access.issuers.introspection.ca": func(c *config.Config) {
			c.Access.Issuers = []config.TokenIssuer{{URL: login, Introspection: &config.Introspection{URL: login, ClientID: "a", SecretFile: "s", CA: name}}}
		},
		"anchors.ca": func(c *config.Config) {
			c.Anchors = []config.Anchor{{Name: "a", Kind: config.AnchorTimestamp, URL: "https://tsa.example", CA: name}}
		},
		"anchors.roots": func(c *config.Config) {
			c.Anchors = []config.Anchor{{Name: "a", Kind: config.AnchorTimestamp, URL: "https://tsa.example", Roots: name}}
		},
		"anchors.witnesses.ca": func(c *config.Config) {
			c.Anchors = []config.Anchor{{Name: "a", Kind: config.AnchorWitness, Witnesses: []config.Witness{{URL: "https://w.example", Key: config.Text(witness.String()), CA: name}}}}
		},
		"consult.callers.grants.keys.file": func(c *config.Config) {
			grant := config.Grant{Name: "g", Purposes: []string{"p"}, Keys: config.Keys{File: name}}
			c.Consult.Callers = []config.RelyingParty{{Name: "a", TokenSHA256: strings.Repeat("0", 64), Grants: []config.Grant{grant}}}
		},
		"profiles.context.file": func(c *config.Config) {
			p := c.Profiles[birth]
			p.Context.File = name
			c.Profiles[birth] = p
		},
		"sources.http.ca": func(c *config.Config) {
			for source := range c.Sources {
				c.Sources[source] = config.Source{Driver: "httpjson", HTTP: &config.HTTPSource{URL: "https://api.example", CA: name}}
			}
		},
		"vault.ca": func(c *config.Config) {
			c.Vault = &config.Vault{Address: "https://vault.example", Token: "file:" + name, CA: name}
		},
	} {
		c := issuertest.Load(t, dir)
		edit(c)
		if files := c.Files(); len(files) != 1 || files[0] != name {
			t.Errorf("%s: to be approved are %v", what, files)
		}
		c.Approve(config.Approval{Serial: 1, Manifest: []byte("m")}, nil)
		if err := open(c, rand.Reader); err == nil || !strings.Contains(err.Error(), name+" was not approved") {
			t.Errorf("%s: %v", what, err)
		}
	}
}
