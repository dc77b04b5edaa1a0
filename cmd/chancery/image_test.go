package main

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chancery-vc/chancery/internal/issuertest"
	"github.com/chancery-vc/chancery/internal/web"
)

// account is who the image runs as.
const account = 65532

// built is the image, as buildah made it.
type built struct {
	*testing.T
	root   string // its file system
	dir    string // with what is mounted
	config imageConfig
}

// imageConfig is what the image says of how to run it, as OCI has it.
type imageConfig struct{ Env, Entrypoint, Cmd []string }

// mounts are where the image has something of the operator's, and whether it
// writes there.
var mounts = map[string]bool{"config": false, "secrets": false, "state": true}

// build makes the image as docs/operations says.
func build(t *testing.T) *built {
	t.Helper()
	if _, err := exec.LookPath("buildah"); err != nil || os.Getuid() != 0 {
		t.Skip("the image is built by buildah, and run by root: install buildah, and be root")
	}
	in := t.TempDir()
	must(t, os.WriteFile(filepath.Join(in, "Containerfile"), []byte(deployment(t, "Containerfile")), 0o600))
	compile := exec.CommandContext(t.Context(), "go", "build", "-trimpath", "-o", filepath.Join(in, "chancery"), ".")
	compile.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := compile.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	b := &built{T: t, dir: t.TempDir()}
	storage := []string{"--root", filepath.Join(in, "storage"), "--runroot", filepath.Join(in, "run"), "--storage-driver", "vfs"}
	buildah := func(args ...string) string {
		out, err := exec.CommandContext(t.Context(), "buildah", append(storage, args...)...).Output()
		if exit := new(exec.ExitError); errors.As(err, &exit) {
			t.Fatalf("buildah %v: %s", args, exit.Stderr)
		}
		must(t, err)
		return strings.TrimSpace(string(out))
	}
	buildah("build", "--isolation", "chroot", "--tag", "chancery", in)
	container := buildah("from", "chancery")
	b.root = buildah("mount", container)
	var inspected struct {
		OCIv1 struct{ Config imageConfig }
	}
	must(t, json.Unmarshal([]byte(buildah("inspect", container)), &inspected))
	b.config = inspected.OCIv1.Config
	return b
}

// furnish gives the image a register of births, as the operator would.
func (b *built) furnish() {
	b.Helper()
	certificate, key, err := web.SelfSigned("registry.example", time.Now(), rand.Reader)
	must(b.T, err)
	from := issuertest.Folder(b.T, 3, func(text string) string {
		for old, now := range map[string]string{
			`listen: "127.0.0.1:0"`:    "listen: \"0.0.0.0:8443\"\ntls: {certificate: certificate.pem, key: /secrets/tls.pem}",
			"signing_key: signing.key": "signing_key: systemd:signing.key", "state: state": "state: /state",
		} {
			if !strings.Contains(text, old) {
				b.Fatalf("the configuration has no %s:\n%s", old, text)
			}
			text = strings.Replace(text, old, now, 1)
		}
		return text
	})
	for name := range mounts {
		must(b.T, os.Mkdir(filepath.Join(b.dir, name), 0o700))
		must(b.T, os.Mkdir(filepath.Join(b.root, name), 0o555)) // where a runtime mounts
	}
	must(b.T, os.Mkdir(filepath.Join(b.root, "tmp"), 0o555))
	must(b.T, os.WriteFile(filepath.Join(b.dir, "config/certificate.pem"), certificate, 0o600))
	must(b.T, os.WriteFile(filepath.Join(b.dir, "secrets/tls.pem"), key, 0o600))
	for name, to := range map[string]string{issuertest.ConfigFile: "config", issuertest.RegisterFile: "config", issuertest.KeyFile: "secrets"} {
		must(b.T, os.Rename(filepath.Join(from, name), filepath.Join(b.dir, to, name)))
	}
	must(b.T, filepath.WalkDir(b.dir, func(path string, _ os.DirEntry, _ error) error { return os.Chown(path, account, account) }))
}

// command runs the image: its root is read-only, as is all that is mounted but
// the state, there is no network, and nobody in it can become somebody else.
func (b *built) command(args ...string) (c *exec.Cmd, said *strings.Builder) {
	mount := func(name string, writes bool) string {
		at := filepath.Join(b.root, name)
		text := fmt.Sprintf("mount --bind %q %q\n", filepath.Join(b.dir, name), at)
		if !writes {
			text += fmt.Sprintf("mount -o remount,bind,ro %q\n", at)
		}
		return text
	}
	script := fmt.Sprintf("set -e\nmount --bind %[1]q %[1]q\nmount -o remount,bind,ro %[1]q\nmount -t tmpfs -o mode=1777 tmpfs %[1]q/tmp\n", b.root)
	for name, writes := range mounts {
		script += mount(name, writes)
	}
	id := strconv.Itoa(account)
	script += `exec setpriv --no-new-privs --bounding-set=-all,+sys_chroot,+setuid,+setgid chroot --groups= --userspec=` + id + ":" + id + ` "$@"`
	c, said = exec.CommandContext(b.Context(), "unshare", append([]string{"--net", "--mount", "sh", "-c", script, "sh", b.root}, args...)...), &strings.Builder{}
	c.Stdout, c.Stderr, c.Env = said, said, append(slices.Clone(b.config.Env), "CREDENTIALS_DIRECTORY=/secrets")
	return c, said
}

// TestImageServes: the image that the Containerfile makes serves births, where
// there is nothing but it and what is mounted, and writes nowhere but into the
// state.
func TestImageServes(t *testing.T) {
	b := build(t)
	var files []string
	must(t, filepath.WalkDir(b.root, func(path string, _ os.DirEntry, err error) error {
		files = append(files, strings.TrimPrefix(path, b.root))
		return err
	}))
	if diff := cmp.Diff([]string{"", "/chancery"}, files); diff != "" {
		t.Error(diff)
	}
	b.furnish()
	served, log := b.command(append(b.config.Entrypoint, b.config.Cmd...)...)
	must(t, served.Start())
	ready := func() (string, error) {
		c, said := b.command("/chancery", "ready")
		err := c.Run()
		return said.String(), err
	}
	said, err := ready()
	for deadline := time.Now().Add(time.Minute); err != nil && time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		said, err = ready()
	}
	if err != nil {
		t.Errorf("it is not ready: %s\n%s", said, log)
	}
	offer, said2 := b.command("/chancery", "offer", "--profile", "birth", "2019-000042")
	if err := offer.Run(); err != nil || !strings.Contains(said2.String(), "openid-credential-offer:") {
		t.Errorf("offer: %v: %s", err, said2)
	}
	must(t, served.Process.Signal(syscall.SIGTERM))
	if err := served.Wait(); err != nil || strings.Contains(log.String(), `"level":"ERROR"`) {
		t.Errorf("%v: %s", err, log)
	}
}
