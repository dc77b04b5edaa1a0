package main

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"

	"github.com/chancery-vc/chancery/issuer/key"
	"github.com/chancery-vc/chancery/verifier/did"
)

// made is a release of this checkout, for this machine alone, in the folder.
type made struct{ folder, id string }

// makeRelease needs git, and what is committed. The version is a tag of its own
// checkout, so that none is needed here.
func makeRelease(t *testing.T) made {
	t.Helper()
	folder := t.TempDir()
	source := filepath.Join(folder, "checkout")
	git(t, "clone", "--quiet", "../..", source)
	git(t, "-C", source, "tag", "v1.2.3")
	keyFile := filepath.Join(folder, "release.key")
	if err := (keyCommand{keyFile}).Run(io.Discard); err != nil {
		t.Fatal(err)
	}
	signer, err := key.Load(keyFile)
	if err != nil {
		t.Fatal(err)
	}
	id, _, err := did.FromKey(signer.Public())
	if err != nil {
		t.Fatal(err)
	}
	// As `make release` has it: in the checkout, with relative paths.
	t.Chdir(source)
	c := makeCommand{
		Key: keyFile, Out: "dist", Source: ".", URL: "https://example.org/download",
		Programs: []string{"chancery-verifier"}, Platforms: []string{"linux/amd64"}, OneCache: true,
	}
	if err := c.Run(t.Context(), io.Discard); err != nil {
		t.Fatal(err)
	}
	return made{filepath.Join(source, c.Out), id}
}

func git(t *testing.T, arguments ...string) {
	t.Helper()
	if out, err := exec.Command("git", arguments...).CombinedOutput(); err != nil {
		t.Fatalf("git %s: %v: %s", arguments[0], err, out)
	}
}

// TestRelease checks a release as its user does, and then one of which a byte
// was changed.
func TestRelease(t *testing.T) {
	m := makeRelease(t)
	if out, err := m.sums(); err != nil || !strings.Contains(out, "chancery-verifier-linux-amd64: OK") {
		t.Fatalf("%v: %s", err, out)
	}
	if out, err := m.verify(); err != nil || !strings.Contains(out, "ACCEPTED") {
		t.Fatalf("%v: %s", err, out)
	}
	m.testProvenance(t)
	m.testSBOM(t)
	for name, say := range map[string]func() (string, error){
		"chancery-verifier-linux-amd64": m.sums, provenanceFile: m.sums, "chancery-v1.2.3.cdx.json": m.sums,
		sumsFile: m.verify, credentialFile: m.verify,
	} {
		path := filepath.Join(m.folder, name)
		good := read(t, path)
		bad := bytes.Clone(good)
		bad[len(bad)/2] ^= 1
		write(t, path, bad)
		if out, err := say(); err == nil {
			t.Errorf("%s was altered: %s", name, out)
		}
		write(t, path, good)
	}
}

func (m made) sums() (string, error) {
	check := exec.Command("sha256sum", "--check", sumsFile)
	check.Dir = m.folder
	out, err := check.CombinedOutput()
	return string(out), err
}

// verify runs what docs/release.md has.
func (m made) verify() (string, error) {
	verify := exec.Command("./chancery-verifier-linux-amd64", "verify", credentialFile, "--issuer", m.id, "--no-status", "--any-age",
		"--require", "resources", "--resource", "https://example.org/download/v1.2.3/SHA256SUMS="+sumsFile)
	verify.Dir = m.folder
	if err := os.Chmod(filepath.Join(m.folder, verify.Path), 0o755); err != nil {
		return "", err
	}
	out, err := verify.CombinedOutput()
	return string(out), err
}

// testProvenance reads the envelope as DSSE has it, without the code that made
// it.
func (m made) testProvenance(t *testing.T) {
	t.Helper()
	var envelope struct {
		PayloadType string `json:"payloadType"`
		Payload     []byte `json:"payload"`
		Signatures  []struct {
			Sig []byte `json:"sig"`
		} `json:"signatures"`
	}
	if err := json.Unmarshal(read(t, filepath.Join(m.folder, provenanceFile)), &envelope); err != nil {
		t.Fatal(err)
	}
	public, err := did.KeyFrom(m.id)
	if err != nil {
		t.Fatal(err)
	}
	signed := append([]byte("DSSEv1 28 application/vnd.in-toto+json "), []byte(strconv.Itoa(len(envelope.Payload))+" ")...)
	if !ed25519.Verify(public.(ed25519.PublicKey), append(signed, envelope.Payload...), envelope.Signatures[0].Sig) {
		t.Error("its signature is not good")
	}
	digest, err := digestOf(filepath.Join(m.folder, "chancery-verifier-linux-amd64"))
	if err != nil || !bytes.Contains(envelope.Payload, []byte(digest)) {
		t.Errorf("%s is not in %s, %v", digest, envelope.Payload, err)
	}
}

// testSBOM: a library that the verifier is built from is there with its
// checksum.
func (m made) testSBOM(t *testing.T) {
	t.Helper()
	var list bom
	if err := json.Unmarshal(read(t, filepath.Join(m.folder, "chancery-v1.2.3.cdx.json")), &list); err != nil {
		t.Fatal(err)
	}
	sums := read(t, "go.sum")
	found := 0
	for _, c := range list.Components {
		if len(c.Properties) > 0 && bytes.Contains(sums, []byte(c.Name+" "+c.Version+" "+c.Properties[0].Value)) {
			found++
		}
	}
	if want := len(list.Components) - 1; found != want || found < 10 { // all but the standard library
		t.Errorf("%d of %d components are in go.sum", found, want)
	}
	if list.Metadata.Component.Version != "v1.2.3" {
		t.Errorf("it is of version %s", list.Metadata.Component.Version)
	}
}

// TestNoRelease: what is not of a commit alone, or is there already, is none.
func TestNoRelease(t *testing.T) {
	folder := t.TempDir()
	keyFile := filepath.Join(folder, "release.key")
	if err := (keyCommand{keyFile}).Run(io.Discard); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]makeCommand{
		"no key":           {Key: filepath.Join(folder, "no.key"), Out: filepath.Join(folder, "dist")},
		"a folder of old":  {Key: keyFile, Out: folder},
		"no checkout":      {Key: keyFile, Out: filepath.Join(folder, "dist"), Source: folder},
		"no such platform": {Key: keyFile, Out: filepath.Join(folder, "dist"), Source: "../..", Programs: []string{"chancery"}, Platforms: []string{"linux"}},
	} {
		if err := c.Run(context.Background(), io.Discard); err == nil {
			t.Errorf("%s: a release was made", name)
		}
		if left, err := filepath.Glob(filepath.Join(folder, ".release-*")); err != nil || len(left) > 0 {
			t.Errorf("%s: %v is left, %v", name, left, err)
		}
	}
}

// TestBuildsThatDisagree: programs of two commits, or of one with changes that
// nobody committed, are no release.
func TestBuildsThatDisagree(t *testing.T) {
	info := func(version, commit, modified string) *debug.BuildInfo {
		return &debug.BuildInfo{Main: debug.Module{Version: version}, Settings: []debug.BuildSetting{{Key: "vcs.revision", Value: commit}, {Key: "vcs.modified", Value: modified}}}
	}
	for name, second := range map[string]*debug.BuildInfo{
		"another version": info("v2", "c", "false"), "another commit": info("v1", "d", "false"),
		"a changed one": info("v1", "c", "true"), "none": info("v1", "", "false"),
	} {
		var b builds
		if err := b.agree(info("v1", "c", "false")); err != nil {
			t.Fatal(err)
		}
		if err := b.agree(second); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func write(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.WriteFile(path, data, 0o755); err != nil {
		t.Fatal(err)
	}
}
