package main

import (
	"crypto/ed25519"
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"golang.org/x/crypto/ssh"

	"github.com/chancery-vc/chancery/examples/births/civil"
	"github.com/chancery-vc/chancery/internal/sshsig/sshsigtest"
	"github.com/chancery-vc/chancery/issuer/approval"
	"github.com/chancery-vc/chancery/issuer/config"
	"github.com/chancery-vc/chancery/issuer/issuerhttp"
	"github.com/chancery-vc/chancery/verifier/logproof"
)

// approvers are two people, both of whom must approve a configuration.
type approvers struct {
	path        string
	first, both []ssh.Signer
}

func newApprovers(t *testing.T) approvers {
	t.Helper()
	a := approvers{path: filepath.Join(t.TempDir(), "approvers.yaml")}
	text := "need: 2\napprovers:\n"
	for _, name := range []string{"Anna", "Bert"} {
		_, private, err := ed25519.GenerateKey(rand.Reader)
		must(t, err)
		signer, line := sshsigtest.Key(t, private)
		a.both = append(a.both, signer)
		text += fmt.Sprintf("  - name: %s\n    keys: [%s]\n", name, line)
	}
	a.first = a.both[:1]
	must(t, os.WriteFile(a.path, []byte(text), 0o600))
	return a
}

// approve writes a manifest of the configuration at path, and who signed it.
func approve(t *testing.T, path string, serial uint64, signers []ssh.Signer) {
	t.Helper()
	c, err := config.Load(path)
	must(t, err)
	m, err := approval.NewManifest(c, serial)
	must(t, err)
	data, err := m.Bytes()
	must(t, err)
	var signatures strings.Builder
	for _, signer := range signers {
		signatures.WriteString(sshsigtest.Sign(t, signer, approval.Namespace, data))
	}
	must(t, os.WriteFile(path+approval.ManifestSuffix, data, 0o600))
	must(t, os.WriteFile(path+approval.SignatureSuffix, []byte(signatures.String()), 0o600))
}

// servedApproved starts the program with a configuration that both approved.
func servedApproved(t *testing.T, a approvers) *program {
	t.Helper()
	p := prepared(t)
	approve(t, p.config, 1, a.both)
	p.start("--approvers", a.path)
	return p
}

// TestChangeNeedsTwo: while it is asked, the configuration is changed by one
// again and again, which comes to nothing, and by two, which does.
func TestChangeNeedsTwo(t *testing.T) {
	a := newApprovers(t)
	p := servedApproved(t, a)
	client, err := issuerhttp.Dial(filepath.Join(filepath.Dir(p.config), "state", "operator.sock"))
	must(t, err)
	var done atomic.Bool
	var load sync.WaitGroup
	for range 3 {
		load.Go(func() {
			for !done.Load() {
				if name := p.name(); name == "" || strings.Contains(name, "alone") {
					t.Errorf("it is served as %q", name)
					return
				}
				if _, err := client.Offer(t.Context(), "birth", civil.KnownNumber); err != nil {
					t.Errorf("an offer was lost: %v", err)
					return
				}
			}
		})
	}
	refused := 0
	for n := range uint64(3) {
		p.write(firstName, fmt.Sprintf("name: Alone %d", n))
		approve(t, p.config, n+2, a.first)
		must(t, p.command.Process.Signal(syscall.SIGHUP))
		refused++
		p.eventually("the refusal", func() bool { return p.count(unchangedSaid) == refused })
		name := fmt.Sprintf("Together %d", n)
		p.write(firstName, "name: "+name)
		approve(t, p.config, n+2, a.both)
		must(t, p.command.Process.Signal(syscall.SIGHUP))
		p.eventually(name, func() bool { return p.name() == name })
	}
	done.Store(true)
	load.Wait()
	configurations := 0
	for _, r := range p.stop() {
		if r.Kind == logproof.Configuration {
			configurations++
			if len(r.Approvers) != 2 {
				t.Errorf("it was approved by %v", r.Approvers)
			}
		}
	}
	if configurations != 4 || p.count(changedSaid) != 3 {
		t.Errorf("the log has %d configurations: %s", configurations, p.said.String())
	}
}

// TestReloadAsked: whoever asks for a change at the same time as others, or as
// a signal comes, is told what became of it; nobody waits for ever.
func TestReloadAsked(t *testing.T) {
	p := served(t)
	client, err := issuerhttp.Dial(filepath.Join(filepath.Dir(p.config), "state", "operator.sock"))
	must(t, err)
	p.edit(firstName, "name: Birth 1")
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			r, err := client.Reload(t.Context())
			if err != nil || r.Configuration == "" {
				t.Errorf("%+v, %v", r, err)
			}
		})
	}
	all.Wait()
	if name := p.name(); name != "Birth 1" {
		t.Errorf("it is served as %s", name)
	}
	p.write("table: births", "table: deaths")
	code, _, said := call(t.Context(), "reload", "--config", p.config)
	if code != exitNo || !strings.Contains(said, "deaths") || p.name() != "Birth 1" {
		t.Errorf("exit code %d, %s", code, said)
	}
	p.stop()
}
