package timestamp

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/digitorus/timestamp"

	"github.com/chancery-vc/chancery/issuer/anchor"
	"github.com/chancery-vc/chancery/issuer/anchor/anchortest"
)

// policy is what the test's authority stamps under.
var policy = asn1.ObjectIdentifier{1, 2, 3, 4, 1}

// pair is a certificate with its key.
type pair struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
}

func must[T any](t testing.TB) func(value T, err error) T {
	return func(value T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return value
	}
}

// issue returns a certificate like template for a new key, of parent or, if
// that is nil, of itself.
func issue(t testing.TB, template x509.Certificate, parent *pair) *pair {
	t.Helper()
	key := must[*ecdsa.PrivateKey](t)(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	return &pair{certify(t, template, key, parent), key}
}

func certify(t testing.TB, template x509.Certificate, key *ecdsa.PrivateKey, parent *pair) *x509.Certificate {
	t.Helper()
	if template.SerialNumber == nil {
		template.SerialNumber = big.NewInt(time.Now().UnixNano())
	}
	if template.NotAfter.IsZero() {
		template.NotBefore, template.NotAfter = time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
	}
	above := parent
	if parent == nil {
		above = &pair{&template, key}
	}
	der := must[[]byte](t)(x509.CreateCertificate(rand.Reader, &template, above.certificate, key.Public(), above.key))
	return must[*x509.Certificate](t)(x509.ParseCertificate(der))
}

func newRoot(t testing.TB, name string) *pair {
	return issue(t, x509.Certificate{
		Subject: pkix.Name{CommonName: name}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}, nil)
}

// usage returns the extension that says what a certificate is for.
func usage(t testing.TB, critical bool, purposes ...int) []pkix.Extension {
	t.Helper()
	var all []asn1.ObjectIdentifier
	for _, purpose := range purposes {
		all = append(all, asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 3, purpose})
	}
	return []pkix.Extension{{Id: oidExtendedKeyUsage, Critical: critical, Value: must[[]byte](t)(asn1.Marshal(all))}}
}

const (
	forStamping = 8 // id-kp-timeStamping
	forMail     = 4 // id-kp-emailProtection
)

func newSigner(t testing.TB, root *pair) *pair {
	return issue(t, x509.Certificate{
		Subject: pkix.Name{CommonName: "signer"}, KeyUsage: x509.KeyUsageDigitalSignature, ExtraExtensions: usage(t, true, forStamping),
	}, root)
}

// openSSL is a real time-stamping authority: `openssl ts -reply`.
type openSSL struct {
	dir string
	mu  sync.Mutex // for the file with the next serial number
}

const openSSLConfig = `[tsa]
default_tsa = t
[t]
serial = serial
signer_cert = signer.pem
certs = root.pem
signer_key = signer.key
signer_digest = sha256
default_policy = 1.2.3.4.1
other_policies = 1.2.3.4.2
digests = sha256
accuracy = secs:1
clock_precision_digits = 3
ordering = yes
tsa_name = yes
ess_cert_id_chain = no
ess_cert_id_alg = %s
`

func newOpenSSL(t testing.TB, root, signer *pair, certificateHash string) *openSSL {
	t.Helper()
	if _, err := exec.LookPath("openssl"); err != nil {
		t.Skip("there is no openssl: install it")
	}
	o := &openSSL{dir: t.TempDir()}
	key := must[[]byte](t)(x509.MarshalPKCS8PrivateKey(signer.key))
	for name, data := range map[string][]byte{
		"tsa.conf":   fmt.Appendf(nil, openSSLConfig, certificateHash),
		"serial":     []byte("01\n"),
		"root.pem":   pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: root.certificate.Raw}),
		"signer.pem": pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: signer.certificate.Raw}),
		"signer.key": pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key}),
	} {
		if err := os.WriteFile(filepath.Join(o.dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return o
}

func (o *openSSL) run(arguments ...string) ([]byte, error) {
	command := exec.Command("openssl", append([]string{"ts"}, arguments...)...)
	command.Dir = o.dir
	return command.CombinedOutput()
}

func (o *openSSL) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	o.mu.Lock()
	defer o.mu.Unlock()
	query, err := io.ReadAll(r.Body)
	if err != nil || r.Method != http.MethodPost || r.Header.Get("Content-Type") != typeQuery {
		http.Error(w, "not a query", http.StatusBadRequest)
		return
	}
	if err := os.WriteFile(filepath.Join(o.dir, "query"), query, 0o600); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	if out, err := o.run("-reply", "-config", "tsa.conf", "-queryfile", "query", "-out", "reply"); err != nil {
		http.Error(w, string(out), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", typeReply)
	http.ServeFile(w, r, filepath.Join(o.dir, "reply"))
}

// stamped answers as an authority of the test's own making, which stamp can
// make do what openssl does not.
func stamped(t testing.TB, signer *pair, hash crypto.Hash, stamp func(*timestamp.Timestamp)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		query, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		request, err := timestamp.ParseRequest(query)
		if err != nil {
			t.Error(err)
			return
		}
		s := &timestamp.Timestamp{
			HashAlgorithm: request.HashAlgorithm, HashedMessage: request.HashedMessage, Time: time.Now(), Policy: policy,
			Nonce: request.Nonce, AddTSACertificate: true,
		}
		stamp(s)
		answer, err := s.CreateResponseWithOpts(signer.certificate, signer.key, hash)
		if err != nil {
			t.Error(err)
		}
		w.Header().Set("Content-Type", typeReply)
		w.Write(answer)
	}
}

// options are those of an authority that handler plays and root vouches for.
func options(t testing.TB, handler http.Handler, root *pair) Options {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	roots := x509.NewCertPool()
	roots.AddCert(root.certificate)
	return Options{
		URL: server.URL, Client: server.Client(), Roots: roots, Policy: policy, Folder: t.TempDir(),
		Own: anchortest.Own, Now: time.Now, Random: rand.Reader,
	}
}

func put(t testing.TB, o Options, sizes ...uint64) anchor.Anchor {
	t.Helper()
	a := New(o)
	for _, size := range sizes {
		if err := a.Put(t.Context(), anchortest.Checkpoint(size)); err != nil {
			t.Fatalf("%d records: %v", size, err)
		}
	}
	return a
}
