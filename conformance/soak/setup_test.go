package soak

import (
	"crypto/ed25519"
	"crypto/tls"
	"encoding/base64"
	"encoding/json"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/conformance/load/registertest"
	"github.com/chancery-vc/chancery/internal/issuertest"
	"github.com/chancery-vc/chancery/internal/postgrestest"
	"github.com/chancery-vc/chancery/issuer/access/accesstest"
	"github.com/chancery-vc/chancery/issuer/secret/vaulttest"
	"github.com/chancery-vc/chancery/verifier/did"
)

// soak is an issuer, what it depends on, and what is known of it.
type soak struct {
	t     *testing.T
	lasts time.Duration
	dir   string
	programs

	issuer  *served
	witness *served
	proxy   *postgrestest.Proxy // before the register
	vault   *vaulttest.Server
	auth    accesstest.Server
	config  *configuration

	party  *party
	tally  *tally
	faults *tally
	health *health

	again   map[string]time.Duration // how long it took at most until it answered again, by what was done to it
	samples []sample                 // of the issuer's processes
	size    int                      // of the log in the end
}

// Records of the register: the first ones are asked for, the others are offered
// to wallets, each once.
const (
	records = 100_000
	offered = 50_000
)

const database = "soak"

// newSoak makes all of it; of the processes the witness runs.
func newSoak(t *testing.T, lasts time.Duration) *soak {
	t.Helper()
	server.Start(t)
	s := &soak{t: t, lasts: lasts, tally: newTally(), faults: newTally(), again: map[string]time.Duration{}}
	s.dir = registertest.Postgres(t, &server, database, records)
	state := filepath.Join(s.dir, "state")
	must(t, os.Mkdir(state, 0o700))
	held, err := newDisk(t, state)
	if err != nil {
		t.Logf("the disk is never full: %v", err)
	}
	s.programs = programs{path: build(t), clock: newClock(t), disk: held}
	s.proxy = postgrestest.NewProxy(t, &server)
	s.vault = vaulttest.Start(t, s.clock.now)
	s.auth = accesstest.NewServer(t, "https://auth.example", issuertest.URL)
	s.health = &health{}
	s.setWitnessUp()
	s.configure()
	s.party = newParty(s)
	s.issuer = &served{programs: s.programs, args: []string{"serve", "--config", s.config.path, "--no-tls-on-loopback"}, health: s.health}
	t.Cleanup(s.issuer.kill)
	return s
}

// keyNames are those of the keys in the key store, of which one signs.
var keyNames = [2]string{"first", "second"}

// setWitnessUp sets a witness of the log up, who knows both keys.
func (s *soak) setWitnessUp() {
	folder, address := filepath.Join(s.dir, "witness"), freeAddress(s.t)
	s.does(s.t, "witness", "init", folder, "--name", address, "--self-signed")
	for _, name := range keyNames {
		s.vault.AddKey(name, "ed25519")
		id, _, err := did.FromKey(s.publicKey(name))
		must(s.t, err)
		s.does(s.t, "witness", "add-log", folder, id, "--origin", "registry.example/log")
	}
	s.witness = &served{programs: s.programs, args: []string{"witness", "serve", folder, "--listen", address}, health: &health{}}
	s.t.Cleanup(s.witness.kill)
	must(s.t, s.witness.start())
}

// publicKey asks the key store for a key, past the issuer.
func (s *soak) publicKey(name string) ed25519.PublicKey {
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: s.vault.Roots()}}}
	defer client.CloseIdleConnections()
	request, err := http.NewRequest(http.MethodGet, s.vault.URL+"/v1/transit/keys/"+name, nil)
	must(s.t, err)
	request.Header.Set("X-Vault-Token", s.vault.Token(0))
	response, err := client.Do(request)
	must(s.t, err)
	defer response.Body.Close()
	var said struct {
		Data struct {
			Keys map[string]struct {
				Public string `json:"public_key"`
			} `json:"keys"`
		} `json:"data"`
	}
	must(s.t, json.NewDecoder(response.Body).Decode(&said))
	key, err := base64.StdEncoding.DecodeString(said.Data.Keys["1"].Public)
	must(s.t, err)
	return key
}

// freeAddress is one on this machine at which nobody listens.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer l.Close()
	return l.Addr().String()
}
