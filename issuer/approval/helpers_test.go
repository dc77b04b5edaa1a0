package approval_test

import (
	"crypto/ed25519"
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"

	"github.com/chancery-vc/chancery/internal/sshsig/sshsigtest"
	"github.com/chancery-vc/chancery/issuer/approval"
	"github.com/chancery-vc/chancery/issuer/config"
)

// office is an issuer's folder, and three people, two of whom are to approve its
// configuration. Anna has two keys.
type office struct {
	*testing.T
	config, approvers                 string
	anna, annasOther, bert, carla, no ssh.Signer // no is nobody's key
}

func newOffice(t *testing.T) *office {
	t.Helper()
	folder := t.TempDir()
	o := &office{T: t, config: filepath.Join(folder, "chancery.yaml"), approvers: filepath.Join(folder, "approvers.yaml")}
	text, err := config.Template(config.Start{URL: "https://registry.example", Listen: "127.0.0.1:8443"})
	must(t, err)
	write(t, o.config, text+"\naccess:\n  client_ca: "+caFile+"\n")
	write(t, o.file(caFile), "the authorities")
	var lines [4]string
	for i, signer := range []*ssh.Signer{&o.anna, &o.annasOther, &o.bert, &o.carla} {
		*signer, lines[i] = newKey(t)
	}
	o.no, _ = newKey(t)
	write(t, o.approvers, fmt.Sprintf(`need: 2
approvers:
  - name: Anna
    keys: [%s, %s anna@desk]
  - name: Bert
    keys: [%s]
  - name: Carla
    keys: [%s]
`, lines[0], lines[1], lines[2], lines[3]))
	return o
}

// caFile is what the configuration names.
const caFile = "clients.pem"

func (o *office) file(name string) string { return filepath.Join(filepath.Dir(o.config), name) }

func newKey(t testing.TB) (ssh.Signer, string) {
	t.Helper()
	_, private, err := ed25519.GenerateKey(rand.Reader)
	must(t, err)
	return sshsigtest.Key(t, private)
}

func write(t testing.TB, path, text string) {
	t.Helper()
	must(t, os.WriteFile(path, []byte(text), 0o600))
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func read(t testing.TB, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	must(t, err)
	return string(data)
}

// manifest writes one, and returns it.
func (o *office) manifest(edits ...func(*approval.Manifest)) []byte {
	o.Helper()
	c, err := config.Load(o.config)
	must(o.T, err)
	m, err := approval.NewManifest(c, 7)
	must(o.T, err)
	for _, edit := range edits {
		edit(&m)
	}
	data, err := m.Bytes()
	must(o.T, err)
	write(o.T, o.config+approval.ManifestSuffix, string(data))
	return data
}

// sign writes the signatures of some over a manifest.
func (o *office) sign(manifest []byte, signers ...ssh.Signer) {
	o.Helper()
	var all strings.Builder
	for _, signer := range signers {
		all.WriteString(sshsigtest.Sign(o.T, signer, approval.Namespace, manifest))
	}
	write(o.T, o.config+approval.SignatureSuffix, all.String())
}

func (o *office) load() (*config.Config, error) {
	o.Helper()
	a, err := approval.ReadApprovers(o.approvers)
	must(o.T, err)
	return approval.Load(o.config, a)
}
