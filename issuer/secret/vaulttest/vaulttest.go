// Package vaulttest plays HashiCorp Vault for tests, as its API's documentation
// has it: KV version 2, transit with keys of both kinds, logins by AppRole and
// by Kubernetes, tokens that end and can be renewed. It serves over TLS, can be
// sealed, and can take its tokens away. TestPlayed of conformance/vault holds it
// against a real one.
//
// Source: developer.hashicorp.com/vault/api-docs.
package vaulttest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// What opens a server.
const (
	RoleID   = "role-of-the-issuer"
	SecretID = "canary-secret-id"
	Role     = "chancery"
	JWT      = "canary.service.account"
)

// Lease is how long tokens are good.
const Lease = time.Hour

// Server is a Vault that a test plays.
type Server struct {
	URL string
	CA  string // file of its certificate, PEM

	t      testing.TB
	server *httptest.Server
	now    func() time.Time

	mu      sync.Mutex
	sealed  bool
	tokens  map[string]time.Time // when they end; zero for never
	secrets map[string]map[string]any
	keys    map[string][]crypto.Signer // by name, each version
	asked   map[string]int             // requests by method and path
}

// Start starts a server until the test is over. It goes by the time of now.
func Start(t testing.TB, now func() time.Time) *Server {
	t.Helper()
	s := &Server{t: t, now: now, tokens: map[string]time.Time{}, secrets: map[string]map[string]any{}, keys: map[string][]crypto.Signer{}, asked: map[string]int{}}
	s.server = httptest.NewTLSServer(http.HandlerFunc(s.serve))
	t.Cleanup(s.server.Close)
	s.URL, s.CA = s.server.URL, filepath.Join(t.TempDir(), "vault-ca.pem")
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.server.Certificate().Raw})
	s.must(os.WriteFile(s.CA, text, 0o600))
	return s
}

func (s *Server) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

// Roots has the server's certificate.
func (s *Server) Roots() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(s.server.Certificate())
	return pool
}

// Token returns a new token that is good for so long; 0 is for ever.
func (s *Server) Token(lasts time.Duration) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.token(lasts)
}

func (s *Server) token(lasts time.Duration) string {
	token := "hvs.canary" + rand.Text()
	s.tokens[token] = time.Time{}
	if lasts > 0 {
		s.tokens[token] = s.now().Add(lasts)
	}
	return token
}

// TakeTokens ends every token.
func (s *Server) TakeTokens() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.tokens)
}

// Seal seals the server, or opens it again.
func (s *Server) Seal(sealed bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sealed = sealed
}

// Put writes a secret at secret/PATH.
func (s *Server) Put(path string, fields map[string]any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.secrets[path] = fields
}

// AddKey adds a version of a transit key, of ed25519 or ecdsa-p256.
func (s *Server) AddKey(name, kind string) {
	s.t.Helper()
	private := s.newEd25519()
	if kind == "ecdsa-p256" {
		generated, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		s.must(err)
		private = generated
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.keys[name] = append(s.keys[name], private)
}

// ReplaceKey puts another key in the place of a version, as a server that lies
// would.
func (s *Server) ReplaceKey(name string, version int) {
	private := s.newEd25519()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.keys[name][version-1] = private
}

func (s *Server) newEd25519() crypto.Signer {
	_, private, err := ed25519.GenerateKey(rand.Reader)
	s.must(err)
	return private
}

// Asked returns how often a path was asked with a method.
func (s *Server) Asked(method, path string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.asked[method+" "+path]
}

func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	path := strings.TrimPrefix(r.URL.Path, "/v1/")
	s.asked[r.Method+" "+path]++
	var in map[string]any
	_ = json.NewDecoder(r.Body).Decode(&in)
	status, out := s.answer(r.Method, path, r.Header.Get("X-Vault-Token"), in)
	if status != http.StatusOK {
		out = map[string]any{"errors": []string{"canary: what a server says of an error is not repeated"}}
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(out)
}

type object = map[string]any

func (s *Server) answer(method, path, token string, in object) (int, object) {
	switch {
	case s.sealed:
		return http.StatusServiceUnavailable, nil
	case method == http.MethodPost && path == "auth/approle/login":
		return s.login(in["role_id"] == RoleID && in["secret_id"] == SecretID)
	case method == http.MethodPost && path == "auth/kubernetes/login":
		return s.login(in["role"] == Role && in["jwt"] == JWT)
	}
	ends, known := s.tokens[token]
	if !known || !ends.IsZero() && !s.now().Before(ends) {
		return http.StatusForbidden, nil
	}
	ttl := 0
	if !ends.IsZero() {
		ttl = int(ends.Sub(s.now()).Seconds())
	}
	switch {
	case method == http.MethodGet && path == "auth/token/lookup-self":
		return http.StatusOK, object{"data": object{"ttl": ttl, "renewable": true}}
	case method == http.MethodPost && path == "auth/token/renew-self":
		s.tokens[token] = s.now().Add(Lease)
		return http.StatusOK, object{"auth": object{"client_token": token, "lease_duration": int(Lease.Seconds()), "renewable": true}}
	case method == http.MethodGet && strings.HasPrefix(path, "secret/data/"):
		fields, ok := s.secrets[strings.TrimPrefix(path, "secret/data/")]
		return found(ok, object{"data": fields, "metadata": object{"version": 1}})
	case method == http.MethodGet && strings.HasPrefix(path, "transit/keys/"):
		return s.key(strings.TrimPrefix(path, "transit/keys/"))
	case method == http.MethodPost && strings.HasPrefix(path, "transit/sign/"):
		return s.sign(strings.TrimPrefix(path, "transit/sign/"), in)
	}
	return http.StatusNotFound, nil
}

func found(ok bool, data object) (int, object) {
	if !ok {
		return http.StatusNotFound, nil
	}
	return http.StatusOK, object{"data": data}
}

func (s *Server) login(ok bool) (int, object) {
	if !ok {
		return http.StatusBadRequest, nil
	}
	return http.StatusOK, object{"auth": object{"client_token": s.token(Lease), "lease_duration": int(Lease.Seconds()), "renewable": true}}
}

func (s *Server) key(name string) (int, object) {
	versions, ok := s.keys[name]
	keys, kind := object{}, ""
	for n, private := range versions {
		public := ""
		switch key := private.Public().(type) {
		case ed25519.PublicKey:
			kind, public = "ed25519", base64.StdEncoding.EncodeToString(key)
		case *ecdsa.PublicKey:
			der, err := x509.MarshalPKIXPublicKey(key)
			s.must(err)
			kind, public = "ecdsa-p256", string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
		}
		keys[strconv.Itoa(n+1)] = object{"public_key": public}
	}
	return found(ok, object{"type": kind, "latest_version": len(versions), "keys": keys})
}

func (s *Server) sign(name string, in object) (int, object) {
	version, _ := in["key_version"].(float64)
	switch n := int(version); {
	case len(s.keys[name]) == 0:
		return http.StatusBadRequest, nil
	case n < 1 || n > len(s.keys[name]):
		return http.StatusInternalServerError, nil
	}
	private := s.keys[name][int(version)-1]
	text, _ := in["input"].(string)
	input, err := base64.StdEncoding.DecodeString(text)
	options := crypto.SignerOpts(crypto.Hash(0))
	if _, ok := private.(*ecdsa.PrivateKey); ok {
		options = crypto.SHA256
		if in["prehashed"] != true || in["marshaling_algorithm"] != "asn1" || in["hash_algorithm"] != "sha2-256" {
			return http.StatusBadRequest, nil
		}
	}
	if err != nil {
		return http.StatusBadRequest, nil
	}
	signature, err := private.Sign(rand.Reader, input, options)
	if err != nil {
		return http.StatusBadRequest, nil
	}
	return http.StatusOK, object{"data": object{"signature": fmt.Sprintf("vault:v%d:%s", int(version), base64.StdEncoding.EncodeToString(signature)), "key_version": version}}
}
