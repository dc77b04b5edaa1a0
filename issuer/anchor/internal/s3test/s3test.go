// Package s3test starts a real server of the S3 protocol for tests: the Versity
// S3 Gateway over a temporary folder, with Object Lock, on a loopback port with
// TLS. It is built from a module of its own, in the folder versitygw, so that
// what it depends on is no dependency of the product.
package s3test

import (
	"crypto/rand"
	"crypto/x509"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"github.com/chancery-vc/chancery/internal/web"
)

const program = "github.com/versity/versitygw/cmd/versitygw"

// startTime is how long a server may take to answer.
const startTime = 30 * time.Second

// What the account of a server is called, and where its buckets are.
const (
	AccessKey = "chancery-test"
	Region    = "us-east-1"
)

// Server is a running server.
type Server struct {
	URL        string
	Roots      *x509.CertPool
	SecretFile string
	admin      *minio.Client
}

// Start starts a server until the test is over. Where its modules cannot be
// had, the test is skipped.
func Start(t testing.TB) *Server {
	t.Helper()
	binary := build(t)
	dir := t.TempDir()
	in := func(name string) string { return filepath.Join(dir, name) }
	certificate, key, err := web.SelfSigned("127.0.0.1", time.Now(), rand.Reader)
	must(t, err)
	roots, err := web.Roots(certificate)
	must(t, err)
	secret := rand.Text()
	for name, data := range map[string][]byte{"cert.pem": certificate, "key.pem": key, "secret": []byte(secret + "\n")} {
		must(t, os.WriteFile(in(name), data, 0o600))
	}
	for _, name := range []string{"data", "versions", "meta"} {
		must(t, os.Mkdir(in(name), 0o700))
	}
	address := freeAddress(t)
	run(t, dir, secret, binary, "--quiet", "--port", address, "--cert", in("cert.pem"), "--key", in("key.pem"), "--region", Region,
		"posix", "--sidecar", in("meta"), "--versioning-dir", in("versions"), in("data"))
	s := &Server{URL: "https://" + address, Roots: roots, SecretFile: in("secret")}
	s.admin, err = minio.New(address, &minio.Options{
		Creds: credentials.NewStaticV4(AccessKey, secret, ""), Secure: true, Region: Region, Transport: web.NewClient(roots, startTime).Transport,
	})
	must(t, err)
	s.await(t)
	return s
}

// Admin returns the root account's client.
func (s *Server) Admin() *minio.Client { return s.admin }

// build builds the server.
func build(t testing.TB) string {
	t.Helper()
	_, here, _, _ := runtime.Caller(0)
	folder := filepath.Join(filepath.Dir(here), "versitygw")
	download := exec.CommandContext(t.Context(), "go", "mod", "download")
	download.Dir = folder
	if out, err := download.CombinedOutput(); err != nil {
		t.Skipf("the modules of %s cannot be had: %v\n%s", program, err, out)
	}
	binary := filepath.Join(t.TempDir(), "versitygw")
	command := exec.CommandContext(t.Context(), "go", "build", "-o", binary, program)
	command.Dir = folder
	if out, err := command.CombinedOutput(); err != nil {
		t.Fatalf("build %s: %v\n%s", program, err, out)
	}
	return binary
}

func freeAddress(t testing.TB) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer listener.Close()
	return listener.Addr().String()
}

// run runs a program that ends with the test, however that ends: a shell waits
// for the end of its input.
func run(t testing.TB, dir, secret string, arguments ...string) {
	t.Helper()
	command := exec.Command("sh", append([]string{"-c", `"$@" & read _; kill $!; wait $!`, "sh"}, arguments...)...)
	command.Dir = dir
	command.Env = append(os.Environ(), "ROOT_ACCESS_KEY="+AccessKey, "ROOT_SECRET_KEY="+secret)
	command.Stdout, command.Stderr = t.Output(), t.Output()
	input, err := command.StdinPipe()
	must(t, err)
	must(t, command.Start())
	t.Cleanup(func() { stop(t, command, input) })
}

func stop(t testing.TB, command *exec.Cmd, input io.Closer) {
	must(t, input.Close())
	_ = command.Wait() // it was told to end
}

func (s *Server) await(t testing.TB) {
	t.Helper()
	var err error
	for deadline := time.Now().Add(startTime); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		if _, err = s.admin.ListBuckets(t.Context()); err == nil {
			return
		}
	}
	t.Fatalf("the server does not answer: %v", err)
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
