package soak

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"slices"

	"github.com/chancery-vc/chancery/conformance/load/registertest"
	"github.com/chancery-vc/chancery/verifier/did"
)

// office is the operator, with the commands of the program, and whoever follows
// the published log.
type office struct {
	*soak
	published, backup string
	key               string // did:key that the monitor was given first
}

func newOffice(s *soak) *office {
	id, _, err := did.FromKey(s.publicKey(keyNames[0]))
	must(s.t, err)
	return &office{soak: s, published: filepath.Join(s.dir, "www"), backup: filepath.Join(s.dir, "backup.tar"), key: id}
}

// one does one thing of an operator's day.
func (o *office) one() {
	switch rand.N(7) {
	case 0:
		o.publish()
	case 1:
		o.revoke()
	case 2:
		o.command("backup", "backup", "--out", o.backup)
		_ = os.Remove(o.backup) // which is there if it was made
	case 3:
		o.command("ready", "ready")
	case 4:
		o.command("log verify", "log", "verify")
	case 5:
		o.command("status show", "status", "show", "--profile", registertest.Credential, registertest.Key(offered+1))
	case 6:
		o.command("budget show", "budget", "show")
	}
}

// mayBeNo are the commands whose answer may be no: the issuer is not ready, or the
// first wallet got nothing.
var mayBeNo = []string{"ready", "status show"}

// command runs a command with the configuration. That the issuer is away, or
// cannot do it now, is exit code 2.
func (o *office) command(what string, args ...string) bool {
	code, said := o.run(append(args, "--config", o.config.copy)...)
	o.tally.add("operator: "+what, exits[code])
	if code == 1 && !slices.Contains(mayBeNo, what) || exits[code] == "" {
		o.tally.wrong(fmt.Sprintf("%s: exit code %d: %.1000s", what, code, said))
	}
	return code == 0
}

// exits are the words for exit codes.
var exits = map[int]string{0: "answered", 1: "no", 2: "away"}

// publish publishes, and has a monitor look at what was published.
func (o *office) publish() {
	if !o.command("publish", "publish", o.published) {
		return
	}
	code, said := o.run("monitor", filepath.Join(o.published, "log"), "--key", o.key, "--state", filepath.Join(o.dir, "monitor.json"), "--evidence", o.dir, "--once")
	o.tally.add("monitor", exits[code])
	if code != 0 {
		o.tally.wrong(fmt.Sprintf("monitor: exit code %d: %.1000s", code, said))
	}
}

func (o *office) revoke() {
	id := o.party.take()
	if id == "" {
		return
	}
	o.command("status revoke", "status", "revoke", id)
}

// readPublic reads what anybody may.
func (s *soak) readPublic() {
	paths := []string{"/status/1", "/log/checkpoint", "/bundle", "/.well-known/chancery/scope", "/.well-known/did.json", "/.well-known/openid-credential-issuer"}
	path := paths[rand.N(len(paths))]
	response, data, err := s.party.send(http.MethodGet, path, http.Header{}, nil)
	switch {
	case err != nil:
		s.gone("public: "+path, err)
	case response.StatusCode == http.StatusOK && len(data) > 0:
		s.tally.add("public: "+path, "answered")
	default:
		s.tally.add("public: "+path, response.Status)
		if response.StatusCode != http.StatusServiceUnavailable {
			s.tally.wrong(fmt.Sprintf("%s: %s: %.300s", path, response.Status, data))
		}
	}
}
