package vault

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/internal/web"
)

// answerTime is how long the server may take to answer a request.
const answerTime = 30 * time.Second

// program is the server's, which TestMain builds.
var program struct {
	path    string
	missing string // why its modules cannot be had
}

func TestMain(m *testing.M) {
	os.Exit(func() int {
		dir, err := os.MkdirTemp("", "vault")
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer os.RemoveAll(dir)
		program.path = filepath.Join(dir, "server")
		if out, err := inServer("list", "-deps", ".").CombinedOutput(); err != nil {
			program.missing = fmt.Sprintf("%v: %s", err, out)
		} else if out, err := inServer("build", "-ldflags=-s -w", "-o", program.path, ".").CombinedOutput(); err != nil {
			fmt.Fprintf(os.Stderr, "build the server: %v: %s", err, out)
			return 1
		}
		return m.Run()
	}())
}

func inServer(args ...string) *exec.Cmd {
	command := exec.Command("go", args...)
	command.Dir = "server"
	return command
}

type object = map[string]any

// server is a running Vault, and who may do all there.
type server struct {
	testing.TB
	URL    string
	CA     string // file of its certificate
	Roots  *x509.CertPool
	client *http.Client
	root   string // token
	unseal string // key
}

// start starts a server until the test is over: initialized, open, with KV at
// secret/, transit at transit/ and the login approle/.
func start(t testing.TB) *server {
	t.Helper()
	if program.missing != "" {
		t.Skipf("the modules of the server cannot be had: %s", program.missing)
	}
	certificate, key, err := web.SelfSigned("127.0.0.1", time.Now(), rand.Reader)
	must(t, err)
	s := &server{TB: t, CA: filepath.Join(t.TempDir(), "vault-ca.pem")}
	s.Roots, err = web.Roots(certificate)
	must(t, err)
	s.client = web.NewClient(s.Roots, answerTime)
	keyFile := filepath.Join(t.TempDir(), "key.pem")
	must(t, os.WriteFile(s.CA, certificate, 0o600))
	must(t, os.WriteFile(keyFile, key, 0o600))
	s.URL = "https://" + run(t, program.path, s.CA, keyFile)
	s.initialize()
	return s
}

// run starts a program that says in a line where it listens, and ends with its
// input.
func run(t testing.TB, name string, args ...string) string {
	t.Helper()
	command := exec.Command(name, args...)
	command.Stderr = t.Output()
	input, err := command.StdinPipe()
	must(t, err)
	output, err := command.StdoutPipe()
	must(t, err)
	must(t, command.Start())
	t.Cleanup(func() {
		must(t, input.Close())
		if err := command.Wait(); err != nil {
			t.Errorf("the server ended with %v", err)
		}
	})
	line, err := bufio.NewReader(output).ReadString('\n')
	must(t, err)
	return strings.TrimSpace(line)
}

func (s *server) initialize() {
	s.Helper()
	made := s.do(http.MethodPut, "sys/init", object{"secret_shares": 1, "secret_threshold": 1})
	s.root, s.unseal = made["root_token"].(string), made["keys"].([]any)[0].(string)
	s.open()
	s.do(http.MethodPost, "sys/mounts/secret", object{"type": "kv", "options": object{"version": "2"}})
	s.do(http.MethodPost, "sys/mounts/transit", object{"type": "transit"})
	s.do(http.MethodPost, "sys/auth/approle", object{"type": "approle"})
}

// seal and open end and begin that the server answers.
func (s *server) seal() { s.do(http.MethodPut, "sys/seal", nil) }

func (s *server) open() { s.do(http.MethodPut, "sys/unseal", object{"key": s.unseal}) }

// ask sends a request, and returns the status and what is answered.
func (s *server) ask(token, method, path string, in object) (status int, out object) {
	s.Helper()
	body, err := json.Marshal(in)
	must(s, err)
	request, err := http.NewRequestWithContext(s.Context(), method, s.URL+"/v1/"+path, bytes.NewReader(body))
	must(s, err)
	request.Header.Set("X-Vault-Request", "true")
	if token != "" {
		request.Header.Set("X-Vault-Token", token)
	}
	response, err := s.client.Do(request)
	must(s, err)
	defer response.Body.Close()
	if response.StatusCode != http.StatusNoContent {
		must(s, json.NewDecoder(response.Body).Decode(&out))
	}
	return response.StatusCode, out
}

// do has the one who may do all do something.
func (s *server) do(method, path string, in object) object {
	s.Helper()
	status, out := s.ask(s.root, method, path, in)
	if status/100 != 2 {
		s.Fatalf("%s %s: %d %v", method, path, status, out)
	}
	return out
}

// put writes the next version of a secret.
func (s *server) put(path string, fields object) {
	s.Helper()
	s.do(http.MethodPost, "secret/data/"+path, object{"data": fields})
}

// key makes a transit key.
func (s *server) key(name, kind string) {
	s.Helper()
	s.do(http.MethodPost, "transit/keys/"+name, object{"type": kind})
}

// issuerMay is what docs/operator.md says that an issuer needs.
const issuerMay = `
path "secret/data/civil/*" { capabilities = ["read"] }
path "transit/keys/issuer" { capabilities = ["read"] }
path "transit/sign/issuer" { capabilities = ["update"] }
`

// role has a policy and a role of AppRole for it, with more settings, and
// returns the two parts of its login.
func (s *server) role(policy string, more object) (roleID, secretID string) {
	s.Helper()
	s.do(http.MethodPut, "sys/policies/acl/issuer", object{"policy": policy})
	settings := object{"token_policies": "issuer", "token_ttl": "1h"}
	for name, value := range more {
		settings[name] = value
	}
	s.do(http.MethodPost, "auth/approle/role/issuer", settings)
	data := func(answer object) object { return answer["data"].(object) }
	roleID = data(s.do(http.MethodGet, "auth/approle/role/issuer/role-id", nil))["role_id"].(string)
	return roleID, data(s.do(http.MethodPost, "auth/approle/role/issuer/secret-id", nil))["secret_id"].(string)
}

// tokens are those that the role has given and that are good still.
func (s *server) tokens() (tokens []object) {
	s.Helper()
	for _, accessor := range s.do("LIST", "auth/token/accessors", nil)["data"].(object)["keys"].([]any) {
		status, answer := s.ask(s.root, http.MethodPost, "auth/token/lookup-accessor", object{"accessor": accessor})
		if status != http.StatusOK { // it is over by now
			continue
		}
		if data := answer["data"].(object); data["path"] == "auth/approle/login" {
			tokens = append(tokens, data)
		}
	}
	return tokens
}

// takeTokens takes back those tokens.
func (s *server) takeTokens() {
	s.Helper()
	for _, token := range s.tokens() {
		s.do(http.MethodPost, "auth/token/revoke-accessor", object{"accessor": token["accessor"]})
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
